"""Headquarters' tables: those of the desks, derived from the same entities, and its own.

A desk's table gains ``site_id`` at the front of its key, the row's number in its site's sequence
(``seq``), the number it came with (``created_seq``) and the desk whose change is the newest there
(``source_desk``; 0 when that desk must be told too). ``field_stamps`` is JSON
``{field: [stamp, seq, base, life, met]}`` (`sync.merge.Cell`, `merging.StoredRow`), for ``deleted``
``[stamp, seq, seen, alive]``.
There are no foreign keys and no NOT NULL on values: rows come in any order, from older desks too.
"""

from __future__ import annotations

from dataclasses import dataclass, field
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
    insert,
)
from sqlalchemy.dialects import sqlite
from sqlalchemy.types import TypeDecorator, TypeEngine

import models.entities  # noqa: F401 - declares every table
from models.entities.synced import META_FIELDS, synced_tables

METADATA = MetaData()

hq_state = Table(
    "hq_state", METADATA, Column("key", Text(), primary_key=True), Column("value", Text(), nullable=False)
)
hq_site = Table(
    "hq_site",
    METADATA,
    Column("id", String(32), primary_key=True),
    Column("name", Text(), nullable=False),
    Column("seq", BigInteger(), nullable=False, default=0),
    Column("digest", BigInteger(), nullable=False, default=0),
    Column("created_at", BigInteger(), nullable=False),
    Column("blob_quota", BigInteger(), nullable=False),
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
    Column("token_hash", Text(), nullable=False, unique=True),
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
)
hq_code = Table(
    "hq_code",
    METADATA,
    Column("code_hash", Text(), primary_key=True),
    Column("site_id", String(32), nullable=False),
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
    insert_sql: str = field(default="")
    """For SQLite's driver: positional, `HEAD` then ``columns``."""

    def names(self) -> tuple[str, ...]:
        return (*HEAD, *self.columns)


_HISTORIES = frozenset({"operation_log"})


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
    )
    names = tuple(str(column.name) for column in values)
    statement = insert(table).compile(dialect=sqlite.dialect(paramstyle="qmark"), column_keys=[*HEAD, *names])
    return SiteTable(
        str(entity.name),
        table,
        names,
        {str(column.name): _accepted(column.type) for column in values},
        entity.name in _HISTORIES,
        str(statement),
    )


SITE_TABLES: dict[str, SiteTable] = {str(entity.name): _derive(entity) for entity in synced_tables()}
