"""What goes over the wire between a desk and headquarters: types, versions, limits, encoding.

Bodies are msgpack, compressed with zstd; JSON without compression is understood as well, for looking at
a round by hand. Values are those of the file (integers, text, NULL), so rows travel as they are stored.
"""

from __future__ import annotations

from hashlib import sha256
from typing import Any, TypeVar

import msgspec
import zstandard

PROTOCOL = 1
OLDEST_PROTOCOL = 1
SCHEMA = 1
"""Counts the tables and fields a program knows: raised with every migration that touches a synced table."""

MAX_BODY = 4 * 1024 * 1024
"""Compressed bytes in one request."""
MAX_ANSWER = MAX_BODY + (1 << 16)
"""The same in one answer: headquarters gives fewer rows rather than more bytes."""
MAX_PLAIN = 48 * 1024 * 1024
"""The same unpacked."""
MAX_ROWS = 10_000
MAX_TEXT = 256 * 1024
"""Characters in one value."""
MAX_BATCH_ROWS = 2 * MAX_ROWS + MAX_ROWS // 2
"""Rows and edits in one batch: a desk packs at most `MAX_ROWS` entries, each a row and perhaps an edit."""
MAX_WANTED = 2_000
CHUNK = 1024 * 1024
"""Bytes of an attachment in one request."""
MAX_BLOB = 50 * 1024 * 1024

MEDIA_TYPE = "application/vnd.qiantai+msgpack"
SHORT_TYPE = "x/qt"
"""The same kind of body between two that both know this name: a desk uses it once an answer has shown by its
``echo`` that headquarters is no older than it (0.2.0)."""
JSON_MEDIA_TYPE = "application/json"
ZSTD = "zstd"

ROW_HEAD = ("id", "stamp", "field_stamps", "deleted", "extra")
"""What each row of `TableRows` begins with, before the values of its columns."""

T = TypeVar("T")


class TableRows(msgspec.Struct, array_like=True, frozen=True):
    """Whole rows of one table: ``[*ROW_HEAD, *values of columns]``, ``field_stamps`` as {field: stamp}
    or NULL and ``extra`` as JSON text or NULL. Whoever deleted a whole row had the whole row in sight.
    """

    table: str
    columns: list[str]
    rows: list[list[Any]]


class Patch(msgspec.Struct, array_like=True, frozen=True):
    """Some fields of one row. Each has the stamp of its value and, going up, of the value it replaced
    (for ``deleted``: the highest stamp in the row when it was deleted, and beside it, as ``deleted@3?``, the
    highest of each desk)."""

    table: str
    id: str
    values: dict[str, Any]
    stamps: dict[str, int]
    replaced: dict[str, int] = {}


class Batch(msgspec.Struct, array_like=True, frozen=True):
    """What a desk pushes in one request: whole new rows, then edits."""

    rows: list[TableRows] = []
    patches: list[Patch] = []


class SyncRequest(
    msgspec.Struct,
    frozen=True,
    omit_defaults=True,
    rename={
        "protocol": "p",
        "schema": "s",
        "cursor": "c",
        "epoch": "e",
        "limit": "l",
        "push": "n",
        "after": "a",
        "tries": "t",
        "batch": "b",
        "wanted": "w",
        "version": "v",
        "since": "i",
        "echo": "y",
        "pending": "k",
        "former": "f",
    },
):
    """One round up. ``cursor`` is how far the desk has read; ``since`` (-1: the same) how far it had read
    when it last was at the end: a row may move ahead of a reader that is between two pages, so fields are
    given from there on. ``echo`` is a number of the desk's choice that the answer repeats: an answer to
    another request is none. ``pending`` entries of the outbox wait besides this batch (-1: the desk is too
    old to say). ``former`` names the epoch that a desk knew before headquarters was restored.
    ``push`` numbers the batch; ``after`` is the hash of the batch acknowledged last and
    ``tries`` are hashes of the bodies sent under this number before, in their order, without an answer."""

    protocol: int
    schema: int
    cursor: int = 0
    since: int = -1
    epoch: str = ""
    limit: int = 2_000
    push: int = 0
    after: str = ""
    tries: list[str] = []
    batch: msgspec.Raw = msgspec.Raw()
    wanted: list[tuple[str, str]] = []
    version: str = ""
    echo: int = 0
    pending: int = -1
    former: str = ""


class Refusal(msgspec.Struct, array_like=True, frozen=True):
    """One row or edit that headquarters did not take, and why (a code)."""

    table: str
    id: str
    code: str
    field: str | None = None


