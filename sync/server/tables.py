"""Headquarters' tables: those of the desks, derived from the same entities, and its own.

A desk's table gains ``site_id`` at the front of its key, the row's number in its site's sequence
(``seq``), the number it came with (``created_seq``) and the desk whose change is the newest there
(``source_desk``; 0 when that desk must be told too). ``field_stamps`` is JSON
``{field: [stamp, seq, base, life, met]}`` (`sync.merge.Cell`, `merging.StoredRow`), for ``deleted``
``[stamp, seq, seen, alive, known]`` (`sync.merge.Grave`; of the short ones what is not there is empty).
There are no foreign keys and no NOT NULL on values: rows come in any order, from older desks too.
"""

from __future__ import annotations

from dataclasses import dataclass
from types import NoneType
from typing import Any

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Double,
    Float,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    Text,
    text,
)
from sqlalchemy.types import TypeDecorator, TypeEngine

import models.entities  # noqa: F401 - declares every table
from models.entities.synced import META_FIELDS, synced_tables
from models.rules.ticket_life import OPEN
from sync.merge import NEVER_EDITED

METADATA = MetaData()

hq_state = Table(
    "hq_state", METADATA, Column("key", Text(), primary_key=True), Column("value", Text(), nullable=False)
)
hq_directory = Table(
    "hq_directory",
    METADATA,
    Column("key_hash", Text(), primary_key=True),
    Column("site_id", String(32), nullable=False),
)
"""Whose a key is that does not say so itself: enrolment codes, and tokens given out by 0.1.0. The one table
that is asked without knowing the site, in a transaction of its own (`HqDatabase.addressing`)."""
hq_site = Table(
    "hq_site",
    METADATA,
    Column("site_id", String(32), primary_key=True),
    Column("name", Text(), nullable=False),
    Column("seq", BigInteger(), nullable=False, default=0),
    Column("digest", BigInteger(), nullable=False, default=0),
    Column("created_at", BigInteger(), nullable=False),
    Column("blob_quota", BigInteger(), nullable=False),
    Column("desk_floor", Integer(), nullable=False, default=0, server_default="0"),
    Column("highest", BigInteger(), nullable=False, default=0, server_default="0"),
)
hq_table = Table(
    "hq_table",
    METADATA,
    Column("site_id", String(32), primary_key=True),
    Column("table_name", Text(), primary_key=True),
    Column("last_seq", BigInteger(), nullable=False),
    Column("sums", LargeBinary(), nullable=False),
)
hq_desk = Table(
    "hq_desk",
    METADATA,
    Column("site_id", String(32), primary_key=True),
    Column("number", Integer(), primary_key=True, autoincrement=False),
    Column("letter", Text(), nullable=False),
    Column("name", Text(), nullable=False),
    Column("nonce", Text(), nullable=False),
    Column("token_hash", Text(), nullable=False),
    Column("enrolled_at", BigInteger(), nullable=False),
    Column("revoked_at", BigInteger()),
    Column("seen_at", BigInteger()),
    Column("cursor", BigInteger(), nullable=False, default=0),
    Column("schema", Integer(), nullable=False, default=0),
    Column("version", Text(), nullable=False, default=""),
    Column("push", BigInteger(), nullable=False, default=0),
    Column("push_hash", Text(), nullable=False, default=""),
    Column("push_try", Integer(), nullable=False, default=0),
    Column("push_reply", LargeBinary()),
    Column("push_epoch", Text(), nullable=False, default="", server_default=""),
    Column("pending", BigInteger()),
    Column("next_token_hash", Text()),
    Column("token_at", BigInteger()),
    Column("rotate_asked", Integer()),
    Index("ix_hq_desk_token", "site_id", "token_hash", unique=True),
)
hq_code = Table(
    "hq_code",
    METADATA,
    Column("site_id", String(32), primary_key=True),
    Column("code_hash", Text(), primary_key=True),
    Column("created_at", BigInteger(), nullable=False),
    Column("expires_at", BigInteger(), nullable=False),
    Column("used_at", BigInteger()),
    Column("desk_no", Integer()),
)
hq_blob = Table(
    "hq_blob",
    METADATA,
    Column("site_id", String(32), primary_key=True),
    Column("sha256", String(64), primary_key=True),
    Column("size", BigInteger(), nullable=False),
    Column("complete", Integer(), nullable=False, default=0),
    Column("at", BigInteger(), nullable=False),
)

