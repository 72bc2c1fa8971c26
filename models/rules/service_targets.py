"""Which service times a ticket has: first answer, arrival, settled.

The numbers are parameters. Their defaults† are common practice (domain.md §2): 特急 arrive 5 min; 紧急
arrive 15 min, 急修 done 45 min; 小修 arrive 30 min, done 24 h; complaint first answer 2 h / 24 h, settled
48 h / 7 working days; enquiry answered 4 h, settled 48 h. A call for help runs like a repair, a suggestion
like a normal complaint; praise is only answered.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from models import parameters as p
from models.parameters import Parameters
from models.rules.service_time import (
    Calendar,
    Clock,
    Deadline,
    Span,
    deadline,
    parse_days,
    parse_hours,
    without_rest,
)

PRIORITIES = ("critical", "urgent", "normal")


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


Table = Mapping[tuple[str, str], Targets]
"""(kind, priority) → service times."""


def table(parameters: Parameters) -> Table:
    """The service times in force."""
    get = parameters.get
    repair, complaint, enquiry = (
        Clock(get(one)) for one in (p.REPAIR_CLOCK, p.COMPLAINT_CLOCK, p.ENQUIRY_CLOCK)
    )

    def repairs(arrive: p.Parameter[int], done: p.Parameter[int]) -> Targets:
        return Targets(arrive=Span(get(arrive), repair), done=Span(get(done), repair))

    soon = Targets(
        first_answer=Span(get(p.COMPLAINT_ANSWER_URGENT), complaint),
        done=Span(get(p.COMPLAINT_DONE_URGENT), complaint),
    )
    settled = Targets(
        first_answer=Span(get(p.COMPLAINT_ANSWER), complaint), done=Span(workdays=get(p.COMPLAINT_DONE_DAYS))
    )
    answered = Targets(
        first_answer=Span(get(p.ENQUIRY_ANSWER), enquiry), done=Span(get(p.ENQUIRY_DONE), enquiry)
    )
    heard = Targets(first_answer=settled.first_answer)
    by_kind = {
        "complaint": (soon, soon, settled),
        "enquiry": (answered, answered, answered),
        "suggestion": (settled, settled, settled),
        "praise": (heard, heard, heard),
    } | dict.fromkeys(
        ("repair", "help"),
        (
            repairs(p.CRITICAL_ARRIVE, p.URGENT_REPAIR_DONE),
            repairs(p.URGENT_ARRIVE, p.URGENT_REPAIR_DONE),
            repairs(p.NORMAL_ARRIVE, p.NORMAL_REPAIR_DONE),
        ),
    )
    return {(kind, PRIORITIES[i]): row[i] for kind, row in by_kind.items() for i in range(len(PRIORITIES))}


def calendar(parameters: Parameters) -> Calendar:
    """The working calendar in force; days that cannot be read are left out (they were checked
    when entered).
    """
    hours = parse_hours(f"{parameters.get(p.WORKDAY_START)}-{parameters.get(p.WORKDAY_END)}")
    rest = parse_hours(parameters.get(p.NOON_REST)) if parameters.get(p.NOON_REST) else ()
    return Calendar(
        hours=without_rest(hours, rest),
        extra_holidays=parse_days(parameters.get(p.EXTRA_HOLIDAYS)),
        extra_workdays=parse_days(parameters.get(p.EXTRA_WORKDAYS)),
    )


def targets_for(kind: str, priority: str, parameters: Parameters) -> Targets:
    """The promised times of a kind and priority; nothing is promised for a kind that the table leaves out."""
    return table(parameters).get((kind, priority), Targets())


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
