"""The snapshot of a site for a desk that has no rows yet."""

from __future__ import annotations

import time

import anyio
from litestar import Response, get
from litestar.params import FromPath, FromQuery

from sync.server.bodies import answer, known_desk, token_of
from sync.server.faults import log
from sync.server.headquarters import Requested, headquarters
from sync.snapshots import PIECE, SnapshotReply

WAITS_S = 10.0
"""So long a desk waits within one request for a snapshot that is being made."""


@get("/v1/snapshot")
async def snapshot(request: Requested) -> Response[bytes]:
    hq = headquarters(request)
    token = token_of(request)

    def job() -> tuple[str, SnapshotReply]:
        site_id = known_desk(request, hq, token).site_id
        return site_id, hq.snapshots.offer(site_id)

    site_id, reply = await hq.work(job)
    until = time.monotonic() + WAITS_S
    while reply.is_building and time.monotonic() < until:
        await anyio.sleep(0.05)
        if not hq.snapshots.is_building(site_id):
            site_id, reply = await hq.work(job)
    return answer(request, reply)


@get("/v1/snapshot/{snapshot_id:str}/{number:int}")
async def snapshot_part(
    request: Requested,
    snapshot_id: FromPath[str],
    number: FromPath[int],
    offset: FromQuery[int] = 0,
    length: FromQuery[int] = PIECE,
) -> Response[bytes]:
    hq = headquarters(request)
    token = token_of(request)

    def job() -> tuple[bytes, int]:
        site_id = known_desk(request, hq, token).site_id
        return hq.snapshots.part(site_id, snapshot_id, number, offset, length)

    piece, size = await hq.work(job)
    log(request, 200, len(piece))
    headers = {"x-part-size": str(size), "cache-control": "no-store"}
    return Response(piece, media_type="application/octet-stream", headers=headers)


HANDLERS = (snapshot, snapshot_part)