hq_snapshot = Table(
    "hq_snapshot",
    METADATA,
    Column("site_id", String(32), primary_key=True),
    Column("snapshot_id", String(32), nullable=False),
    Column("epoch", Text(), nullable=False),
    Column("cursor", BigInteger(), nullable=False),
    Column("rows", BigInteger(), nullable=False),
    Column("made_at", BigInteger(), nullable=False),
)
"""Which snapshot of a site is the newest; its parts are files (`sync.server.snapshot`)."""

# -- the console: of headquarters itself, of no site -----------------------------------------------

hq_account = Table(
    "hq_account",
    METADATA,
    Column("account_id", String(32), primary_key=True),
    Column("name", Text(), nullable=False),
    Column("name_key", Text(), nullable=False, unique=True),
    Column("role", Text(), nullable=False),
    Column("sites", Text()),
    Column("password_hash", Text(), nullable=False),
    Column("must_change", Integer(), nullable=False, default=1),
    Column("language", Text(), nullable=False, default=""),
    Column("created_at", BigInteger(), nullable=False),
    Column("disabled_at", BigInteger()),
    Column("signed_in_at", BigInteger()),
)
"""``sites`` is a JSON list of the only sites an account may see; NULL: all. ``name_key`` is what is
compared."""
hq_session = Table(
    "hq_session",
    METADATA,
    Column("token_hash", String(64), primary_key=True),
    Column("account_id", String(32), nullable=False, index=True),
    Column("csrf", Text(), nullable=False),
    Column("created_at", BigInteger(), nullable=False),
    Column("seen_at", BigInteger(), nullable=False),
)
hq_attempt = Table(
    "hq_attempt",
    METADATA,
    Column("key", Text(), primary_key=True),
    Column("failed", Integer(), nullable=False),
    Column("last_at", BigInteger(), nullable=False),
    Column("wait_until", BigInteger(), nullable=False),
)
"""Wrong passwords in a row, by account name or by address, whether or not there is such an account."""
hq_audit = Table(
    "hq_audit",
    METADATA,
    Column("audit_id", String(32), primary_key=True),
    Column("at", BigInteger(), nullable=False, index=True),
    Column("account", Text(), nullable=False),
    Column("address", Text(), nullable=False),
    Column("action", Text(), nullable=False),
    Column("site_id", String(32)),
    Column("subject", Text(), nullable=False, default=""),
    Column("request_id", Text(), nullable=False, default=""),
)
"""Who did what in the console; never edited."""

HEAD = (
    "site_id",
    "id",
    "stamp",
    "field_stamps",
    "extra",
    "deleted",
    "seq",
    "created_seq",
    "source_desk",
)
"""The columns before the values, in this order everywhere."""
_STRINGS: frozenset[type] = frozenset({str, NoneType})
_INTEGERS: frozenset[type] = frozenset({int, NoneType})
_NUMBERS: frozenset[type] = frozenset({int, float, NoneType})


@dataclass(frozen=True)
class SiteTable:
    """One synced table at headquarters and what its values may be."""

    name: str
    table: Table
    columns: tuple[str, ...]
    kinds: dict[str, frozenset[type]]
    is_history: bool
    """Rows are written once: an edit of one is refused."""

    def names(self) -> tuple[str, ...]:
        return (*HEAD, *self.columns)


