"""Pictures of the frame, to be looked at: ``python -m tests.views.gallery FOLDER [light|dark] [zh_CN|en]
[WxH]``.

``QT_SCALE_FACTOR=2`` shows a sharp screen. It uses the example pages, so that it shows the frame and nothing
else.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Any

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

from PySide6.QtCore import QSize, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QWidget

from desktop.main_window import MainWindow
from desktop.theme import Theme
from resources import translations
from tests.views import example_pages
from tests.views.fakes import PlainStore, example_actor
from views.context import AppContext, MemoryPreferences, Notice, Place
from views.tasks import Job, inline_runner
from views.widgets.sync_badge import Light, SyncState


def settle() -> None:
    for _round in range(5):
        QApplication.processEvents()


class Gallery:
    """One window, taken through its states; each state a picture."""

    def __init__(self, folder: Path, name: str, size: QSize) -> None:
        self.folder, self.name = folder, name
        self.tasks = inline_runner(PlainStore(), actor=example_actor())
        preferences = MemoryPreferences()
        self.window = MainWindow(preferences)
        self.context = AppContext(
            self.tasks, example_actor(), navigate=self.window.navigate, notify=self.window.notify,
            preferences=preferences, place=Place("s", "幸福里服务中心", "B"),
        )  # fmt: skip
        self.window.resize(size)
        self.window.start(self.context, example_pages.pages(), example_pages.SEARCH, "tickets")
        self.window.show_sync(SyncState(Light.SYNCED, at="10:41"))
        self.window.status.show_backup("备份 10:30 ✓", "good")
        self.window.show()
        settle()

    def shoot(self, what: str, widget: QWidget | None = None) -> None:
        settle()
        (widget or self.window).grab().save(str(self.folder / f"{what}-{self.name}.png"))

    def run(self) -> None:
        page: Any = self.window.current_page()
        page.table.go_to(0)
        page.table.setFocus()
        self.shoot("list")
        box = self.window.search_box
        assert box is not None
        box.setFocus()
        QTest.keyClicks(box, "sm")
        self.shoot("box")
        QTest.keyClick(box, Qt.Key.Key_Escape)
        self.window.notify(
            Notice("已办结 B-261121-0042 厨房水槽下方漏水", "good", undo=lambda: None, seconds=0)
        )
        self.window.show_sync(SyncState(Light.OFFLINE, pending=12, reason="总部没有应答"))
        self.shoot("notice")
        self.window.notices.dismiss()
        self.window.navigate("intake")
        form = self.window.current_page().form  # type: ignore[union-attr]
        form.set_values({"room": "3-2-1502", "name": "吴学文", "phone": "18912341443"})
        form.set_value("phone", "189x")
        form.set_value("expectation", "尽快止水")
        form.merge({"expectation": "下午三点后上门", "name": "吴学文（业主）", "room": "3-2-1602"})
        form.is_right()
        job = Job("导入住户 rooms-flat.xlsx", self.window)
        self.tasks.job_started.emit(job)
        job.progressed.emit(12_500, 50_000, "住户")
        self.shoot("form")
        job.finished.emit()
        self.window.navigate("residents")
        self.window.show_sync(SyncState(Light.CONFLICT, conflicts=2))
        self.shoot("empty")
        self.window.show_shortcuts()
        settle()
        overview = QApplication.activeModalWidget()
        if overview is not None:
            self.shoot("keys", overview)
            overview.close()
        self.window.show_help()
        assert self.window.help is not None
        self.shoot("help", self.window.help)
        self.window.help.close()
        self.window.close()


def main(arguments: list[str]) -> None:
    folder = Path(arguments[0] if arguments else "/tmp/gallery")
    folder.mkdir(parents=True, exist_ok=True)
    scheme = arguments[1] if len(arguments) > 1 else "light"
    language = arguments[2] if len(arguments) > 2 else "zh_CN"
    width, height = (arguments[3] if len(arguments) > 3 else "1366x768").split("x")
    translations.use(language)
    application = QApplication([])
    theme = Theme(application)
    theme.apply(scheme)
    scale = os.environ.get("QT_SCALE_FACTOR", "1")
    Gallery(folder, f"{scheme}-{language}-{width}x{height}@{scale}", QSize(int(width), int(height))).run()


if __name__ == "__main__":
    main(sys.argv[1:])
