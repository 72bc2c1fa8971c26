"""Bodies in and out: what a request carries and who it says it is from, and the answer in the same form."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, TypeVar

import msgspec
from litestar import Response

from models.errors import DomainError
from sync import protocol
from sync.protocol import JSON_MEDIA_TYPE, MEDIA_TYPE, SHORT_TYPE, ZSTD, Batch, BodyError, SyncRequest
from sync.server.auth import Desk, hash_of
from sync.server.body_shape import check_json, check_msgpack
from sync.server.faults import log
from sync.server.headquarters import Headquarters, Requested, headquarters

T = TypeVar("T")


async def body_of(request: Requested) -> bytes:
    """The body as it came: `sync.server.admission` has read it."""
    return await request.body()


def decoded(request: Requested, body: bytes, kind: type[T]) -> T:
    """Raises `BodyError` for a body of another kind, too large unpacked, or malformed."""
    if request.headers.get("content-encoding") == ZSTD:
        body = protocol.decompress(body, headquarters(request).limits.plain_bytes)
    elif request.headers.get("content-encoding"):
        raise BodyError("body-encoding")
    media = request.headers.get("content-type", "").partition(";")[0].strip()
    if media == JSON_MEDIA_TYPE:
        body = _from_json(body, kind)
    elif media not in {MEDIA_TYPE, SHORT_TYPE}:
        raise BodyError("body-type")
    else:
        check_msgpack(body)
    return protocol.decode(body, kind)


def _from_json(body: bytes, kind: type[Any]) -> bytes:
    """A body written by hand, as msgpack: what msgpack cannot carry (an integer of more than 64 bits) is no
    body of ours either way."""
    check_json(body)
    try:
        message = msgspec.json.decode(body, type=kind)
        if isinstance(message, SyncRequest) and bytes(message.batch):
            batch = msgspec.json.decode(message.batch, type=Batch)
            message = msgspec.structs.replace(message, batch=msgspec.Raw(protocol.encode(batch)))
        return msgspec.msgpack.encode(message)
    except (msgspec.DecodeError, UnicodeError, RecursionError, OverflowError) as error:
        raise BodyError("body-invalid") from error


def token_of(request: Requested) -> str:
    """Raises ``token-unknown`` where there is none."""
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() != "bearer" or not token.strip():
        raise DomainError("token-unknown")
    return token.split()[0]  # an older desk gives away all of its entry, which a newer one wrote


@contextmanager
def knowing(request: Requested, hq: Headquarters, token: str) -> Iterator[Callable[[Desk], None]]:
    """Around what finds out whose token this is: what it gives is to be told, for the log and the turns."""

    def met(desk: Desk) -> None:
        hq.known.learn(hash_of(token), desk.site_id)
        request.scope["state"]["desk"] = f"{desk.site_id}/{desk.number}"

    try:
        yield met
    except DomainError as error:
        if error.code in {"token-unknown", "desk-revoked"}:
            hq.known.forget(hash_of(token))
        raise


def known_desk(request: Requested, hq: Headquarters, token: str) -> Desk:
    """The desk of the token, noted for the log. Raises ``token-unknown``, ``desk-revoked``."""
    with knowing(request, hq, token) as met:
        desk = hq.store.desk(token)
        met(desk)
        return desk


def answer(request: Requested, message: msgspec.Struct, status: int = 200) -> Response[bytes]:
    """The message in the form that the request had. Nobody keeps an answer to a POST unless it says how long
    (RFC 9111, 9.3.3 of RFC 9110); a GET's must be told not to be kept."""
    headers = {} if request.method == "POST" else {"cache-control": "no-store"}
    came = request.headers.get("content-type", "")
    if came.startswith(JSON_MEDIA_TYPE):
        body, media = msgspec.json.encode(message), JSON_MEDIA_TYPE
    else:
        media = SHORT_TYPE if came == SHORT_TYPE else MEDIA_TYPE
        body, is_compressed = protocol.compress(protocol.encode(message))
        if is_compressed:
            headers["content-encoding"] = ZSTD
    log(request, status, len(body))
    return Response(body, media_type=media, headers=headers, status_code=status)
