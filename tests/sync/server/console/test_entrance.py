"""The way in: sessions that end, passwords that wait, forms that come from here, headers on every answer."""

from __future__ import annotations

import logging
import re
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from urllib.parse import quote, urlencode

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from litestar.testing import TestClient
from sqlalchemy import func, select, update

from sync.server.app import create_app
from sync.server.console import security, sessions, waiting
from sync.server.console.app import Console
from sync.server.console.pages import ROUTES
from sync.server.console.routes import Route
from sync.server.console.sessions import Place
from sync.server.store import Store
from sync.server.tables import hq_account, hq_attempt, hq_audit, hq_session, hq_site
from tests.sync.server.console.test_rights import filled
from tests.sync.server.console.visitor import HOST, PASSWORD, Visitor, World

MINUTE = 60_000


def is_in(visitor: Visitor) -> bool:
    return bool(visitor.get("/keys").status_code == 200)


# -- sessions ----------------------------------------------------------------------------------------


@pytest.mark.both_databases
def test_the_right_password_opens_and_signing_out_ends_it(world: World) -> None:
    visitor = world.visitor()
    assert visitor.get("/tickets").headers["location"] == "/console/sign-in?next=/tickets"
    answer = visitor.post("/sign-in", {"name": " Anna ", "password": PASSWORD, "next": "/tickets"})
    assert answer.headers["location"] == "/console/tickets"
    assert is_in(visitor)
    stolen = Visitor(world, cookies=dict(visitor.cookies))
    visitor.post("/sign-out")
    assert not is_in(visitor)
    assert not is_in(stolen)


def test_a_planted_session_is_never_adopted(world: World) -> None:
    visitor = world.visitor()
    visitor.cookies[security.SESSION_COOKIE] = "planted-by-somebody"
    visitor.cookies[security.FORM_COOKIE] = "known"
    visitor.bare_post("/sign-in", {"token": "known", "name": "anna", "password": PASSWORD})
    assert visitor.cookies[security.SESSION_COOKIE] != "planted-by-somebody"
    assert is_in(visitor)
    assert not is_in(Visitor(world, cookies={security.SESSION_COOKIE: "planted-by-somebody"}))


def test_signing_in_again_gives_a_new_token_and_ends_the_old(world: World) -> None:
    visitor = world.visitor("vera")
    old = visitor.cookies[security.SESSION_COOKIE]
    visitor.post("/sign-in", {"name": "anna", "password": PASSWORD})
    assert visitor.cookies[security.SESSION_COOKIE] != old
    assert not is_in(Visitor(world, cookies={security.SESSION_COOKIE: old}))


