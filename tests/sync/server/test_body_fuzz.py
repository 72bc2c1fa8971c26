"""Any bytes at all as a body: an answer with a code, in bounded time and memory."""

from __future__ import annotations

import random
import resource
import subprocess
import sys
import time
from collections.abc import Iterator
from typing import Any

import msgspec
import pytest
import zstandard
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from litestar.testing import TestClient
from sqlalchemy import select

from models.entities.synced import new_id
from sync import protocol
from sync.protocol import (
    MEDIA_TYPE,
    PROTOCOL,
    SCHEMA,
    Batch,
    CompareRequest,
    EnrolRequest,
    Patch,
    SyncRequest,
    TableRows,
    TokenOffer,
)
from sync.server import body_shape
from sync.server.app import create_app
from sync.server.body_shape import check_msgpack
from sync.server.limits import Limits
from sync.server.tables import SITE_TABLES, hq_site
from tests.sync.parts import TestHq

COLUMNS = list(SITE_TABLES["building"].columns)
PATHS = ("/v1/sync", "/v1/compare", "/v1/enrol", "/v1/token")
UNLIMITED = Limits(desk_rate=1e9, desk_burst=1_000_000, stranger_rate=1e9, stranger_burst=1_000_000)
TOLD = {"body-invalid", "token-invalid", "enrol-code-wrong", "desk-too-old", "desk-too-new", "desk-forked"}
"""What a body that is nearly one of ours may be told."""
KNOWN_STATUS = {200, 400, 401, 409, 410, 413, 422, 426}


def batch() -> bytes:
    row = [new_id(), 5 << 19, {"name": 6 << 19}, None, '{"x":1}', "3", "3栋", 0, None]
    rows = TableRows("building", COLUMNS, [row[: 5 + len(COLUMNS)]])
    edit = Patch("building", new_id(), {"name": "x"}, {"name": 7 << 19}, {"name": 5 << 19})
    return protocol.encode(Batch([rows], [edit]))


def real(path: str) -> bytes:
    """A body such as a desk sends."""
    made: dict[str, msgspec.Struct] = {
        "/v1/sync": SyncRequest(
            PROTOCOL, SCHEMA, push=1, batch=msgspec.Raw(batch()), wanted=[("building", new_id())]
        ),
        "/v1/compare": CompareRequest(3, {"building": bytes(2048)}),
        "/v1/enrol": EnrolRequest(PROTOCOL, SCHEMA, "ABCD-EFGH-JKMN", new_id(), "前台"),
        "/v1/token": TokenOffer("0" * 64),
    }
    return protocol.encode(made[path])


@pytest.fixture
def ask(hq: TestHq, site: str) -> Iterator[Any]:
    """Sends a body: the answer is one of ours, and one that is refused changes nothing of the site. After
    all of them a desk of the site is served, and its rows are at headquarters, digest for digest."""
    token = hq.desk(site).tokens.token
    witness = hq.desk(site)
    witness.sync()

    def kept() -> tuple[Any, ...]:
        with hq.store.database.reading(site) as connection:
            chosen = select(hq_site.c.seq, hq_site.c.digest).where(hq_site.c.site_id == site)
            return tuple(connection.execute(chosen).one())

    with TestClient(create_app(hq.store, hq.blobs, UNLIMITED)) as client:

        def send(path: str, body: bytes, media: str = MEDIA_TYPE, encoding: str = "") -> tuple[int, str]:
            headers = {"authorization": f"Bearer {token}", "content-type": media}
            if encoding:
                headers["content-encoding"] = encoding
            before = kept()
            answer = client.post(path, content=body, headers=headers)
            assert answer.status_code in KNOWN_STATUS, (answer.status_code, answer.text, body[:200])
            if answer.status_code == 200:
                return 200, ""
            told = answer.json()
            assert set(told) == {"code", "values", "request_id"}
            assert kept() == before, (told, body[:200])
            return answer.status_code, str(told["code"])

        yield send
    before = kept()
    witness.add_building("77")
    report = witness.sync()
    assert report.pushed
    assert not report.refused
    assert report.is_equal
    assert kept() != before


