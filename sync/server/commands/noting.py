"""What is done from a terminal goes into the audit, under the command's own name."""

from __future__ import annotations

from sqlalchemy import Connection

from sync.clock import wall_milliseconds
from sync.server.console import audit
from sync.server.console.audit import SYSTEM, Who
from sync.server.database import HqDatabase

WHO = Who(SYSTEM)


def note(database: HqDatabase, action: str, subject: str, site_id: str | None = None) -> None:
    """After an act, in a transaction of its own: a site's own transaction sees no audit."""
    with database.administering() as connection:
        note_in(connection, action, subject, site_id)


def note_in(connection: Connection, action: str, subject: str, site_id: str | None = None) -> None:
    """With the act itself."""
    audit.write(connection, WHO, wall_milliseconds(), action, subject, site_id=site_id)
