"""派单 and 转单: whom to send, told by duty and load, with task, deadline, contact and phone."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from functools import partial
from typing import Any

from PySide6.QtWidgets import QCheckBox, QWidget

from models.queries.dispatching import DepartmentChoice, StaffChoice
from models.queries.ticket_detail import TicketDetail
from models.services.tickets import Assignment
from resources.translations import N_
from resources.translations import gettext as _
from views.context import AppContext
from views.tickets.wording import masked_phone_check
from views.widgets.dialog import FormDialog
from views.widgets.editors import Choices, Editor
from views.widgets.flow_layout import FlowLayout
from views.widgets.form import Field, Kind


class DepartmentsEditor(Editor):
    """Several departments by their boxes; the value is a tuple of ids."""

    def __init__(self, parent: QWidget, departments: Sequence[DepartmentChoice]) -> None:
        holder = QWidget(parent)
        flow = FlowLayout(holder, spacing=12)
        self._boxes: dict[str, QCheckBox] = {}
        super().__init__(holder)
        for one in departments:
            box = QCheckBox(one.name, holder)
            box.toggled.connect(lambda _on: self.changed.emit())
            flow.addWidget(box)
            self._boxes[one.id] = box
        if self._boxes:
            holder.setFocusProxy(next(iter(self._boxes.values())))

    def value(self) -> Any:
        return tuple(key for key, box in self._boxes.items() if box.isChecked())

    def set_value(self, value: Any) -> None:
        for key, box in self._boxes.items():
            box.setChecked(key in (value or ()))


def department_words(one: DepartmentChoice) -> str:
    return _("{name}（按职责）").format(name=one.name) if one.is_by_duty else one.name


def staff_words(one: StaffChoice) -> str:
    """``李强 · 在手 3``, and whether he is off duty."""
    words = _("{name} · 在手 {n}").format(name=one.name, n=one.open_tickets)
    return words if one.is_on_duty else _("{words} · 不当班").format(words=words)


def _fields(
    departments: Sequence[DepartmentChoice], masked: str, *, is_passing: bool, is_batch: bool
) -> list[Field]:
    people = tuple((one.id, one.name) for group in departments for one in group.staff)
    fields = [
        Field("department_id", N_("部门"), Kind.CHOICE, is_required=True, mnemonic="D",
              choices=tuple((one.id, department_words(one)) for one in departments)),
        Field("handler_id", N_("处理人"), Kind.CHOICE, is_beside=True, mnemonic="P"),
    ]  # fmt: skip
    if is_passing:
        fields.append(Field("reason", N_("转单原因"), is_required=True, mnemonic="R"))
    if is_batch:
        return [
            *fields,
            Field("due_at", N_("时限"), Kind.MOMENT, mnemonic="T", hint=N_("14:30、明天 9:00"),
                  note=N_("留空则各按工单自己的时限；任务、联系人和电话都取自各张工单")),
        ]  # fmt: skip
    return [
        *fields,
        Field("task", N_("任务"), Kind.LONG_TEXT, is_required=True, mnemonic="K", lines=2),
        Field("due_at", N_("时限"), Kind.MOMENT, is_required=True, mnemonic="T", hint=N_("14:30、明天 9:00")),
        Field("coordinator_id", N_("协调人"), Kind.CHOICE, choices=((None, "—"), *people), is_beside=True),
        Field("contact", N_("联系人"), is_required=True, mnemonic="C"),
        Field(
            "contact_phone",
            N_("联系电话"),
            is_required=True,
            is_beside=True,
            mnemonic="H",
            check=masked_phone_check(lambda: masked),
        ),
        Field(
            "assisting", N_("协助部门"), Kind.OWN, make=partial(DepartmentsEditor, departments=departments)
        ),
    ]


class DispatchDialog(FormDialog):
    """*tickets*: one detail, or none for a batch. *submit* gets the `Assignment`, the reason of a 转单 and
    the dialog."""

    def __init__(
        self,
        context: AppContext,
        departments: Sequence[DepartmentChoice],
        detail: TicketDetail | None,
        submit: Any,
        parent: QWidget,
        *,
        title: str,
        is_passing: bool = False,
    ) -> None:
        self._departments = {one.id: one for one in departments}
        self._masked = detail.caller_phone if detail is not None else ""
        self._send = submit
        super().__init__(
            title,
            _fields(departments, self._masked, is_passing=is_passing, is_batch=detail is None),
            lambda values, _dialog: self._submit_assignment(values),
            parent,
            confirm=_("转单") if is_passing else _("派单"),
            formats=context.formats,
            width=620,
        )
        self.form.edited.connect(self._on_edited)
        self._fill(detail, context.clock())
        self.form.focus("department_id")

    def _fill(self, detail: TicketDetail | None, now: datetime) -> None:
        department = next(iter(self._departments), None)
        if detail is not None and detail.department_id in self._departments:
            department = detail.department_id
        self.form.set_values({"department_id": department})
        self._offer_people(department)
        if detail is None:
            return
        due_at = detail.due_at if detail.due_at is not None and detail.due_at > now else None
        self.form.set_values(
            {
                "task": detail.task or detail.matter,
                "due_at": due_at,
                "contact": detail.caller_name or "",
                "contact_phone": self._masked,
                "coordinator_id": detail.coordinator_id,
            }
        )

    def _on_edited(self, name: str) -> None:
        if name == "department_id":
            self._offer_people(self.form.values()["department_id"])

    def _offer_people(self, department_id: str | None) -> None:
        """The people of the department, the one with the least in hand first and chosen."""
        group = self._departments.get(department_id or "")
        staff = group.staff if group is not None else ()
        choices: Choices = [*((one.id, staff_words(one)) for one in staff), (None, _("由部门安排"))]
        self.form.set_choices("handler_id", choices)
        self.form.set_values({"handler_id": choices[0][0]})

    def _submit_assignment(self, values: dict[str, Any]) -> None:
        phone = values.get("contact_phone", "")
        assignment = Assignment(
            department_id=values["department_id"],
            handler_id=values["handler_id"],
            task=values.get("task", ""),
            due_at=values.get("due_at"),
            contact=values.get("contact", ""),
            contact_phone="" if phone == self._masked else phone,
            coordinator_id=values.get("coordinator_id"),
            assisting=values.get("assisting", ()),
            fills_from_ticket=True,
        )
        self._send(assignment, values.get("reason", ""), self)
