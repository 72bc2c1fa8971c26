"""The HTTP face of headquarters: bytes in, bytes out; every answer that is none has a code."""

from __future__ import annotations

import json
import logging
import re
import time
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeVar

import anyio.to_thread
import msgspec
from anyio import CapacityLimiter
from litestar import Litestar, Request, Response, get, post, put
from litestar.datastructures import State
from litestar.exceptions import ClientException, HTTPException
from litestar.params import FromPath, FromQuery
from litestar.status_codes import HTTP_200_OK

from models.entities.synced import new_id
from models.errors import DomainError
from sync import protocol
from sync.protocol import (
    CHUNK,
    JSON_MEDIA_TYPE,
    MAX_ANSWER,
    MAX_BODY,
    MAX_ROWS,
    MEDIA_TYPE,
    ZSTD,
    BodyError,
    CompareRequest,
    EnrolRequest,
    Failure,
    SyncRequest,
)
from sync.server.auth import Desk
from sync.server.blobs import BlobStore
from sync.server.store import Store

LOG = logging.getLogger("qiantai.hq")
WORKERS = 8
"""Requests worked on at once; the rest wait in order."""
MAX_WAITING = 400
ENROL_TRIES = 10
ENROL_WINDOW_S = 600.0
_STATUS: Mapping[str, int] = {
    "token-unknown": 401,
    "desk-revoked": 403,
    "desk-forked": 409,
    "hq-rebase": 410,
    "desk-too-old": 426,
    "desk-too-new": 426,
    "body-too-large": 413,
    "blob-too-large": 413,
    "blob-quota": 413,
    "blob-unknown": 404,
    "blob-gap": 409,
    "hq-busy": 503,
    "enrol-too-many": 429,
}
_REQUEST_ID = re.compile(r"[0-9A-Za-z-]{8,64}")
T = TypeVar("T")
Requested = Request[Any, Any, State]


@dataclass
class Attempts:
    """Wrong codes of one address within the window; too many, and it must wait."""

    times: dict[str, deque[float]] = field(default_factory=dict)

    def check(self, address: str, now: float) -> None:
        """Raises ``DomainError("enrol-too-many")``."""
        recent = self.times.get(address, deque())
        while recent and recent[0] < now - ENROL_WINDOW_S:
            recent.popleft()
        if not recent:
            self.times.pop(address, None)
        if len(recent) >= ENROL_TRIES:
            raise DomainError("enrol-too-many", seconds=int(recent[0] + ENROL_WINDOW_S - now) + 1)

    def failed(self, address: str, now: float) -> None:
        if len(self.times) > 10_000:
            self.times.clear()
        self.times.setdefault(address, deque()).append(now)


@dataclass
class Headquarters:
    """What the handlers share."""

    store: Store
    blobs: BlobStore
    limiter: CapacityLimiter = field(default_factory=lambda: CapacityLimiter(WORKERS))
    attempts: Attempts = field(default_factory=Attempts)

    async def work(self, job: Callable[[], T]) -> T:
        """Run a blocking job on a worker thread; raises ``hq-busy`` when too many wait already."""
        if self.limiter.statistics().tasks_waiting > MAX_WAITING:
            raise DomainError("hq-busy", seconds=5)
        return await anyio.to_thread.run_sync(job, limiter=self.limiter)


def create_app(store: Store, blobs: BlobStore) -> Litestar:
    """The application; the caller owns the store and closes its database."""
    return Litestar(
        route_handlers=[sync_round, enrol, compare, blob_state, blob_announce, blob_put, blob_get, health],
        state=State({"hq": Headquarters(store, blobs)}),
        request_max_body_size=MAX_BODY,
        openapi_config=None,
        exception_handlers={Exception: _failed},
        logging_config=None,
    )


