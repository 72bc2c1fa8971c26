"""Whom wrong passwords keep waiting: not the person whose name strangers know."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from models.errors import DomainError
from models.services import passwords
from sync.server.console import accounts, devices, sessions, waiting
from sync.server.console.sessions import Attempt, Place
from sync.server.tables import hq_attempt
from tests.sync.server.console.visitor import PASSWORD, Visitor, World

MINUTE = 60_000
WRONG = "falsch-0000"


def attempt(world: World, address: str, password: str = WRONG, name: str = "anna") -> Attempt:
    return sessions.check(world.database, name, password, Place(address), world.now)


def known(world: World, name: str = "anna") -> Visitor:
    """A browser that the account has once been signed in with, and out again."""
    visitor = world.visitor()
    assert visitor.sign_in(name).status_code == 303
    visitor.post("/sign-out")
    return visitor


@pytest.mark.both_databases
def test_a_stranger_elsewhere_keeps_nobody_else_waiting(world: World) -> None:
    assert [attempt(world, "203.0.113.9").seconds for _ in range(5)] == [0, 0, 0, 0, 30]
    assert attempt(world, "203.0.113.9", PASSWORD).account is None
    assert attempt(world, "198.51.100.7", PASSWORD).account is not None


@pytest.mark.both_databases
def test_a_remembered_browser_waits_for_no_strangers(world: World) -> None:
    """Not for those behind its own address either."""
    visitor = known(world)
    stranger = world.visitor()
    for _ in range(5):
        stranger.sign_in("anna", WRONG)
    for number in range(60):
        attempt(world, f"203.0.113.{number}")
    assert stranger.sign_in("anna").status_code == 429
    assert visitor.sign_in("anna").status_code == 303


def test_strangers_from_everywhere_slow_new_browsers_down_a_little(world: World) -> None:
    waits = [attempt(world, f"203.0.113.{number}").seconds for number in range(30)]
    assert waits == [0] * 29 + [30]
    assert attempt(world, "198.51.100.7", PASSWORD).seconds == 30
    assert attempt(world, "198.51.100.7", PASSWORD, name="otto").account is not None  # and no other account
    for _ in range(20):
        world.now += 31_000
        assert attempt(world, f"198.51.100.{_}").seconds <= 30  # however long they go on
    world.now += 31_000
    assert attempt(world, "198.51.100.77", PASSWORD).account is not None


def test_a_remembered_browser_counts_its_own_mistakes(world: World) -> None:
    """Who stole the cookie may guess no more than anybody."""
    visitor = known(world)
    assert [visitor.sign_in("anna", WRONG).status_code for _ in range(5)] == [422] * 4 + [429]
    assert visitor.sign_in("anna").status_code == 429
    assert world.visitor().sign_in("anna").status_code == 303  # a count of its own
    world.now += MINUTE
    assert visitor.sign_in("anna").status_code == 303


@pytest.mark.parametrize("how", ["forged", "another's", "old", "torn", "odd", "renamed"])
def test_only_a_true_cookie_is_believed(world: World, how: str) -> None:
    visitor, other = known(world), known(world, "otto")
    name = devices.cookie_name(world.account_id("anna"))
    theirs = devices.cookie_name(world.account_id("otto"))
    value = visitor.cookies[name]
    device, until, seal = value.split(".")
    if how == "old":
        world.now += (devices.KEPT_S + 1) * 1000
    visitor.cookies = {
        "forged": {name: f"{device}.{int(until) + 1}.{seal}"},
        "another's": {name: other.cookies[theirs]},
        "old": {name: value},
        "torn": {name: value[:-1]},
        "odd": {name: "..", "qiantai-known-": "x", "qiantai-known-%FF": "%ud800."},
        "renamed": {theirs: value},
    }[how]
    for _ in range(5):
        world.visitor().sign_in("anna", WRONG)
    assert visitor.sign_in("anna").status_code == 429


def test_counts_run_dry(world: World) -> None:
    """Four mistakes in the morning and four in the afternoon are no attack."""
    for _ in range(2):
        assert [attempt(world, "::1").seconds for _ in range(4)] == [0] * 4
        world.now += 61 * MINUTE
    assert [attempt(world, "::1").seconds for _ in range(5)] == [0, 0, 0, 0, 30]
    world.now -= 3 * 60 * MINUTE  # a clock set back forgets no mistake and keeps nobody for ever
    assert attempt(world, "::1").seconds == 60
    world.now += 2 * waiting.FIRST_WAIT_MS
    assert attempt(world, "::1", PASSWORD).account is not None


@pytest.mark.both_databases
def test_a_new_password_from_an_administrator_ends_every_wait(world: World) -> None:
    visitor = known(world, "vera")
    for name in ("vera", "ver_"):  # no pattern: the other name keeps its count
        for _ in range(6):
            attempt(world, "203.0.113.9", name=name)
    for _ in range(5):
        visitor.sign_in("vera", WRONG)
    with world.database.administering() as connection:
        account = accounts.by_name(connection, "vera").account_id
        given = accounts.reset_password(connection, account)
    with world.database.surveying() as connection:
        left = connection.execute(select(hq_attempt.c.key).order_by(hq_attempt.c.key)).scalars().all()
    assert left == ["account ver_|", "address 203.0.113.9", "pair ver_|203.0.113.9"]
    assert visitor.sign_in("vera", given).status_code == 303


def test_ones_own_password_can_be_changed_while_strangers_try(world: World) -> None:
    visitor = world.visitor()
    visitor.sign_in("anna")
    for _ in range(5):
        world.visitor().sign_in("anna", WRONG)
    fields = {"current": PASSWORD, "new": "Ein-neues-2026", "again": "Ein-neues-2026"}
    assert visitor.post("/password", fields).headers["location"] == "/console/sites"


def test_a_browser_remembers_a_few_accounts_and_its_cookies_are_guarded(world: World) -> None:
    visitor = world.visitor()
    visitor.cookies |= {f"{devices.PREFIX}{number:032x}": "x" for number in range(devices.MOST_KEPT)}
    lines = visitor.sign_in("anna").headers.get_list("set-cookie")
    (line,) = (one for one in lines if one.startswith(devices.cookie_name(world.account_id("anna"))))
    parts = {part.strip() for part in line.split(";")}
    assert {"HttpOnly", "Path=/console", "SameSite=strict", f"Max-Age={devices.KEPT_S}"} <= parts
    kept = [name for name in visitor.cookies if name.startswith(devices.PREFIX)]
    assert len(kept) == devices.MOST_KEPT
    visitor.post("/sign-out")
    assert devices.cookie_name(world.account_id("anna")) in visitor.cookies


def test_where_somebody_waits_nothing_is_looked_at(world: World) -> None:
    for _ in range(5):
        attempt(world, "::1")
    assert not attempt(world, "::1", PASSWORD).was_looked_at
    with pytest.raises(DomainError, match="sign-in-waits"):
        with world.database.surveying() as connection:
            anna = accounts.by_name(connection, "anna")
        place = Place("::1")
        sessions.change_password(
            world.database, anna, PASSWORD, "Ein-neues-2026", place=place, now_ms=world.now
        )


@pytest.mark.both_databases
@pytest.mark.parametrize("what", ["reset", "disabled"])
def test_a_password_that_is_replaced_while_it_is_looked_at_opens_nothing(
    world: World, monkeypatch: pytest.MonkeyPatch, what: str
) -> None:
    """The look takes a tenth of a second and stands between two transactions."""
    is_right = passwords.is_right
    account = world.account_id("vera")

    def meanwhile(stored: str | None, password: str) -> bool:
        monkeypatch.undo()
        with world.database.administering() as connection:
            if what == "reset":
                accounts.reset_password(connection, account, "Ganz-anderes-2026")
            else:
                accounts.disable(connection, account, world.now)
        return is_right(stored, password)

    monkeypatch.setattr(passwords, "is_right", meanwhile)
    assert world.visitor().sign_in("vera").status_code == 422
    if what == "reset":
        assert attempt(world, "::1", "Ganz-anderes-2026", name="vera").account is not None


def test_a_reset_is_not_undone_by_whoever_changes_the_password_at_that_moment(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    with world.database.surveying() as connection:
        vera = accounts.by_name(connection, "vera")
    check = sessions.check

    def then_reset(*asked: object) -> Attempt:
        found = check(*asked)  # type: ignore[arg-type]
        with world.database.administering() as connection:
            accounts.reset_password(connection, vera.account_id, "Ganz-anderes-2026")
        return found

    monkeypatch.setattr(sessions, "check", then_reset)
    with pytest.raises(DomainError, match="password-wrong"):
        sessions.change_password(
            world.database, vera, PASSWORD, "Ein-neues-2026", place=Place("::1"), now_ms=world.now
        )
    monkeypatch.undo()
    assert attempt(world, "::1", "Ganz-anderes-2026", name="vera").account is not None
