"""How long the console's reads take over many sites, on either database.

python -m tests.sync.server.console.measuring [sqlite|postgresql] [SITES] [TICKETS]      (200, 5000)
"""

from __future__ import annotations

import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import psycopg
from sqlalchemy import Connection

from sync.server.console.queries import figures, sites, tickets
from sync.server.console.queries.daily import Daily
from sync.server.console.queries.figures import DAY_MS, ZONE_MS, Period
from sync.server.console.queries.tickets import Wanted
from sync.server.database import HqDatabase
from tests.sync.postgres import running_postgres
from tests.sync.server.console.planting import plant

DAYS = 730
"""The tickets of two years: some 4 % of them are of the last 30 days, some 2 % are open."""


def reads(now: int, site: str) -> dict[str, Callable[[Connection], Any]]:
    """Every page's reads by the page's name."""
    month, one = now - 30 * DAY_MS, frozenset({site})
    tomorrow = ((now + ZONE_MS) // DAY_MS + 1) * DAY_MS - ZONE_MS
    kept, year = Daily(), Period(tomorrow - 365 * DAY_MS, tomorrow, 28)

    def page(wanted: Wanted, number: int) -> Callable[[Connection], Any]:
        skip = (number - 1) * 50
        return lambda each: list(tickets.ticket_rows(each, wanted, now, skip=skip, limit=50))

    def counts(wanted: Wanted) -> Callable[[Connection], Any]:
        return lambda each: tickets.counts(each, wanted, now)

    return {
        "sites": lambda each: sites.all_sites(each, now),
        "tickets, open": counts(Wanted()),
        "tickets, overdue": counts(Wanted(group="overdue")),
        "tickets, all of 30 days": counts(Wanted(group="all", since=month)),
        "tickets, all": counts(Wanted(group="all")),
        "tickets, all of one site": counts(Wanted(group="all", sites=one)),
        "list, open, page 1": page(Wanted(), 1),
        "list, open, page 200": page(Wanted(), 200),
        "list, all, page 200": page(Wanted(group="all"), 200),
        "list, all of one site": page(Wanted(group="all", sites=one), 1),
        "figures kept, 365 days": lambda each: kept.survey(each, None, year),
        "figures, 30 days": lambda each: figures.survey(each, None, Period(month, now, 7)),
        "figures, 365 days": lambda each: figures.survey(each, None, Period(now - 365 * DAY_MS, now, 28)),
        "figures, one site": lambda each: figures.survey(each, one, Period(month, now, 7)),
    }


@contextmanager
def url_of(kind: str) -> Iterator[str]:
    if kind == "sqlite":
        with tempfile.TemporaryDirectory() as folder:
            yield f"sqlite:///{Path(folder) / 'hq.db'}"
    else:
        with running_postgres() as server:
            url = server.database()
            yield url


def main(kind: str = "sqlite", count: str = "200", each: str = "5000") -> None:
    now = int(time.time() * 1000)
    with url_of(kind) as url, closing(HqDatabase(url)) as database:
        planted = plant(database, now, sites=int(count), tickets=int(each), days=DAYS)
        if kind == "postgresql":
            with closing(psycopg.connect(url, autocommit=True)) as server:
                server.execute("ANALYZE")
        print(f"{kind}: {count} sites x {each} tickets")
        for name, read in reads(now, planted.sites[0]).items():
            took = []
            for _ in range(3):
                began = time.perf_counter()
                with database.surveying() as connection:
                    read(connection)
                took.append((time.perf_counter() - began) * 1000)
            print(f"  {name:26} first {took[0]:7.0f} ms   then {min(took[1:]):7.0f} ms")


if __name__ == "__main__":
    main(*sys.argv[1:])
