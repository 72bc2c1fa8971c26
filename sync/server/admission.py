"""At the door: whose request it is, whether it comes too often, and its body, read within time and memory.

What a stranger sends is small; a large body is read from a desk whose token is known. Nobody who sends
slowly, reads slowly or comes often takes a worker or memory from the others meanwhile.
"""

from __future__ import annotations

import asyncio
import math
import random
import time
from typing import Any

import zstandard
from litestar.enums import ScopeType
from litestar.middleware import ASGIMiddleware
from litestar.types import ASGIApp, Message, Receive, Scope, Send

from models.errors import DomainError
from sync.protocol import MAX_BODY, ZSTD, BodyError
from sync.server.auth import hash_of
from sync.server.headquarters import GUEST, Guest, Headquarters
from sync.server.limits import busy, caller_of

PIECE = 64 * 1024
"""Bytes of an answer handed to the connection at once."""
STREAMS = "streams"
"""In a handler's ``opt``: it takes its body as it comes; every other finds it read."""
UNPACKED = 12
"""Bytes of objects that one byte of an unpacked body becomes, measured on batches of real rows."""


class Admission(ASGIMiddleware):
    """Around every handler. Raises ``hq-busy``, ``desk-too-fast``, ``token-unknown``, ``desk-revoked``,
    ``body-slow`` and ``body-too-large``."""

    scopes = (ScopeType.HTTP,)

    def __init__(self, hq: Headquarters) -> None:
        self._hq = hq

    async def handle(self, scope: Scope, receive: Receive, send: Send, next_app: ASGIApp) -> None:
        scope["state"]["began"] = time.perf_counter()
        headers = {name.lower(): value for name, value in scope["headers"]}
        guest = self._guest(scope, headers)
        restore = GUEST.set(guest)
        try:
            try:
                if str(scope["path"]).startswith("/v1/"):
                    self._check_rate(guest)
                if scope["route_handler"].opt.get(STREAMS):
                    receive = self._paced_in(guest, receive)
                else:
                    body = await self._body(guest, headers, receive)
                    scope["state"]["bytes_in"] = len(body)
                    receive = _replay(body, receive)
            except (DomainError, BodyError):
                await self._drain(headers, receive)
                raise
            await next_app(scope, receive, self._paced_out(guest, scope, send))
        finally:
            GUEST.reset(restore)
            self._hq.held.give_back(guest.key, guest.held)
            if not guest.is_known and self._hq.known.site_of(guest.token_hash):
                self._hq.strangers.give_back(guest.address)

    def _guest(self, scope: Scope, headers: dict[bytes, bytes]) -> Guest:
        client = scope.get("client")
        address = caller_of(str(client[0])) if client else ""
        scheme, _, token = headers.get(b"authorization", b"").partition(b" ")
        if scheme.lower() != b"bearer" or not token.strip():
            return Guest(f"address:{address}", address)
        text = token.split()[0].decode("latin-1")
        token_hash = hash_of(text)
        site = self._hq.known.site_of(token_hash)
        if site is not None:
            return Guest(f"site:{site}", address, text, token_hash, is_known=True)
        claimed = (
            text.partition(".")[0] if "." in text else ""
        )  # nobody's word for it yet: a queue of its own
        return Guest(f"claim:{claimed[:32]}:{address}", address, text, token_hash)

    def _check_rate(self, guest: Guest) -> None:
        if guest.is_known:
            wait = self._hq.desks.take(guest.token_hash)
        else:
            wait = self._hq.strangers.take(guest.address)
        if wait:
            seconds = math.ceil(wait + random.uniform(1, 5))  # noqa: S311 - spreads callers out, no secret
            raise DomainError("desk-too-fast", seconds=seconds)

    # -- the body ------------------------------------------------------------------------------------

    async def _body(self, guest: Guest, headers: dict[bytes, bytes], receive: Receive) -> bytes:
        declared = _declared(headers)
        if declared == 0:
            return b""
        if declared is not None and declared > MAX_BODY:
            raise BodyError("body-too-large")
        is_large = declared is None or declared > self._hq.limits.strange_bytes
        if is_large and not guest.is_known:
            await self._make_known(guest)
        body = await self._read(guest, receive)
        plain = _plain_size(body, headers, self._hq.limits.plain_bytes)
        if plain > self._hq.limits.plain_bytes:
            raise BodyError("body-too-large")
        guest.cost = len(body) + plain * UNPACKED
        return body

    async def _make_known(self, guest: Guest) -> None:
        """Ask the database about a token before a large body is read."""
        if not guest.token_hash:
            raise DomainError("token-unknown")
        desk = await self._hq.work(lambda: self._hq.store.desk(guest.token))
        self._hq.known.learn(guest.token_hash, desk.site_id)
        guest.key = f"site:{desk.site_id}"

    async def _read(self, guest: Guest, receive: Receive) -> bytes:
        receive = self._paced_in(guest, receive)
        body = bytearray()
        while True:
            message: Any = await receive()
            if message["type"] != "http.request":
                raise DomainError("body-slow")  # it hung up; nobody reads this answer
            body += message.get("body", b"")
            if not message.get("more_body", False):
                return bytes(body)

    def _paced_in(self, guest: Guest, receive: Receive) -> Receive:
        """A body that must come in time and fit: raises ``body-slow``, ``hq-busy``, ``body-too-large``. Its
        time begins when somebody reads it: a chunk waits for its turn before."""
        limits, began = self._hq.limits, None
        came, is_whole = 0, False

        async def paced() -> Any:
            nonlocal began, came, is_whole
            if is_whole:
                return await receive()
            if began is None:
                began = time.monotonic()
            due = began + limits.body_grace_s + came / limits.slowest_rate
            try:
                async with asyncio.timeout(due - time.monotonic()):
                    message: Any = await receive()
            except TimeoutError:
                raise DomainError("body-slow") from None
            piece = message.get("body", b"")
            came += len(piece)
            if came > MAX_BODY:
                raise BodyError("body-too-large")
            self._hold(guest, len(piece))
            is_whole = not message.get("more_body", False)
            return message

        return paced

    def _hold(self, guest: Guest, amount: int) -> None:
        if not self._hq.held.fits(guest.key, amount):
            raise busy(self._hq.turns.waiting)
        self._hq.held.take(guest.key, amount)
        guest.held += amount

    async def _drain(self, headers: dict[bytes, bytes], receive: Receive) -> None:
        """Read what is still under way and forget it, or the caller finds its connection cut, not the
        refusal."""
        if _declared(headers) == 0 or b"expect" in headers:
            return
        left = MAX_BODY
        try:
            async with asyncio.timeout(self._hq.limits.drain_s):
                while left > 0:
                    message: Any = await receive()
                    left -= len(message.get("body", b""))
                    if message["type"] != "http.request" or not message.get("more_body", False):
                        return
        except TimeoutError:
            return

    # -- the answer ----------------------------------------------------------------------------------

    def _paced_out(self, guest: Guest, scope: Scope, send: Send) -> Send:
        """An answer in pieces, so that a slow reader is seen; one that hardly reads is let go."""
        limits, hq = self._hq.limits, self._hq
        longest = limits.body_grace_s + PIECE / limits.slowest_rate
        is_gone = False

        async def paced(message: Message) -> None:
            nonlocal is_gone
            if is_gone:
                return
            body = message.get("body", b"") if message["type"] == "http.response.body" else b""
            if len(body) > PIECE:  # counted only: the answer is there already, whether it fits or not
                hq.held.take(guest.key, len(body))
                guest.held += len(body)
            try:
                for at in range(0, max(len(body), 1), PIECE):
                    async with asyncio.timeout(longest):
                        await send(_piece(message, body, at))
            except TimeoutError:
                is_gone = True
                connection: Any = scope["state"].get("connection")
                if connection is not None:
                    connection.abort()
            finally:
                if len(body) > PIECE:  # a file goes out in many of these, and only one is here at a time
                    hq.held.give_back(guest.key, len(body))
                    guest.held -= len(body)

        return paced


def _piece(message: Message, body: bytes, at: int) -> Message:
    if len(body) <= PIECE:
        return message
    piece: Any = {**message, "body": body[at : at + PIECE]}
    piece["more_body"] = bool(message.get("more_body", False)) or at + PIECE < len(body)
    return piece  # type: ignore[no-any-return]


def _replay(body: bytes, receive: Receive) -> Receive:
    is_given = False

    async def replay() -> Any:
        nonlocal is_given
        if is_given:
            return await receive()
        is_given = True
        return {"type": "http.request", "body": body, "more_body": False}

    return replay


def _declared(headers: dict[bytes, bytes]) -> int | None:
    """Bytes of the body that follows; None when only its end will tell."""
    if b"transfer-encoding" in headers:
        return None
    length = headers.get(b"content-length", b"0")
    return int(length) if length.isdigit() else 0


def _plain_size(body: bytes, headers: dict[bytes, bytes], unknown: int) -> int:
    if headers.get(b"content-encoding", b"").decode("latin-1") != ZSTD:
        return len(body)
    try:
        size = zstandard.frame_content_size(body)
    except zstandard.ZstdError:
        return 0  # no zstd: refused when it is read
    return size if size >= 0 else unknown
