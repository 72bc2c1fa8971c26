"""A desk's round, its enrolment and its comparison of sums."""

from __future__ import annotations

import time

import msgspec
from litestar import Response, post
from litestar.status_codes import HTTP_200_OK

from models.errors import DomainError
from sync.protocol import MAX_ANSWER, MAX_ROWS, CompareRequest, EnrolRequest, SyncRequest
from sync.server.bodies import answer, body_of, decoded, known_desk, token_of
from sync.server.headquarters import Requested, headquarters


@post("/v1/sync", status_code=HTTP_200_OK)
async def sync_round(request: Requested) -> Response[bytes]:
    hq = headquarters(request)
    body = await body_of(request)
    token = token_of(request)

    limit = MAX_ROWS

    def job() -> msgspec.Struct:
        message = decoded(request, body, SyncRequest)
        if limit < MAX_ROWS:
            rows = min(limit, max(message.limit // 4, 1))
            message = msgspec.structs.replace(message, limit=rows, wanted=message.wanted[:rows])
        return hq.store.sync(known_desk(request, hq, token), message)

    given = answer(request, await hq.work(job))
    while len(given.content) > MAX_ANSWER and limit > 1:
        limit //= 4  # the same again with fewer rows: a batch that is repeated gets the answer it got
        given = answer(request, await hq.work(job))
    return given


@post("/v1/enrol", status_code=HTTP_200_OK)
async def enrol(request: Requested) -> Response[bytes]:
    hq = headquarters(request)
    body = await body_of(request)
    address = request.client.host if request.client else ""
    hq.attempts.check(address, time.monotonic())

    def job() -> msgspec.Struct:
        return hq.store.enrol(decoded(request, body, EnrolRequest))

    try:
        return answer(request, await hq.work(job))
    except DomainError as error:
        if error.code.startswith("enrol-code"):
            hq.attempts.failed(address, time.monotonic())
        raise


@post("/v1/compare", status_code=HTTP_200_OK)
async def compare(request: Requested) -> Response[bytes]:
    hq = headquarters(request)
    body = await body_of(request)
    token = token_of(request)

    def job() -> msgspec.Struct:
        return hq.store.compare(known_desk(request, hq, token), decoded(request, body, CompareRequest))

    return answer(request, await hq.work(job))


HANDLERS = (sync_round, enrol, compare)
