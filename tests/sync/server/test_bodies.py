"""Whatever a body says: it is taken, or refused with a code, and never reaches another site."""

from __future__ import annotations

import random
from collections.abc import Iterator
from typing import Any

import msgspec
import pytest
import zstandard
from hypothesis import given
from hypothesis import strategies as st
from litestar.testing import TestClient
from sqlalchemy import select, text
from sqlalchemy.exc import DBAPIError

from models.entities.synced import new_id
from sync import protocol
from sync.protocol import (
    MAX_BATCH_ROWS,
    MAX_TEXT,
    MEDIA_TYPE,
    PROTOCOL,
    SCHEMA,
    Batch,
    BodyError,
    Patch,
    SyncReply,
    SyncRequest,
    TableRows,
    batch_hash,
)
from sync.server.app import create_app
from sync.server.tables import SITE_TABLES
from tests.sync.parts import TestDesk, TestHq

pytestmark = pytest.mark.both_databases
COLUMNS = list(SITE_TABLES["building"].columns)


def building(row_id: str | None = None, **values: Any) -> list[Any]:
    known = {"code": "3", "name": "3栋", "position": 0, "note": None, **values}
    return [row_id or new_id(), 1000 << 19, None, None, None, *(known[name] for name in COLUMNS)]


class Caller:
    """A desk that sends what it likes."""

    def __init__(self, hq: TestHq, desk: TestDesk) -> None:
        self.hq, self.desk = hq, desk
        self.number, self.hash = 0, ""

    def push(self, *, rows: Any = (), patches: Any = ()) -> SyncReply:
        body = protocol.encode(Batch(list(rows), list(patches)))
        request = SyncRequest(
            PROTOCOL, SCHEMA, epoch=self.hq.store.database.epoch, push=self.number + 1, after=self.hash,
            batch=msgspec.Raw(body),
        )  # fmt: skip
        reply = self.hq.store.sync(self.hq.store.desk(self.desk.tokens.token or ""), request)
        self.number, self.hash = self.number + 1, batch_hash(body)
        return reply


@pytest.fixture
def caller(hq: TestHq, site: str) -> Caller:
    return Caller(hq, hq.desk(site))


def stored(hq: TestHq, site: str) -> dict[str, dict[str, Any]]:
    table = SITE_TABLES["building"].table
    with hq.store.database.surveying() as connection:
        rows = connection.execute(select(table).where(table.c.site_id == site)).mappings()
        return {row["id"]: dict(row) for row in rows}


@pytest.mark.parametrize(
    "row",
    [
        building("NOT-AN-ID"),
        building(position="null"),
        building(name=7),
        building(name="x" * (MAX_TEXT + 1)),
        building(name="a\x00b"),
        building(position=1 << 63),
        building(position=True),
        building(name=["a", "list"]),
        [new_id(), -5, None, None, None, "3", "3栋", 0, None],
        [new_id(), 5, {"name": "later"}, None, None, "3", "3栋", 0, None],
        [new_id(), 5, None, None, "{no json", "3", "3栋", 0, None],
        [new_id(), 5, None, None, '{"lift": "\\ud800"}', "3", "3栋", 0, None],
        [new_id(), 5, {"lift": 7}, None, '{"lift": 1%s}' % ("0" * 30), "3", "3栋", 0, None],
        [new_id(), 5, None, None, '{"lift": NaN}', "3", "3栋", 0, None],
        [new_id(), 5],
        [],
    ],
    ids=[
        "id", "text for a number", "number for a text", "too long", "nul", "too large", "truth", "list",
        "stamp", "field stamps", "extra", "half a sign", "far too large", "no number", "short", "empty",
    ],
)  # fmt: skip
def test_a_bad_row_is_refused_and_stops_no_other(caller: Caller, site: str, row: list[Any]) -> None:
    good = building()
    reply = caller.push(rows=[TableRows("building", COLUMNS, [row, good])])
    assert [one.code for one in reply.refused] == ["bad-value"]
    assert list(stored(caller.hq, site)) == [good[0]]


def test_fields_in_extra_are_merged_like_any_other(caller: Caller, site: str) -> None:
    """A desk that does not know a field keeps it in ``extra``: sent again whole (headquarters was restored,
    or the sums differ) its newer value counts, and the two sides are equal after it."""
    row = building()
    for value, at in ((4, 2000 << 19), (6, 4000 << 19), (5, 3000 << 19)):
        again = [row[0], row[1], {"lift_count": at}, None, f'{{"lift_count":{value}}}', *row[5:]]
        reply = caller.push(rows=[TableRows("building", COLUMNS, [again])])
        assert reply.refused == []
    kept = stored(caller.hq, site)[row[0]]
    assert kept["extra"] == '{"lift_count":6}'
    assert msgspec.json.decode(kept["field_stamps"])["lift_count"][0] == 4000 << 19