@post("/v1/sync", status_code=HTTP_200_OK)
async def sync_round(request: Requested) -> Response[bytes]:
    hq = _hq(request)
    body = await _body(request)
    token = _token(request)

    limit = MAX_ROWS

    def job() -> msgspec.Struct:
        message = _decoded(request, body, SyncRequest)
        if limit < MAX_ROWS:
            rows = min(limit, max(message.limit // 4, 1))
            message = msgspec.structs.replace(message, limit=rows, wanted=message.wanted[:rows])
        return hq.store.sync(_known(request, hq, token), message)

    answer = _answer(request, await hq.work(job))
    while len(answer.content) > MAX_ANSWER and limit > 1:
        limit //= 4  # the same again with fewer rows: a batch that is repeated gets the answer it got
        answer = _answer(request, await hq.work(job))
    return answer


@post("/v1/enrol", status_code=HTTP_200_OK)
async def enrol(request: Requested) -> Response[bytes]:
    hq = _hq(request)
    body = await _body(request)
    address = request.client.host if request.client else ""
    hq.attempts.check(address, time.monotonic())

    def job() -> msgspec.Struct:
        return hq.store.enrol(_decoded(request, body, EnrolRequest))

    try:
        return _answer(request, await hq.work(job))
    except DomainError as error:
        if error.code.startswith("enrol-code"):
            hq.attempts.failed(address, time.monotonic())
        raise


@post("/v1/compare", status_code=HTTP_200_OK)
async def compare(request: Requested) -> Response[bytes]:
    hq = _hq(request)
    body = await _body(request)
    token = _token(request)

    def job() -> msgspec.Struct:
        return hq.store.compare(_known(request, hq, token), _decoded(request, body, CompareRequest))

    return _answer(request, await hq.work(job))


@get("/v1/blobs/{name:str}/state")
async def blob_state(request: Requested, name: FromPath[str]) -> Response[bytes]:
    hq = _hq(request)
    token = _token(request)

    def job() -> msgspec.Struct:
        desk = _known(request, hq, token)
        with hq.store.database.reading() as connection:
            return hq.blobs.state(connection, desk.site_id, name)

    return _answer(request, await hq.work(job))


@post("/v1/blobs/{name:str}", status_code=HTTP_200_OK)
async def blob_announce(request: Requested, name: FromPath[str], size: FromQuery[int]) -> Response[bytes]:
    hq = _hq(request)
    token = _token(request)

    def job() -> msgspec.Struct:
        desk = _known(request, hq, token)
        with hq.store.database.writing() as connection:
            return hq.blobs.announce(connection, desk.site_id, name, size, hq.store.clock.now())

    return _answer(request, await hq.work(job))


@put("/v1/blobs/{name:str}", request_max_body_size=CHUNK)
async def blob_put(request: Requested, name: FromPath[str], offset: FromQuery[int]) -> Response[bytes]:
    hq = _hq(request)
    token = _token(request)
    chunk = await request.body()

    def job() -> msgspec.Struct:
        desk = _known(request, hq, token)
        return hq.blobs.put(hq.store.database, desk.site_id, name, offset, chunk)

    return _answer(request, await hq.work(job))


@get("/v1/blobs/{name:str}")
async def blob_get(request: Requested, name: FromPath[str], offset: FromQuery[int] = 0) -> Response[bytes]:
    hq = _hq(request)
    token = _token(request)

    def job() -> tuple[bytes, int]:
        desk = _known(request, hq, token)
        with hq.store.database.reading() as connection:
            chunk, state = hq.blobs.read(connection, desk.site_id, name, offset)
            return chunk, state.size

    chunk, size = await hq.work(job)
    _log(request, 200, len(chunk))
    headers = {"x-blob-size": str(size), "cache-control": "no-store"}
    return Response(chunk, media_type="application/octet-stream", headers=headers)


@get("/healthz")
async def health(request: Requested) -> Response[bytes]:
    """Whether the database answers; needs no token and tells nothing else."""
    hq = _hq(request)

    def job() -> None:
        with hq.store.database.reading() as connection:
            connection.exec_driver_sql("SELECT 1")

    await hq.work(job)
    return Response(b'{"status":"ok"}', media_type=JSON_MEDIA_TYPE)


# -- bodies ------------------------------------------------------------------------------------------


def _hq(request: Requested) -> Headquarters:
    request.scope["state"]["began"] = time.perf_counter()
    return request.app.state["hq"]  # type: ignore[no-any-return]


async def _body(request: Requested) -> bytes:
    body = await request.body()
    request.scope["state"]["bytes_in"] = len(body)
    return body


def _decoded(request: Requested, body: bytes, kind: type[T]) -> T:
    """Raises `BodyError` for a body of another kind, too large unpacked, or malformed."""
    if request.headers.get("content-encoding") == ZSTD:
        body = protocol.decompress(body)
    elif request.headers.get("content-encoding"):
        raise BodyError("body-encoding")
    media = request.headers.get("content-type", "").partition(";")[0].strip()
    if media == JSON_MEDIA_TYPE:
        try:
            body = msgspec.msgpack.encode(msgspec.json.decode(body))
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError, OverflowError) as error:
            raise BodyError("body-invalid") from error
    elif media != MEDIA_TYPE:
        raise BodyError("body-type")
    return protocol.decode(body, kind)


def _token(request: Requested) -> str:
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() != "bearer" or not token:
        raise DomainError("token-unknown")
    return token.strip()


def _known(request: Requested, hq: Headquarters, token: str) -> Desk:
    desk = hq.store.desk(token)
    request.scope["state"]["desk"] = f"{desk.site_id}/{desk.number}"
    return desk


def _answer(request: Requested, message: msgspec.Struct, status: int = 200) -> Response[bytes]:
    """The message in the form that the request had."""
    headers = {"cache-control": "no-store"}
    if request.headers.get("content-type", "").startswith(JSON_MEDIA_TYPE):
        body, media = msgspec.json.encode(message), JSON_MEDIA_TYPE
    else:
        media = MEDIA_TYPE
        body, is_compressed = protocol.compress(protocol.encode(message))
        if is_compressed:
            headers["content-encoding"] = ZSTD
    _log(request, status, len(body))
    return Response(body, media_type=media, headers=headers, status_code=status)


# -- faults ------------------------------------------------------------------------------------------


def _failed(request: Requested, error: Exception) -> Response[bytes]:
    code, values, status = "hq-error", {}, 500
    if isinstance(error, DomainError):
        code, values, status = error.code, dict(error.values), _STATUS.get(error.code, 422)
    elif isinstance(error, BodyError):
        code, status = error.code, _STATUS.get(error.code, 400)
    elif isinstance(error, HTTPException):
        status = error.status_code
        code = "body-too-large" if status == 413 else "request-invalid"
    request_id = _request_id(request)
    headers = {"cache-control": "no-store"}
    if "seconds" in values:
        headers["retry-after"] = str(values["seconds"])
    if status >= 500 and not isinstance(error, (DomainError, ClientException)):
        LOG.error("failed %s", request_id, exc_info=error)
    _log(request, status, 0, code)
    body = msgspec.json.encode(Failure(code, values, request_id))
    return Response(body, media_type=JSON_MEDIA_TYPE, headers=headers, status_code=status)


def _request_id(request: Requested) -> str:
    known = request.scope["state"].get("request_id")
    if known is None:
        given = request.headers.get("x-request-id", "")
        known = given if _REQUEST_ID.fullmatch(given) else new_id()
        request.scope["state"]["request_id"] = known
    return str(known)


def _log(request: Requested, status: int, bytes_out: int, code: str = "") -> None:
    """One JSON line a request: which desk and how it went, nothing of what it carried."""
    if not LOG.isEnabledFor(logging.INFO):
        return
    state = request.scope["state"]
    began = state.get("began")
    line = {
        "id": _request_id(request),
        "method": request.method,
        "path": request.url.path if request.url.path.count("/") < 3 else "/v1/blobs",
        "status": status,
        "code": code,
        "desk": state.get("desk", ""),
        "in": state.get("bytes_in", 0),
        "out": bytes_out,
        "ms": round((time.perf_counter() - began) * 1000, 1) if began else None,
    }
    LOG.info(json.dumps(line, ensure_ascii=False))
