"""参数: every number an administrator may change, edited in place; Enter saves and goes on to the next."""

from __future__ import annotations

from functools import partial
from typing import Any, cast

from PySide6.QtCore import QEvent, QObject, Qt, QTimer, Signal
from PySide6.QtGui import QKeyEvent, QResizeEvent
from PySide6.QtWidgets import QGridLayout, QLineEdit, QVBoxLayout, QWidget

from models.database import read_parameters
from models.errors import DomainError
from models.parameters import ALL, Parameter, Parameters
from models.services import parameters as service
from resources.translations import N_
from resources.translations import gettext as _
from views import error_messages
from views.context import AppContext
from views.settings.parameter_groups import (
    GROUPS,
    AnyParameter,
    choices_of,
    group_of,
    limits_of,
    unit_of,
    words_of,
)
from views.settings.section import LOW, Section
from views.widgets.chip_bar import Chip, ChipBar
from views.widgets.editors import ChoiceEditor, Editor, FlagEditor, TextEditor, decimal_editor
from views.widgets.look import set_tone
from views.widgets.panel import empty_layout, label, link, scrolled

CHANGED = "changed"
EDITOR_WIDTH = 190
NARROW_EDITOR_WIDTH = 130
NAME_WIDTH = 220
NARROW = 760
"""Pixels of the section's width below which a row takes two lines."""
TYPING_MS = 150
_UP_DOWN = {Qt.Key.Key_Up: -1, Qt.Key.Key_Down: 1}


def _editor(parameter: AnyParameter, parent: QWidget) -> Editor:
    options = choices_of(parameter)
    if options:
        return ChoiceEditor(parent, options)
    if isinstance(parameter.default, bool):
        return FlagEditor(parent, _("是"))
    if isinstance(parameter.default, int):
        return decimal_editor(parent, 0)
    return TextEditor(parent, max_length=400)


