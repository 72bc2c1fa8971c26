"""Are headquarters' sums those of its rows? They are kept change by change, so a row that something wrote
past the program would never show otherwise: desks compare with the sums, and then with the rows.
"""

from __future__ import annotations

from sqlalchemy import select

from sync.digest import TableDigest
from sync.server.database import HqDatabase
from sync.server.pull import sums_of_rows
from sync.server.store import Store
from sync.server.tables import hq_site, hq_table


def wrong_tables(database: HqDatabase, site_id: str) -> list[str]:
    """Tables of a site whose kept sums are not those of their rows."""
    with database.reading(site_id) as connection:
        chosen = select(hq_table.c.table_name, hq_table.c.sums).where(hq_table.c.site_id == site_id)
        kept = {row[0]: row[1] for row in connection.execute(chosen)}
        found = sums_of_rows(connection, site_id)
    return [name for name, sums in found.items() if TableDigest(kept.get(name)).differing(sums)]


def audit(database: HqDatabase) -> dict[str, list[str]]:
    """Every site, one after the other: {name of a site: its wrong tables}. What is wrong is set right, and
    the desks' next rounds find and settle which rows differ."""
    with database.surveying() as connection:
        sites = connection.execute(select(hq_site.c.site_id, hq_site.c.name).order_by(hq_site.c.name)).all()
    found: dict[str, list[str]] = {}
    for site_id, name in sites:
        if tables := wrong_tables(database, site_id):
            found[name] = tables
            Store(database).recount(site_id)
    return found