_OPEN_STATES = ", ".join(f"'{state}'" for state in sorted(OPEN))
OPEN_TICKETS = f"{{0}}state IN ({_OPEN_STATES}) AND {{0}}deleted IS NULL"
"""Which tickets are open, as the index of them says it; to be formatted with ``""`` or the table's prefix."""
DUE_CALLBACKS = "{0}state = 'due' AND {0}deleted IS NULL"
"""Likewise: callbacks that are to be made."""
_INDEXES: dict[str, tuple[tuple[str, tuple[str, ...], str], ...]] = {
    "ticket": (
        (
            "open",
            ("received_at", "site_id", "state", "due_at", "kind", "priority", "category_id"),
            OPEN_TICKETS.format(""),
        ),
        ("received", ("received_at", "site_id"), ""),
    ),
    "conflict": (("open", ("site_id", "lost_at"), "state = 'open' AND deleted IS NULL"),),
    "callback": (
        ("done", ("site_id", "ticket_id", "called_at"), "state = 'done' AND deleted IS NULL"),
        ("due", ("site_id", "ticket_id"), DUE_CALLBACKS.format("")),
    ),
    "ticket_event": (("of_ticket", ("site_id", "ticket_id"), ""),),
    "attachment": (("of_ticket", ("site_id", "ticket_id"), "ticket_id IS NOT NULL"),),
}
"""What the console reads by besides the keys: (name, columns, condition). Most rows are in none but their
own: open tickets are few and finished ones leave."""


def _indexes(table: str) -> list[Index]:
    return [
        Index(
            f"ix_{table}_{name}",
            *columns,
            sqlite_where=text(condition) if condition else None,
            postgresql_where=text(condition) if condition else None,
        )
        for name, columns, condition in _INDEXES.get(table, ())
    ]


def _stored_type(kind: TypeEngine[Any]) -> TypeEngine[Any]:
    """How a value lies in the file: integers, numbers and text, whatever Python makes of them."""
    plain = kind.impl_instance if isinstance(kind, TypeDecorator) else kind
    if isinstance(plain, (Integer, Boolean)):
        return BigInteger()
    if isinstance(plain, Float):
        return Double()
    if isinstance(plain, (String, Text)):
        return Text()
    raise TypeError(f"no such type travels: {plain!r}")


def _accepted(kind: TypeEngine[Any]) -> frozenset[type]:
    if isinstance(kind, BigInteger):
        return _INTEGERS
    return _NUMBERS if isinstance(kind, Double) else _STRINGS


def _derive(entity: Table) -> SiteTable:
    values = [
        Column(column.name, _stored_type(column.type))
        for column in entity.c
        if column.name not in META_FIELDS
    ]
    table = Table(
        str(entity.name),
        METADATA,
        Column("site_id", String(32), primary_key=True),
        Column("id", String(32), primary_key=True),
        Column("stamp", BigInteger(), nullable=False),
        Column("field_stamps", Text()),
        Column("extra", Text()),
        Column("deleted", BigInteger()),
        Column("seq", BigInteger(), nullable=False),
        Column("created_seq", BigInteger(), nullable=False),
        Column("source_desk", Integer(), nullable=False),
        *values,
        Index(f"ix_{entity.name}_seq", "site_id", "seq", "id"),
        *_indexes(str(entity.name)),
    )
    names = tuple(str(column.name) for column in values)
    return SiteTable(
        str(entity.name),
        table,
        names,
        {str(column.name): _accepted(column.type) for column in values},
        entity.name in NEVER_EDITED,
    )


SITE_TABLES: dict[str, SiteTable] = {str(entity.name): _derive(entity) for entity in synced_tables()}


def tables_of_sites() -> list[Table]:
    """Every table whose rows belong to one site each: guarded row by row. The directory and the audit name
    sites and are headquarters' own: no site's transaction reads or writes the latter."""
    own = (hq_directory, hq_audit)
    return [table for table in METADATA.sorted_tables if "site_id" in table.c and table not in own]
