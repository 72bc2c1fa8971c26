"""Contents of attachments, in pieces."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial

import anyio
import anyio.to_thread
import msgspec
from litestar import Response, get, post, put
from litestar.params import FromPath, FromQuery
from litestar.status_codes import HTTP_200_OK

from models.errors import DomainError
from sync.protocol import CHUNK, BlobsWanted
from sync.server import blob_upkeep
from sync.server.admission import STREAMS
from sync.server.auth import Desk
from sync.server.blobs import Upload
from sync.server.bodies import answer, known_desk, token_of
from sync.server.faults import log
from sync.server.headquarters import Headquarters, Requested, headquarters


@get("/v1/blobs/wanted")
async def blobs_wanted(request: Requested, after: FromQuery[str] = "") -> Response[bytes]:
    """What a desk may still have and headquarters has not; a desk asks seldom, and what its site no longer
    needs is let go on that occasion."""
    hq = headquarters(request)
    token = token_of(request)

    def job() -> msgspec.Struct:
        desk = known_desk(request, hq, token)
        hq.upkeep.tidy(hq.store.database, hq.blobs, desk.site_id, hq.store.clock.now())
        return BlobsWanted(
            blob_upkeep.wanted_of(hq.store.database, hq.blobs, desk.site_id, desk.number, after)
        )

    return answer(request, await hq.work(job))


@get("/v1/blobs/{name:str}/state")
async def blob_state(request: Requested, name: FromPath[str]) -> Response[bytes]:
    hq = headquarters(request)
    token = token_of(request)

    def job() -> msgspec.Struct:
        desk = known_desk(request, hq, token)
        with hq.store.database.reading(desk.site_id) as connection:
            return hq.blobs.state(connection, desk.site_id, name)

    return answer(request, await hq.work(job))


@post("/v1/blobs/{name:str}", status_code=HTTP_200_OK)
async def blob_announce(request: Requested, name: FromPath[str], size: FromQuery[int]) -> Response[bytes]:
    hq = headquarters(request)
    token = token_of(request)

    def job() -> msgspec.Struct:
        desk = known_desk(request, hq, token)
        now_ms = hq.store.clock.now()
        with hq.store.database.writing(desk.site_id) as connection:
            return hq.blobs.announce(connection, desk.site_id, name, size, now_ms, desk=desk.number)

    return answer(request, await hq.work(job))


@put("/v1/blobs/{name:str}", request_max_body_size=CHUNK, opt={STREAMS: True})
async def blob_put(request: Requested, name: FromPath[str], offset: FromQuery[int]) -> Response[bytes]:
    hq = headquarters(request)
    token = token_of(request)

    def begin() -> tuple[Desk, Upload]:
        desk = known_desk(request, hq, token)
        with hq.store.database.reading(desk.site_id) as connection:
            return desk, hq.blobs.begin(connection, desk.site_id, name, offset, desk=desk.number)

    try:
        desk, upload = await hq.work(begin)
    except DomainError:
        async for _ in request.stream():
            pass  # answered while the desk still sends, it would see a broken line and no answer
        raise
    await _receive(request, hq, upload)

    def end() -> msgspec.Struct:
        return hq.blobs.end(hq.store.database, desk.site_id, upload)

    return answer(request, await hq.work(end))


@dataclass
class _Inbox:
    """What has come of a chunk and is not written down yet; the line is read on meanwhile, for what the
    server holds of a line that is cut is lost."""

    upload: Upload
    waiting: bytearray = field(default_factory=bytearray)
    came: int = 0
    fault: DomainError | None = None
    is_over: bool = False
    news: anyio.Event = field(default_factory=anyio.Event)

    def add(self, piece: bytes) -> None:
        self.came += len(piece)
        if self.fault is None:
            self.waiting += piece
        self.news.set()

    def end(self) -> None:
        self.is_over = True
        self.news.set()

    async def write_down(self, hq: Headquarters) -> None:
        """Until the end, then what is left; not refused however many requests wait."""
        while self.waiting or not self.is_over:
            await self.news.wait()
            self.news = anyio.Event()
            piece, self.waiting = bytes(self.waiting), bytearray()
            await self._work(hq, partial(self.upload.take, piece))
        await self._work(hq, self.upload.close)

    async def _work(self, hq: Headquarters, job: Callable[[], None]) -> None:
        try:
            await anyio.to_thread.run_sync(job, limiter=hq.chunk_threads)
        except DomainError as error:
            self.fault = self.fault or error
            self.waiting.clear()


async def _receive(request: Requested, hq: Headquarters, upload: Upload) -> None:
    """Write down what comes as it comes; when the line is cut, what came before."""
    inbox = _Inbox(upload)
    cut: Exception | None = None
    async with anyio.create_task_group() as group:
        group.start_soon(inbox.write_down, hq)
        try:
            async for piece in request.stream():
                inbox.add(piece)
        except Exception as error:  # the framework has several names for a line that is cut
            cut = error
        finally:
            inbox.end()
    request.scope["state"]["bytes_in"] = inbox.came
    if inbox.fault is not None or cut is not None:
        raise inbox.fault or cut or AssertionError


@get("/v1/blobs/{name:str}")
async def blob_get(request: Requested, name: FromPath[str], offset: FromQuery[int] = 0) -> Response[bytes]:
    hq = headquarters(request)
    token = token_of(request)

    def job() -> tuple[bytes, int]:
        desk = known_desk(request, hq, token)
        return blob_upkeep.read(hq.store.database, hq.blobs, desk.site_id, name, offset)

    chunk, size = await hq.work(job)
    log(request, 200, len(chunk))
    headers = {"x-blob-size": str(size), "cache-control": "no-store"}
    return Response(chunk, media_type="application/octet-stream", headers=headers)


HANDLERS = (blobs_wanted, blob_state, blob_announce, blob_put, blob_get)
