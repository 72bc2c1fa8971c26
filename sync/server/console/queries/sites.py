"""The sites as their managers look at them: who was silent, what waits, what is open."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, func, select

from models.errors import DomainError
from sync.server.console.queries.tickets import open_tickets
from sync.server.tables import SITE_TABLES, hq_blob, hq_desk, hq_site

SILENT_MS = 86_400_000
"""A site that has not been heard of for a day stands out."""
DESK_SILENT_MS = 30 * 86_400_000
"""A desk so long unheard of was often copied, restored or replaced, and never revoked."""


@dataclass(frozen=True, slots=True)
class SiteRow:
    """One line. Times are ms; ``seen_at`` and ``pending`` None: nothing is known (no desk, or an old one)."""

    site_id: str
    name: str
    desks: int
    seen_at: int | None
    pending: int | None
    versions: tuple[str, ...]
    conflicts: int
    open: int
    overdue: int

    def is_silent(self, now_ms: int) -> bool:
        return self.seen_at is None or now_ms - self.seen_at > SILENT_MS


@dataclass(frozen=True, slots=True)
class DeskRow:
    number: int
    letter: str
    name: str
    version: str
    pending: int | None
    enrolled_at: int
    seen_at: int | None
    revoked_at: int | None

    def is_silent(self, now_ms: int) -> bool:
        return is_silent(self.revoked_at, self.seen_at, self.enrolled_at, now_ms)


def is_silent(revoked_at: int | None, seen_at: int | None, enrolled_at: int, now_ms: int) -> bool:
    """In use as far as anybody said, but not heard of for so long that the desk may have been replaced."""
    return revoked_at is None and now_ms - (seen_at or enrolled_at) > DESK_SILENT_MS


@dataclass(frozen=True, slots=True)
class SiteFacts:
    """One site. Sizes are bytes."""

    site_id: str
    name: str
    created_at: int
    quota: int
    used: int
    files: int
    desks: tuple[DeskRow, ...]


def all_sites(connection: Connection, now_ms: int) -> Sequence[SiteRow]:
    """Every site by name: four grouped reads, whatever the number of sites."""
    desks = _desks(connection)
    conflicts = _open_conflicts(connection)
    tickets = open_tickets(connection, now_ms)
    rows = connection.execute(select(hq_site.c.site_id, hq_site.c.name).order_by(hq_site.c.name))
    return [
        SiteRow(
            site_id,
            name,
            *desks.get(site_id, _NO_DESKS),
            conflicts.get(site_id, 0),
            *tickets.get(site_id, (0, 0)),
        )
        for site_id, name in rows
    ]


_NO_DESKS: tuple[int, int | None, int | None, tuple[str, ...]] = (0, None, None, ())


def _desks(connection: Connection) -> Mapping[str, tuple[int, int | None, int | None, tuple[str, ...]]]:
    """Site → desks in use, last heard of, rows that wait, versions."""
    by_site: dict[str, list[Any]] = defaultdict(list)
    rows = connection.execute(
        select(
            hq_desk.c.site_id,
            hq_desk.c.version,
            func.count(),
            func.max(hq_desk.c.seen_at),
            func.sum(hq_desk.c.pending),
        )
        .where(hq_desk.c.revoked_at.is_(None))
        .group_by(hq_desk.c.site_id, hq_desk.c.version)
        .order_by(hq_desk.c.version)
    )
    for site_id, *values in rows:
        by_site[site_id].append(values)
    return {
        site_id: (
            sum(int(one[1]) for one in found),
            max((int(one[2]) for one in found if one[2] is not None), default=None),
            sum(int(one[3]) for one in found if one[3] is not None)
            if any(one[3] is not None for one in found)
            else None,
            tuple(one[0] for one in found if one[0]),
        )
        for site_id, found in by_site.items()
    }


def _open_conflicts(connection: Connection) -> Mapping[str, int]:
    conflict = SITE_TABLES["conflict"].table
    rows = connection.execute(
        select(conflict.c.site_id, func.count())
        .where(conflict.c.state == "open", conflict.c.deleted.is_(None))
        .group_by(conflict.c.site_id)
    )
    return {site_id: int(count) for site_id, count in rows}


def site_facts(connection: Connection, site_id: str) -> SiteFacts:
    """Raises ``page-unknown``."""
    row = connection.execute(
        select(hq_site.c.name, hq_site.c.created_at, hq_site.c.blob_quota).where(hq_site.c.site_id == site_id)
    ).one_or_none()
    if row is None:
        raise DomainError("page-unknown")
    files, used = connection.execute(
        select(func.count(), func.coalesce(func.sum(hq_blob.c.size), 0)).where(hq_blob.c.site_id == site_id)
    ).one()
    desks = connection.execute(
        select(
            hq_desk.c.number,
            hq_desk.c.letter,
            hq_desk.c.name,
            hq_desk.c.version,
            hq_desk.c.pending,
            hq_desk.c.enrolled_at,
            hq_desk.c.seen_at,
            hq_desk.c.revoked_at,
        )
        .where(hq_desk.c.site_id == site_id)
        .order_by(hq_desk.c.number)
    )
    return SiteFacts(
        site_id, row[0], row[1], int(row[2]), int(used), int(files), tuple(DeskRow(*one) for one in desks)
    )


def site_names(connection: Connection) -> Mapping[str, str]:
    """Id → name, by name."""
    rows = connection.execute(select(hq_site.c.site_id, hq_site.c.name).order_by(hq_site.c.name))
    return {row[0]: row[1] for row in rows}
