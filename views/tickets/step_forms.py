"""The small forms of a ticket's steps, declared: what is asked and which service gets it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from models.services import tickets
from resources.terms import choices
from resources.translations import N_
from views.widgets.form import Field, Kind


@dataclass(frozen=True)
class StepForm:
    """``arguments(values)`` → keyword arguments of ``service(work, ticket_id, …)``."""

    service: Callable[..., object]
    fields: tuple[Field, ...]

    def arguments(self, values: Mapping[str, Any]) -> dict[str, Any]:
        return {name: value if value != "" else None for name, value in values.items()}


_MOMENT_HINT = N_("14:30、明天 9:00")
_PROMISE = Field("promised_at", N_("承诺时间"), Kind.MOMENT, hint=_MOMENT_HINT, mnemonic="P")


def _reason(hint: str) -> Field:
    return Field("reason", N_("原因"), Kind.LONG_TEXT, is_required=True, hint=hint, lines=2, mnemonic="R")


def _text(name: str, label: str, hint: str = "", *, is_required: bool = True) -> Field:
    return Field(name, label, Kind.LONG_TEXT, is_required=is_required, hint=hint, lines=3, mnemonic="T")


STEP_FORMS: Mapping[str, StepForm] = {
    "progress": StepForm(
        tickets.note_progress,
        (_text("text", N_("进展"), N_("已现场勘查、材料采购中……业主再来电时照此答复")), _PROMISE),
    ),
    "chase": StepForm(
        tickets.chase, (_text("text", N_("业主说了什么"), is_required=False), _PROMISE)
    ),
    "suspend": StepForm(tickets.suspend, (_reason(N_("等配件、等业主在家……挂起后时限停表")),)),
    "send_back": StepForm(tickets.send_back, (_reason(N_("需业主在场、不属本部门……")),)),
    "arrive": StepForm(
        tickets.arrive,
        (
            Field("at", N_("到场时间"), Kind.MOMENT, hint=_MOMENT_HINT, note=N_("留空表示现在")),
            _text("text", N_("说明"), is_required=False),
        ),
    ),
    "first_answer": StepForm(tickets.answer_first, (_text("text", N_("首次答复")),)),
    "answer": StepForm(tickets.answer, (_text("resolution", N_("答复")),)),
    "rate": StepForm(
        tickets.rate,
        (
            Field("rating", N_("评价"), Kind.CHOICE, is_required=True, mnemonic="R",
                  choices=lambda: choices("ticket.rating")),
            Field("by", N_("评价人"), is_beside=True),
        ),
    ),
    "reopen": StepForm(tickets.reopen, (_reason(N_("没修好、又漏了……时限从现在重新算")),)),
    "void": StepForm(
        tickets.void,
        (
            _reason(N_("重复、误报……")),
            Field("duplicate_of", N_("重复于"), hint=N_("原单单号，可不填")),
        ),
    ),
}  # fmt: skip
"""Action → its form. Actions not named here have a dialog of their own or need none."""

AT_ONCE: Mapping[str, Callable[..., object]] = {
    "accept": tickets.accept,
    "resume": tickets.resume,
    "archive": tickets.archive,
}
"""Actions that ask nothing."""
