"""Forms, declared: a page states its `Field` objects, the form lays them out, checks them and points at
faults.

What is typed is never lost: a refused save shows the reason beside the field; when the row was changed
elsewhere meanwhile, untouched fields follow and touched ones show both values.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import partial
from typing import Any

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QGridLayout, QHBoxLayout, QLabel, QPushButton, QVBoxLayout, QWidget

from models.errors import DomainError
from resources.translations import gettext as _
from views import error_messages
from views.formats import Formats
from views.widgets.editors import (
    ChoiceEditor,
    Choices,
    Editor,
    FlagEditor,
    LongTextEditor,
    TextEditor,
    day_editor,
    decimal_editor,
    moment_editor,
)


class Kind(StrEnum):
    TEXT = "text"
    LONG_TEXT = "long text"
    SECRET = "secret"  # noqa: S105 - a kind of field, not a password
    CHOICE = "choice"
    FLAG = "flag"
    DAY = "day"
    MOMENT = "moment"
    COUNT = "count"
    MONEY = "money"
    AREA = "area"
    QUANTITY = "quantity"
    OWN = "own"


@dataclass(frozen=True)
class Field:
    """One field. ``label``, ``hint`` (shown in the empty field), ``note`` (under it) and ``section`` (a
    heading above it) are Chinese marked with ``N_``. ``choices``: (value, words) pairs or a function giving
    them. ``check(value)`` returns a translated complaint or ``None``. ``mnemonic``: a letter, Alt+letter
    goes to the field. ``is_beside``: stands to the right of the field before it. ``make(parent)`` builds an
    editor of kind ``OWN``.
    """

    name: str
    label: str
    kind: Kind = Kind.TEXT
    is_required: bool = False
    choices: Choices | Callable[[], Choices] = ()
    hint: str = ""
    note: str = ""
    section: str = ""
    mnemonic: str = ""
    check: Callable[[Any], str | None] | None = None
    make: Callable[[QWidget], Editor] | None = None
    is_beside: bool = False
    is_read_only: bool = False
    lines: int = 3
    max_length: int = 200


class _Cell(QWidget):
    """An editor with the words under it: a note, a complaint, or "changed meanwhile" with its button."""

    def __init__(self, field: Field, editor: Editor, parent: QWidget) -> None:
        super().__init__(parent)
        self.field, self.editor = field, editor
        editor.widget.setParent(self)
        self.message = QLabel(self)
        self.message.setWordWrap(True)
        self.message.setObjectName("fieldMessage")
        self.take = QPushButton(_("采用新值"), self)
        self.take.setObjectName("linkButton")
        self.take.setAutoDefault(False)
        self.take.clicked.connect(lambda _checked=False: self._on_take())
        self._on_take: Callable[[], None] = self.clear
        below = QHBoxLayout()
        below.setContentsMargins(0, 0, 0, 0)
        below.addWidget(self.message, 1)
        below.addWidget(self.take)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(2)
        layout.addWidget(editor.widget)
        layout.addLayout(below)
        layout.addStretch(1)
        self.setFocusProxy(editor.widget)
        self.clear()

    def clear(self) -> None:
        """Only the note, if there is one."""
        self._say(_(self.field.note) if self.field.note else "", "muted")
        self.take.hide()

    def complain(self, text: str) -> None:
        self._say(f"× {text}", "bad")

    def offer(self, text: str, take: Callable[[], None]) -> None:
        """Say that the value was changed elsewhere; the button takes the other value."""
        self._say(f"⚠ {text}", "warn")
        self.take.show()
        self._on_take = take

    def _say(self, text: str, tone: str) -> None:
        self.message.setText(text)
        self.message.setProperty("tone", tone)
        self.message.style().polish(self.message)
        self.message.setVisible(bool(text))
        self.editor.widget.setProperty("fault", tone == "bad")
        self.editor.widget.style().polish(self.editor.widget)
        self.editor.widget.setAccessibleDescription(text)


class Form(QWidget):
    """Fields in a grid with labels at their left."""

    edited = Signal(str)
    """The name of the field that the user (or `set_value`) changed."""

    def __init__(
        self, fields: Sequence[Field], parent: QWidget | None = None, *, formats: Formats | None = None
    ) -> None:
        super().__init__(parent)
        self.fields = tuple(fields)
        self._formats = formats or Formats()
        self._cells: dict[str, _Cell] = {}
        self._labels: dict[str, QLabel] = {}
        self._base: dict[str, Any] = {}
        self._is_loading = False
        self._grid = QGridLayout(self)
        self._grid.setContentsMargins(0, 0, 0, 0)
        self._grid.setHorizontalSpacing(10)
        self._grid.setVerticalSpacing(7)
        self._banner = QLabel(self)
        self._banner.setObjectName("formBanner")
        self._banner.setWordWrap(True)
        self._banner.hide()
        self._span = 4 if any(field.is_beside for field in self.fields) else 2
        self._grid.addWidget(self._banner, 0, 0, 1, self._span)
        self._build()
        self._base = self.values()

    # -- values --------------------------------------------------------------------------------------

    def values(self) -> dict[str, Any]:
        """What every field holds now."""
        return {name: cell.editor.value() for name, cell in self._cells.items()}

    def set_values(self, values: Mapping[str, Any]) -> None:
        """Fill the form; these values count as unchanged. Fields not named are left alone."""
        self._is_loading = True
        for name, value in values.items():
            if name in self._cells:
                self._cells[name].editor.set_value(value)
                self._cells[name].clear()
        self._is_loading = False
        self.accept_values()
        self._banner.hide()

    def accept_values(self) -> None:
        """What the fields hold now counts as unchanged (it was saved)."""
        self._base = self.values()

    def changed_values(self) -> dict[str, Any]:
        """The fields that differ from what they were filled with."""
        return {name: value for name, value in self.values().items() if value != self._base.get(name)}

    @property
    def is_changed(self) -> bool:
        return bool(self.changed_values())

    def set_value(self, name: str, value: Any) -> None:
        """Change one field as if it had been typed."""
        self._cells[name].editor.set_value(value)

    def typed(self) -> dict[str, Any]:
        """What is in every field as plain JSON, even what means nothing yet: kept as a draft. Secrets are
        left out."""
        return {
            name: cell.editor.typed()
            for name, cell in self._cells.items()
            if cell.field.kind is not Kind.SECRET
        }

    def set_typed(self, typed: Mapping[str, Any]) -> None:
        """Put a draft back; it counts as typed just now."""
        for name, value in typed.items():
            if name in self._cells:
                self._cells[name].editor.set_typed(value)

    def merge(self, fresh: Mapping[str, Any]) -> list[str]:
        """The row was changed elsewhere: untouched fields follow *fresh*, touched ones keep what was typed
        and show the other value with a button to take it. Returns the names of the latter."""
        mine = self.changed_values()
        disputed = []
        for name, value in fresh.items():
            cell = self._cells.get(name)
            if cell is None or value == self._base.get(name):
                continue
            if name not in mine or mine[name] == value:
                self._is_loading = True
                cell.editor.set_value(value)
                self._is_loading = False
            else:
                disputed.append(name)
                text = _("期间已被改为「{value}」，您输入的还在").format(value=cell.editor.words(value))
                cell.offer(text, partial(self._take, name, value))
            self._base[name] = value
        return disputed

    def _take(self, name: str, value: Any) -> None:
        self._cells[name].editor.set_value(value)
        self._cells[name].clear()

    # -- faults --------------------------------------------------------------------------------------

    def is_right(self) -> bool:
        """Check every field, show what is wrong beside it, and put the focus into the first wrong one."""
        self._banner.hide()
        wrong = [name for name, cell in self._cells.items() if not self._is_cell_right(cell)]
        if wrong:
            self.focus(wrong[0])
        return not wrong

    def _is_cell_right(self, cell: _Cell) -> bool:
        value = cell.editor.value()
        complaint = cell.editor.problem()
        if not complaint and cell.field.is_required and value in (None, ""):
            complaint = _("请填写{label}").format(label=_(cell.field.label))
        if not complaint and cell.field.check is not None:
            complaint = cell.field.check(value) or ""
        if complaint:
            cell.complain(complaint)
        elif cell.take.isHidden():
            cell.clear()
        return not complaint

    def complain(self, name: str, text: str) -> None:
        """Say beside the field what is wrong with it and go there."""
        self._cells[name].complain(text)
        self.focus(name)

    def show_error(self, error: DomainError) -> None:
        """A refused save: beside the field that ``error.values["field"]`` (or the first of ``"fields"``)
        names, else above the form."""
        text = error_messages.message(error)
        several = error.values.get("fields")
        named = [error.values.get("field"), *(several if isinstance(several, (list, tuple)) else ())]
        name = next((str(one) for one in named if one in self._cells), "")
        if name:
            self.complain(name, text)
        else:
            self._banner.setText(f"× {text}")
            self._banner.show()

    # -- parts ---------------------------------------------------------------------------------------

    def editor(self, name: str) -> Editor:
        return self._cells[name].editor

    def focus(self, name: str = "") -> None:
        """Put the focus into a field, the first one if none is named."""
        cell = self._cells[name or self.fields[0].name]
        cell.editor.widget.setFocus(Qt.FocusReason.OtherFocusReason)

    def set_choices(self, name: str, choices: Choices) -> None:
        editor = self._cells[name].editor
        if not isinstance(editor, ChoiceEditor):
            raise TypeError(f"{name} is no choice")
        editor.set_choices(choices)

    def set_shown(self, name: str, is_shown: bool) -> None:
        """Show or hide a field with its label."""
        self._cells[name].setVisible(is_shown)
        self._labels[name].setVisible(is_shown)

    def _build(self) -> None:
        row = 0
        for field in self.fields:
            if field.section:
                row += 1
                heading = QLabel(_(field.section), self)
                heading.setObjectName("sectionHeading")
                self._grid.addWidget(heading, row, 0, 1, self._span)
            is_beside = field.is_beside and row > 0
            row += 0 if is_beside else 1
            self._add(field, row, 2 if is_beside else 0)
        self._grid.setColumnStretch(1, 1)
        if any(field.is_beside for field in self.fields):
            self._grid.setColumnStretch(3, 1)
            self._widen_lonely()
        self._grid.setRowStretch(row + 1, 1)

    def _widen_lonely(self) -> None:
        """A field with nothing beside it takes the whole width."""
        for place, field in enumerate(self.fields):
            follows = self.fields[place + 1] if place + 1 < len(self.fields) else None
            if not field.is_beside and not (
                follows is not None and follows.is_beside and not follows.section
            ):
                cell = self._cells[field.name]
                row = self._grid.getItemPosition(self._grid.indexOf(cell))[0]  # type: ignore[index]
                self._grid.addWidget(cell, row, 1, 1, 3)

    def _add(self, field: Field, row: int, column: int) -> None:
        editor = self._make(field)
        cell = _Cell(field, editor, self)
        self._cells[field.name] = cell
        words = _(field.label)
        text = f"{words}(&{field.mnemonic})" if field.mnemonic else words
        label = QLabel(f"{text} *" if field.is_required else text, self)
        label.setObjectName("fieldLabel")
        label.setBuddy(editor.widget)
        label.setMinimumHeight(editor.widget.sizeHint().height() if field.kind is not Kind.LONG_TEXT else 28)
        self._labels[field.name] = label
        editor.widget.setAccessibleName(words)
        editor.set_read_only(field.is_read_only)
        if isinstance(editor, (TextEditor, LongTextEditor)) and field.hint:
            inner = editor.line if isinstance(editor, TextEditor) else editor.text
            inner.setPlaceholderText(_(field.hint))
        editor.changed.connect(partial(self._on_changed, field.name))
        self._grid.addWidget(label, row, column, Qt.AlignmentFlag.AlignTop | Qt.AlignmentFlag.AlignRight)
        self._grid.addWidget(cell, row, column + 1)

    def _make(self, field: Field) -> Editor:
        makers: dict[Kind, Callable[[], Editor]] = {
            Kind.TEXT: lambda: TextEditor(self, max_length=field.max_length),
            Kind.SECRET: lambda: TextEditor(self, is_secret=True, max_length=field.max_length),
            Kind.LONG_TEXT: lambda: LongTextEditor(self, lines=field.lines),
            Kind.CHOICE: lambda: ChoiceEditor(
                self, field.choices() if callable(field.choices) else field.choices
            ),
            Kind.FLAG: lambda: FlagEditor(self, _(field.hint) if field.hint else ""),
            Kind.DAY: lambda: day_editor(self, self._formats),
            Kind.MOMENT: lambda: moment_editor(self, self._formats),
            Kind.COUNT: lambda: decimal_editor(self, 0),
            Kind.MONEY: lambda: decimal_editor(self, 2),
            Kind.AREA: lambda: decimal_editor(self, 2),
            Kind.QUANTITY: lambda: decimal_editor(self, 3),
        }
        if field.kind is Kind.OWN:
            if field.make is None:
                raise ValueError(f"{field.name}: an own field needs make")
            return field.make(self)
        return makers[field.kind]()

    def _on_changed(self, name: str) -> None:
        if self._is_loading or name not in self._cells:
            return
        cell = self._cells[name]
        if cell.take.isHidden():
            cell.clear()
        self.edited.emit(name)
