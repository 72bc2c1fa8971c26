"""Signing in and staying signed in: random tokens of which only the hash is kept, with two ends."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field

from sqlalchemy import Connection, delete, insert, select, update

from models.errors import DomainError
from models.rules.password_rules import LONGEST
from models.services import passwords
from sync.server.auth import hash_of
from sync.server.console import accounts, devices, waiting
from sync.server.console.accounts import Account
from sync.server.database import HqDatabase
from sync.server.tables import hq_account, hq_session

IDLE_MS = 30 * 60_000
ABSOLUTE_MS = 12 * 3_600_000
_NOTE_EVERY_MS = 60_000


@dataclass(frozen=True)
class Session:
    """``csrf`` is what every form of this session must bring back."""

    token_hash: str
    csrf: str
    seen_at: int
    account: Account


@dataclass(frozen=True)
class Attempt:
    """What became of a name and a password: who it is, or for how many seconds nobody may try again."""

    account: Account | None = None
    seconds: int = 0
    name: str = ""
    """Of the account that was named, if there is one: what else was typed may be a password."""
    was_looked_at: bool = True
    """False while somebody must wait: then it is not worth a line in the audit, or anybody could fill it."""
    proof: str = field(default="", repr=False)
    """The hash that the password was right for: it may be another a moment later."""


def find(connection: Connection, token: str, now_ms: int) -> Session | None:
    """The session of a cookie; None when it is unknown, over, or its account disabled."""
    if not token:
        return None
    row = connection.execute(
        select(
            hq_session.c.token_hash,
            hq_session.c.csrf,
            hq_session.c.seen_at,
            hq_session.c.created_at,
            *accounts.COLUMNS,
        )
        .join(hq_account, hq_account.c.account_id == hq_session.c.account_id)
        .where(hq_session.c.token_hash == hash_of(token), hq_account.c.disabled_at.is_(None))
    ).one_or_none()
    if row is None or now_ms - row[2] > IDLE_MS or now_ms - row[3] > ABSOLUTE_MS:
        return None
    return Session(row[0], row[1], row[2], accounts.of_row(tuple(row)[4:]))


def is_worth_noting(session: Session, now_ms: int) -> bool:
    """Whether to write down that the session is used: once a minute is often enough."""
    return abs(now_ms - session.seen_at) > _NOTE_EVERY_MS


def note_use(connection: Connection, session: Session, now_ms: int) -> None:
    this = hq_session.c.token_hash == session.token_hash
    connection.execute(update(hq_session).where(this).values(seen_at=now_ms))


@dataclass(frozen=True)
class Place:
    """Where somebody types: the address, and what the browser remembers (`devices`)."""

    address: str
    cookies: Mapping[str, str] = field(default_factory=dict)


def check(database: HqDatabase, name: str, password: str, place: Place, now_ms: int) -> Attempt:
    """Look at a name and a password, and count a wrong one. A name that does not exist, or is disabled, takes
    as long and is answered as a wrong password is. While somebody must wait nothing is looked at.

    The slow look at the password stands between two transactions: no desk waits for it.
    """
    key = accounts.key_of(name)
    with database.surveying() as connection:
        row = connection.execute(
            select(*accounts.COLUMNS, hq_account.c.password_hash).where(hq_account.c.name_key == key)
        ).one_or_none()
        account = accounts.of_row(tuple(row)) if row is not None else None
        device = ""
        if account is not None:
            device = devices.device_of(connection, account.account_id, place.cookies, now_ms)
        counted = waiting.counters(key, place.address, device)
        seconds = waiting.seconds_left(connection, counted, now_ms)
    name = account.name if account is not None else ""
    if seconds:
        return Attempt(seconds=seconds, name=name, was_looked_at=False)
    stored = row[-1] if row is not None and account is not None and account.disabled_at is None else None
    is_right = passwords.is_right(stored, password[: LONGEST + 1])
    with database.administering() as connection:
        if not is_right or account is None:
            waiting.note_failure(connection, counted, now_ms)
            return Attempt(seconds=waiting.seconds_left(connection, counted, now_ms), name=name)
        if not _is_still(connection, account.account_id, stored):
            return Attempt(name=name)  # given a new one, or disabled, since it was looked at
        waiting.forgive(connection, counted)
        if stored is not None and passwords.needs_new_hash(stored):
            stored = _set_hash(connection, account.account_id, password)
        return Attempt(account, name=name, proof=stored or "")


def _is_still(connection: Connection, account_id: str, stored: str | None) -> bool:
    """Whether this is still the password's hash, until the end of the transaction."""
    this = (hq_account.c.account_id == account_id) & hq_account.c.disabled_at.is_(None)
    chosen = select(hq_account.c.password_hash).where(this).with_for_update()
    return stored is not None and connection.execute(chosen).scalar_one_or_none() == stored


def begin(connection: Connection, account: Account, now_ms: int) -> str:
    """A new session with a token that nobody knew before; those that are over go."""
    connection.execute(
        delete(hq_session).where(
            (hq_session.c.seen_at < now_ms - IDLE_MS) | (hq_session.c.created_at < now_ms - ABSOLUTE_MS)
        )
    )
    token = secrets.token_urlsafe(32)
    values = {
        "token_hash": hash_of(token),
        "account_id": account.account_id,
        "csrf": secrets.token_urlsafe(24),
        "created_at": now_ms,
        "seen_at": now_ms,
    }
    connection.execute(insert(hq_session), [values])
    this = hq_account.c.account_id == account.account_id
    connection.execute(update(hq_account).where(this).values(signed_in_at=now_ms))
    return token


def end(connection: Connection, token: str) -> None:
    if token:
        connection.execute(delete(hq_session).where(hq_session.c.token_hash == hash_of(token)))


def change_password(
    database: HqDatabase, account: Account, current: str, new: str, *, place: Place, now_ms: int
) -> str:
    """One's own new password: every session of the account ends, a new one begins; gives its token.

    Raises as `accounts.check_password`, ``password-wrong``, ``sign-in-waits``; a wrong current one counts as
    a wrong sign-in.
    """
    accounts.check_password(new, account.name, current)
    attempt = check(database, account.name, current, place, now_ms)
    if attempt.account is None:
        raise DomainError("sign-in-waits" if attempt.seconds else "password-wrong", seconds=attempt.seconds)
    with database.administering() as connection:
        if not _is_still(connection, account.account_id, attempt.proof):
            raise DomainError("password-wrong")
        _set_hash(connection, account.account_id, new)
        this = hq_account.c.account_id == account.account_id
        connection.execute(update(hq_account).where(this).values(must_change=0))
        connection.execute(delete(hq_session).where(hq_session.c.account_id == account.account_id))
        return begin(connection, account, now_ms)


def _set_hash(connection: Connection, account_id: str, password: str) -> str:
    this, made = hq_account.c.account_id == account_id, passwords.make_hash(password)
    connection.execute(update(hq_account).where(this).values(password_hash=made))
    return made
