"""A desk of one site, over real HTTP bodies, with everything it could know of another: the other's rows stay
as they were, byte for byte, and nothing of what they say comes back."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Any
from urllib.parse import quote

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from litestar.testing import TestClient
from sqlalchemy import select

from models.entities.synced import new_id
from sync import protocol
from sync.digest import TableDigest
from sync.protocol import (
    JSON_MEDIA_TYPE,
    MEDIA_TYPE,
    PROTOCOL,
    SCHEMA,
    Batch,
    CompareRequest,
    EnrolRequest,
    Patch,
    SyncRequest,
    TableRows,
    batch_hash,
)
from sync.server.app import create_app
from sync.server.blobs import BlobStore
from sync.server.snapshot import Snapshots
from sync.server.tables import SITE_TABLES, tables_of_sites
from tests.sync.parts import TestDesk, TestHq

MARK = "只有乙项目知道"
"""In every text of the other site, its file and the name of its desk."""
CONTENT = MARK.encode() * 50
pytestmark = pytest.mark.both_databases
COLUMNS = SITE_TABLES["building"].columns
STAMP = 1_795_000_000_000 << 19


@dataclass
class World:
    hq: TestHq
    mine: TestDesk
    theirs: TestDesk
    their_site: str
    their_rows: list[tuple[str, str]]
    """(table, id)"""
    their_blob: str
    their_code: str
    client: TestClient[Any]
    push: int = 0
    hash: str = ""
    before: dict[str, list[Any]] = field(default_factory=dict)

    def stored(self) -> dict[str, list[Any]]:
        """Everything of the other site, as it lies there."""
        found = {}
        with self.hq.store.database.surveying() as connection:
            for table in tables_of_sites():
                rows = connection.execute(select(table).where(table.c.site_id == self.their_site))
                found[table.name] = sorted(map(repr, rows))
        return found

    def call(
        self, verb: str, path: str, body: msgspec.Struct | bytes | None = None, token: str = ""
    ) -> bytes:
        """An answer's body, unpacked."""
        headers = {"authorization": f"Bearer {token or self.mine.tokens.token}", "content-type": MEDIA_TYPE}
        content = protocol.encode(body) if isinstance(body, msgspec.Struct) else body
        answer = self.client.request(verb, path, content=content, headers=headers)
        assert answer.status_code < 500, (answer.status_code, answer.content)
        return bytes(answer.content)


@pytest.fixture
def world(hq: TestHq) -> Iterator[World]:
    site, their_site = hq.add_site("甲项目"), hq.add_site(f"{MARK}的项目")
    mine, theirs = hq.desk(site), hq.desk(their_site)
    mine.add_building("1")
    building = theirs.add_building(MARK, note=MARK)
    rows = [("building", building), ("ticket", theirs.add_ticket(f"{MARK}-1", place=MARK))]
    mine.sync()
    theirs.sync()
    blobs = BlobStore(hq.folder / "hq-blobs")
    name = sha256(CONTENT).hexdigest()
    theirs.link.blob_announce(name, len(CONTENT))
    theirs.link.blob_put(name, 0, CONTENT)
    Snapshots(hq.store.database, blobs.folder).make(their_site)
    code = hq.code(their_site)
    with TestClient(create_app(hq.store, blobs)) as client:
        desk = hq.store.desk(mine.tokens.token or "")
        made = World(hq, mine, theirs, their_site, rows, name, code, client, desk.push, desk.push_hash)
        made.before = made.stored()
        yield made


def columns_and_row(world: World, row_id: str, extra: dict[str, Any]) -> tuple[list[str], list[Any]]:
    known = {"code": "9", "name": "改", "position": 1, "note": "改"}
    columns = [*COLUMNS, *extra]
    return columns, [row_id, STAMP, None, None, None, *(known[name] for name in COLUMNS), *extra.values()]


def mixed_token(world: World) -> str:
    """Their site, my secret."""
    return f"{world.their_site}.{(world.mine.tokens.token or '').partition('.')[2]}"


def names_of(world: World) -> st.SearchStrategy[Any]:
    """Whatever names something of the other site."""
    site = world.their_site
    keys = [site, world.their_blob, world.their_code, world.hq.store.database.epoch]
    tokens = [world.theirs.tokens.token, mixed_token(world)]
    tricks = [f"%{site}%", f"' OR site_id = '{site}' --", new_id(), "", "\x00"]
    return st.sampled_from([*keys, *tokens, *tricks, *(row_id for _, row_id in world.their_rows)])


def batches(world: World) -> st.SearchStrategy[Batch]:
    name = names_of(world)
    ids = st.sampled_from([row_id for _, row_id in world.their_rows] + [new_id()])
    extras = st.dictionaries(
        st.sampled_from(["site_id", "seq", "source_desk", "created_seq", "lift"]),
        name | st.integers(0, 9),
        max_size=3,
    )
    rows = (
        st.tuples(ids, extras)
        .map(lambda one: columns_and_row(world, *one))
        .map(lambda made: TableRows("building", made[0], [made[1]]))
    )
    fields = st.dictionaries(
        st.sampled_from(["name", "note", "deleted", "site_id", "seq", "id", "extra"]),
        name | st.integers(1, STAMP),
        max_size=3,
    )
    patches = st.builds(
        lambda table, row_id, values: Patch(table, row_id, values, dict.fromkeys(values, STAMP + 5), {}),
        st.sampled_from(["building", "ticket", "hq_site", "conflict"]), ids, fields,
    )  # fmt: skip
    return st.builds(Batch, st.lists(rows, max_size=2), st.lists(patches, max_size=2))