class ParameterRow(QWidget):
    """One parameter: what it means, its value, its limits and default; what is wrong stands under it."""

    saved = Signal(object)
    """The value to be stored."""
    reset = Signal()
    moved = Signal(int)
    """−1 or 1: to the row above or below."""

    def __init__(self, parameter: AnyParameter, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.parameter = parameter
        self._stored: Any = parameter.default
        self.editor = _editor(parameter, self)
        self.editor.widget.setAccessibleName(_(parameter.description))
        self.name = label(_(parameter.description), wraps=True)
        self.unit = label(unit_of(parameter), "muted")
        default = _("默认 {value}").format(value=words_of(parameter, parameter.default))
        limits = " · ".join(part for part in (limits_of(parameter), default) if part)
        self.limits = label(limits, "muted", wraps=True)
        self.back = link(_("恢复默认"), self.reset.emit)
        self.complaint = label("", "bad", wraps=True)
        self.complaint.hide()
        self._lay_out()
        self.editor.changed.connect(self._on_edited)
        if isinstance(self.editor.widget, QLineEdit):
            self.editor.widget.editingFinished.connect(self.save)
        else:
            self.editor.widget.installEventFilter(self)
        self.setFocusProxy(self.editor.widget)

    def _lay_out(self) -> None:
        self._grid = QGridLayout(self)
        self._grid.setContentsMargins(0, 2, 0, 2)
        self._grid.setHorizontalSpacing(10)
        self._grid.setVerticalSpacing(1)
        metrics = self.fontMetrics()
        units = (metrics.horizontalAdvance(unit_of(one)) for one in ALL)
        self.unit.setFixedWidth(max(units) + 4)
        keeps = self.back.sizePolicy()
        keeps.setRetainSizeWhenHidden(True)
        self.back.setSizePolicy(keeps)
        self.set_narrow(False)

    def set_narrow(self, is_narrow: bool) -> None:
        """In a narrow page limits and default stand under the name."""
        self.name.setMinimumWidth(0 if is_narrow else NAME_WIDTH)
        self.editor.widget.setFixedWidth(NARROW_EDITOR_WIDTH if is_narrow else EDITOR_WIDTH)
        self._grid.addWidget(self.name, 0, 0)
        self._grid.addWidget(self.editor.widget, 0, 1)
        self._grid.addWidget(self.unit, 0, 2)
        if is_narrow:
            self._grid.addWidget(self.limits, 1, 0, 1, 2)
            self._grid.addWidget(self.back, 1, 2)
        else:
            self._grid.addWidget(self.limits, 0, 3, 1, 1)
            self._grid.addWidget(self.back, 0, 4)
        self._grid.addWidget(self.complaint, 2, 0 if is_narrow else 1, 1, 5)
        self._grid.setColumnStretch(0, 2)
        self._grid.setColumnStretch(3, 0 if is_narrow else 3)

    def show_value(self, value: Any) -> None:
        """What is stored now; something typed and not yet saved stays."""
        is_typed = self.editor.value() != self._stored
        self._stored = value
        if not is_typed or not self.editor.widget.hasFocus():
            self.editor.set_value(value)
            self.complain("")
        is_changed = value != self.parameter.default
        self.back.setVisible(is_changed)
        set_tone(self.name, "accent" if is_changed else "")

    def complain(self, text: str) -> None:
        """Say under the value what is wrong with it; nothing with empty text."""
        self.complaint.setText(f"× {text}" if text else "")
        self.complaint.setVisible(bool(text))
        widget = self.editor.widget
        widget.setProperty("fault", bool(text))
        widget.style().polish(widget)
        widget.setAccessibleDescription(text)

    @property
    def is_typed(self) -> bool:
        """Whether something is typed that is not stored."""
        return bool(self.editor.problem()) or self.editor.value() != self._stored

    def put_back(self) -> None:
        """What is stored instead of what is typed."""
        self.editor.set_value(self._stored)
        self.complain("")

    def save(self) -> bool:
        """Have the value stored if it was changed and can be; False if it cannot."""
        if not self.is_typed:
            self.complain("")
            return True
        value = self.editor.value()
        problem = self.editor.problem()
        if not problem and value is None:
            problem = _("请填写{label}").format(label=_(self.parameter.description))
        if not problem:
            problem = self._beyond(value)
        self.complain(problem)
        if not problem:
            self.saved.emit(value)
        return not problem

    def _beyond(self, value: Any) -> str:
        try:
            self.parameter.check(value)
        except DomainError:
            return _("超出范围，应为 {limits} {unit}").format(
                limits=limits_of(self.parameter), unit=unit_of(self.parameter)
            )
        return ""

    def _on_edited(self) -> None:
        if isinstance(self.editor, (ChoiceEditor, FlagEditor)):
            self.save()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """A wheel or an arrow that passes over a list of choices must not change a rule of the house: the
        wheel scrolls, arrows go to the neighbours; a space opens the choices."""
        if event.type() is QEvent.Type.Wheel:
            event.ignore()
            return True
        is_plain = isinstance(event, QKeyEvent) and not event.modifiers() & Qt.KeyboardModifier.AltModifier
        if is_plain and event.type() is QEvent.Type.KeyPress:
            assert isinstance(event, QKeyEvent)
            step = _UP_DOWN.get(Qt.Key(event.key()))
            if step is not None:
                self.moved.emit(step)
                return True
        return super().eventFilter(watched, event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        key = Qt.Key(event.key())
        if key in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            if self.save():
                self.moved.emit(1)
        elif key in _UP_DOWN:
            self.moved.emit(_UP_DOWN[key])
        else:
            super().keyPressEvent(event)


class ParametersSection(Section):
    title = N_("业务参数")
    hint = N_("改一个数，按 Enter 保存并到下一个；↑ ↓ 在各项之间移动。† 为通行做法，其余出自制度文件。")
    concerns = frozenset({"parameter"})
    has_primary = False

    def __init__(self, context: AppContext) -> None:
        super().__init__(context)
        self._values = Parameters()
        self.rows: dict[str, ParameterRow] = {}
        """The rows shown, by key."""
        self.chips = ChipBar(
            [*(Chip(group.key, group.title) for group in GROUPS), Chip(CHANGED, N_("已改动"), "●", "accent")]
        )
        self.filter_line = QLineEdit()
        self.filter_line.setPlaceholderText(_("查找参数") + "   /")
        self.filter_line.setClearButtonEnabled(True)
        self._inside = QWidget()
        self._column = QVBoxLayout(self._inside)
        self._column.setContentsMargins(0, 4, 8, 4)
        self._column.setSpacing(2)
        self.area = scrolled(self._inside)
        self.area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.body.addWidget(self.chips)
        self.filter_line.setMaximumWidth(300)
        self.head.addWidget(self.filter_line, 1)
        self.body.addWidget(self.area, 1)
        find = self.add_command(_("查找参数"), "/", self.filter_line.setFocus)
        back = self.add_command(_("恢复默认"), "Ctrl+D", self.reset_current)
        all_back = self.add_command(_("放弃未保存的输入"), "Ctrl+Backspace", self.step_back)
        self.show_commands([find, back, all_back])
        self._typing = QTimer(self)
        self._typing.setSingleShot(True)
        self._typing.setInterval(TYPING_MS)
        self._typing.timeout.connect(self.show_group)
        self.filter_line.textChanged.connect(lambda _text: self._typing.start())
        self.filter_line.returnPressed.connect(self._on_found)
        self.chips.chosen.connect(self._on_chip)

    # -- what is shown ---------------------------------------------------------------------------------

    def refresh(self) -> None:
        self.context.tasks.read_latest(self, "parameters", read_parameters, on_done=self._show)

    def _show(self, values: Parameters) -> None:
        self._values = values
        changed = [parameter for parameter in ALL if self._value(parameter) != parameter.default]
        self.chips.set_counts({CHANGED: len(changed)})
        if not self.rows:
            self.show_group()
        for row in self.rows.values():
            row.show_value(self._value(row.parameter))

    def _value(self, parameter: AnyParameter) -> Any:
        return self._values.get(cast("Parameter[Any]", parameter))

    def _wanted(self) -> list[AnyParameter]:
        text = self.filter_line.text().strip().lower()
        if text:
            return [one for one in ALL if text in f"{_(one.description)} {one.key}".lower()]
        if self.chips.current == CHANGED:
            return [one for one in ALL if self._value(one) != one.default]
        return [one for one in ALL if group_of(one) == self.chips.current]

    def show_group(self) -> None:
        """The rows of the chip, or of what is looked for."""
        self._typing.stop()
        empty_layout(self._column)
        self.rows = {}
        for parameter in self._wanted():
            row = ParameterRow(parameter)
            row.set_narrow(self.width() < NARROW)
            row.show_value(self._value(parameter))
            row.saved.connect(partial(self._save, row))
            row.reset.connect(partial(self._reset, row))
            row.moved.connect(partial(self._move, row))
            self.rows[parameter.key] = row
            self._column.addWidget(row)
        if not self.rows:
            is_changed = self.chips.current == CHANGED and not self.filter_line.text()
            words = _("所有参数都是默认值") if is_changed else _("没有这样的参数")
            self._column.addWidget(label(words, "muted"))
        self._column.addStretch(1)
        self.area.verticalScrollBar().setValue(0)

    def _on_chip(self, _key: str) -> None:
        self.filter_line.clear()
        self.show_group()

    def _on_found(self) -> None:
        self.show_group()
        self._go_to(next(iter(self.rows.values()), None))

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self.bar.setVisible(self.height() >= LOW)
        for row in self.rows.values():
            row.set_narrow(self.width() < NARROW)

    # -- writing ---------------------------------------------------------------------------------------

    def _save(self, row: ParameterRow, value: Any) -> None:
        before = self._value(row.parameter)
        key, words = row.parameter.key, words_of(row.parameter, value)

        def saved(_value: Any) -> None:
            self.say(
                _("{name} 已改为 {value}").format(name=_(row.parameter.description), value=words),
                undo=lambda: self.write(service.set_parameter, key, before),
            )

        self.context.tasks.write(
            row, service.set_parameter, key, value, expected=before,
            on_done=saved, on_error=partial(self._refused, row),
        )  # fmt: skip

    def _refused(self, row: ParameterRow, error: DomainError) -> None:
        row.complain(error_messages.message(error))

    def _reset(self, row: ParameterRow) -> None:
        row.put_back()
        before = self._value(row.parameter)
        if before == row.parameter.default:
            return
        row.setFocus()
        self.write(
            service.reset_parameter, row.parameter.key,
            done=_("{name} 已恢复默认").format(name=_(row.parameter.description)),
            undo=lambda: self.write(service.set_parameter, row.parameter.key, before),
        )  # fmt: skip

    # -- keys ------------------------------------------------------------------------------------------

    def _current(self) -> ParameterRow | None:
        return next((row for row in self.rows.values() if row.editor.widget.hasFocus()), None)

    def _move(self, row: ParameterRow, by: int) -> None:
        rows = list(self.rows.values())
        place = rows.index(row) + by
        if 0 <= place < len(rows):
            self._go_to(rows[place])

    def _go_to(self, row: ParameterRow | None) -> None:
        if row is None:
            return
        widget = row.editor.widget
        widget.setFocus(Qt.FocusReason.TabFocusReason)
        if isinstance(widget, QLineEdit):
            widget.selectAll()
        self.area.ensureWidgetVisible(row, 0, 30)
        self.area.horizontalScrollBar().setValue(0)

    def focus_inside(self) -> None:
        self._go_to(next(iter(self.rows.values()), None))

    def reset_current(self) -> None:
        """Ctrl+D: the parameter in which the focus is, back to its default."""
        row = self._current()
        if row is not None:
            self._reset(row)

    def commit(self) -> bool:
        row = self._current()
        return row is not None and row.save()

    def step_back(self) -> bool:
        typed = [row for row in self.rows.values() if row.is_typed]
        for row in typed:
            row.put_back()
        if typed:
            return True
        if self.filter_line.text():
            self.filter_line.clear()
            return True
        return False
