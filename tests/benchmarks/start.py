"""From the start of the process to the first painted window, and to the first data in it, beside bare Qt."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from tests.benchmarks.measure import Report, percentile

RUNS = 5
STAFF_NO = "0001"
GIVE_UP_MS = 20_000


def run(report: Report) -> None:
    """`targets.md`: first paint ≤ 1.5 × bare Qt, first data ≤ 4 ×."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for mode in ("make", "bare", "desk"):  # compiled once, as an installed program is
            _child(mode, folder)
        bare = [_child("bare", folder)["paint"] for _ in range(RUNS)]
        desk = [_child("desk", folder) for _ in range(RUNS)]
    floor = percentile(bare, 0.5)
    report.ratio("first paint of the window", percentile([one["paint"] for one in desk], 0.5), floor, 1.5)
    data = [one["data"] for one in desk if "data" in one]
    if len(data) < RUNS:
        report.add("first data in the window", f"came {len(data)} of {RUNS} times", passed=False)
    else:
        report.ratio("first data in the window", percentile(data, 0.5), floor, 4)


def _child(mode: str, folder: Path) -> dict[str, float]:
    """What a fresh process tells, {moment: milliseconds since it was started}."""
    environment = {
        **os.environ, "QT_QPA_PLATFORM": "offscreen", "HOME": str(folder),
        "PYTHONDONTWRITEBYTECODE": "", "PYTHONPYCACHEPREFIX": str(folder / "bytecode"),
        "PYTHON_KEYRING_BACKEND": "keyring.backends.null.Keyring", "STARTED": repr(time.time()),
    }  # fmt: skip
    command = [sys.executable, "-m", "tests.benchmarks.start", mode, str(folder / "profile")]
    told = subprocess.run(command, env=environment, check=True, capture_output=True, text=True).stdout
    return {word: float(ms) for word, ms in (line.split() for line in told.splitlines())}


def _tell(moment: str, at: float | None = None) -> None:
    print(moment, ((at or time.time()) - float(os.environ["STARTED"])) * 1000, flush=True)


def _bare() -> None:
    from PySide6.QtGui import QPaintEvent
    from PySide6.QtWidgets import QApplication, QWidget

    class Window(QWidget):
        def paintEvent(self, event: QPaintEvent) -> None:
            super().paintEvent(event)
            _tell("paint")
            QApplication.quit()

    application = QApplication([])
    window = Window()
    window.resize(1366, 768)
    window.show()
    application.exec()


def _desk(folder: Path) -> None:
    from PySide6.QtCore import QEvent, QObject, QTimer
    from PySide6.QtWidgets import QApplication

    from desktop.application import Application
    from desktop.paths import open_profile

    class Watch(QObject):
        """Sees the window painted, and the first page painted with nothing more to come.

        The window and all in it are painted in one go: the first other event after that ends it.
        """

        painted_at = 0.0
        has_told = False

        def eventFilter(self, watched: QObject, event: QEvent) -> bool:
            if event.type() is QEvent.Type.Paint:
                self.painted_at = self.painted_at if self.has_told else time.time()
            elif self.painted_at and not self.has_told:
                self.has_told = True
                _tell("paint", self.painted_at)
            return super().eventFilter(watched, event)

        def look(self) -> None:
            tasks = program.tasks
            if program.user is not None and tasks is not None and tasks.is_idle:
                program.window.repaint()
                _tell("data")
                qt.quit()

    qt = QApplication([])
    program = Application(qt, open_profile(folder), sign_in_as=STAFF_NO)
    watch = Watch()
    qt.installEventFilter(watch)
    looking = QTimer()
    looking.timeout.connect(watch.look)
    looking.start(5)
    QTimer.singleShot(GIVE_UP_MS, qt.quit)
    program.start()
    qt.exec()
    looking.stop()
    program.close()


def _make(folder: Path) -> None:
    from desktop.opening import NewSite, set_up_site
    from desktop.paths import open_profile

    set_up_site(open_profile(folder), NewSite("云栖花园", STAFF_NO, "王敏", "Yunqi-2026-desk")).close()


if __name__ == "__main__":
    _, chosen, place = sys.argv
    if chosen == "bare":
        _bare()
    else:
        {"make": _make, "desk": _desk}[chosen](Path(place))
