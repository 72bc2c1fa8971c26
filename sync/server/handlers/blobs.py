"""Contents of attachments, in chunks."""

from __future__ import annotations

import msgspec
from litestar import Response, get, post, put
from litestar.params import FromPath, FromQuery
from litestar.status_codes import HTTP_200_OK

from sync.protocol import CHUNK
from sync.server.bodies import answer, body_of, known_desk, token_of
from sync.server.faults import log
from sync.server.headquarters import Requested, headquarters


@get("/v1/blobs/{name:str}/state")
async def blob_state(request: Requested, name: FromPath[str]) -> Response[bytes]:
    hq = headquarters(request)
    token = token_of(request)

    def job() -> msgspec.Struct:
        desk = known_desk(request, hq, token)
        with hq.store.database.reading() as connection:
            return hq.blobs.state(connection, desk.site_id, name)

    return answer(request, await hq.work(job))


@post("/v1/blobs/{name:str}", status_code=HTTP_200_OK)
async def blob_announce(request: Requested, name: FromPath[str], size: FromQuery[int]) -> Response[bytes]:
    hq = headquarters(request)
    token = token_of(request)

    def job() -> msgspec.Struct:
        desk = known_desk(request, hq, token)
        with hq.store.database.writing() as connection:
            return hq.blobs.announce(connection, desk.site_id, name, size, hq.store.clock.now())

    return answer(request, await hq.work(job))


@put("/v1/blobs/{name:str}", request_max_body_size=CHUNK)
async def blob_put(request: Requested, name: FromPath[str], offset: FromQuery[int]) -> Response[bytes]:
    hq = headquarters(request)
    token = token_of(request)
    chunk = await body_of(request)

    def job() -> msgspec.Struct:
        desk = known_desk(request, hq, token)
        return hq.blobs.put(hq.store.database, desk.site_id, name, offset, chunk)

    return answer(request, await hq.work(job))


@get("/v1/blobs/{name:str}")
async def blob_get(request: Requested, name: FromPath[str], offset: FromQuery[int] = 0) -> Response[bytes]:
    hq = headquarters(request)
    token = token_of(request)

    def job() -> tuple[bytes, int]:
        desk = known_desk(request, hq, token)
        with hq.store.database.reading() as connection:
            chunk, state = hq.blobs.read(connection, desk.site_id, name, offset)
            return chunk, state.size

    chunk, size = await hq.work(job)
    log(request, 200, len(chunk))
    headers = {"x-blob-size": str(size), "cache-control": "no-store"}
    return Response(chunk, media_type="application/octet-stream", headers=headers)


HANDLERS = (blob_state, blob_announce, blob_put, blob_get)
