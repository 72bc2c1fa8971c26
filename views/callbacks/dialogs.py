"""The small forms of a callback: its result, a new day, leaving it alone, calling all the same."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

from PySide6.QtWidgets import QWidget

from models.queries.callback_list import CallbackRow
from models.services import callbacks
from models.services.callbacks import Result
from resources.terms import choices
from resources.translations import N_
from resources.translations import gettext as _
from views.context import AppContext
from views.widgets.dialog import FormDialog
from views.widgets.form import Field, Form, Kind

EXCLUDED_DAYS = 30
Done = Callable[[Any], None]


def yes_no() -> list[tuple[bool | None, str]]:
    return [(None, _("请选择")), (True, _("是")), (False, _("否"))]


def follow_ups(row: CallbackRow) -> list[tuple[str | None, str]]:
    """What an unsolved one becomes; only a ticket can be reopened."""
    found: list[tuple[str | None, str]] = [(None, _("请选择"))]
    if row.ticket_id is not None:
        found.append((callbacks.REOPEN, _("重开工单")))
    return [*found, (callbacks.COMPLAINT, _("转为投诉"))]


def _result_fields(row: CallbackRow) -> tuple[Field, ...]:
    ways = [choice for choice in choices("callback.way") if choice[0] != "paper"]
    return (
        Field("way", N_("方式"), Kind.CHOICE, choices=ways, mnemonic="W"),
        Field(
            "reached", N_("联系到了"), Kind.CHOICE, is_beside=True,
            choices=((True, _("是")), (False, _("否"))),
        ),
        Field(
            "solved", N_("解决了吗"), Kind.CHOICE, choices=yes_no(), mnemonic="S",
            is_required=row.kind != "move_in",
        ),
        Field(
            "satisfaction", N_("满意度"), Kind.CHOICE, is_beside=True, is_required=True,
            choices=[(None, _("请选择")), *choices("callback.satisfaction")],
        ),
        Field("then", N_("未解决的"), Kind.CHOICE, choices=follow_ups(row), is_required=True),
        Field("opinion", N_("意见"), Kind.LONG_TEXT, lines=2, mnemonic="O"),
        Field("suggestion", N_("建议"), Kind.LONG_TEXT, lines=2),
        Field("remark", N_("备注"), max_length=200),
    )  # fmt: skip


class ResultDialog(FormDialog):
    """One call; fields that do not apply are not shown."""

    def __init__(self, context: AppContext, row: CallbackRow, parent: QWidget, on_done: Done) -> None:
        self._context, self._row, self._on_done = context, row, on_done
        title = _("回访结果 · {who}").format(who=" ".join(filter(None, (row.room_code, row.person))))
        super().__init__(title, _result_fields(row), self._send, parent, confirm=_("保存"))
        self.form.set_values({"reached": True, "then": None})
        self.form.edited.connect(lambda _name: self._follow())
        self._follow()
        self.form.focus("solved")

    def _follow(self) -> None:
        show_applicable(self.form)

    def confirmed(self) -> None:
        values = self.form.values()
        hidden = {name: "none" for name in ("solved", "satisfaction", "then") if not applies(name, values)}
        if hidden and not self._is_right_without(hidden):
            return
        self.confirm_button.setEnabled(False)
        self._send(values, self)

    def _is_right_without(self, hidden: dict[str, str]) -> bool:
        """Hidden fields are not asked for."""
        required = [
            field.name for field in self.form.fields if field.is_required and field.name not in hidden
        ]
        empty = [name for name in required if self.form.values()[name] is None]
        if empty:
            self.form.complain(empty[0], _("请选择"))
        return not empty

    def _send(self, values: dict[str, Any], _dialog: FormDialog) -> None:
        result = result_of(values)
        self._context.tasks.write(
            self, callbacks.record_result, self._row.id, result,
            on_done=self._saved, on_error=self.failed,
        )  # fmt: skip

    def _saved(self, outcome: Any) -> None:
        self.accept()
        self._on_done(outcome)


def applies(name: str, values: dict[str, Any]) -> bool:
    """Whether a field of the result means anything with the others as they are."""
    if not values["reached"]:
        return name in {"way", "reached", "remark"}
    return name != "then" or values["solved"] is False


def show_applicable(form: Form) -> None:
    values = form.values()
    for field in form.fields:
        form.set_shown(field.name, applies(field.name, values))


def result_of(values: dict[str, Any]) -> Result:
    """The result that a filled form means."""
    if not values["reached"]:
        return Result(reached=False, remark=values["remark"] or None, way=values["way"])
    return Result(
        reached=True,
        solved=values["solved"],
        satisfaction=values["satisfaction"],
        opinion=values["opinion"] or None,
        suggestion=values["suggestion"] or None,
        remark=values["remark"] or None,
        way=values["way"],
        then=values["then"] if values["solved"] is False else None,
    )


def postpone_dialog(context: AppContext, row: CallbackRow, today: date, parent: QWidget) -> FormDialog:
    """改期: agree a new day."""
    fields = (
        Field("due_on", N_("新日期"), Kind.DAY, is_required=True, hint=N_("11-24、明天、+3")),
        Field("reason", N_("原因"), is_required=True, hint=N_("例如：业主出差，约下周三")),
    )

    def send(values: dict[str, Any], dialog: FormDialog) -> None:
        context.tasks.write(
            dialog, callbacks.postpone, row.id, values["due_on"], values["reason"],
            on_done=dialog.done_well, on_error=dialog.failed,
        )  # fmt: skip

    dialog = FormDialog(_("改期"), fields, send, parent, confirm=_("改期"), formats=context.formats)
    dialog.form.set_values({"due_on": max(row.due_on, today) + timedelta(days=1)})
    return dialog


def exclude_dialog(context: AppContext, row: CallbackRow, today: date, parent: QWidget) -> FormDialog:
    """暂不回访: with a reason of the rules and the day it ends."""
    fields = (
        Field("reason", N_("原因"), Kind.CHOICE, choices=choices("callback.exclusion")),
        Field("until", N_("到哪天为止"), Kind.DAY, is_required=True, note=N_("到期后会再提醒回访")),
    )

    def send(values: dict[str, Any], dialog: FormDialog) -> None:
        context.tasks.write(
            dialog, callbacks.exclude, row.id, values["reason"], values["until"],
            on_done=dialog.done_well, on_error=dialog.failed,
        )  # fmt: skip

    dialog = FormDialog(_("暂不回访"), fields, send, parent, confirm=_("暂不回访"), formats=context.formats)
    dialog.form.set_values({"until": today + timedelta(days=EXCLUDED_DAYS)})
    return dialog


def override_dialog(context: AppContext, row: CallbackRow, parent: QWidget) -> FormDialog:
    """破例回访: call in spite of an exclusion; the reason is kept."""
    fields = (Field("reason", N_("为什么仍要回访"), Kind.LONG_TEXT, is_required=True),)

    def send(values: dict[str, Any], dialog: FormDialog) -> None:
        context.tasks.write(
            dialog, callbacks.override, row.id, values["reason"],
            on_done=dialog.done_well, on_error=dialog.failed,
        )  # fmt: skip

    return FormDialog(_("破例回访"), fields, send, parent, confirm=_("仍要回访"))
