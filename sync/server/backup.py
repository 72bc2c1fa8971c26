"""A copy of all of headquarters in one file, and back: from either kind of database into either kind.

The file is a zip: ``manifest.json``, a stream of rows for each table, and the attachments' contents. Rows
are taken in one snapshot while desks go on working; a content that arrives meanwhile is simply not in it.
Who restores becomes another headquarters (a new epoch): desks notice, and bring what the backup lacks.
"""

from __future__ import annotations

import json
import os
import re
import secrets
import struct
import zipfile
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path
from typing import IO, Any

import msgspec
import zstandard
from sqlalchemy import Connection, Table, func, insert, select, update

from models.errors import DomainError
from sync.clock import wall_milliseconds
from sync.digest import combined
from sync.server.auth import DESK_GAP
from sync.server.database import HqDatabase
from sync.server.migrations import take_from_extra
from sync.server.pull import sums_of_rows
from sync.server.tables import METADATA, SITE_TABLES, hq_blob, hq_desk, hq_site, hq_state

FORMAT = 1
MANIFEST = "manifest.json"
NOT_KEPT = frozenset({"hq_session", "hq_attempt", "hq_snapshot"})
"""Sessions of the console end with the headquarters they belong to; snapshots are made anew."""
_ROWS = 2_000
"""Rows in one frame of a stream."""
_LENGTH = struct.Struct(">I")
_BLOB = re.compile(r"blobs/([0-9a-f]{32})/([0-9a-f]{64})")
_PIECE = 1 << 20
_MASK = (1 << 64) - 1
_DAMAGE = (
    zipfile.BadZipFile,
    zlib.error,
    zstandard.ZstdError,
    msgspec.DecodeError,
    EOFError,
    KeyError,
    NotImplementedError,
    UnicodeDecodeError,
)
"""What the libraries say of bytes that were changed."""

Progress = Callable[[str, int], None]
"""(name of a table or ``blobs``, how many rows or contents are done)."""


@dataclass
class Contents:
    """What a backup holds: rows by table, the attachments' contents, and those that were announced but not
    there (a desk sends them again after a restore)."""

    rows: dict[str, int] = field(default_factory=dict)
    blobs: int = 0
    missing_blobs: int = 0
    made_at: int = 0


def _silent(_name: str, _count: int) -> None:
    """Nobody watches."""


# -- making one -----------------------------------------------------------------------------------------


def write(database: HqDatabase, blobs: Path | None, target: Path, progress: Progress = _silent) -> Contents:
    """Write a backup to ``target``, read it back whole, then give it its name. ``blobs`` None leaves the
    attachments' contents out.

    Raises ``DomainError``: ``hq-backup-exists``, ``hq-backup-unwritable``, ``hq-backup-damaged``.
    """
    if target.exists():
        raise DomainError("hq-backup-exists", path=str(target))
    part = target.with_name(f"{target.name}.{secrets.token_hex(4)}.part")  # no other backup writes there
    try:
        with open(part, "xb", opener=_private) as raw, zipfile.ZipFile(raw, "w") as archive:
            contents = _write_all(database, blobs, archive, progress)
        _flush(part)
        read_through(part)
        part.replace(target)
    except OSError as error:
        raise DomainError("hq-backup-unwritable", path=str(target), reason=error.strerror) from error
    finally:
        part.unlink(missing_ok=True)
    return contents


def _flush(path: Path) -> None:
    with path.open("rb+") as written:
        os.fsync(written.fileno())


def _private(path: str, flags: int) -> int:
    """All residents of all sites are in it: for its owner's eyes only."""
    return os.open(path, flags, 0o600)


def _write_all(
    database: HqDatabase, blobs: Path | None, archive: zipfile.ZipFile, progress: Progress
) -> Contents:
    contents = Contents(made_at=wall_milliseconds())
    hashes: dict[str, str] = {}
    with database.surveying() as connection:
        for table in METADATA.sorted_tables:
            if table.name in NOT_KEPT:
                continue
            entry = _entry(table)
            with archive.open(entry, "w", force_zip64=True) as raw:
                contents.rows[table.name], hashes[entry] = _write_table(connection, table, raw)
            progress(table.name, contents.rows[table.name])
        named = connection.execute(select(hq_blob.c.site_id, hq_blob.c.sha256)).all()
    for site_id, name in named if blobs is not None else ():
        assert blobs is not None
        content = _sound(blobs / site_id / name[:2] / name)
        if content is None:
            contents.missing_blobs += 1
            continue
        archive.writestr(f"blobs/{site_id}/{name}", content)
        contents.blobs += 1
        progress("blobs", contents.blobs)
    if blobs is None:
        contents.missing_blobs = len(named)
    manifest = {"format": FORMAT, "made_at": contents.made_at, "rows": contents.rows, "sha256": hashes}
    manifest |= {"blobs": contents.blobs, "missing_blobs": contents.missing_blobs}
    archive.writestr(MANIFEST, json.dumps(manifest, indent=1))
    return contents


