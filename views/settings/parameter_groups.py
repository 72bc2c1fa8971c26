"""How parameters are told: by area, with the words of their choices and an example of their text."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from models import parameters as p
from models.parameters import ALL, Parameter
from resources.terms import label as term
from resources.translations import N_
from resources.translations import gettext as _
from views.documents.forms import FORMS

AnyParameter = Parameter[int] | Parameter[str] | Parameter[bool]


@dataclass(frozen=True)
class ParameterGroup:
    """``title`` is marked with ``N_``; ``starts``: the beginnings of the keys that belong to it."""

    key: str
    title: str
    starts: tuple[str, ...]

    @property
    def parameters(self) -> Sequence[AnyParameter]:
        return tuple(parameter for parameter in ALL if group_of(parameter) == self.key)


GROUPS: tuple[ParameterGroup, ...] = (
    ParameterGroup("time", N_("时限"), ("time.", "escalation.")),
    ParameterGroup("hours", N_("工作时间"), ("hours.",)),
    ParameterGroup("callback", N_("回访"), ("callback.",)),
    ParameterGroup("warranty", N_("保修期"), ("warranty.",)),
    ParameterGroup("ticket", N_("工单与附件"), ("ticket.", "attachment.")),
    ParameterGroup("account", N_("账号与锁定"), ("account.",)),
    ParameterGroup("backup", N_("备份与同步"), ("backup.", "sync.")),
    ParameterGroup("other", N_("打印及其他"), ()),
)
"""Every declared parameter is in one of these; what has no group of its own is in the last."""

HOUR = 60
CHOICE_WORDS = {"round": N_("昼夜连续计时"), "working": N_("只计工作时间")}
EXAMPLES = {
    p.WORKDAY_START.key: "08:30",
    p.WORKDAY_END.key: "18:00",
    p.NOON_REST.key: "12:00-13:30",
    p.EXTRA_HOLIDAYS.key: "2027-02-06 2027-02-07",
    p.EXTRA_WORKDAYS.key: "2027-02-14",
    p.HEATING_SEASON.key: "11-15 03-15",
    p.COOLING_SEASON.key: "05-15 09-30",
}
"""How a text is written."""


def group_of(parameter: AnyParameter) -> str:
    """The key of the group that the parameter is told in."""
    found = (group.key for group in GROUPS if parameter.key.startswith(group.starts))
    return next(found, GROUPS[-1].key)


def choices_of(parameter: AnyParameter) -> list[tuple[Any, str]]:
    """(value, words) of a parameter that is one of several; empty for others."""
    if parameter.key == p.DEFAULT_FORM.key:
        return [(form.key, form.name) for form in FORMS.values()]
    return [(code, _(CHOICE_WORDS.get(code, code))) for code in parameter.choices]


def unit_of(parameter: AnyParameter) -> str:
    return term("unit", parameter.unit) if parameter.unit else ""


def words_of(parameter: AnyParameter, value: Any) -> str:
    """A value as it is told: ``30 分钟``, ``是``, ``昼夜连续计时``."""
    if isinstance(value, bool):
        return _("是") if value else _("否")
    words = dict(choices_of(parameter)).get(value, str(value))
    told = " ".join(part for part in (words or _("（空）"), unit_of(parameter)) if part)
    if parameter.unit == "minute" and isinstance(value, int) and value >= HOUR and value % HOUR == 0:
        told += _("（{n} 小时）").format(n=value // HOUR)
    return told


def limits_of(parameter: AnyParameter) -> str:
    """``1–600`` or how a text is written; empty where anything goes."""
    if parameter.minimum is not None and parameter.maximum is not None:
        return f"{parameter.minimum}–{parameter.maximum}"
    example = EXAMPLES.get(parameter.key)
    return _("写法 {example}").format(example=example) if example else ""