def test_a_field_that_only_headquarters_knows_comes_out_of_extra(caller: Caller, site: str) -> None:
    """An older desk gives back what it kept there, to a headquarters that lost it."""
    older = [name for name in COLUMNS if name not in {"note", "position"}]
    at, row_id = 2000 << 19, new_id()
    row = [row_id, 1000 << 19, {"note": at}, None, '{"note":"北门","position":"x","other":1}', "3", "3栋"]
    caller.push(rows=[TableRows("building", older, [row])])
    kept = stored(caller.hq, site)[row_id]
    assert (kept["note"], kept["position"]) == ("北门", None)
    assert msgspec.json.decode(kept["extra"]) == {"position": "x", "other": 1}
    row[2], row[4] = {"note": 3000 << 19}, '{"note":"南门","position":"x"}'
    caller.push(rows=[TableRows("building", older, [row])])
    assert stored(caller.hq, site)[row_id]["note"] == "南门"


def test_the_name_to_go_on_after_may_be_anything(caller: Caller) -> None:
    link = caller.desk.link
    for after in ("\x00", "z" * 10_000, "栋"):
        assert link.blobs_wanted(after) == []


def test_an_unknown_table_is_refused_and_an_unknown_field_kept(caller: Caller, site: str) -> None:
    row = building()
    rows = [TableRows("teleporter", ["a"], [[new_id(), 5, None, None, None, 1]])]
    rows.append(TableRows("building", [*COLUMNS, "lift_count"], [[*row, 4]]))
    reply = caller.push(rows=rows)
    assert [one.code for one in reply.refused] == ["unknown-table"]
    assert stored(caller.hq, site)[row[0]]["extra"] == '{"lift_count":4}'
    later = 2000 << 19
    caller.push(
        patches=[Patch("building", row[0], {"lift_count": 5}, {"lift_count": later}, {"lift_count": row[1]})]
    )
    assert stored(caller.hq, site)[row[0]]["extra"] == '{"lift_count":5}'


def test_what_cannot_be_told_again_is_not_taken_in(caller: Caller, site: str) -> None:
    """A field of a newer desk that no database takes (as the name of a conflict), or that no answer could
    carry, would stop the desk that sent it, or every desk of its site."""
    row = building()
    caller.push(rows=[TableRows("building", COLUMNS, [row])])
    for name in ("a\x00b", "a" * 65):
        later = 2000 << 19
        reply = caller.push(patches=[Patch("building", row[0], {name: 1}, {name: later}, {name: row[1]})])
        assert [one.code for one in reply.refused] == ["bad-value"]


@pytest.mark.parametrize(
    "field", ["id", "site_id", "stamp", "seq", "created_seq", "source_desk", "field_stamps"]
)
def test_bookkeeping_is_not_a_field(caller: Caller, site: str, field: str) -> None:
    row = building()
    caller.push(rows=[TableRows("building", COLUMNS, [row])])
    before = stored(caller.hq, site)
    reply = caller.push(patches=[Patch("building", row[0], {field: 1}, {field: 9000 << 19}, {field: 1})])
    assert [one.code for one in reply.refused] == ["bad-value"]
    assert stored(caller.hq, site) == before
    whole = TableRows("building", [*COLUMNS, field], [[*building(), "x"]])
    caller.push(rows=[whole])
    assert {one["site_id"] for one in stored(caller.hq, site).values()} == {site}


def test_a_desk_can_neither_read_nor_write_another_sites_rows(hq: TestHq, caller: Caller, site: str) -> None:
    victim_site = hq.add_site("月亮湾")
    victim = Caller(hq, hq.desk(victim_site))
    row = building()
    victim.push(rows=[TableRows("building", COLUMNS, [row])])
    before = stored(hq, victim_site)
    edit = Patch("building", row[0], {"name": "夺"}, {"name": 9000 << 19}, {"name": row[1]})
    assert [one.code for one in caller.push(patches=[edit]).refused] == ["row-missing"]
    caller.push(rows=[TableRows("building", COLUMNS, [building(row[0], name="仿")])])
    assert stored(hq, victim_site) == before
    request = SyncRequest(
        PROTOCOL, SCHEMA, epoch=hq.store.database.epoch, push=caller.number, after=caller.hash,
        wanted=[("building", row[0])],
    )  # fmt: skip
    reply = hq.store.sync(hq.store.desk(caller.desk.tokens.token or ""), request)
    names = [one[6] for rows in [*reply.rows, *reply.wanted] for one in rows.rows]
    assert "3栋" not in names


def test_history_cannot_be_edited(caller: Caller) -> None:
    table = SITE_TABLES["operation_log"]
    row_id = new_id()
    values: dict[str, Any] = dict.fromkeys(table.columns, "x") | {"at": 1}
    row = [row_id, 5 << 19, None, None, None, *(values[name] for name in table.columns)]
    assert caller.push(rows=[TableRows("operation_log", list(table.columns), [row])]).refused == []
    edit = Patch(
        "operation_log", row_id, {"staff_name": "y"}, {"staff_name": 9 << 19}, {"staff_name": 5 << 19}
    )
    assert [one.code for one in caller.push(patches=[edit]).refused] == ["history-fixed"]


# -- over HTTP ---------------------------------------------------------------------------------------


