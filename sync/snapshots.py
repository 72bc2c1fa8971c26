"""A site's rows made ready to load, for a desk that has none: what is said on the wire, how parts are packed.

A part is msgpack under zstd: a list of blocks, each some rows of one table, column by column. Against rows
one after the other that is a quarter fewer bytes and decodes 1.4 times as fast (20,000 tickets).
"""

from __future__ import annotations

from collections.abc import Sequence
from hashlib import sha256
from typing import Any, TypeVar

import msgspec
import zstandard

from sync import protocol
from sync.protocol import MAX_PLAIN, BodyError

T = TypeVar("T")
PIECE = 1024 * 1024
"""Most bytes of a part in one answer; a desk on a slow line asks for fewer."""
LEVEL = 6
"""Packed once and sent often: a tenth smaller than level 3, at three times its work."""


class Block(msgspec.Struct, array_like=True, frozen=True):
    """``count`` rows of one table, in the order of their ids.

    ``columns`` is {name: values}, `sync.protocol.ROW_HEAD` among them and ``field_stamps`` as a desk keeps
    it: JSON text, without fields that have the row's own stamp, sorted by name. A column that is not there
    is NULL in every row.
    """

    table: str
    count: int
    columns: dict[str, list[Any]]


class Part(msgspec.Struct, array_like=True, frozen=True):
    """One part: the SHA-256 of its bytes as they travel, how many they are, and how many rows they hold."""

    sha256: str
    size: int
    rows: int


class SnapshotReply(msgspec.Struct, frozen=True, omit_defaults=True):
    """What a desk may load. ``id`` is empty when it had better pull page by page, for good or, while
    ``is_building``, for the moment. The pull goes on after ``cursor``; ``highest`` is the highest stamp."""

    id: str = ""
    cursor: int = 0
    epoch: str = ""
    schema: int = 0
    rows: int = 0
    highest: int = 0
    parts: list[Part] = []
    is_building: bool = False


class PackedBlock(msgspec.Struct, array_like=True, frozen=True):
    """A `Block` whose values are still bytes: they become objects where they are loaded, one block after the
    other, for a whole part of them takes ten times its bytes."""

    table: str
    count: int
    columns: msgspec.Raw

    def opened(self) -> Block:
        """Raises `BodyError`."""
        columns = _decoded(_COLUMNS, self.columns)
        lengths = {len(values) for values in columns.values()}
        if lengths != {self.count} or not columns.keys() >= {"id", "stamp"}:
            raise BodyError("body-invalid")
        return Block(self.table, self.count, columns)


_BLOCKS = msgspec.msgpack.Decoder(list[PackedBlock])
_COLUMNS = msgspec.msgpack.Decoder(dict[str, list[Any]])


def pack(blocks: Sequence[Block | msgspec.Raw]) -> bytes:
    """The bytes of a part."""
    return zstandard.ZstdCompressor(level=LEVEL).compress(msgspec.msgpack.encode(list(blocks)))


def unpack(body: bytes) -> list[PackedBlock]:
    """The blocks of a part; raises `BodyError`."""
    return _decoded(_BLOCKS, protocol.decompress(body, MAX_PLAIN))


def _decoded(decoder: msgspec.msgpack.Decoder[T], packed: bytes | msgspec.Raw) -> T:
    try:
        return decoder.decode(packed)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise BodyError("body-invalid") from error


def name_of(body: bytes) -> str:
    return sha256(body).hexdigest()
