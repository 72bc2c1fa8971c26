"""The door itself, with a line that a test holds in its hand."""

from __future__ import annotations

import asyncio
from types import SimpleNamespace
from typing import Any

import pytest

from models.errors import DomainError
from sync.protocol import BodyError
from sync.server.admission import PIECE, STREAMS, Admission
from sync.server.headquarters import Headquarters
from sync.server.limits import Limits
from tests.sync.parts import TestHq

LIMITS = Limits(body_grace_s=0.2, slowest_rate=1 << 20, drain_s=0.1, held_bytes=3 * PIECE, held_share=1.0)


class Line:
    """A connection: what comes in, how what goes out is taken, and whether it was cut."""

    def __init__(self, incoming: list[bytes], *, reads: int = 10_000, headers: dict[str, str] | None = None):
        self.incoming, self.reads = list(incoming), reads
        self.sent: list[Any] = []
        self.is_cut = False
        named = {"content-length": str(sum(map(len, incoming))), **(headers or {})}
        self.scope: Any = {
            "type": "http",
            "path": "/console",
            "client": ("10.0.0.1", 1),
            "headers": [(name.encode(), value.encode()) for name, value in named.items()],
            "state": {"connection": self},
            "route_handler": SimpleNamespace(opt={}),
        }

    async def receive(self) -> Any:
        if not self.incoming:
            await asyncio.sleep(60)
        return {"type": "http.request", "body": self.incoming.pop(0), "more_body": True}

    async def send(self, message: Any) -> None:
        if len(self.sent) >= self.reads:
            await asyncio.sleep(60)
        self.sent.append(message)

    def abort(self) -> None:
        self.is_cut = True


def through(hq: TestHq, line: Line, answer: bytes = b"") -> Headquarters:
    shared = Headquarters(hq.store, hq.blobs, limits=LIMITS)

    async def app(_scope: Any, receive: Any, send: Any) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": answer, "more_body": False})

    door: Any = Admission(shared)
    asyncio.run(door.handle(line.scope, line.receive, line.send, app))
    return shared


def test_a_reader_that_stops_is_let_go(hq: TestHq) -> None:
    line = Line([], reads=3)
    shared = through(hq, line, bytes(10 * PIECE))
    assert line.is_cut
    assert len(line.sent) == 3
    assert shared.held.used == 0


def test_an_answer_goes_out_in_pieces_and_whole(hq: TestHq) -> None:
    line, answer = Line([]), bytes(range(256)) * 1000
    through(hq, line, answer)
    assert b"".join(one.get("body", b"") for one in line.sent) == answer
    assert [one["more_body"] for one in line.sent[1:]] == [True, True, True, False]


def test_a_file_that_goes_out_in_pieces_takes_the_memory_of_one(hq: TestHq) -> None:
    """Or some that are saved slowly from the console would keep every desk away."""
    shared = Headquarters(hq.store, hq.blobs, limits=LIMITS)
    held = []

    async def app(_scope: Any, receive: Any, send: Any) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": []})
        for left in reversed(range(8)):
            held.append(shared.held.used)
            await send({"type": "http.response.body", "body": bytes(2 * PIECE), "more_body": left > 0})

    door: Any = Admission(shared)
    line = Line([])
    asyncio.run(door.handle(line.scope, line.receive, line.send, app))
    assert held == [0] * 8
    assert sum(len(one.get("body", b"")) for one in line.sent) == 16 * PIECE
    assert shared.held.used == 0


def test_a_body_that_stops_is_given_up(hq: TestHq) -> None:
    line = Line([b"half"], headers={"content-length": "1000"})
    with pytest.raises(DomainError) as caught:
        through(hq, line)
    assert caught.value.code == "body-slow"


def test_bodies_that_do_not_fit_are_sent_away_and_leave_nothing(hq: TestHq) -> None:
    line = Line([bytes(PIECE)] * 5, headers={"content-length": str(PIECE)})
    shared = Headquarters(hq.store, hq.blobs, limits=LIMITS)
    shared.held.take("others", 2 * PIECE)
    door: Any = Admission(shared)
    with pytest.raises(DomainError) as caught:
        asyncio.run(door.handle(line.scope, line.receive, line.send, None))
    assert caught.value.code == "hq-busy"
    assert int(str(caught.value.values["seconds"])) >= 2
    assert shared.held.used == 2 * PIECE
    assert shared.held.by_key == {"others": 2 * PIECE}


def test_a_length_beyond_all_measure_is_refused_unread(hq: TestHq) -> None:
    line = Line([b"x"], headers={"content-length": str(1 << 40)})
    with pytest.raises(BodyError) as caught:
        through(hq, line)
    assert caught.value.code == "body-too-large"


def test_a_piece_that_had_to_wait_for_its_turn_has_all_its_time_yet(hq: TestHq) -> None:
    """Nobody reads a chunk of an attachment before its turn has come: that time is not the sender's."""

    class Slow(Line):
        async def receive(self) -> Any:
            await asyncio.sleep(0.05)
            return {"type": "http.request", "body": self.incoming.pop(0), "more_body": False}

    line, came = Slow([b"chunk"]), []
    line.scope["route_handler"] = SimpleNamespace(opt={STREAMS: True})

    async def app(_scope: Any, receive: Any, send: Any) -> None:
        await asyncio.sleep(2 * LIMITS.body_grace_s)
        came.append(await receive())

    door: Any = Admission(Headquarters(hq.store, hq.blobs, limits=LIMITS))
    asyncio.run(door.handle(line.scope, line.receive, line.send, app))
    assert [message["body"] for message in came] == [b"chunk"]