@pytest.fixture
def client(hq: TestHq) -> Iterator[TestClient[Any]]:
    with TestClient(create_app(hq.store, hq.blobs)) as client:
        yield client


@pytest.mark.parametrize(
    ("headers", "body", "expected"),
    [
        ({}, b"x", (401, "token-unknown")),
        ({"authorization": "Bearer nobody"}, b"x", (400, "body-type")),
        ({"content-type": MEDIA_TYPE}, b"\xc1\xff", (400, "body-invalid")),
        ({"content-type": MEDIA_TYPE, "content-encoding": "zstd"}, b"no zstd", (400, "body-invalid")),
        ({"content-type": MEDIA_TYPE, "content-encoding": "gzip"}, b"x", (400, "body-encoding")),
        ({"content-type": "application/json"}, b"{", (400, "body-invalid")),
        ({"content-type": "application/json"}, b"[" * 5000, (400, "body-invalid")),
        ({"content-type": MEDIA_TYPE}, b"x" * (protocol.MAX_BODY + 1), (413, "body-too-large")),
    ],
    ids=["no token", "no type", "noise", "no zstd", "gzip", "half json", "deep json", "too large"],
)
def test_bodies_that_are_none(
    hq: TestHq,
    site: str,
    client: TestClient[Any],
    headers: dict[str, str],
    body: bytes,
    expected: tuple[int, str],
) -> None:
    token = hq.desk(site).tokens.token or ""
    sent = {"authorization": f"Bearer {token}"} if headers else {}
    response = client.post("/v1/sync", content=body, headers={**sent, **headers})
    assert (response.status_code, response.json()["code"]) == expected
    assert "x-request-id" not in response.text


def test_a_bomb_is_not_unpacked(hq: TestHq, site: str, client: TestClient[Any]) -> None:
    token = hq.desk(site).tokens.token or ""
    bomb = zstandard.ZstdCompressor().compress(b"\0" * (protocol.MAX_PLAIN + 1))
    headers = {"authorization": f"Bearer {token}", "content-type": MEDIA_TYPE, "content-encoding": "zstd"}
    response = client.post("/v1/sync", content=bomb, headers=headers)
    assert (response.status_code, response.json()["code"]) == (413, "body-too-large")
    assert client.get("/healthz").json() == {"status": "ok"}


@given(st.binary(max_size=300))
def test_the_decoder_answers_noise_with_a_code(noise: bytes) -> None:
    for kind in (SyncRequest, Batch):
        try:
            protocol.decode(noise, kind)
        except BodyError as error:
            assert error.code == "body-invalid"
    try:
        protocol.decompress(noise)
    except BodyError as error:
        assert error.code in {"body-invalid", "body-too-large"}


def test_a_batch_of_too_many_rows_is_refused_whole(caller: Caller, site: str) -> None:
    rows = TableRows("building", COLUMNS, [building() for _ in range(MAX_BATCH_ROWS + 1)])
    with pytest.raises(BodyError) as caught:
        caller.push(rows=[rows])
    assert caught.value.code == "body-too-large"


def test_an_answer_too_large_for_the_line_is_given_in_parts(
    hq: TestHq, caller: Caller, site: str, client: TestClient[Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Found in review: the desk refused such a page as foreign and asked for the same one for ever."""
    monkeypatch.setattr("sync.server.handlers.desks.MAX_ANSWER", 20_000)
    noise = random.Random(3)
    ids = [new_id() for _ in range(40)]
    rows = [building(row_id, note=noise.randbytes(1_000).hex()) for row_id in ids]
    caller.push(rows=[TableRows("building", COLUMNS, rows)])
    other = hq.desk(site)
    cursor, found = 0, []
    for _ in range(50):
        request = SyncRequest(PROTOCOL, SCHEMA, cursor=cursor, epoch=hq.store.database.epoch, limit=2_000)
        answer = client.post(
            "/v1/sync",
            content=protocol.encode(request),
            headers={"authorization": f"Bearer {other.tokens.token}", "content-type": MEDIA_TYPE},
        )
        assert int(answer.headers["content-length"]) <= 20_000
        reply = protocol.decode(answer.content, SyncReply)
        found += [row[0] for table in reply.rows for row in table.rows if table.table == "building"]
        cursor = reply.cursor
        if not reply.more:
            break
    assert found == ids


def test_what_a_desk_says_of_itself_cannot_break_headquarters(hq: TestHq, site: str) -> None:
    desk = hq.desk(site)
    for schema in (1 << 63, -(1 << 40)):
        request = SyncRequest(PROTOCOL, schema, epoch=hq.store.database.epoch, version="x" * 5_000)
        assert hq.store.sync(hq.store.desk(desk.tokens.token or ""), request).cursor == 0


def test_an_error_of_the_database_names_nobody(hq: TestHq) -> None:
    """Found in review: such an error goes into the log, and had the row's values with it."""
    with pytest.raises(DBAPIError) as caught, hq.store.database.administering() as connection:
        connection.execute(text("INSERT INTO nowhere VALUES (:name)"), {"name": "赵一曼"})
    assert "赵一曼" not in str(caught.value)
