"""A bug leaves a report, not a vanished window: every uncaught exception is written down and the window goes
on.

Reports hold no personal data: no values, no messages of exceptions (they may quote names and phones), only
the kind of the exception, files, lines and functions, and the versions. Crashes below Python go to
``faults.log``.
"""

from __future__ import annotations

import contextlib
import faulthandler
import sys
import threading
import traceback
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType
from typing import IO

from PySide6 import __version__ as qt_version
from PySide6.QtCore import (
    QMessageLogContext,
    QObject,
    Qt,
    QtMsgType,
    Signal,
    qInstallMessageHandler,
)

KEPT_REPORTS = 50
SAME_WITHIN_S = 10.0
SUFFIX = ".report.txt"


@dataclass(frozen=True)
class Report:
    """A report on disk."""

    path: Path

    @property
    def made_at(self) -> datetime:
        return datetime.fromtimestamp(self.path.stat().st_mtime, UTC)

    @property
    def headline(self) -> str:
        """The kind of the fault and the place, as the first line of the report says it."""
        with self.path.open(encoding="utf-8") as file:
            return file.readline().strip()


def anonymous(error: BaseException, where: str) -> str:
    """The report of *error*: kinds, files, lines and functions, nothing that a person typed."""
    chain: list[str] = []
    seen: set[int] = set()
    current: BaseException | None = error
    while current is not None and id(current) not in seen:
        seen.add(id(current))
        frames = traceback.extract_tb(current.__traceback__)
        lines = [f"  {_place(frame.filename)}:{frame.lineno} {frame.name}" for frame in frames]
        chain.append("\n".join([f"{type(current).__module__}.{type(current).__qualname__}", *lines]))
        current = current.__cause__ or current.__context__
    frames = traceback.extract_tb(error.__traceback__)
    place = f"{_place(frames[-1].filename)}:{frames[-1].lineno}" if frames else "?"
    head = f"{type(error).__name__} at {place} ({where})"
    return "\n\n".join([head, _surroundings(), *chain]) + "\n"


def _place(file: str) -> str:
    """The file without the folders above the program: they name the person whose computer it is."""
    parts = Path(file).parts
    for at, part in enumerate(parts):
        if part in ("desktop", "views", "sync", "models", "resources", "site-packages", "lib"):
            return "/".join(parts[at:])
    return parts[-1] if parts else "?"


def _surroundings() -> str:
    import platform
    from importlib import metadata

    try:
        version = metadata.version("qiantai")
    except metadata.PackageNotFoundError:
        version = "?"
    return (
        f"qiantai {version}\nPython {platform.python_version()}\nPySide6 {qt_version}\n"
        f"{platform.system()} {platform.release()} {platform.machine()}\n"
        f"at {datetime.now(UTC).isoformat(timespec='seconds')}"
    )


class CrashReports(QObject):
    """Writes reports into *folder*; `reported` reaches the UI thread whichever thread failed."""

    reported = Signal(object)
    """A `Report` was written."""
    _failed = Signal(object)

    def __init__(self, folder: Path, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._folder = folder
        self._faults: IO[str] | None = None
        self._last: tuple[str, datetime] | None = None
        self._previous: tuple[Callable[..., object], Callable[..., object]] | None = None
        self._failed.connect(self.reported.emit, Qt.ConnectionType.QueuedConnection)

    def install(self) -> None:
        """Catch what nobody else does: in slots, in threads, below Python, and Qt's own fatal messages."""
        self._previous = (sys.excepthook, threading.excepthook)
        sys.excepthook = self._on_exception
        threading.excepthook = self._on_thread_exception
        qInstallMessageHandler(self._on_qt_message)
        with contextlib.suppress(OSError):
            self._faults = (self._folder / "faults.log").open("a", encoding="utf-8")
            faulthandler.enable(self._faults)

    def uninstall(self) -> None:
        """Put everything back as it was."""
        if self._previous is not None:
            sys.excepthook, threading.excepthook = self._previous
            self._previous = None
        qInstallMessageHandler(None)
        if self._faults is not None:
            faulthandler.disable()
            self._faults.close()
            self._faults = None

    def report(self, error: BaseException, where: str = "task") -> Report | None:
        """Write a report of *error*; the same one again within seconds is not written twice."""
        text = anonymous(error, where)
        now = datetime.now(UTC)
        head = text.splitlines()[0]
        if self._last is not None and self._last[0] == head:
            since = (now - self._last[1]).total_seconds()
            if since < SAME_WITHIN_S:
                return None
        self._last = (head, now)
        report = Report(self._folder / f"{now.strftime('%Y%m%d-%H%M%S-%f')}{SUFFIX}")
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            report.path.write_text(text, encoding="utf-8")
        except OSError:
            traceback.print_exception(error)
            return None
        self._thin_out()
        self._failed.emit(report)
        return report

    def reports(self) -> list[Report]:
        """The reports there are, newest first."""
        return [Report(path) for path in sorted(self._folder.glob(f"*{SUFFIX}"), reverse=True)]

    def _thin_out(self) -> None:
        for report in self.reports()[KEPT_REPORTS:]:
            with contextlib.suppress(OSError):
                report.path.unlink()

    def _on_exception(
        self, kind: type[BaseException], error: BaseException, trace: TracebackType | None
    ) -> None:
        if issubclass(kind, KeyboardInterrupt):
            sys.__excepthook__(kind, error, trace)
            return
        if sys.stderr is not None:
            traceback.print_exception(kind, error, trace)
        self.report(error, "window")

    def _on_thread_exception(self, arguments: threading.ExceptHookArgs) -> None:
        if arguments.exc_value is not None and not issubclass(arguments.exc_type, SystemExit):
            self.report(arguments.exc_value, "thread")

    def _on_qt_message(self, kind: QtMsgType, context: QMessageLogContext, message: str) -> None:
        if sys.stderr is not None:
            print(message, file=sys.stderr)  # noqa: T201 - the only place for Qt's words
        if kind in (QtMsgType.QtCriticalMsg, QtMsgType.QtFatalMsg):
            place = f"{_place(context.file or '?')}:{context.line}"
            with (
                contextlib.suppress(OSError),
                (self._folder / "faults.log").open("a", encoding="utf-8") as file,
            ):
                file.write(f"{datetime.now(UTC).isoformat(timespec='seconds')} Qt {kind.name} {place}\n")