EASY = settings(max_examples=150, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))


@given(noise=st.binary(max_size=400), path=st.sampled_from(PATHS), encoding=st.sampled_from(["", "zstd"]))
@EASY
def test_noise(ask: Any, noise: bytes, path: str, encoding: str) -> None:
    for media in (MEDIA_TYPE, "application/json"):
        status, code = ask(path, noise, media, encoding)
        assert (status, code.split("-")[0]) in {(400, "body"), (413, "body")}


@given(seed=st.integers(0, 1 << 32), path=st.sampled_from(PATHS))
@EASY
def test_real_bodies_with_some_bytes_changed(ask: Any, seed: int, path: str) -> None:
    chance, body = random.Random(seed), bytearray(real(path))
    for _ in range(chance.randint(1, 6)):
        place = chance.randrange(len(body))
        kind = chance.randrange(4)
        if kind == 0:
            body[place] = chance.randrange(256)
        elif kind == 1:
            del body[place : place + chance.randint(1, 9)]
        elif kind == 2:
            body[place:place] = chance.randbytes(chance.randint(1, 9))
        else:
            body[place:place] = body[: chance.randint(1, len(body))]
        body = body or bytearray(b"\x00")
    status, code = ask(path, bytes(body))
    assert status == 200 or code in TOLD, code


def is_round(body: bytes) -> bool:
    """Whether it has the form of a request at all."""
    try:
        protocol.decode(body, SyncRequest)
    except protocol.BodyError:
        return False
    return True


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-(1 << 63), (1 << 64) - 1) | st.floats() | st.text(max_size=8)
    | st.binary(max_size=8),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=4), inner, max_size=4),
    max_leaves=12,
)  # fmt: skip


@given(field=st.sampled_from("pscielnatbwvk"), value=VALUES)
@EASY
def test_any_value_in_any_field_of_a_round(ask: Any, field: str, value: Any) -> None:
    told = {"p": PROTOCOL, "s": SCHEMA, field: value}
    body = msgspec.msgpack.encode(told)
    status, code = ask("/v1/sync", body)
    assert is_round(body) or (status, code) == (400, "body-invalid")
    assert status != 200 or is_round(body)


@given(row=st.lists(VALUES, max_size=12), edit=VALUES, stamp=VALUES, table=st.sampled_from(["building", "x"]))
@EASY
def test_any_value_in_any_place_of_a_batch(ask: Any, row: Any, edit: Any, stamp: Any, table: str) -> None:
    rows = [[table, COLUMNS, [row, [new_id(), 5, None, None, None, *row]]]]
    patches = [[table, new_id(), {"name": edit}, {"name": stamp}, {"name": stamp}]]
    for one in ([rows, patches], [rows, []], [[], patches]):
        request = {"p": PROTOCOL, "s": SCHEMA, "n": 1, "b": one}
        status, code = ask("/v1/sync", msgspec.msgpack.encode(request))
        assert status == 200 or code in {"body-invalid", "desk-forked"}, code


@pytest.mark.parametrize(
    ("body", "media"),
    [
        (b"\x91" * 100_000, MEDIA_TYPE),
        (b"\x81\xa1b" * 30_000, MEDIA_TYPE),
        (b"\xdd\xff\xff\xff\xff", MEDIA_TYPE),
        (b"\xdf\xff\xff\xff\xff", MEDIA_TYPE),
        (b"\xdb\xff\xff\xff\xff", MEDIA_TYPE),
        (b"\xc7\xff\x05" + b"x" * 255, MEDIA_TYPE),
        (b"[" * 100_000, "application/json"),
        (b'{"p":' + b"9" * 100_000 + b"}", "application/json"),
        (b'{"p":1,"s":1,"c":' + b"9" * 300 + b"}", "application/json"),
        (b'{"p":1,"s":1,"c":-99999999999999999999}', "application/json"),
        (b'{"p":1,"s":1,"v":"\xed\xa0\x80"}', "application/json"),
        (b'{"p":1,"s":1,"v":"\\ud800"}', "application/json"),
        (b'{"p":1e400,"s":1}', "application/json"),
    ],
    ids=[
        "deep lists", "deep maps", "list of 4 G", "map of 4 G", "text of 4 G", "extension", "deep json",
        "huge protocol", "huge cursor", "very negative", "bad text", "half a sign", "infinite",
    ],
)  # fmt: skip
def test_bodies_made_to_hurt(ask: Any, body: bytes, media: str) -> None:
    began = time.perf_counter()
    status, code = ask("/v1/sync", body, media)
    assert (status, code) == (400, "body-invalid")
    assert time.perf_counter() - began < 2


