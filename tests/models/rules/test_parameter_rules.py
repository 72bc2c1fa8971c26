"""Texts among the parameters: what the rules cannot read is refused when it is entered."""

from __future__ import annotations

import pytest

from models import parameters as p
from models.errors import DomainError
from models.parameters import ALL, Parameters
from models.rules.parameter_rules import need_readable

GOOD = [
    (p.WORKDAY_START, "09:00"),
    (p.WORKDAY_END, "24:00"),
    (p.NOON_REST, ""),
    (p.NOON_REST, "12:00-13:00, 17:00-17:30"),
    (p.EXTRA_HOLIDAYS, "2027-02-06，2027-02-07"),
    (p.HEATING_SEASON, "11-01 04-01"),
]
BAD = [
    (p.WORKDAY_START, "9点"),
    (p.WORKDAY_START, "18:00"),
    (p.WORKDAY_END, "08:00"),
    (p.WORKDAY_END, ""),
    (p.NOON_REST, "13:30-12:00"),
    (p.EXTRA_HOLIDAYS, "2027-02-30"),
    (p.EXTRA_WORKDAYS, "Monday"),
    (p.COOLING_SEASON, "05-15"),
    (p.HEATING_SEASON, "11-31 03-15"),
]


@pytest.mark.parametrize(("parameter", "text"), GOOD)
def test_what_the_rules_read_is_taken(parameter: p.Parameter[str], text: str) -> None:
    need_readable(parameter.key, text, Parameters())


@pytest.mark.parametrize(("parameter", "text"), BAD)
def test_what_they_cannot_read_is_refused(parameter: p.Parameter[str], text: str) -> None:
    with pytest.raises(DomainError, match="parameter-unreadable"):
        need_readable(parameter.key, text, Parameters())


def test_the_end_is_read_with_the_start_in_force() -> None:
    early = Parameters({p.WORKDAY_START.key: "06:00"})
    need_readable(p.WORKDAY_END.key, "07:00", early)


def test_every_default_can_be_read() -> None:
    for parameter in ALL:
        need_readable(parameter.key, parameter.default, Parameters())
