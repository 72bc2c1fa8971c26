"""Figures that are kept by day are those that a count from nothing gives, whatever changed meanwhile."""

from __future__ import annotations

import json
import random
from dataclasses import asdict
from typing import Any

import pytest
from sqlalchemy import Connection, event, insert, select, update

from models.entities.synced import new_id
from sync.server.console.queries import daily, figures
from sync.server.console.queries.daily import Daily
from sync.server.console.queries.figures import DAY_MS, ZONE_MS, Period, Survey
from sync.server.tables import SITE_TABLES, hq_site
from tests.sync.server.console.visitor import NOW, World

HOUR = 3_600_000
TICKET, CALLBACK = SITE_TABLES["ticket"].table, SITE_TABLES["callback"].table
TOMORROW = ((NOW + ZONE_MS) // DAY_MS + 1) * DAY_MS - ZONE_MS
PERIODS = (
    Period(TOMORROW - 365 * DAY_MS, TOMORROW, 28),
    Period(TOMORROW - 30 * DAY_MS, TOMORROW - 3 * DAY_MS, 7),
    Period(TOMORROW - 7 * DAY_MS, TOMORROW, 1),
    Period(TOMORROW - 900 * DAY_MS, TOMORROW, 28),
)


def plain(survey: Survey) -> Any:
    """In another order of adding the last digits differ."""
    parts = {"total": survey.total, **survey.by_site, **{str(start): one for start, one in survey.trend}}
    return {
        name: {
            key: round(value, 6) if isinstance(value, float) else value for key, value in asdict(one).items()
        }
        for name, one in parts.items()
    }


def check(world: World, kept: Daily) -> None:
    one = world.planted.sites[1]
    with world.database.surveying() as connection:
        for period in PERIODS:
            for sites in (None, frozenset({one}), frozenset(world.planted.sites[:2])):
                found = kept.survey(connection, sites, period)
                assert plain(found) == plain(figures.survey(connection, sites, period)), (period, sites)


class Changes:
    """What desks do to tickets, each with its site's next number."""

    def __init__(self, connection: Connection, site_id: str, chance: random.Random) -> None:
        self.connection, self.site_id, self.chance = connection, site_id, chance

    def seq(self) -> int:
        this = hq_site.c.site_id == self.site_id
        done = update(hq_site).where(this).values(seq=hq_site.c.seq + 2).returning(hq_site.c.seq)
        return int(self.connection.execute(done).scalar_one())

    def one(self) -> Any:
        chosen = select(TICKET).where(TICKET.c.site_id == self.site_id).order_by(TICKET.c.id)
        return self.chance.choice(self.connection.execute(chosen).mappings().all())

    def put(self, table: Any, row_id: str, **values: Any) -> None:
        this = (table.c.site_id == self.site_id) & (table.c.id == row_id)
        self.connection.execute(update(table).where(this).values(seq=self.seq(), **values))

    def rated(self) -> None:
        self.put(TICKET, self.one()["id"], rating=self.chance.choice(["satisfied", "dissatisfied", None]))

    def finished(self) -> None:
        one = self.one()
        self.put(TICKET, one["id"], completed_at=one["received_at"] + self.chance.randrange(50) * HOUR)

    def undone(self) -> None:
        self.put(TICKET, self.one()["id"], completed_at=None, state="received")

    def gone(self) -> None:
        self.put(TICKET, self.one()["id"], deleted=self.chance.choice([1, None]))

    def void(self) -> None:
        self.put(TICKET, self.one()["id"], state="void")

    def moved(self) -> None:
        at = NOW - self.chance.randrange(60 * 24) * HOUR
        stamps = json.dumps({"received_at": [1, 1, 1, 0]})
        self.put(TICKET, self.one()["id"], received_at=at, field_stamps=stamps)

    def came(self) -> None:
        self._insert(TICKET, {**self.one(), "received_at": NOW - self.chance.randrange(40 * 24) * HOUR})

    def called(self) -> None:
        ticket = self.one()
        at = ticket["received_at"] + self.chance.randrange(1, 90) * HOUR
        said = {"satisfaction": self.chance.choice(["satisfied", "fairly", "dissatisfied"]), "solved": 0}
        self._insert(CALLBACK, {"ticket_id": ticket["id"], "state": "done", "called_at": at, **said})

    def called_about_another(self) -> None:
        chosen = select(CALLBACK.c.id).where(CALLBACK.c.site_id == self.site_id).order_by(CALLBACK.c.id)
        row_id = self.chance.choice(self.connection.execute(chosen).scalars().all())
        stamps = json.dumps({"ticket_id": [1, 1, 1, 0]})
        self.put(CALLBACK, row_id, ticket_id=self.one()["id"], field_stamps=stamps)

    def _insert(self, table: Any, values: dict[str, Any]) -> None:
        seq = self.seq()
        head = {"site_id": self.site_id, "id": new_id(), "stamp": 1, "source_desk": 1, "deleted": None}
        self.connection.execute(insert(table), [{**values, **head, "seq": seq, "created_seq": seq}])

    def any(self) -> None:
        acts = (
            self.rated,
            self.finished,
            self.undone,
            self.gone,
            self.void,
            self.moved,
            self.came,
            self.called,
        )
        self.chance.choice((*acts, self.called_about_another))()


@pytest.mark.both_databases
@pytest.mark.parametrize("seed", range(2))
def test_what_is_kept_follows_every_change(world: World, seed: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(daily, "MOST_DAYS", 3 if seed else 40)
    chance, kept = random.Random(seed), Daily()
    check(world, kept)
    for _round in range(12):
        for _change in range(chance.randrange(4)):
            with world.database.administering() as connection:
                Changes(connection, chance.choice(world.planted.sites), chance).any()
        check(world, kept)


def test_a_second_look_reads_no_ticket_and_a_third_those_of_one_day(world: World) -> None:
    kept, period = Daily(), PERIODS[0]
    asked: list[str] = []
    event.listen(world.database.engine, "before_cursor_execute", lambda *call: asked.append(call[2]))

    def look() -> list[str]:
        asked.clear()
        with world.database.surveying() as connection:
            kept.survey(connection, None, period)
        return [one for one in asked if "FROM ticket" in one]

    assert look()
    assert not look()
    for seed in (1, 2):  # the first moves the site's number beyond those of the planted rows
        with world.database.administering() as connection:
            Changes(connection, world.planted.sites[0], random.Random(seed)).rated()
        if seed == 1:
            look()
    assert len(look()) == 3  # which days; their sums, their times
    assert not look()


def test_the_days_go_on(world: World) -> None:
    """What has become too old goes, and is counted anew when it is asked for."""
    kept = Daily()
    check(world, kept)
    later = Period(TOMORROW + 335 * DAY_MS, TOMORROW + 700 * DAY_MS, 28)
    with world.database.surveying() as connection:
        assert kept.survey(connection, None, later).total.received == 0
        assert all(not known.days for known in kept._sites.values())
    check(world, kept)


def test_warming_up_does_the_first_look(world: World) -> None:
    world.console.warm_up()
    assert sum(len(known.days) for known in world.console.daily._sites.values()) > 50
