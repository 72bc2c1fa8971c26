"""One site's records, read with the desk's own queries from headquarters' tables.

A desk's file holds one site and headquarters' tables hold all, with the same names and columns: a session
that adds the site to every select shows a desk's query exactly one site. What headquarters keeps of a
field's stamp beyond the stamp is left out of the rows that it loads.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import msgspec
from sqlalchemy import event
from sqlalchemy.orm import ORMExecuteState, Session, with_loader_criteria
from sqlalchemy.orm.attributes import set_committed_value

from models.entities.synced import Synced
from models.errors import DomainError
from models.queries import conflict_list, sync_names
from models.queries.conflict_list import ConflictItem
from models.queries.ticket_detail import AttachmentRow, TicketDetail, ticket_detail
from sync.server.database import HqDatabase


@contextmanager
def site_session(database: HqDatabase, site_id: str) -> Iterator[Session]:
    """For reading only. On PostgreSQL row-level security keeps to the site as well."""
    with database.reading(site_id) as connection, Session(connection, autoflush=False) as session:

        def keep_to_site(state: ORMExecuteState) -> None:
            if not state.is_select:
                raise RuntimeError("the console only reads records")
            state.statement = state.statement.options(
                with_loader_criteria(Synced, lambda kind: kind.site_id == site_id, include_aliases=True)
            )

        event.listen(session, "do_orm_execute", keep_to_site)
        event.listen(session, "loaded_as_persistent", _as_on_a_desk)
        yield session


_ENTRIES = msgspec.json.Decoder(dict[str, list[Any]])


def _as_on_a_desk(_session: Session, row: object) -> None:
    """``field_stamps`` as {field: stamp}, not with headquarters' entries (`sync.server.tables`)."""
    if isinstance(row, Synced) and row.field_stamps:
        stamps = {name: entry[0] for name, entry in _ENTRIES.decode(row.field_stamps).items()}
        set_committed_value(row, "field_stamps", msgspec.json.encode(stamps).decode())


def ticket(database: HqDatabase, site_id: str, ticket_id: str) -> TicketDetail:
    """Raises ``page-unknown``."""
    with site_session(database, site_id) as session:
        try:
            return ticket_detail(session, ticket_id)
        except DomainError as error:
            raise DomainError("page-unknown") from error


def phone_of(database: HqDatabase, site_id: str, ticket_id: str) -> str:
    """The caller's phone in full; who looks must be noted. Raises ``page-unknown``."""
    from models.entities.ticket import Ticket

    with site_session(database, site_id) as session:
        found = session.get(Ticket, ticket_id)
        if found is None or found.deleted is not None:
            raise DomainError("page-unknown")
        return found.caller_phone or ""


def attachment(database: HqDatabase, site_id: str, ticket_id: str, attachment_id: str) -> AttachmentRow:
    """Raises ``page-unknown``."""
    found = {one.id: one for one in ticket(database, site_id, ticket_id).attachments}
    if attachment_id not in found:
        raise DomainError("page-unknown")
    return found[attachment_id]


def conflicts(
    database: HqDatabase, site_id: str, limit: int = 200
) -> tuple[list[ConflictItem], dict[str, str]]:
    """The open ones, newest first, and the names behind ids among their values."""
    with site_session(database, site_id) as session:
        found = conflict_list.conflicts(session, limit=limit)
        values: list[tuple[str, str, Any]] = []
        for one in found:
            values += [(one.table, one.field, one.kept_value), (one.table, one.field, one.lost_value)]
        return found, sync_names.value_names(session, values)