def _sound(path: Path) -> bytes | None:
    """A content (50 MB at most) if it is there and what it was: one that the disk spoiled must not keep all
    the rest from being saved."""
    try:
        content = path.read_bytes()
    except FileNotFoundError:
        return None
    return content if sha256(content).hexdigest() == path.name else None


def _entry(table: Table) -> str:
    return f"tables/{table.name}.rows"


def _write_table(connection: Connection, table: Table, target: IO[bytes]) -> tuple[int, str]:
    """The table's columns, then its rows in frames: (rows, SHA-256 of the stream before compression)."""
    count, digest = 0, sha256()
    order = [table.c[column.name] for column in table.primary_key]
    with zstandard.ZstdCompressor(level=3).stream_writer(target, closefd=False) as packed:

        def frame(content: Any) -> None:
            body = msgspec.msgpack.encode(content)
            for piece in (_LENGTH.pack(len(body)), body):
                digest.update(piece)
                packed.write(piece)

        frame([str(column.name) for column in table.c])
        found = connection.execution_options(yield_per=_ROWS).execute(select(table).order_by(*order))
        for rows in found.partitions(_ROWS):
            frame([[_plain(value) for value in row] for row in rows])
            count += len(rows)
    return count, digest.hexdigest()


def _plain(value: Any) -> Any:
    return bytes(value) if isinstance(value, memoryview) else value


# -- reading one ----------------------------------------------------------------------------------------


def read_through(path: Path) -> Contents:
    """Read a backup to its last byte: all there, all as it was written.

    Raises ``DomainError``: ``hq-backup-missing``, ``hq-backup-unreadable``, ``hq-backup-foreign``,
    ``hq-backup-newer``, ``hq-backup-damaged``.
    """
    with _opened(path) as (archive, manifest):
        for name, expected in manifest["sha256"].items():
            table = name.removeprefix("tables/").removesuffix(".rows")
            count = sum(len(rows) for rows in _frames(archive, name, expected)[1])
            if count != manifest["rows"][table]:
                raise DomainError("hq-backup-damaged", path=str(path), part=name)
        for info in archive.infolist():
            if (matched := _BLOB.fullmatch(info.filename)) is not None:
                with archive.open(info) as source:
                    _copied(source, None, matched[2])
        return Contents(manifest["rows"], manifest["blobs"], manifest["missing_blobs"], manifest["made_at"])


def rows_of(path: Path, table: Table) -> list[dict[str, Any]]:
    """One table's rows of a backup, as {column: value}. Raises those of `read_through`."""
    with _opened(path) as (archive, manifest):
        entry = _entry(table)
        columns, frames = _frames(archive, entry, manifest["sha256"][entry])
        return [dict(zip(columns, row, strict=True)) for rows in frames for row in rows]


@contextmanager
def _opened(path: Path) -> Iterator[tuple[zipfile.ZipFile, dict[str, Any]]]:
    """The archive and its manifest; whatever is found wrong inside becomes one of our codes."""
    if not path.is_file():
        raise DomainError("hq-backup-missing", path=str(path))
    try:
        archive = zipfile.ZipFile(path)
        manifest: dict[str, Any] = json.loads(archive.read(MANIFEST))
    except (*_DAMAGE, ValueError) as error:
        raise DomainError("hq-backup-foreign", path=str(path)) from error
    except OSError as error:
        raise DomainError("hq-backup-unreadable", path=str(path), reason=error.strerror) from error
    with archive:
        if manifest.get("format") != FORMAT:
            raise DomainError(
                "hq-backup-newer", path=str(path), found=str(manifest.get("format")), known=FORMAT
            )
        try:
            yield archive, manifest
        except _DAMAGE as error:
            raise DomainError("hq-backup-damaged", path=str(path), part=type(error).__name__) from error
        except OSError as error:
            raise DomainError("hq-backup-unreadable", path=str(path), reason=error.strerror) from error


def _frames(
    archive: zipfile.ZipFile, name: str, expected: str
) -> tuple[list[str], Iterator[list[list[Any]]]]:
    """A table's columns and its rows by frames; raises ``hq-backup-damaged`` at the end if it was changed."""
    digest = sha256()
    raw = archive.open(name)
    source = zstandard.ZstdDecompressor().stream_reader(raw, read_across_frames=True)

    def frame() -> Any:
        head = _exactly(source, _LENGTH.size)
        if not head:
            return None
        body = _exactly(source, _LENGTH.unpack(head)[0])
        digest.update(head)
        digest.update(body)
        return msgspec.msgpack.decode(body)

    def rows() -> Iterator[list[list[Any]]]:
        with raw, source:
            while (found := frame()) is not None:
                yield found
        if digest.hexdigest() != expected:
            raise DomainError("hq-backup-damaged", path=str(archive.filename), part=name)

    columns = frame()
    if not isinstance(columns, list):
        raise EOFError(name)
    return columns, rows()


def _exactly(source: Any, count: int) -> bytes:
    """``count`` bytes, or none at the end of the stream."""
    found = b""
    while len(found) < count and (piece := source.read(count - len(found))):
        found += piece
    if found and len(found) < count:
        raise EOFError
    return found


