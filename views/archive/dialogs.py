"""Dialogs that create, change and delete one record; a change from elsewhere is shown, nothing typed is
lost."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from PySide6.QtCore import Qt
from PySide6.QtGui import QKeySequence, QShortcut, QShowEvent
from PySide6.QtWidgets import QHBoxLayout, QScrollArea, QWidget

from models.errors import DomainError
from resources.translations import gettext as _
from views.context import AppContext, Notice
from views.widgets.dialog import Dialog
from views.widgets.form import Field, Form
from views.widgets.panel import button, label, scrolled

MARGINS = 36
"""Pixels at the left and right of a dialog's content, together."""
MOST_HEIGHT = 460
"""Pixels of a form before it scrolls."""


@dataclass(frozen=True)
class Call:
    """A service with what it is given besides ``work``."""

    service: Callable[..., Any]
    args: tuple[Any, ...] = ()
    kwargs: Mapping[str, Any] = field(default_factory=dict)


Save = Callable[[dict[str, Any], dict[str, Any]], Call | None]
"""(values, expected) → the call. ``values``: of a new record everything, else what was changed. None: there
is nothing to write."""


def call(service: Callable[..., Any], *args: Any, **kwargs: Any) -> Call:
    """``call(edit_room, room_id, changes)``"""
    return Call(service, args, kwargs)


class RecordDialog(Dialog):
    """*values* of an existing record, ``None`` for a new one. *delete* puts a button for it at the left."""

    def __init__(
        self,
        context: AppContext,
        title: str,
        fields: Sequence[Field],
        save: Save,
        *,
        parent: QWidget | None,
        values: Mapping[str, Any] | None = None,
        defaults: Mapping[str, Any] | None = None,
        delete: Call | None = None,
        on_done: Callable[[Any], None] | None = None,
        done: str = "",
        confirm: str = "",
        hint: str = "",
        width: int = 580,
    ) -> None:
        super().__init__(title, parent, confirm=confirm or _("保存"), width=width)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self._context, self._save, self._delete = context, save, delete
        self._on_done, self._done_words = on_done, done or _("已保存")
        self._expected = dict(values or {})
        self._is_new = values is None
        self._is_delete_asked = False
        self._area: QScrollArea | None = None
        self.form = Form(fields, self, formats=context.formats)
        if values is not None:
            self.form.set_values(values)
        elif defaults:
            self.form.set_values(defaults)
        if hint:
            self.body.addWidget(label(hint, "muted", wraps=True))
        self._show_form()
        if delete is not None:
            self._add_delete()
        self.form.focus()

    def _show_form(self) -> None:
        needed = self.form.sizeHint().height()
        if needed <= MOST_HEIGHT:
            self.body.addWidget(self.form)
            return
        self._area = scrolled(self.form)
        self._area.setMinimumHeight(MOST_HEIGHT)
        self.body.addWidget(self._area)

    def showEvent(self, event: QShowEvent) -> None:
        """Only now the form knows its fonts: make room for its width, since it scrolls up and down only."""
        super().showEvent(event)
        if self._area is not None:
            wanted = max(self.form.sizeHint().width(), self.form.minimumSizeHint().width())
            self._area.setMinimumWidth(wanted + 24)
            self.setMinimumWidth(max(self.minimumWidth(), wanted + 24 + MARGINS))

    def _add_delete(self) -> None:
        self.delete_button = button(_("删除"), self._on_delete, keys="Ctrl+Del")
        self.delete_button.setProperty("danger", True)
        row = QHBoxLayout()
        row.addWidget(self.delete_button)
        row.addStretch(1)
        self.body.addLayout(row)
        QShortcut(QKeySequence("Ctrl+Del"), self, self.delete_button.click)

    def _on_delete(self) -> None:
        """The first press asks for a second one: deleting has no undo."""
        if self._delete is None:
            return
        if not self._is_delete_asked:
            self._is_delete_asked = True
            words = _("再按一次删除")
            self.delete_button.setText(f"{words}  Ctrl+Del")
            self.delete_button.setAccessibleName(words)
            return
        self._write(self._delete, _("已删除"))

    def confirmed(self) -> None:
        if not self.form.is_right():
            return
        values = self.form.values() if self._is_new else self.form.changed_values()
        if not self._is_new and not values:
            self.accept()
            return
        wanted = self._save(values, self._expected)
        if wanted is None:
            self.accept()
        else:
            self._write(wanted, self._done_words)

    def _write(self, wanted: Call, words: str) -> None:
        self.confirm_button.setEnabled(False)

        def saved(value: Any) -> None:
            self._context.notify(Notice(words, "good"))
            self.accept()
            if self._on_done is not None:
                self._on_done(value)

        self._context.tasks.write(
            self, wanted.service, *wanted.args, on_done=saved, on_error=self.refused, **wanted.kwargs
        )

    def refused(self, error: DomainError) -> None:
        """Say why; what others changed meanwhile is put beside what was typed."""
        self.confirm_button.setEnabled(True)
        clashes = error.values.get("clashes")
        if error.code == "changed-meanwhile" and isinstance(clashes, Sequence):
            theirs = {str(name): value for name, _mine, value in clashes}
            self._expected.update(theirs)
            if self.form.merge(theirs):
                return
        self.form.show_error(error)


def ask(context: AppContext, title: str, fields: Sequence[Field], save: Save, **more: Any) -> RecordDialog:
    """Open a `RecordDialog`; it belongs to its parent and closes itself."""
    dialog = RecordDialog(context, title, fields, save, **more)
    dialog.open()
    return dialog


class Question(Dialog):
    """Asks before what cannot be undone; *confirm* names the deed. Open, not waited for."""

    def __init__(
        self, parent: QWidget, title: str, text: str, *, confirm: str, run: Callable[[], object]
    ) -> None:
        super().__init__(title, parent, confirm=confirm)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self._run = run
        self.body.addWidget(label(text, wraps=True))
        self.cancel_button.setFocus()
        self.open()

    def confirmed(self) -> None:
        self.accept()
        self._run()
