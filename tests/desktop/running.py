"""The whole program in this process: the real `Application` on a real profile, worked by keys."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication, QWidget
from pytestqt.qtbot import QtBot

from desktop.application import Application
from desktop.paths import open_profile
from resources import translations
from tests.desktop.command_line import ADMIN, PASSWORD
from views.sign_in.cover import Cover
from views.sign_in.waiting import Waiting

WAIT_MS = 20_000
PLAIN = Qt.KeyboardModifier.NoModifier
CTRL = Qt.KeyboardModifier.ControlModifier


class Running:
    """One start of the program."""

    def __init__(self, qtbot: QtBot, folder: Path, *, language: str | None = None) -> None:
        self.qtbot = qtbot
        qt = QApplication.instance()
        assert isinstance(qt, QApplication)
        self.application = Application(qt, open_profile(folder), language=language)
        self.window = self.application.window
        qtbot.addWidget(self.window)
        self.window.resize(1366, 768)
        self.application.start()
        self.until(lambda: not self.is_opening)
        self.activate()

    def activate(self) -> None:
        """Give the window the keyboard: its keys work only then."""
        self.window.activateWindow()
        self.until(self.window.isActiveWindow)

    @property
    def is_opening(self) -> bool:
        """Whether it says neither who shall sign in nor why the file cannot be opened."""
        cover = self.cover
        return isinstance(cover, Waiting) and cover.words.text() in {
            "正在打开本机数据…",
            "Opening the data on this computer…",
        }

    @property
    def cover(self) -> QWidget | None:
        return self.window.covering

    @property
    def form_cover(self) -> Cover:
        cover = self.cover
        assert isinstance(cover, Cover), cover
        return cover

    def until(self, is_so: Callable[[], object], timeout: int = WAIT_MS) -> None:
        self.qtbot.waitUntil(lambda: bool(is_so()), timeout=timeout)

    def settle(self) -> None:
        """Wait until nothing runs for the pages."""
        tasks = self.application.tasks
        assert tasks is not None
        for _ in range(3):
            QApplication.processEvents()
            self.until(lambda: tasks._pending == 0)

    def press(self, key: Qt.Key, modifier: Qt.KeyboardModifier = PLAIN, on: QWidget | None = None) -> None:
        if QApplication.activeWindow() is None:  # there is no window manager here to keep one active
            self.activate()
        self.qtbot.keyClick(on or QApplication.focusWidget() or self.window, key, modifier)
        QApplication.processEvents()

    def keys(self, text: str, on: QWidget | None = None) -> None:
        """Latin text by keys."""
        self.qtbot.keyClicks(on or QApplication.focusWidget(), text)

    def click(self, widget: QWidget) -> None:
        self.qtbot.mouseClick(widget, Qt.MouseButton.LeftButton)
        QApplication.processEvents()

    def fill(self, **values: Any) -> None:
        """Write into the form of the cover: by keys where that can be typed on any keyboard."""
        form = self.form_cover.form
        for name, text in values.items():
            widget = form.editor(name).widget
            form.focus(name)
            if text.isascii():
                self.keys(text, widget)
            else:
                form.set_value(name, text)

    def submit(self) -> None:
        self.click(self.form_cover.confirm)

    def sign_in(self, user: str = ADMIN, password: str = PASSWORD) -> None:
        """Through the sign-in cover to the pages."""
        self.form_cover.form.set_values({"staff_no": ""})
        self.fill(staff_no=user, password=password)
        self.press(Qt.Key.Key_Return, on=self.form_cover.form.editor("password").widget)
        self.until(lambda: self.cover is None)
        self.settle()

    @property
    def words_on_cover(self) -> str:
        """Everything that the cover says."""
        from PySide6.QtWidgets import QLabel

        cover = self.cover
        assert cover is not None
        return "\n".join(one.text() for one in cover.findChildren(QLabel) if one.isVisible())

    def page(self, kind: type[QWidget]) -> Any:
        """The page that is open, which must be of that kind."""
        page = self.window.current_page()
        assert isinstance(page, kind), page
        return page

    def close(self) -> None:
        self.window.close()
        self.application.close()
        translations.use(translations.SOURCE_LANGUAGE)


Start = Callable[..., Running]
"""``start(folder, language=…)``: the fixture of `tests.desktop.conftest`."""