def _copied(source: IO[bytes], target: Path | None, name: str) -> None:
    """A content, checked against its name on the way."""
    digest = sha256()
    with (target or Path(os.devnull)).open("wb") as out:
        while piece := source.read(_PIECE):
            digest.update(piece)
            out.write(piece)
        if target is not None:
            out.flush()
            os.fsync(out.fileno())
    if digest.hexdigest() != name:
        raise DomainError("hq-backup-damaged", path="", part=name)


# -- putting one back -----------------------------------------------------------------------------------


def restore(database: HqDatabase, blobs: Path, source: Path, progress: Progress = _silent) -> Contents:
    """Put a backup into an empty database, all or nothing, as a headquarters of a new epoch.

    Raises ``DomainError``: ``hq-not-empty``, ``hq-restore-unwritable`` and those of `read_through`.
    """
    with _opened(source) as (archive, manifest), database.administering() as connection:
        if connection.execute(select(func.count()).select_from(hq_site)).scalar_one():
            raise DomainError("hq-not-empty")
        for table in METADATA.sorted_tables:
            if (entry := _entry(table)) not in manifest["sha256"]:
                continue
            columns, frames = _frames(archive, entry, manifest["sha256"][entry])
            if table is hq_state:  # this one has an epoch of its own: read all the same, it may be damaged
                frames = (rows[:0] for rows in frames)
            progress(table.name, _fill(connection, table, columns, frames))
            if table.name in SITE_TABLES and (fresh := set(table.c.keys()) - set(columns)):
                take_from_extra(connection, table.name, fresh)  # of an older headquarters
        _check_digests(connection, source)
        count = _restore_blobs(archive, blobs, progress)
        _want_missing(connection, blobs)
        _raise_floors(connection)
        epoch = secrets.token_hex(8)
        connection.execute(update(hq_state).where(hq_state.c.key == "epoch").values(value=epoch))
    database.epoch = epoch
    return Contents(manifest["rows"], count, manifest["missing_blobs"], manifest["made_at"])


def _fill(connection: Connection, table: Table, columns: list[str], frames: Iterator[list[list[Any]]]) -> int:
    """Columns that this program no longer has are left out; those it has gained are empty."""
    chosen = [(at, name) for at, name in enumerate(columns) if name in table.c]
    count = 0
    for rows in filter(None, frames):
        connection.execute(insert(table), [{name: row[at] for at, name in chosen} for row in rows])
        count += len(rows)
    return count


def _check_digests(connection: Connection, source: Path) -> None:
    """The rows themselves must give the digests that headquarters had."""
    for site_id, kept in connection.execute(select(hq_site.c.site_id, hq_site.c.digest)).all():
        sums = sums_of_rows(connection, site_id)
        if combined((name, sums[name].total()) for name in SITE_TABLES) != kept & _MASK:
            raise DomainError("hq-backup-damaged", path=str(source), part=site_id)


def _raise_floors(connection: Connection) -> None:
    """Above every number given, and above the floor of an earlier restore: it tells restorations apart."""
    highest = (
        select(hq_site.c.site_id, hq_site.c.desk_floor, func.coalesce(func.max(hq_desk.c.number), 0))
        .select_from(hq_site.outerjoin(hq_desk, hq_desk.c.site_id == hq_site.c.site_id))
        .group_by(hq_site.c.site_id, hq_site.c.desk_floor)
    )
    for site_id, before, number in connection.execute(highest).all():
        floor = {"desk_floor": max(number + DESK_GAP, before + 1)}
        connection.execute(update(hq_site).where(hq_site.c.site_id == site_id).values(floor))


def _restore_blobs(archive: zipfile.ZipFile, blobs: Path, progress: Progress) -> int:
    """Contents first beside, then under their names. Raises ``hq-restore-unwritable``."""
    count = 0
    for info in archive.infolist():
        if (matched := _BLOB.fullmatch(info.filename)) is None:
            continue
        target = blobs / matched[1] / matched[2][:2] / matched[2]
        part = target.with_name(f"{target.name}.restored")
        try:
            target.parent.mkdir(parents=True, exist_ok=True)
            with archive.open(info) as content:
                _copied(content, part, matched[2])
            part.replace(target)
        except OSError as error:
            raise DomainError("hq-restore-unwritable", path=str(blobs), reason=error.strerror) from error
        finally:
            with suppress(OSError):
                part.unlink()
        count += 1
        progress("blobs", count)
    return count


def _want_missing(connection: Connection, blobs: Path) -> None:
    """Contents that are neither in the backup nor here: the desks are asked for them."""
    named = select(hq_blob.c.site_id, hq_blob.c.sha256).where(hq_blob.c.complete == 1)
    for site_id, name in connection.execute(named).all():
        if not (blobs / site_id / name[:2] / name).is_file():
            this = (hq_blob.c.site_id == site_id) & (hq_blob.c.sha256 == name)
            connection.execute(update(hq_blob).where(this).values(complete=0))