def test_a_session_ends_when_it_is_idle_and_at_the_latest_after_half_a_day(world: World) -> None:
    visitor = world.visitor("anna")
    world.now += sessions.IDLE_MS - MINUTE
    assert is_in(visitor)
    world.now += sessions.IDLE_MS + MINUTE
    assert not is_in(visitor)
    visitor = world.visitor("anna")
    for _ in range(sessions.ABSOLUTE_MS // (20 * MINUTE)):
        world.now += 20 * MINUTE
        alive = is_in(visitor)
    assert alive
    world.now += MINUTE
    assert not is_in(visitor)


def test_a_disabled_account_is_out_at_once(world: World) -> None:
    vera, anna = world.visitor("vera"), world.visitor("anna")
    anna.post(f"/accounts/{world.account_id('vera')}/disable")
    assert not is_in(vera)
    assert world.visitor().sign_in("vera").status_code == 422
    anna.post(f"/accounts/{world.account_id('vera')}/enable")
    assert not is_in(vera)  # the session does not come back with the account
    assert world.visitor().sign_in("vera").status_code == 303


def test_the_last_administrator_and_oneself_cannot_be_shut_out(world: World) -> None:
    anna = world.visitor("anna")
    own = world.account_id("anna")
    assert anna.post(f"/accounts/{own}/disable").status_code == 422
    assert anna.post(f"/accounts/{own}", {"role": "viewer"}).status_code == 422
    anna.post(f"/accounts/{world.account_id('otto')}", {"role": "administrator"})
    otto = world.visitor("otto")
    assert otto.post(f"/accounts/{own}/disable").status_code == 303
    with world.database.surveying() as connection:
        assert connection.execute(
            select(hq_account.c.disabled_at).where(hq_account.c.name == "anna")
        ).scalar_one()
    assert otto.post(f"/accounts/{world.account_id('rosa')}/disable").status_code == 303


def test_the_first_password_is_changed_before_anything_else(world: World) -> None:
    nina = world.visitor()
    nina.sign_in("nina")
    elsewhere = world.visitor("nina")
    assert nina.get("/sites").headers["location"] == "/console/password"
    fields = {"current": PASSWORD, "new": "Ein-neues-2026", "again": "Ein-neues-2026"}
    assert nina.post("/password", {**fields, "again": "x"}).status_code == 422
    assert nina.post("/password", {**fields, "current": "falsch-1234"}).status_code == 422
    assert nina.post("/password", {**fields, "new": "kurz1", "again": "kurz1"}).status_code == 422
    assert nina.post("/password", fields).headers["location"] == "/console/sites"
    assert nina.get("/sites").status_code == 200
    assert not is_in(elsewhere)
    assert world.visitor().sign_in("nina", "Ein-neues-2026").status_code == 303


# -- waiting -----------------------------------------------------------------------------------------


def test_waiting_grows_and_has_an_end() -> None:
    pair, _address, account = waiting.counters("anna", "::1")
    waits = [pair.wait_after(failed) // 1000 for failed in (4, 5, 6, 7, 11, 12, 500)]
    assert waits == [0, 30, 60, 120, 1920, 3600, 3600]
    assert [account.wait_after(failed) // 1000 for failed in (29, 30, 500)] == [0, 30, 30]


@pytest.mark.both_databases
@pytest.mark.parametrize("name", ["anna", "nobody-here"])
def test_wrong_passwords_make_waiting_and_tell_nothing(world: World, name: str) -> None:
    visitor = world.visitor()
    told = [visitor.sign_in(name, "falsch-0000") for _ in range(5)]
    assert [answer.status_code for answer in told] == [422] * 4 + [429]
    assert all("名称或密码不对" in answer.text for answer in told[:4])
    assert "30 秒" in told[4].text
    assert told[4].headers["retry-after"] == "30"
    assert visitor.sign_in(name).status_code == 429  # the right one neither, and it is not looked at
    world.now += 31_000
    again = visitor.sign_in(name, "falsch-0000")
    assert "60 秒" in again.text
    assert again.headers["retry-after"] == "60"
    world.now += 61_000
    assert visitor.sign_in(name).status_code == (303 if name == "anna" else 429)


@pytest.mark.both_databases
def test_wrong_passwords_at_once_are_all_counted(world: World) -> None:
    def attempt(_number: int) -> int:
        return sessions.check(world.database, "nobody", "falsch-0000", Place("::1"), world.now).seconds

    with ThreadPoolExecutor(8) as crowd:
        assert max(crowd.map(attempt, range(8))) >= 30
    with world.database.surveying() as connection:
        counted = {row.key: row.failed for row in connection.execute(select(hq_attempt))}
    assert len(set(counted.values())) == 1
    assert (
        counted["pair nobody|::1"] == counted["address ::1"] == counted["account nobody|"] >= 5
    )  # later ones may find it waiting already


def test_an_address_that_tries_many_names_waits_too(world: World) -> None:
    visitor = world.visitor()
    states = [visitor.sign_in(f"name{n}", "falsch-0000").status_code for n in range(20)]
    assert states == [422] * 19 + [429]
    assert visitor.sign_in("anna").status_code == 429


def test_whoever_tries_on_while_waiting_writes_nothing(world: World) -> None:
    """Nobody is signed in yet: such requests must neither fill the disk nor take the writers' turn."""
    visitor = world.visitor()
    assert [visitor.sign_in("anna", "falsch-0000").status_code for _ in range(9)] == [422] * 4 + [429] * 5
    with world.database.surveying() as connection:
        noted = connection.execute(select(hq_audit.c.action).order_by(hq_audit.c.audit_id)).scalars().all()
    assert noted == ["sign-in-wrong"] * 4 + ["sign-in-waits"]


def test_the_right_password_forgives(world: World) -> None:
    visitor = world.visitor()
    for _ in range(2):
        for _ in range(4):
            assert visitor.sign_in("anna", "falsch-0000").status_code == 422
        assert visitor.sign_in("anna").status_code == 303


def test_no_password_is_written_anywhere(world: World, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.INFO, "qiantai.hq"):
        visitor = world.visitor()
        visitor.sign_in("anna", "Geheim-falsch-77")
        visitor.sign_in("Geheim-falsch-77", "anna")  # one into the other's field
        visitor.sign_in("anna")
    assert "sign-in-wrong" in caplog.text
    assert "Geheim-falsch-77" not in caplog.text
    assert PASSWORD not in caplog.text
    with world.database.surveying() as connection:
        rows = connection.execute(select(hq_audit).order_by(hq_audit.c.audit_id)).mappings().all()
    assert [row["action"] for row in rows] == ["sign-in-wrong"] * 2 + ["sign-in"]
    assert [row["account"] for row in rows] == ["anna", "?", "anna"]
    assert not any(word in str(rows) for word in (PASSWORD, "Geheim-falsch-77"))


# -- forms -------------------------------------------------------------------------------------------

POSTS = [route for route in ROUTES if route.method == "POST"]
FORGED: list[tuple[str, dict[str, str], dict[str, str]]] = [
    ("no token", {"token": ""}, {}),
    ("another's token", {"token": "somebody-elses"}, {}),
    ("from elsewhere", {}, {"origin": "https://evil.test"}),
    ("from nowhere", {}, {"origin": ""}),
    ("from a frame", {}, {"origin": "null"}),
    ("a browser says so", {}, {"sec_fetch_site": "cross-site"}),
    ("from a sister", {}, {"sec_fetch_site": "same-site"}),
]


def facts(world: World) -> tuple[Any, ...]:
    """All that a form could change."""
    with world.database.surveying() as connection:
        sites = connection.execute(
            select(hq_site.c.site_id, hq_site.c.name).order_by(hq_site.c.site_id)
        ).all()
        everybody = connection.execute(select(hq_account).order_by(hq_account.c.account_id)).all()
        noted = connection.execute(select(func.count()).select_from(hq_audit)).scalar_one()
        alive = connection.execute(select(func.count()).select_from(hq_session)).scalar_one()
    return sites, everybody, noted, alive


def test_no_form_is_taken_that_does_not_come_from_here(looked_at: World) -> None:
    anna = looked_at.visitor("anna")
    token = anna.token()
    fields = {"name": "anders", "role": "viewer", "password": PASSWORD, "language": "en", "current": PASSWORD}
    before = facts(looked_at)
    for route in POSTS:
        for case, replaced, headers in FORGED:
            sent = {"token": token, **fields, **replaced}
            answer = anna.bare_post(filled(looked_at, route), sent, **headers)
            assert answer.status_code == 403, (route.path, case)
            assert "过期" in answer.text
    assert facts(looked_at) == before


def test_a_sign_in_form_brings_back_its_own_token(looked_at: World) -> None:
    visitor = looked_at.visitor()
    fields = {"name": "anna", "password": PASSWORD}
    assert visitor.bare_post("/sign-in", fields).status_code == 403
    assert visitor.bare_post("/sign-in", {**fields, "token": "x"}).status_code == 403
    assert visitor.sign_in("anna").status_code == 303


@pytest.mark.parametrize(
    "path", ["//evil.test", "https://evil.test/", "/\\evil.test", "javascript:alert(1)", "/a b", "/\r\nX: y"]
)
def test_after_signing_in_nobody_is_led_away(looked_at: World, path: str) -> None:
    visitor = looked_at.visitor()
    answer = visitor.post("/sign-in", {"name": "anna", "password": PASSWORD, "next": path})
    assert answer.headers["location"] == "/console/"


def test_another_kind_of_body_is_refused(looked_at: World) -> None:
    anna = looked_at.visitor("anna")
    client = looked_at.client
    headers = {"origin": HOST, "cookie": f"{security.SESSION_COOKIE}={anna.cookies[security.SESSION_COOKIE]}"}
    for kind in ("application/json", "text/plain", "multipart/form-data; boundary=x"):
        answer = client.post("/console/sites", content=b"token=x", headers={**headers, "content-type": kind})
        assert answer.status_code == 400
    many = "&".join(f"site={n}" for n in range(3_000))
    form = {**headers, "content-type": "application/x-www-form-urlencoded"}
    assert client.post("/console/sites", content=many, headers=form).status_code == 400


# -- headers -----------------------------------------------------------------------------------------


def check_headers(answer: Any) -> None:
    policy = answer.headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "frame-ancestors 'none'" in policy
    assert "unsafe" not in policy
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["x-frame-options"] == "DENY"
    assert answer.headers["referrer-policy"] == "same-origin"


def test_every_answer_carries_the_headers(looked_at: World) -> None:
    for name in ("", "anna", "vera"):
        visitor = looked_at.visitor(name)
        for route in ROUTES:
            path = filled(looked_at, route)
            answer = visitor.get(path) if route.method == "GET" else visitor.bare_post(path, {})
            check_headers(answer)
            is_kept = route.path in {"/console.css", "/icon.svg"}
            assert ("no-store" in answer.headers["cache-control"]) != is_kept
        for path in ("/nothing", "/sites/x/y/z", "/sign-in/"):
            check_headers(visitor.get(path))
        wrong = looked_at.client.put("/console/sites")
        assert wrong.status_code == 405
        check_headers(wrong)


def test_each_kind_of_file_says_what_it_is(looked_at: World) -> None:
    visitor = looked_at.visitor("anna")
    kinds = {
        path: visitor.get(path).headers["content-type"] for path in ("/console.css", "/icon.svg", "/sites")
    }
    assert {path: kind.partition(";")[0] for path, kind in kinds.items()} == {
        "/console.css": "text/css", "/icon.svg": "image/svg+xml", "/sites": "text/html",
    }  # fmt: skip


def test_cookies_are_for_this_console_only(world: World) -> None:
    visitor = world.visitor()
    visitor.token()
    lines = visitor.sign_in("anna").headers.get_list("set-cookie")
    session = next(line for line in lines if line.startswith(security.SESSION_COOKIE))
    assert {"HttpOnly", "Path=/console", "SameSite=strict"} <= {part.strip() for part in session.split(";")}
    assert "Secure" not in session
    console = Console(world.database, world.blobs, is_secure=True, now=lambda: world.now)
    with TestClient(create_app(Store(world.database), world.blobs, console=console), base_url=HOST) as client:
        answer = client.get("/console/sign-in")
        assert "Secure" in answer.headers["set-cookie"]
        assert answer.headers["strict-transport-security"] == "max-age=2592000"


def test_without_a_console_there_is_none(world: World) -> None:
    with TestClient(create_app(Store(world.database), world.blobs), base_url=HOST) as client:
        for path in ("/", "/console/", "/console/sign-in"):
            assert client.get(path).status_code == 404
    assert world.client.get("/", follow_redirects=False).headers["location"] == "/console/"


def test_a_bug_says_its_number_and_nothing_else(world: World, caplog: pytest.LogCaptureFixture) -> None:
    anna = world.visitor("anna")
    with world.database.administering() as connection:
        connection.execute(update(hq_account).where(hq_account.c.name == "vera").values(sites="no json"))
    answer = anna.get("/accounts")
    assert answer.status_code == 500
    check_headers(answer)
    assert "Traceback" not in answer.text
    assert "JSON" not in answer.text
    number = next(record.args[0] for record in caplog.records if record.msg == "failed %s")  # type: ignore[index]
    assert str(number) in answer.text


# -- anything at all ---------------------------------------------------------------------------------

WORDS = st.one_of(
    st.text(max_size=30),
    st.sampled_from(
        ["0", "-1", "99999999999999999999", "2026-02-30", "0001-01-01", "9999-12-31", "\x00", "%", "'\";--"]
    ),
)
NAMES = st.sampled_from(
    ["group", "state", "kind", "priority", "category", "site", "number", "days", "since", "until", "page",
     "sort", "down", "q", "only", "action", "account", "next", "token", "name", "role", "x"]
)  # fmt: skip
SPARED = {"/sign-out", "/password", "/sign-in"}
"""They would end the session, or take a password's time."""


@settings(max_examples=120, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    route=st.sampled_from(
        [route for route in ROUTES if route.path not in SPARED and "disable" not in route.path]
    ),
    places=st.lists(WORDS, min_size=3, max_size=3),
    fields=st.dictionaries(NAMES, WORDS, max_size=6),
    is_real=st.booleans(),
)
def test_whatever_is_asked_is_answered(
    looked_at: World, route: Any, places: list[str], fields: dict[str, str], is_real: bool
) -> None:
    anna = shared(looked_at)
    path = filled(looked_at, route)
    if not is_real:
        parts = iter(places)
        path = "/".join(next(parts, "x") if "{" in part else part for part in route.path.split("/"))
    path = quote(path, safe="/")
    sent = {name: value.encode("utf-8", "replace").decode() for name, value in fields.items()}
    if route.method == "GET":
        answer = anna.get(f"{path}?{urlencode(sent)}")
    else:
        answer = anna.bare_post(path, {**sent, "token": TOKENS[id(looked_at)]})
    assert answer.status_code < 500, (path, fields)
    check_headers(answer)


VISITORS: dict[int, Visitor] = {}
TOKENS: dict[int, str] = {}


def shared(world: World) -> Visitor:
    """One session for all examples."""
    if id(world) not in VISITORS:
        VISITORS[id(world)] = world.visitor("anna")
        TOKENS[id(world)] = VISITORS[id(world)].token()
    return VISITORS[id(world)]


@pytest.mark.parametrize(
    "act", [route for route in ROUTES if route.method == "POST"], ids=lambda one: one.path
)
def test_the_language_is_changed_on_every_answer_and_leads_to_a_page(world: World, act: Route) -> None:
    """Also where a code or a password was just shown: the way back is a page, not the act again."""
    anna = world.visitor("anna")
    answer = anna.post(filled(world, act), {"name": "", "role": "?"})
    if answer.status_code == 303:
        return
    found = re.search(r'name="next" value="([^"]*)"', answer.text)
    assert found, answer.text
    back = anna.post("/language", {"language": "en", "next": found[1]}).headers["location"]
    assert anna.get(back.removeprefix("/console")).status_code in {200, 303}
