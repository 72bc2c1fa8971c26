"""Five weeks at the front desk: requests, dispatches, work, completions and callbacks, by the services."""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from models.services import (
    archiving,
    callbacks,
    charges,
    escalation,
    intake,
    move_in_visits,
    seeds,
    tickets,
)
from models.services.charges import Line
from models.services.demo.estate import Home
from models.services.demo.people import Person
from models.services.intake import Request
from models.services.tickets import Assignment, Completion
from models.work import Work
from resources.demo import estate

A_DAY = 9
"""Requests on a usual day."""
A_BUSY_DAY = 24
"""Requests of the last day, so that there is something to do."""
STILL_OPEN_HOURS = 30
"""Only requests younger than this are left at some step on their way."""


@dataclass
class _Desk:
    """The clerk of the demonstration, who can be told what time it is."""

    work: Work
    chance: random.Random
    staff: Mapping[str, Sequence[Person]]
    now: datetime

    def at(self, moment: datetime) -> bool:
        """Go to a later moment; False when that has not come yet."""
        if moment > self.now:
            return False
        self.work.now = self.work.context.now = moment
        return True

    def minutes(self, fewest: int, most: int) -> timedelta:
        return timedelta(minutes=self.chance.randint(fewest, most))


def live_through(
    work: Work,
    chance: random.Random,
    homes: Sequence[Home],
    staff: Mapping[str, Sequence[Person]],
    *,
    now: datetime,
    weeks: int,
) -> None:
    """Every request from ``weeks`` ago until ``now``, the older ones finished."""
    desk = _Desk(work, chance, staff, now)
    day = now - timedelta(weeks=weeks)
    while day < now:
        is_last_day = now - day <= timedelta(days=1)
        count = A_BUSY_DAY if is_last_day else max(2, round(chance.gauss(A_DAY, 2)))
        moments = sorted(day + desk.minutes(0, 24 * 60 - 1) for _ in range(count))
        for moment in moments:
            if moment < now:
                _request(desk, chance.choice(homes), chance.choice(estate()["requests"]), moment)
        day += timedelta(days=1)
    work.now = work.context.now = now
    escalation.sweep(work)
    move_in_visits.sweep(work)
    archiving.sweep(work)


def _request(desk: _Desk, home: Home, told: Mapping[str, Any], moment: datetime) -> None:
    desk.at(moment)
    taken = intake.create(
        desk.work,
        Request(
            matter=told["matter"],
            kind=told["kind"],
            channel=desk.chance.choices(("phone", "visit", "wechat", "patrol"), (70, 15, 12, 3))[0],
            category_id=seeds.category_id(*told["category"].split("/")),
            room_id=home.room_id,
            resident_id=home.resident_id,
            caller_name=home.name,
            caller_phone=home.phone or None,
            expectation=told["expectation"],
        ),
    )
    if told["kind"] == "enquiry" or told["task"] is None:
        if desk.at(moment + desk.minutes(2, 30)):
            tickets.answer(desk.work, taken.ticket_id, told["answer"])
        return
    _carry_out(desk, taken.ticket_id, told, home, moment)


def _carry_out(desk: _Desk, ticket_id: str, told: Mapping[str, Any], home: Home, moment: datetime) -> None:
    stops_early = desk.now - moment < timedelta(hours=STILL_OPEN_HOURS)
    steps = desk.chance.randint(0, 5) if stops_early else 9
    when = moment + desk.minutes(1, 8)
    if steps < 1 or not desk.at(when):
        return
    _dispatch(desk, ticket_id, told, home, when)
    when += desk.minutes(2, 12)
    if steps < 2 or not desk.at(when):
        return
    tickets.accept(desk.work, ticket_id)
    when += desk.minutes(8, 60)
    if steps < 3 or not desk.at(when):
        return
    tickets.arrive(desk.work, ticket_id)
    tickets.note_progress(desk.work, ticket_id, told["answer"])
    if steps == 4 and desk.chance.random() < 0.6:
        tickets.suspend(desk.work, ticket_id, "等配件")
        return
    when += desk.minutes(20, 300)
    if steps < 5 or not desk.at(when):
        return
    _finish(desk, ticket_id, told, home, when)


def _dispatch(desk: _Desk, ticket_id: str, told: Mapping[str, Any], home: Home, when: datetime) -> None:
    kind = told["category"].split("/")[0]
    department = {"complaint": "service", "enquiry": "service"}.get(kind, kind)
    person = desk.chance.choice(desk.staff[department])
    tickets.dispatch(
        desk.work,
        ticket_id,
        Assignment(
            department_id=seeds.department_id(department),
            handler_id=person.staff_id,
            task=told["task"],
            due_at=when + timedelta(hours=desk.chance.choice((1, 2, 4, 8, 24))),
            contact=home.name,
            contact_phone=home.phone or "13800000000",
        ),
    )


def _finish(desk: _Desk, ticket_id: str, told: Mapping[str, Any], home: Home, when: datetime) -> None:
    material = told["material"]
    if material is not None:
        name, spec, quantity, price = material
        lines = [Line(name, price, quantity * 1000, spec=spec), Line("人工费", 3000, kind="labour")]
        charges.add(desk.work, ticket_id, lines)
    callback_id = tickets.complete(
        desk.work,
        ticket_id,
        Completion(
            result="fixed" if desk.chance.random() < 0.94 else "unfixed",
            resolution=told["answer"],
            unfinished_reason="需更换整套设备，已报采购",
            charge_kind="paid" if material else "free",
            rating=desk.chance.choices(("satisfied", "neutral", "dissatisfied"), (74, 20, 6))[0],
        ),
    )
    is_late = desk.now - when < timedelta(days=3) and desk.chance.random() < 0.7
    called_at = when + desk.minutes(600, 3600)
    if callback_id is None or is_late or not desk.at(called_at):
        return
    is_solved = desk.chance.random() < 0.96
    callbacks.record_result(
        desk.work,
        callback_id,
        callbacks.Result(
            reached=True,
            solved=is_solved,
            satisfaction=desk.chance.choices(("satisfied", "fairly", "dissatisfied"), (78, 17, 5))[0],
            opinion=desk.chance.choice(estate()["opinions"]),
            suggestion=desk.chance.choice(estate()["suggestions"]),
            then=None if is_solved else callbacks.REOPEN,
        ),
    )
    if not is_solved:
        _carry_out(desk, ticket_id, told, home, called_at)
