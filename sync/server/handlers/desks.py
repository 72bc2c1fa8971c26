"""A desk's round, its enrolment and its comparison of sums."""

from __future__ import annotations

import time

import msgspec
from litestar import Response, post
from litestar.status_codes import HTTP_200_OK

from models.errors import DomainError
from sync.protocol import (
    MAX_ANSWER,
    MAX_ROWS,
    CompareRequest,
    EnrolRequest,
    SyncReply,
    SyncRequest,
    TokenOffer,
    TokenState,
)
from sync.server import tokens
from sync.server.auth import hash_of
from sync.server.bodies import answer, body_of, decoded, knowing, known_desk, token_of
from sync.server.headquarters import Requested, headquarters
from sync.server.limits import caller_of


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
        with knowing(request, hq, token) as met:
            desk, reply = hq.store.round(token, message, met)
        if not bytes(message.batch) and not reply.more:  # while a desk uploads, every one would soon be old
            hq.snapshots.note(desk.site_id, reply.cursor)
        hq.metrics.gave(_rows(reply))
        is_due = tokens.is_due(desk.token_at, desk.is_rotation_asked, hq.store.clock.now(), hq.token_days)
        is_to_ask = hq.blobs.lacks.is_to_ask(desk.site_id, desk.number)
        if is_due or is_to_ask:
            reply = msgspec.structs.replace(reply, rotate=is_due, ask=is_to_ask)
        return reply

    given = answer(request, await hq.work(job))
    while len(given.content) > MAX_ANSWER and limit > 1:
        limit //= 4  # the same again with fewer rows: a batch that is repeated gets the answer it got
        given = answer(request, await hq.work(job))
    return given


def _rows(reply: SyncReply) -> int:
    return sum(len(table.rows) for table in (*reply.rows, *reply.wanted)) + len(reply.patches)


@post("/v1/token", status_code=HTTP_200_OK)
async def token_offer(request: Requested) -> Response[bytes]:
    """A desk tells the hash of the token it has made; told with that token itself, it is in use."""
    hq = headquarters(request)
    body = await body_of(request)
    token = token_of(request)

    def job() -> msgspec.Struct:
        offer = decoded(request, body, TokenOffer)
        desk = known_desk(request, hq, token)
        if hash_of(token) == offer.token_hash:
            return TokenState(is_used=True)
        with hq.store.database.writing(desk.site_id) as connection:
            tokens.offer(connection, desk.site_id, desk.number, offer.token_hash)
        return TokenState(is_used=False)

    return answer(request, await hq.work(job))


@post("/v1/enrol", status_code=HTTP_200_OK)
async def enrol(request: Requested) -> Response[bytes]:
    hq = headquarters(request)
    body = await body_of(request)
    address = caller_of(request.client.host) if request.client else ""
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


HANDLERS = (sync_round, enrol, compare, token_offer)
