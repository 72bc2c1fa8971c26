"""The editors of a form: one small adaptor a kind of value, all with the same four words.

``value()`` · ``set_value(value)`` · ``problem()`` (why what is typed means nothing, or empty) · ``changed``.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import UTC, date, datetime
from typing import Any

from PySide6.QtCore import QObject, QSignalBlocker, Qt, Signal
from PySide6.QtGui import QFocusEvent, QKeyEvent
from PySide6.QtWidgets import QCheckBox, QComboBox, QLineEdit, QPlainTextEdit, QWidget

from resources.translations import gettext as _
from views.formats import Formats
from views.widgets import typed_values

TEXT_FRAME = 18
"""Pixels of border and padding above and below the lines."""

Choices = Sequence[tuple[Any, str]]


class Editor(QObject):
    """Base of the adaptors; ``widget`` is what the form shows and gives the focus to."""

    changed = Signal()

    def __init__(self, widget: QWidget) -> None:
        super().__init__(widget)
        self.widget = widget

    def value(self) -> Any:
        raise NotImplementedError

    def set_value(self, value: Any) -> None:
        raise NotImplementedError

    def words(self, value: Any) -> str:
        """*value* as this editor would show it, for "changed meanwhile to …"."""
        return "" if value is None else str(value)

    def problem(self) -> str:
        return ""

    def typed(self) -> Any:
        """What is in the editor as plain JSON, even if it means nothing yet: for drafts."""
        return self.value()

    def set_typed(self, typed: Any) -> None:
        """Put back what `typed` gave."""
        self.set_value(typed)

    def set_read_only(self, is_read_only: bool) -> None:
        self.widget.setEnabled(not is_read_only)


class TextEditor(Editor):
    """One line. Empty text is ``""``; blanks around it are taken off."""

    def __init__(self, parent: QWidget, *, is_secret: bool = False, max_length: int = 200) -> None:
        self.line = QLineEdit(parent)
        self.line.setMaxLength(max_length)
        if is_secret:
            self.line.setEchoMode(QLineEdit.EchoMode.Password)
        super().__init__(self.line)
        self._is_secret = is_secret
        self.line.textChanged.connect(lambda _text: self.changed.emit())

    def value(self) -> Any:
        return self.line.text() if self._is_secret else self.line.text().strip()

    def set_value(self, value: Any) -> None:
        text = self.words(value)
        if text != self.line.text():
            self.line.setText(text)
            self.line.setCursorPosition(0)

    def typed(self) -> Any:
        return self.line.text()

    def set_typed(self, typed: Any) -> None:
        self.line.setText(str(typed))

    def set_read_only(self, is_read_only: bool) -> None:
        self.line.setReadOnly(is_read_only)


class ParsedEditor(TextEditor):
    """One line that means a value: dates, moments, numbers, money. What means nothing is kept and pointed
    at."""

    def __init__(
        self, parent: QWidget, *, parse: Callable[[str], Any], show: Callable[[Any], str], complaint: str
    ) -> None:
        super().__init__(parent)
        self._parse, self._show, self._complaint = parse, show, complaint
        self.line.editingFinished.connect(self._tidy)

    def value(self) -> Any:
        try:
            return self._parse(self.line.text())
        except (ValueError, OverflowError):
            return None

    def words(self, value: Any) -> str:
        return "" if value is None else self._show(value)

    def problem(self) -> str:
        try:
            self._parse(self.line.text())
        except (ValueError, OverflowError):
            return self._complaint
        return ""

    def _tidy(self) -> None:
        value = self.value()
        if value is not None:
            with QSignalBlocker(self.line):
                self.line.setText(self._show(value))


class _PlainText(QPlainTextEdit):
    """Several lines; Tab goes on to the next field instead of into the text."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.setTabChangesFocus(True)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        has_control = bool(event.modifiers() & Qt.KeyboardModifier.ControlModifier)
        if has_control and event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            event.ignore()  # the window's "save"
            return
        super().keyPressEvent(event)

    def focusOutEvent(self, event: QFocusEvent) -> None:
        super().focusOutEvent(event)
        self.ensureCursorVisible()


