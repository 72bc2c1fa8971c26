"""Names and numbers of people in every kind of body, also in those that break something: none is ever in the
log or in a refusal."""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator
from io import StringIO
from typing import Any

import msgspec
import pytest
from litestar.testing import TestClient

from models.entities.synced import new_id
from models.errors import DomainError
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
from sync.server import log_lines
from sync.server.__main__ import main
from sync.server.app import create_app
from sync.server.tables import SITE_TABLES
from tests.sync.parts import TestHq

NAME, PHONE, WORDS = "赵一曼", "13800001234", "王府井的钥匙丢了"
MARKS = (NAME, PHONE, WORDS, "一曼", "00001234", json.dumps(NAME)[1:-1], NAME.encode().hex())


@pytest.fixture
def log(hq: TestHq) -> Iterator[StringIO]:
    """All that the process logs while the test runs."""
    stream, root = StringIO(), logging.getLogger()
    handlers, level = root.handlers[:], root.level
    log_lines.begin(is_quiet=False, stream=stream)
    yield stream
    root.handlers[:] = handlers
    root.setLevel(level)
    logging.captureWarnings(False)
    logging.getLogger("uvicorn").setLevel(logging.NOTSET)


def rows(table: str, **values: Any) -> TableRows:
    columns = list(SITE_TABLES[table].columns)
    found = [values.get(name) for name in columns]
    return TableRows(table, columns, [[new_id(), 5 << 19, None, None, None, *found]])


def bodies() -> Iterator[tuple[str, bytes, str]]:
    """(path, body, media type): good, half good and broken ones, all about somebody."""
    person = rows("resident", name=NAME, phone=PHONE, note=WORDS)
    wrong = rows("resident", name=NAME, created_at=PHONE, phone=[PHONE, NAME])
    unknown = TableRows(NAME, [PHONE], [[new_id(), 5, None, None, None, WORDS]])
    odd = TableRows("resident", [WORDS], [[NAME, PHONE, {NAME: 1}, None, "{" + WORDS, PHONE]])
    edit = Patch("resident", NAME, {PHONE: WORDS}, {PHONE: 7 << 19}, {PHONE: 1})
    for number, batch in enumerate(
        (Batch([person], []), Batch([wrong], [edit]), Batch([unknown, odd], [edit, edit])), 1
    ):
        for push in (1, number, 99):
            request = SyncRequest(
                PROTOCOL, SCHEMA, push=push, after=NAME, epoch=WORDS if number == 3 else "",
                batch=msgspec.Raw(protocol.encode(batch)), wanted=[(NAME, PHONE)], version=NAME,
                tries=[WORDS],
            )  # fmt: skip
            yield "/v1/sync", protocol.encode(request), MEDIA_TYPE
    yield "/v1/sync", protocol.encode(SyncRequest(77, SCHEMA, version=NAME)), MEDIA_TYPE
    yield "/v1/compare", protocol.encode(CompareRequest(1, {NAME: PHONE.encode()})), MEDIA_TYPE
    enrol = EnrolRequest(PROTOCOL, SCHEMA, f"{NAME}{PHONE}", NAME, WORDS, PHONE)
    yield "/v1/enrol", protocol.encode(enrol), MEDIA_TYPE
    yield "/v1/token", protocol.encode(TokenOffer(NAME)), MEDIA_TYPE
    yield (
        "/v1/sync",
        json.dumps({"p": NAME, "s": PHONE, WORDS: 1}, ensure_ascii=False).encode(),
        "application/json",
    )
    yield "/v1/sync", f'{{"p": {PHONE}, "b": "{NAME}'.encode(), "application/json"
    yield "/v1/sync", NAME.encode(), MEDIA_TYPE
    yield "/v1/sync", NAME.encode(), f"text/{PHONE}"
    yield f"/v1/blobs/{NAME}", b"", MEDIA_TYPE
    yield f"/v1/blobs/{'0' * 64}?size={PHONE}", b"", MEDIA_TYPE
    yield f"/v1/blobs/{'0' * 64}?size={NAME}", b"", MEDIA_TYPE
    yield f"/{NAME}/{PHONE}?{WORDS}", b"", MEDIA_TYPE


