"""Which service times a ticket has: first answer, arrival, settled. Numbers are parameters, with these defaults.

The defaults† are common practice (domain.md §2): 特急 arrive 5 min; 紧急 arrive 15 min, 急修 done 45 min; 小修 arrive
30 min, done 24 h; complaint first answer 2 h / 24 h, settled 48 h / 7 working days; enquiry 4 h / 48 h.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from types import MappingProxyType

from models.rules.service_time import Calendar, Clock, Deadline, Span, deadline

_HOUR = 60


@dataclass(frozen=True, slots=True)
class Targets:
    """Service times of one ticket; None: none is promised."""

    first_answer: Span | None = None
    arrive: Span | None = None
    done: Span | None = None


@dataclass(frozen=True, slots=True)
class Deadlines:
    """The moments that the service times lead to, UTC."""

    first_answer: Deadline | None
    arrive: Deadline | None
    done: Deadline | None


def _repair(arrive: int, done: int) -> Targets:
    return Targets(arrive=Span(arrive), done=Span(done))


_URGENT_COMPLAINT = Targets(first_answer=Span(2 * _HOUR), done=Span(48 * _HOUR))
_URGENT_ENQUIRY = Targets(first_answer=Span(4 * _HOUR), done=Span(4 * _HOUR))

DEFAULT_TARGETS: Mapping[tuple[str, str], Targets] = MappingProxyType(
    {
        ("repair", "critical"): _repair(5, 45),
        ("repair", "urgent"): _repair(15, 45),
        ("repair", "normal"): _repair(30, 24 * _HOUR),
        ("help", "critical"): _repair(5, 45),
        ("help", "urgent"): _repair(15, 45),
        ("help", "normal"): _repair(30, 24 * _HOUR),
        ("complaint", "critical"): _URGENT_COMPLAINT,
        ("complaint", "urgent"): _URGENT_COMPLAINT,
        ("complaint", "normal"): Targets(first_answer=Span(24 * _HOUR), done=Span(workdays=7)),
        ("enquiry", "critical"): _URGENT_ENQUIRY,
        ("enquiry", "urgent"): _URGENT_ENQUIRY,
        ("enquiry", "normal"): Targets(first_answer=Span(48 * _HOUR), done=Span(48 * _HOUR)),
        ("suggestion", "critical"): Targets(first_answer=Span(24 * _HOUR), done=Span(workdays=7)),
        ("suggestion", "urgent"): Targets(first_answer=Span(24 * _HOUR), done=Span(workdays=7)),
        ("suggestion", "normal"): Targets(first_answer=Span(24 * _HOUR), done=Span(workdays=7)),
        ("praise", "critical"): Targets(first_answer=Span(24 * _HOUR)),
        ("praise", "urgent"): Targets(first_answer=Span(24 * _HOUR)),
        ("praise", "normal"): Targets(first_answer=Span(24 * _HOUR)),
    }
)

SLIP_WITHIN_MINUTES = 5
CREW_TOLD_WITHIN_MINUTES = 2
MEASURES = ("first_answer", "arrive", "done")


def to_plain(targets: Mapping[tuple[str, str], Targets]) -> dict[str, dict[str, int | str]]:
    """The table as JSON-able values, keyed ``repair.urgent.arrive``: the form in which it is a parameter."""
    plain: dict[str, dict[str, int | str]] = {}
    for (kind, priority), one in targets.items():
        for measure in MEASURES:
            span: Span | None = getattr(one, measure)
            if span is not None:
                plain[f"{kind}.{priority}.{measure}"] = {
                    "minutes": span.minutes,
                    "clock": span.clock.value,
                    "workdays": span.workdays,
                }
    return plain


def from_plain(plain: Mapping[str, Mapping[str, int | str]]) -> dict[tuple[str, str], Targets]:
    """Reads :func:`to_plain`. Raises ValueError on unknown keys, clocks or negative numbers."""
    spans: dict[tuple[str, str], dict[str, Span]] = {}
    for key, value in plain.items():
        kind, priority, measure = key.split(".")
        if (kind, priority) not in DEFAULT_TARGETS or measure not in MEASURES:
            raise ValueError(f"no such service time: {key}")
        span = Span(
            int(value.get("minutes", 0)), Clock(value.get("clock", "round")), int(value.get("workdays", 0))
        )
        if span.minutes < 0 or span.workdays < 0 or not (span.minutes or span.workdays):
            raise ValueError(f"a service time is longer than nothing: {key}")
        spans.setdefault((kind, priority), {})[measure] = span
    return {pair: Targets(**measures) for pair, measures in spans.items()}


def targets_for(
    kind: str, priority: str, table: Mapping[tuple[str, str], Targets] = DEFAULT_TARGETS
) -> Targets:
    """The promised times of a kind and priority; nothing promised for what the table leaves out."""
    return table.get((kind, priority), Targets())


def deadlines(received: datetime, targets: Targets, calendar: Calendar) -> Deadlines:
    """The three moments, counted from the moment of the call."""

    def moment(span: Span | None) -> Deadline | None:
        return None if span is None else deadline(received, span, calendar)

    return Deadlines(moment(targets.first_answer), moment(targets.arrive), moment(targets.done))


def clock_of(span: Span | None) -> Clock:
    """The clock that a suspension has to count with; whole working days count working hours."""
    if span is None:
        return Clock.ROUND
    return Clock.WORKING if span.workdays else span.clock
