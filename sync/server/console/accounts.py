"""Accounts of the console: who may sign in, in which role, for which sites."""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from sqlalchemy import Connection, delete, insert, select, update
from sqlalchemy.exc import IntegrityError

from models.entities.synced import new_id
from models.errors import DomainError
from models.rules.password_rules import check_new
from models.services import passwords
from sync.server.console import waiting
from sync.server.console.rights import Right, Role, rights_of
from sync.server.tables import hq_account, hq_session

SHORTEST_PASSWORD = 10
_NAME = re.compile(r"[\w.@-]{2,40}")


@dataclass(frozen=True)
class Account:
    """One account; ``sites`` None: it sees all."""

    account_id: str
    name: str
    role: str
    sites: frozenset[str] | None
    must_change: bool
    language: str
    created_at: int
    disabled_at: int | None
    signed_in_at: int | None

    @cached_property
    def rights(self) -> frozenset[Right]:
        return rights_of(self.role, is_restricted=self.sites is not None)

    def may(self, right: Right) -> bool:
        return right in self.rights

    def sees(self, site_id: str) -> bool:
        return self.sites is None or site_id in self.sites


COLUMNS = (
    hq_account.c.account_id,
    hq_account.c.name,
    hq_account.c.role,
    hq_account.c.sites,
    hq_account.c.must_change,
    hq_account.c.language,
    hq_account.c.created_at,
    hq_account.c.disabled_at,
    hq_account.c.signed_in_at,
)


def of_row(row: Sequence[Any]) -> Account:
    """From the values of `COLUMNS`."""
    sites = None if row[3] is None else frozenset(json.loads(row[3]))
    return Account(row[0], row[1], row[2], sites, bool(row[4]), row[5], row[6], row[7], row[8])


def key_of(name: str) -> str:
    """What of a name is compared: neither case nor width counts."""
    return unicodedata.normalize("NFKC", name).strip().casefold()[:80]


def add(
    connection: Connection,
    name: str,
    role: str,
    now_ms: int,
    *,
    password: str | None = None,
    sites: Collection[str] | None = None,
) -> str:
    """A new account; gives its first password, which is changed at first sign-in.

    Raises ``account-name``, ``account-exists``, ``account-role``, and as `check_password`.
    """
    name = unicodedata.normalize("NFKC", name).strip()
    if not _NAME.fullmatch(name):
        raise DomainError("account-name")
    if role not in set(Role):
        raise DomainError("account-role", role=role)
    if connection.execute(select(hq_account.c.name).where(hq_account.c.name_key == key_of(name))).first():
        raise DomainError("account-exists", name=name)
    if password is not None:
        check_password(password, name)
    given = password or passwords.first_password()
    values = {
        "account_id": new_id(),
        "name": name,
        "name_key": key_of(name),
        "role": role,
        "sites": _packed(sites),
        "password_hash": passwords.make_hash(given),
        "must_change": 1,
        "language": "",
        "created_at": now_ms,
    }
    try:
        connection.execute(insert(hq_account), [values])
    except IntegrityError as error:  # somebody else was faster
        raise DomainError("account-exists", name=name) from error
    return given


def check_password(password: str, name: str, current: str | None = None) -> None:
    """Refuse a weak one: raises ``password-short``, ``-long``, ``-plain``, ``-common``, ``-staff-no``,
    ``-same``."""
    try:
        check_new(password, staff_no=name, shortest=SHORTEST_PASSWORD, current=current)
    except DomainError as error:
        raise DomainError(f"password-{error.values['why']}", shortest=SHORTEST_PASSWORD) from error


def change(connection: Connection, account_id: str, role: str, sites: Collection[str] | None) -> None:
    """Another role or other sites. Raises ``account-role``, ``account-unknown``, ``account-last``."""
    if role not in set(Role):
        raise DomainError("account-role", role=role)
    with _an_administrator_is_left(connection):
        _update(connection, account_id, {"role": role, "sites": _packed(sites)})


def disable(connection: Connection, account_id: str, now_ms: int) -> None:
    """At once: its sessions end too. Raises ``account-unknown``, ``account-last``."""
    with _an_administrator_is_left(connection):
        _update(connection, account_id, {"disabled_at": now_ms})
    connection.execute(delete(hq_session).where(hq_session.c.account_id == account_id))


def enable(connection: Connection, account_id: str) -> None:
    """Raises ``account-unknown``."""
    _update(connection, account_id, {"disabled_at": None})


def reset_password(connection: Connection, account_id: str, password: str | None = None) -> str:
    """A new first password; ends the account's sessions and its wait. Raises as `add`."""
    account = by_id(connection, account_id)
    if password is not None:
        check_password(password, account.name)
    given = password or passwords.first_password()
    _update(connection, account_id, {"password_hash": passwords.make_hash(given), "must_change": 1})
    connection.execute(delete(hq_session).where(hq_session.c.account_id == account_id))
    waiting.forgive_account(connection, key_of(account.name))
    return given


def by_id(connection: Connection, account_id: str) -> Account:
    """Raises ``account-unknown``."""
    row = connection.execute(select(*COLUMNS).where(hq_account.c.account_id == account_id)).one_or_none()
    if row is None:
        raise DomainError("account-unknown", name=account_id[:40])
    return of_row(tuple(row))


def by_name(connection: Connection, name: str) -> Account:
    """Raises ``account-unknown``."""
    row = connection.execute(select(*COLUMNS).where(hq_account.c.name_key == key_of(name))).one_or_none()
    if row is None:
        raise DomainError("account-unknown", name=name[:40])
    return of_row(tuple(row))


def everybody(connection: Connection) -> Sequence[Account]:
    rows = connection.execute(select(*COLUMNS).order_by(hq_account.c.name_key))
    return [of_row(tuple(row)) for row in rows]


def _update(connection: Connection, account_id: str, values: dict[str, Any]) -> None:
    this = hq_account.c.account_id == account_id
    done = connection.execute(
        update(hq_account).where(this).values(values).returning(hq_account.c.account_id)
    )
    if not done.all():
        raise DomainError("account-unknown", name=account_id[:40])


@contextmanager
def _an_administrator_is_left(connection: Connection) -> Iterator[None]:
    """Around what takes rights away: somebody must be left who can manage accounts; raises ``account-last``.

    All of them are locked before, always in the same order: of two administrators who shut each other out at
    once the second waits, and then finds only one left.
    """
    able = (
        select(hq_account.c.account_id)
        .where(
            hq_account.c.role == Role.ADMINISTRATOR.value,
            hq_account.c.disabled_at.is_(None),
            hq_account.c.sites.is_(None),
        )
        .order_by(hq_account.c.account_id)
    )
    connection.execute(able.with_for_update()).all()
    yield
    if connection.execute(able.limit(1)).first() is None:
        raise DomainError("account-last")


def _packed(sites: Collection[str] | None) -> str | None:
    return None if sites is None else json.dumps(sorted(sites))