class SyncReply(
    msgspec.Struct,
    frozen=True,
    omit_defaults=True,
    rename={
        "protocol": "p",
        "schema": "s",
        "cursor": "c",
        "epoch": "e",
        "server_ms": "m",
        "push": "n",
        "refused": "f",
        "rows": "r",
        "patches": "q",
        "wanted": "w",
        "missing": "x",
        "more": "o",
        "digest": "d",
        "rotate": "k",
        "echo": "y",
        "ask": "a",
    },
):
    """One round down. ``push`` is the batch number taken last. ``rows`` and ``patches`` are changes up to
    ``cursor``; ``wanted`` are whole rows asked for by id and ``missing`` those that do not exist here.

    ``digest`` is headquarters' own over all tables, given when this answer brings the desk to the newest
    row: the desk compares it with its own.
    """

    protocol: int
    schema: int
    cursor: int
    server_ms: int
    epoch: str = ""
    """Left out for a desk that knows it: one that sends an ``echo`` looks at it in no answer of a round."""
    push: int = 0
    refused: list[Refusal] = []
    rows: list[TableRows] = []
    patches: list[Patch] = []
    wanted: list[TableRows] = []
    missing: list[tuple[str, str]] = []
    more: bool = False
    digest: int | None = None
    echo: int = 0
    """The request's; 0 from a headquarters that does not know it."""
    rotate: bool = False
    """The desk should renew its token (`TokenOffer`)."""
    ask: bool = False
    """Contents of attachments are missing here: the desk should ask for which (`BlobsWanted`)."""


class TokenOffer(msgspec.Struct, frozen=True):
    """The hash of a token that the desk has made and kept: good at once, and alone from its first use."""

    token_hash: str


class TokenState(msgspec.Struct, frozen=True):
    """``is_used``: the token offered is the desk's only one now."""

    is_used: bool


class CompareRequest(msgspec.Struct, frozen=True):
    """The desk's sums of the tables that differ: {table: 256 sums packed}."""

    cursor: int
    sums: dict[str, bytes]


class CompareReply(msgspec.Struct, frozen=True):
    """Per table the rows of the buckets that differ: [(id, row hash)]; ``cursor`` is where this stands."""

    cursor: int
    buckets: dict[str, list[int]]
    rows: dict[str, list[tuple[str, int]]]


class EnrolRequest(msgspec.Struct, frozen=True):
    """``code`` as the administrator gave it; ``nonce`` names this installation. ``number`` is what the file
    was until now (0: no desk)."""

    protocol: int
    schema: int
    code: str
    nonce: str
    name: str
    version: str = ""
    number: int = 0


class EnrolReply(msgspec.Struct, frozen=True):
    token: str
    desk_no: int
    letter: str
    site_id: str
    site_name: str
    epoch: str
    server_ms: int


class BlobState(msgspec.Struct, frozen=True, omit_defaults=True):
    """How much of a content headquarters has; ``busy`` while another desk is sending it."""

    sha256: str
    size: int
    offset: int
    complete: bool
    busy: bool = False


class BlobsWanted(msgspec.Struct, frozen=True):
    """Contents that the site's rows name and headquarters does not have, in the order of their names."""

    names: list[str]


class Failure(msgspec.Struct, frozen=True):
    """Every answer that is none: a code, what its sentence needs, and the request's id for the log."""

    code: str
    values: dict[str, Any] = {}
    request_id: str = ""


class BodyError(ValueError):
    """A body that is none of ours; ``code`` says in what way."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


_ENCODER = msgspec.msgpack.Encoder()
_LEVEL = 3
_SMALL = 200
"""Below this many bytes compression gains nothing."""


def encode(message: msgspec.Struct) -> bytes:
    return _ENCODER.encode(message)


def decode(body: bytes | msgspec.Raw, kind: type[T]) -> T:
    """Raises ``BodyError("body-invalid")``."""
    try:
        return msgspec.msgpack.decode(body, type=kind)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise BodyError("body-invalid") from error


def compress(body: bytes) -> tuple[bytes, bool]:
    """The body as it goes out, and whether it is compressed."""
    if len(body) < _SMALL:
        return body, False
    return zstandard.ZstdCompressor(level=_LEVEL).compress(body), True


def decompress(body: bytes, limit: int = MAX_PLAIN) -> bytes:
    """Raises ``BodyError``: ``body-too-large`` beyond ``limit``, ``body-invalid`` for what is no zstd."""
    try:
        declared = zstandard.frame_content_size(body)
        if declared > limit:
            raise BodyError("body-too-large")
        if declared >= 0:
            return zstandard.ZstdDecompressor().decompress(body, max_output_size=limit)
        plain = bytearray()
        reader = zstandard.ZstdDecompressor().stream_reader(body)
        while chunk := reader.read(1 << 16):
            plain += chunk
            if len(plain) > limit:
                raise BodyError("body-too-large")
        return bytes(plain)
    except zstandard.ZstdError as error:
        raise BodyError("body-invalid") from error


def batch_hash(batch: bytes | msgspec.Raw) -> str:
    """What names a batch: 32 hexadecimal digits of its bytes' SHA-256."""
    return sha256(bytes(batch)).hexdigest()[:32]