def filled(item: bytes, size: int) -> bytes:
    """A batch of one row with one value: a list of ``item`` again and again, ``size`` bytes in all."""
    count = (size - 20) // len(item)
    return b"\x92\x91\x93\xa1x\x90\x91\xdd" + count.to_bytes(4, "big") + item * count + b"\x90"


WORST = {
    "empty lists": b"\x90",
    "empty maps": b"\x80",
    "maps of one": b"\x81\xa0\x00",
    "lists beside text": b"\x90\xc0\xa1x",
    "nothing": b"\xc0",
    "integers": b"\xcd\x12\x34",
    "texts": b"\xa2ab",
}
MEASURE = """
import resource, sys, time
from sync import protocol
from sync.protocol import Batch, BodyError
from sync.server.body_shape import check_msgpack
body = sys.stdin.buffer.read()
before, began = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss, time.process_time()
try:
    check_msgpack(body)
    protocol.decode(body, Batch)
except BodyError as error:
    assert error.code == "body-too-large"
used = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) // 1024
print(used, time.process_time() - began)
"""


@pytest.mark.parametrize("item", WORST.values(), ids=WORST)
def test_the_worst_a_body_of_the_largest_size_can_take(item: bytes) -> None:
    """Measured in a process of its own: MiB and seconds of processor."""
    body = filled(item, UNLIMITED.plain_bytes)
    done = subprocess.run([sys.executable, "-c", MEASURE], input=body, capture_output=True, check=True)
    used, seconds = done.stdout.split()
    assert int(used) < 450
    assert float(seconds) < 4


def test_the_largest_batch_of_a_desk_is_no_bomb() -> None:
    text = "业主反映厨房水管漏水，已派维修。" * 8
    stamps = {"name": 6 << 19, "note": 7 << 19}
    rows = [[new_id(), 5 << 19, stamps, None, None, "3", text, 0, text] for _ in range(10_000)]
    edits = [Patch("building", new_id(), {"name": "x"}, stamps, stamps) for _ in range(10_000)]
    body = protocol.encode(Batch([TableRows("building", COLUMNS, rows)], edits))
    assert len(body) > 8 * 1024 * 1024
    began = time.process_time()
    check_msgpack(body)
    assert time.process_time() - began < 1.5


@given(VALUES)
@settings(max_examples=200, deadline=None, derandomize=True)
def test_the_walk_sees_what_the_decoder_sees(value: Any) -> None:
    body = msgspec.msgpack.encode(value)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(body_shape, "MOST_SAFE", 0)
        for most, is_modest in ((containers_in(value), True), (containers_in(value) - 1, False)):
            patch.setattr(body_shape, "MOST_CONTAINERS", most)
            assert body_shape._is_modest(body) is is_modest or most < 0


def containers_in(value: Any) -> int:
    if isinstance(value, dict):
        return 1 + sum(map(containers_in, value.values()))
    return 1 + sum(map(containers_in, value)) if isinstance(value, list) else 0


def test_bombs_are_refused_by_what_they_say_of_themselves(ask: Any) -> None:
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    for size in (UNLIMITED.plain_bytes + 1, 64 * 1024 * 1024):
        for is_size_told in (True, False):
            pack = zstandard.ZstdCompressor(write_content_size=is_size_told)
            bomb = pack.compress(bytes(size))
            assert ask("/v1/sync", bomb, encoding="zstd") == (413, "body-too-large")
    assert ask("/v1/sync", pack.compress(bytes(1 << 20)), encoding="zstd")[0] == 400
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 400 * 1024, "the test's own included"
