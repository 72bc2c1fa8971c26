"""Tables of this desk alone: they never travel."""

from __future__ import annotations

from typing import Any

from sqlalchemy import BigInteger, Index, Integer, Text
from sqlalchemy.orm import Mapped, mapped_column

from models.entities.synced import Base, Id, Instant
from models.entities.types import JsonType


class LocalState(Base):
    """Small facts about this desk: identity, cursor, last stamp, counters."""

    __tablename__ = "local_state"
    key: Mapped[str] = mapped_column(primary_key=True)
    value: Mapped[Any] = mapped_column(JsonType())


class Outbox(Base):
    """What headquarters has not acknowledged.

    ``fields`` is JSON {field: replaced stamp}; NULL means the whole new row.
    """

    __tablename__ = "outbox"
    __table_args__ = (Index("ix_outbox_row", "table_name", "row_id"), {"sqlite_autoincrement": True})
    lseq: Mapped[int] = mapped_column(Integer, primary_key=True)
    table_name: Mapped[str]
    row_id: Mapped[Id]
    fields: Mapped[str | None] = mapped_column(Text())


class RefusedPatch(Base):
    """A change headquarters would not take, kept with the reason until someone decides."""

    __tablename__ = "refused_patch"
    id: Mapped[Id] = mapped_column(primary_key=True)
    table_name: Mapped[str]
    row_id: Mapped[Id]
    patch: Mapped[Any] = mapped_column(JsonType())
    code: Mapped[str]
    refused_at: Mapped[Instant]
    state: Mapped[str] = mapped_column(default="open")


IF_HELD = "if-held"
"""The ``error`` of an upload that waits in case the content is on this disk: it may be another desk's."""


class BlobTransfer(Base):
    """An attachment's content on its way up or down, resumable."""

    __tablename__ = "blob_transfer"
    sha256: Mapped[str] = mapped_column(primary_key=True)
    direction: Mapped[str] = mapped_column(primary_key=True)
    size: Mapped[int] = mapped_column(BigInteger())
    offset: Mapped[int] = mapped_column(BigInteger(), default=0)
    state: Mapped[str] = mapped_column(default="waiting")
    error: Mapped[str | None]


class Draft(Base):
    """What was typed and not yet saved; written at every pause in typing."""

    __tablename__ = "draft"
    id: Mapped[Id] = mapped_column(primary_key=True)
    kind: Mapped[str]
    staff_id: Mapped[Id | None]
    data: Mapped[Any] = mapped_column(JsonType())
    started_at: Mapped[Instant]
    updated_at: Mapped[Instant]


class SavedView(Base):
    __tablename__ = "saved_view"
    id: Mapped[Id] = mapped_column(primary_key=True)
    page: Mapped[str]
    name: Mapped[str]
    filter: Mapped[Any] = mapped_column(JsonType())
    position: Mapped[int] = mapped_column(default=0)


class ImportBatch(Base):
    """One import, so that it can be taken back whole."""

    __tablename__ = "import_batch"
    id: Mapped[Id] = mapped_column(primary_key=True)
    file_name: Mapped[str]
    at: Mapped[Instant]
    staff_id: Mapped[Id | None]
    counts: Mapped[Any] = mapped_column(JsonType())
    state: Mapped[str] = mapped_column(default="applied")


class ImportChange(Base):
    """What an import did to one row: ``before`` NULL for a new row, else {field: old value as stored}."""

    __tablename__ = "import_change"
    __table_args__ = (Index("ix_import_change_batch", "batch_id"),)
    id: Mapped[int] = mapped_column(Integer, primary_key=True)
    batch_id: Mapped[Id]
    table_name: Mapped[str]
    row_id: Mapped[Id]
    stamp: Mapped[int] = mapped_column(BigInteger())
    before: Mapped[Any | None] = mapped_column(JsonType())


class SignInState(Base):
    """Wrong passwords in a row and the lock they caused; a restart does not clear it."""

    __tablename__ = "sign_in_state"
    staff_id: Mapped[Id] = mapped_column(primary_key=True)
    failed: Mapped[int] = mapped_column(default=0)
    locked_until: Mapped[Instant | None]


class PrinterProfile(Base):
    __tablename__ = "printer_profile"
    printer: Mapped[str] = mapped_column(primary_key=True)
    form: Mapped[str]
    offset_x: Mapped[int] = mapped_column(default=0)
    """Hundredths of a millimetre; so is ``offset_y``."""
    offset_y: Mapped[int] = mapped_column(default=0)
    scale: Mapped[int] = mapped_column(default=10000)
    """Hundredths of a per cent."""