def send(world: World, data: st.DataObject) -> bytes:
    """One round with everything in it that could name another site."""
    name = names_of(world)
    batch = protocol.encode(data.draw(batches(world)))
    token = data.draw(st.just("") | st.just(mixed_token(world)))
    is_push = data.draw(st.booleans())
    seq = world.hq.store.desk(world.mine.tokens.token or "").site_seq
    request = SyncRequest(
        PROTOCOL,
        SCHEMA,
        cursor=data.draw(st.sampled_from([0, seq, seq + 1, -1])),
        since=data.draw(st.sampled_from([-1, 0, 10**9])),
        epoch=data.draw(st.just("") | st.just(world.hq.store.database.epoch) | name),
        limit=data.draw(st.sampled_from([1, 10**6])),
        push=world.push + 1 if is_push else world.push,
        after=world.hash,
        tries=data.draw(st.lists(name, max_size=2)),
        batch=msgspec.Raw(batch if is_push else b""),
        wanted=data.draw(
            st.lists(st.tuples(st.sampled_from(["building", "ticket", "hq_site"]), name), max_size=3)
        ),
        version=data.draw(name),
    )
    body = world.call("POST", "/v1/sync", request, token)
    if is_push and not body.startswith(b"{"):
        world.push, world.hash = world.push + 1, batch_hash(batch)
    return body


def others(world: World, data: st.DataObject) -> bytes:
    """Every other thing that can be asked for."""
    word = data.draw(names_of(world))
    part = quote(word, safe="") or "x"
    empty = TableDigest().packed()
    sums = {"building": empty, "ticket": empty, word: empty}
    enrol = word if word != world.their_code else "WRONG"
    snapshots = world.hq.folder / "hq-blobs" / world.their_site / "snapshot"
    snapshot = data.draw(st.sampled_from(["", quote(f"../../{world.their_site}/snapshot/", safe="")]))
    snapshot += next(snapshots.iterdir()).name
    request: tuple[Any, ...] = data.draw(
        st.sampled_from([
            ("POST", "/v1/compare", CompareRequest(0, sums)),
            ("GET", f"/v1/blobs/{part}"),
            ("GET", f"/v1/blobs/{part}/state"),
            ("POST", f"/v1/blobs/{part}?size={len(CONTENT)}"),
            ("PUT", f"/v1/blobs/{part}?offset=0", b"overwritten"),
            ("GET", f"/v1/blobs/wanted?after={part}"),
            ("GET", f"/v1/snapshot?site_id={world.their_site}"),
            ("GET", f"/v1/snapshot/{snapshot}/0?offset=0&length=99999"),
            ("POST", "/v1/enrol", EnrolRequest(PROTOCOL, SCHEMA, enrol, word, word)),
            ("POST", "/v1/token", msgspec.msgpack.encode({"token_hash": word})),
        ])
    )  # fmt: skip
    return world.call(*request)


def by_hand(world: World, data: st.DataObject) -> bytes:
    """JSON with fields that no body of ours has."""
    named = {"site_id": world.their_site, "desk": {"site_id": world.their_site}}
    wanted = [[table, data.draw(names_of(world))] for table in ("building", "ticket")]
    headers = {
        "authorization": f"Bearer {world.mine.tokens.token}",
        "content-type": JSON_MEDIA_TYPE,
        "x-site-id": world.their_site,
    }
    body = json.dumps({"p": PROTOCOL, "s": SCHEMA, "n": world.push, "a": world.hash, "w": wanted, **named})
    return bytes(world.client.post("/v1/sync", content=body, headers=headers).content)


@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(data=st.data())
def test_no_field_of_any_body_reaches_another_site(world: World, data: st.DataObject) -> None:
    for step in data.draw(st.lists(st.sampled_from([send, others, by_hand]), min_size=1, max_size=6)):
        answer = step(world, data)
        assert MARK.encode() not in answer, step.__name__
        assert json.dumps(MARK)[1:-1].encode() not in answer
    after = world.stored()
    assert [table for table in after if after[table] != world.before[table]] == []
    path = BlobStore(world.hq.folder / "hq-blobs").path(world.their_site, world.their_blob)
    assert path.read_bytes() == CONTENT


def test_the_other_site_gets_its_own(world: World) -> None:
    """So that the test above could find what it looks for."""
    epoch = world.hq.store.database.epoch
    desk = world.hq.store.desk(world.theirs.tokens.token or "")
    request = SyncRequest(
        PROTOCOL, SCHEMA, epoch=epoch, push=desk.push, after=desk.push_hash, wanted=[*world.their_rows]
    )
    assert MARK.encode() in world.call("POST", "/v1/sync", request, world.theirs.tokens.token or "")
    assert (
        world.call("GET", f"/v1/blobs/{world.their_blob}", token=world.theirs.tokens.token or "") == CONTENT
    )