class LongTextEditor(Editor):
    """Several lines of text."""

    def __init__(self, parent: QWidget, *, lines: int = 3) -> None:
        self.text = _PlainText(parent)
        self._lines = lines
        self.text.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAsNeeded)
        self.text.document().documentLayout().documentSizeChanged.connect(lambda _size: self._fit())
        self._fit()
        super().__init__(self.text)
        self.text.textChanged.connect(self.changed.emit)

    def _fit(self) -> None:
        """As high as its text, within once and twice the lines it was given."""
        needed = round(self.text.document().size().height())
        lines = min(max(needed, self._lines), 2 * self._lines)
        self.text.setFixedHeight(self.text.fontMetrics().lineSpacing() * lines + TEXT_FRAME)

    def value(self) -> Any:
        return self.text.toPlainText().strip()

    def set_value(self, value: Any) -> None:
        if self.words(value) != self.text.toPlainText():
            self.text.setPlainText(self.words(value))

    def set_read_only(self, is_read_only: bool) -> None:
        self.text.setReadOnly(is_read_only)


class ChoiceEditor(Editor):
    """One of several; typing letters goes to the first that begins so."""

    def __init__(self, parent: QWidget, choices: Choices) -> None:
        self.box = QComboBox(parent)
        super().__init__(self.box)
        self.set_choices(choices)
        self.box.currentIndexChanged.connect(lambda _index: self.changed.emit())

    def set_choices(self, choices: Choices) -> None:
        """Other choices; the chosen one stays if it is still there."""
        chosen = self.value()
        with QSignalBlocker(self.box):
            self.box.clear()
            for value, words in choices:
                self.box.addItem(words, value)
            self.set_value(chosen)

    def value(self) -> Any:
        return self.box.currentData()

    def set_value(self, value: Any) -> None:
        places = [place for place in range(self.box.count()) if self.box.itemData(place) == value]
        if places:
            self.box.setCurrentIndex(places[0])

    def words(self, value: Any) -> str:
        for place in range(self.box.count()):
            if self.box.itemData(place) == value:
                return self.box.itemText(place)
        return super().words(value)


class FlagEditor(Editor):
    """Yes or no."""

    def __init__(self, parent: QWidget, text: str) -> None:
        self.box = QCheckBox(text, parent)
        super().__init__(self.box)
        self.box.toggled.connect(lambda _on: self.changed.emit())

    def value(self) -> Any:
        return self.box.isChecked()

    def set_value(self, value: Any) -> None:
        self.box.setChecked(bool(value))

    def words(self, value: Any) -> str:
        return _("是") if value else _("否")


def day_editor(parent: QWidget, formats: Formats) -> Editor:
    """A date or ``None``."""

    def parse(text: str) -> date | None:
        return typed_values.day(text, formats.local(datetime.now(UTC)).date())

    return ParsedEditor(
        parent, parse=parse, show=formats.day, complaint=_("不是日期，例如 2026-11-21、11-21、明天、+3")
    )


def moment_editor(parent: QWidget, formats: Formats) -> Editor:
    """An aware moment or ``None``."""

    def parse(text: str) -> datetime | None:
        return typed_values.moment(text, datetime.now(UTC), formats.zone)

    return ParsedEditor(
        parent, parse=parse, show=formats.moment, complaint=_("不是时间，例如 14:30、明天 9:00、11-21 14:30")
    )


def decimal_editor(parent: QWidget, places: int) -> Editor:
    """A whole number of 10**-places parts, or ``None``: 2 places for fen and 1/100 m², 3 for quantities, 0
    for counts."""

    def show(value: Any) -> str:
        text = f"{int(value) / 10**places:.{places}f}"
        return text.rstrip("0").rstrip(".") if places == 3 else text

    return ParsedEditor(
        parent,
        parse=lambda text: typed_values.scaled(text, places),
        show=show,
        complaint=_("不是数字，例如 12 或 12.50"),
    )
