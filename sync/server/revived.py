"""What a restore brings back to life, although it was ended after the backup: desks and accounts that were
stopped, and codes that were used. Codes end with the restore; who was stopped is stopped again where a later
backup tells it, and is listed for a person to look at where none does."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from sqlalchemy import Connection, select, update

from sync.server import backup
from sync.server.tables import hq_account, hq_code, hq_desk, hq_site


@dataclass(frozen=True)
class Stopped:
    """As a later backup has them: desks as (site, number, installation), and ids of accounts."""

    desks: frozenset[tuple[str, int, str]]
    accounts: frozenset[str]


def stopped_in(later: Path) -> Stopped:
    """Raises what `backup.read_through` raises, of the parts that are read."""
    desks = backup.rows_of(later, hq_desk)
    accounts = backup.rows_of(later, hq_account)
    return Stopped(
        frozenset((one["site_id"], one["number"], one["nonce"]) for one in desks if one["revoked_at"]),
        frozenset(one["account_id"] for one in accounts if one["disabled_at"]),
    )


def stop_again(connection: Connection, stopped: Stopped, now_ms: int) -> tuple[list[str], list[str]]:
    """(desks, accounts) that were in use in the restored backup, by name."""
    desks = []
    for row in desks_in_use(connection):
        if (row.site_id, row.number, row.nonce) in stopped.desks:
            this = (hq_desk.c.site_id == row.site_id) & (hq_desk.c.number == row.number)
            connection.execute(update(hq_desk).where(this).values(revoked_at=now_ms))
            desks.append(f"{row.site} {row.letter}")
    found = connection.execute(
        update(hq_account)
        .where(hq_account.c.account_id.in_(stopped.accounts), hq_account.c.disabled_at.is_(None))
        .values(disabled_at=now_ms)
        .returning(hq_account.c.name)
    ).all()
    return desks, sorted(str(row[0]) for row in found)


def end_codes(connection: Connection, now_ms: int) -> int:
    """Nobody knows which of them were used since; gives how many were still good."""
    open_codes = hq_code.c.used_at.is_(None) & (hq_code.c.expires_at > now_ms)
    return connection.execute(update(hq_code).where(open_codes).values(used_at=now_ms)).rowcount


class InUse(NamedTuple):
    """A desk that may speak; ``seen_at`` in milliseconds."""

    site_id: str
    site: str
    number: int
    letter: str
    name: str
    nonce: str
    seen_at: int | None


def desks_in_use(connection: Connection) -> list[InUse]:
    """By site."""
    named = (hq_desk.c.site_id, hq_site.c.name.label("site"), hq_desk.c.number, hq_desk.c.letter)
    chosen = (
        select(*named, hq_desk.c.name, hq_desk.c.nonce, hq_desk.c.seen_at)
        .join_from(hq_desk, hq_site, hq_site.c.site_id == hq_desk.c.site_id)
        .where(hq_desk.c.revoked_at.is_(None))
        .order_by(hq_site.c.name, hq_desk.c.number)
    )
    return [InUse(*row) for row in connection.execute(chosen).all()]