def nothing_of_them(text: str, *, but: str = "") -> None:
    assert [mark for mark in MARKS if mark != but and mark in text] == [], text


def test_no_body_leaves_a_word_in_the_log_or_in_a_refusal(hq: TestHq, site: str, log: StringIO) -> None:
    token = hq.desk(site).tokens.token or ""
    asked = refused = 0
    with TestClient(create_app(hq.store, hq.blobs)) as client:
        for path, body, media in bodies():
            for bearer in (token, PHONE, ""):
                headers = {
                    "authorization": f"Bearer {bearer}",
                    "content-type": media,
                    "x-request-id": NAME.encode(),
                }
                answer = client.post(path, content=body, headers=headers)  # type: ignore[arg-type]
                asked += 1
                if answer.status_code != 200:
                    refused += 1
                    nothing_of_them(answer.text)
        metrics = client.get("/metrics", headers={"authorization": ""})
    nothing_of_them(metrics.text + log.getvalue())
    assert token not in log.getvalue()
    assert refused > 40
    lines = [json.loads(line) for line in log.getvalue().splitlines()]
    assert len([line for line in lines if "route" in line]) >= asked
    assert {"at", "level", "from"} <= set(lines[0])


class Trouble(Exception):
    """A bug whose message is about somebody."""


@pytest.mark.parametrize(
    "fault", [Trouble(f"{NAME} {PHONE}"), KeyError(NAME), UnicodeError(WORDS), DomainError("hq-odd", at=8)]
)
def test_a_bug_is_told_by_its_place_alone(
    hq: TestHq, site: str, log: StringIO, monkeypatch: pytest.MonkeyPatch, fault: Exception
) -> None:
    def breaks(*_: object, **__: object) -> None:
        try:
            raise ValueError(WORDS)
        except ValueError as cause:
            raise fault from cause

    for name in ("sync", "round", "desk", "compare"):
        if hasattr(hq.store, name):
            monkeypatch.setattr(hq.store, name, breaks)
    body = protocol.encode(SyncRequest(PROTOCOL, SCHEMA))
    headers = {"authorization": f"Bearer {site}.x", "content-type": MEDIA_TYPE, "x-request-id": "abcd1234"}
    with TestClient(create_app(hq.store, hq.blobs), raise_server_exceptions=False) as client:
        answer = client.post("/v1/sync", content=body, headers=headers)
    nothing_of_them(answer.text + log.getvalue())
    assert answer.json()["request_id"] == "abcd1234"
    if isinstance(fault, DomainError):
        assert (answer.status_code, answer.json()["values"]) == (422, {"at": 8})
        return
    assert (answer.status_code, answer.json()["code"], answer.json()["values"]) == (500, "hq-error", {})
    line = next(json.loads(one) for one in log.getvalue().splitlines() if '"error"' in one)
    assert line["id"] == "abcd1234"
    assert [one["kind"].rpartition(".")[2] for one in line["error"]] == [type(fault).__name__, "ValueError"]
    assert "breaks" in line["error"][0]["at"][-1]


def test_what_other_libraries_log_loses_its_values(log: StringIO) -> None:
    logging.getLogger("elsewhere").warning("row %s of %s", NAME, PHONE)
    try:
        raise Trouble(NAME)
    except Trouble:
        logging.getLogger("elsewhere").exception("failed")
    nothing_of_them(log.getvalue())
    lines = [json.loads(line) for line in log.getvalue().splitlines()]
    assert [line["text"] for line in lines] == ["row %s of %s", "failed"]


@pytest.mark.parametrize(
    "url",
    [
        "mysql://hq:Ge%40heim@db/hq",
        "postgres://hq:Ge@heim/x@db:5432/hq",
        "postgresql://hq:Geheim@db:port/hq",
        "mysql://db/hq?user=hq&password=Geheim",
        "://hq:Geheim@db",
    ],
)
def test_the_password_of_the_database_is_never_shown(
    url: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert main(["--database", url, "site", "list"]) == 1
    monkeypatch.setenv("QIANTAI_HQ_DATABASE", url)
    with pytest.raises(SystemExit):
        main(["--help"])
    told = capsys.readouterr()
    assert "heim" not in told.out + told.err
    assert "db" in told.err
    assert "db" in told.out
