"""Parameters that are text: whether what was entered can be read by the rules that use it."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from models import parameters as p
from models.errors import DomainError
from models.parameters import Parameters
from models.rules.service_time import parse_days, parse_hours
from models.rules.warranty import parse_season


def _hours(text: str) -> None:
    if text.strip():
        parse_hours(text)


_READERS: Mapping[str, Callable[[str], object]] = {
    p.NOON_REST.key: _hours,
    p.EXTRA_HOLIDAYS.key: parse_days,
    p.EXTRA_WORKDAYS.key: parse_days,
    p.HEATING_SEASON.key: parse_season,
    p.COOLING_SEASON.key: parse_season,
}


def need_readable(key: str, value: object, parameters: Parameters) -> None:
    """Raise ``parameter-unreadable`` (``key``, ``value``) for a text that its rule cannot read.

    Start and end of work are read together, with *parameters* giving the one that stays: the end must come
    after the start.
    """
    if not isinstance(value, str):
        return
    try:
        if key == p.WORKDAY_START.key:
            parse_hours(f"{value}-{parameters.get(p.WORKDAY_END)}")
        elif key == p.WORKDAY_END.key:
            parse_hours(f"{parameters.get(p.WORKDAY_START)}-{value}")
        elif key in _READERS:
            _READERS[key](value)
    except ValueError as error:
        raise DomainError("parameter-unreadable", key=key, value=value) from error
