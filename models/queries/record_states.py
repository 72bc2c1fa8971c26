"""How single records stand with headquarters: what is said beside each of them in lists and details.

A record is what people call one: a ticket with its history, its charges and its files; a resident with the
phones. So a ticket whose progress note still waits is not 已同步.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from enum import StrEnum
from functools import cache
from typing import Any

from sqlalchemy import (
    BindParameter,
    ColumnElement,
    Executable,
    Select,
    Table,
    bindparam,
    exists,
    false,
    literal,
    select,
    union,
)
from sqlalchemy.orm import InstrumentedAttribute, Session

from models.entities.callback import Communication
from models.entities.local import LocalState, Outbox, RefusedPatch
from models.entities.place import Decoration
from models.entities.resident import Occupancy, ParkingSpace, Pet, Phone, ResidentTag, Vehicle
from models.entities.setting import Conflict
from models.entities.ticket import Attachment, ChargeLine, PrintRecord, TicketEvent

LINK = "sync.link"
"""The local fact that enrolment leaves (`sync.client.local.LINK`)."""

PARTS: Mapping[str, tuple[InstrumentedAttribute[Any], ...]] = {
    "ticket": (TicketEvent.ticket_id, ChargeLine.ticket_id, Attachment.ticket_id, PrintRecord.ticket_id),
    "resident": (
        Phone.resident_id, ResidentTag.resident_id, Occupancy.resident_id, Vehicle.resident_id,
        ParkingSpace.resident_id, Pet.resident_id, Communication.resident_id,
    ),
    "room": (
        Occupancy.room_id, Decoration.room_id, Vehicle.room_id, ParkingSpace.room_id, Pet.room_id,
        Communication.room_id,
    ),
}  # fmt: skip
"""Table → the fields of other tables that make their rows a part of one of its records."""


class RecordState(StrEnum):
    """What is said beside a record, the most urgent last."""

    ALONE = "alone"
    """已存本机: this desk has no headquarters."""
    SYNCED = "synced"
    LOCAL = "local"
    """已存本机: it waits for headquarters."""
    CONFLICT = "conflict"
    REFUSED = "refused"


def record_state(session: Session, table: str, row_id: str) -> RecordState:
    """How one record stands; the most urgent word wins."""
    return record_states(session, table, [row_id])[row_id]


def record_states(session: Session, table: str, row_ids: Sequence[str]) -> dict[str, RecordState]:
    """The same for the records of a page (at most some hundreds), in a few looks at indexes.

    A desk with nothing waiting costs three looks, whatever the records.
    """
    if session.get(LocalState, LINK) is None:
        return dict.fromkeys(row_ids, RecordState.ALONE)
    states = dict.fromkeys(row_ids, RecordState.SYNCED)
    ids = list(dict.fromkeys(row_ids))
    for source, state in _SOURCES:
        places = (table, *(_table_of(part) for part in PARTS.get(table, ())))
        troubled = _tables_in(session, source, places)
        if troubled:
            found = session.scalars(_marked(source, table, troubled), {"ids": ids})
            states.update(dict.fromkeys(found, state))
    return states


def records_in(table: str, state: str) -> Select[Any]:
    """The ids of the records of *table* in one of the states that somebody looks for (``local``,
    ``conflict``, ``refused``), to be asked for in a filter. None are in another one."""
    source = next((source for source, known in _SOURCES if known == state), None)
    if source is None:
        return select(Outbox.row_id).where(false())
    looks: list[Select[Any]] = [select(source.row_id).where(source.table_name == table, *_is_open(source))]
    for part in PARTS.get(table, ()):
        made: Table = part.class_.__table__
        rows = select(source.row_id).where(source.table_name == made.name, *_is_open(source))
        looks.append(select(part).where(made.c.id.in_(rows)))
    return select(union(*looks).subquery())


def tables_of(table: str) -> frozenset[str]:
    """The tables whose rows make up the records of *table*."""
    return frozenset((table, *(_table_of(part) for part in PARTS.get(table, ()))))


def owner_of(table: str, values: Mapping[str, Any]) -> tuple[str, str] | None:
    """The record that a row is a part of, as (table, id); None for one that stands by itself.

    *values* are the row's fields by name.
    """
    for owner, parts in PARTS.items():
        for part in parts:
            if _table_of(part) == table and values.get(part.key):
                return owner, str(values[part.key])
    return None


_Source = type[Outbox] | type[Conflict] | type[RefusedPatch]
_SOURCES: tuple[tuple[_Source, RecordState], ...] = (
    (Outbox, RecordState.LOCAL),
    (Conflict, RecordState.CONFLICT),
    (RefusedPatch, RecordState.REFUSED),
)


def _is_open(source: _Source) -> tuple[ColumnElement[bool], ...]:
    if source is Outbox:
        return ()
    is_open: ColumnElement[bool] = source.state == "open"  # type: ignore[union-attr]
    return (is_open, Conflict.deleted.is_(None)) if source is Conflict else (is_open,)


def _table_of(part: InstrumentedAttribute[Any]) -> str:
    return str(part.class_.__tablename__)


def _tables_in(session: Session, source: _Source, places: Iterable[str]) -> tuple[str, ...]:
    """Those of *places* of which *source* names a row at all."""
    wanted = tuple(places)
    found = session.execute(_any_of(source, wanted)).one()
    return tuple(table for table, is_there in zip(wanted, found, strict=True) if is_there)


@cache
def _any_of(source: _Source, places: tuple[str, ...]) -> Executable:
    return select(
        *(exists(select(literal(1)).where(source.table_name == table, *_is_open(source))) for table in places)
    )


@cache
def _marked(source: _Source, table: str, troubled: tuple[str, ...]) -> Executable:
    """Ids of those of the records ``ids`` of which *source* names the row, or one of its parts."""
    ids: BindParameter[Any] = bindparam("ids", expanding=True)
    looks = []
    if table in troubled:
        looks.append(
            select(source.row_id).where(source.table_name == table, source.row_id.in_(ids), *_is_open(source))
        )
    for part in PARTS.get(table, ()):
        name = _table_of(part)
        if name in troubled:
            made: Table = part.class_.__table__
            looks.append(
                select(part).where(
                    part.in_(ids),  # from the records to what waits: that may be a million
                    exists().where(source.table_name == name, source.row_id == made.c.id, *_is_open(source)),
                )
            )
    return looks[0] if len(looks) == 1 else union(*looks)
