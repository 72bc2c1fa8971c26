"""Two who do at the same moment what only one of them may; and who need not wait for anybody."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress

import pytest
from sqlalchemy import Connection, insert, select

from models.errors import DomainError
from sync.server import auth
from sync.server.console import accounts
from sync.server.console.rights import Role
from sync.server.database import HqDatabase
from sync.server.tables import hq_account, hq_site
from tests.sync.parts import TestHq

pytestmark = pytest.mark.both_databases
Act = Callable[[Connection], object]


def at_once(database: HqDatabase, first: Act, second: Act) -> list[str]:
    """Both in transactions of their own, each begun before the other ends; gives what they were refused with.

    The second begins when the first has done its part and not committed, and is given half a second in which
    it would do harm if nothing held it back.
    """
    is_done, may_end = threading.Event(), threading.Event()

    def hold(act: Act) -> None:
        with database.administering() as connection:
            act(connection)
            is_done.set()
            may_end.wait(10)

    def go(act: Act) -> None:
        with database.administering() as connection:
            act(connection)

    with ThreadPoolExecutor(2) as pair:
        told: list[Future[None]] = [pair.submit(hold, first)]
        assert is_done.wait(10)
        told.append(pair.submit(go, second))
        with suppress(TimeoutError):
            told[1].result(timeout=0.5)
        may_end.set()
        return [getattr(one.exception(), "code", "") for one in told]


@pytest.mark.parametrize("how", ["disable", "demote", "restrict"])
def test_two_administrators_who_shut_each_other_out_leave_one(hq: TestHq, how: str) -> None:
    database = hq.store.database
    with database.administering() as connection:
        for name in ("anna", "otto"):
            accounts.add(connection, name, Role.ADMINISTRATOR, 1, password="Teehaus-2026-offen")
        accounts.add(connection, "vera", Role.VIEWER, 1, password="Teehaus-2026-offen")

    def out(name: str) -> Act:
        def act(connection: Connection) -> None:
            one = accounts.by_name(connection, name).account_id
            if how == "disable":
                accounts.disable(connection, one, 2)
            elif how == "demote":
                accounts.change(connection, one, Role.OPERATOR, None)
            else:
                accounts.change(connection, one, Role.ADMINISTRATOR, ["0" * 32])

        return act

    assert at_once(database, out("anna"), out("otto")) == ["", "account-last"]
    with database.surveying() as connection:
        left = select(hq_account.c.name).where(
            hq_account.c.role == "administrator",
            hq_account.c.disabled_at.is_(None),
            hq_account.c.sites.is_(None),
        )
        assert connection.execute(left).scalars().all() == ["otto"]


def test_no_two_sites_get_one_name(hq: TestHq, site: str) -> None:
    """The command takes sites by their names."""
    database = hq.store.database

    def add(connection: Connection) -> None:
        auth.add_site(connection, "云栖小镇", 1)

    def rename(connection: Connection) -> None:
        assert auth.rename_site(connection, site, " 云栖小镇 ").now == "云栖小镇"

    assert at_once(database, add, add) == ["", "site-exists"]
    with pytest.raises(DomainError, match="site-exists"), database.administering() as connection:
        rename(connection)
    with database.administering() as connection:
        assert auth.rename_site(connection, site, "阳光花园") == auth.Renamed("阳光花园", "阳光花园")
        connection.execute(hq_site.delete().where(hq_site.c.name == "云栖小镇"))
    assert at_once(database, rename, add) == ["", "site-exists"]


def test_of_two_sites_with_one_name_from_before_one_is_found(hq: TestHq, site: str) -> None:
    with hq.store.database.administering() as connection:
        twin = {
            "site_id": "f" * 32,
            "name": "阳光花园",
            "created_at": 1,
            "blob_quota": 1,
            "seq": 0,
            "digest": 0,
        }
        connection.execute(insert(hq_site), [twin])
        assert auth.site_id_of(connection, "阳光花园") in {site, "f" * 32}
        assert auth.site_id_of(connection, "f" * 32) == "f" * 32


def test_a_token_of_old_is_looked_up_while_others_write(hq: TestHq, site: str) -> None:
    """Those of 0.1.0 do not name their site: each request of such a desk waited for SQLite's one writer."""
    database = hq.store.database
    database.enter_key("a" * 64, site)
    with ThreadPoolExecutor(1) as other, database.writing(site) as connection:
        auth.lock_site(connection, site)
        assert other.submit(database.site_of_key, "a" * 64).result(timeout=5) == site
