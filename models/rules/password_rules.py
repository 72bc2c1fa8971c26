"""Passwords: what counts as one, and the lock after wrong ones: 5 in a row lock for 30 minutes."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from models.errors import DomainError

_TOO_COMMON = frozenset(
    {
        "password",
        "12345678",
        "123456789",
        "1234567890",
        "qwertyui",
        "11111111",
        "88888888",
        "abcd1234",
        "a1234567",
    }
)
LONGEST = 128


@dataclass(frozen=True, slots=True)
class Lock:
    """Wrong passwords in a row and the lock they caused; stored, so that a restart does not unlock."""

    failed: int = 0
    locked_until: datetime | None = None


def is_locked(lock: Lock, now: datetime) -> bool:
    return lock.locked_until is not None and now < lock.locked_until


def after_failure(lock: Lock, now: datetime, *, limit: int, minutes: int) -> Lock:
    """The state after one more wrong password. Attempts while locked neither count nor lengthen the lock."""
    if is_locked(lock, now):
        return lock
    failed = (0 if lock.locked_until is not None else lock.failed) + 1
    if failed >= limit:
        return Lock(failed, now + timedelta(minutes=minutes))
    return Lock(failed)


def after_success() -> Lock:
    """The right password, or an administrator, clears the count."""
    return Lock()


def check_new(password: str, *, staff_no: str, shortest: int, current: str | None = None) -> None:
    """Refuse a weak new password. Case counts; letters and digits are both needed.

    Raises DomainError ``password-weak`` with ``why``: ``short`` / ``long`` / ``plain`` / ``common`` /
    ``staff-no`` / ``same``.
    """
    why = _weakness(password, staff_no, shortest, current)
    if why is not None:
        raise DomainError("password-weak", why=why, shortest=shortest)


def _weakness(password: str, staff_no: str, shortest: int, current: str | None) -> str | None:
    if len(password) < shortest:
        return "short"
    if len(password) > LONGEST:
        return "long"
    if staff_no and staff_no.lower() in password.lower():
        return "staff-no"
    if password.lower() in _TOO_COMMON or len(set(password)) < 4:
        return "common"
    if not (any(sign.isalpha() for sign in password) and any(sign.isdigit() for sign in password)):
        return "plain"
    if current is not None and password == current:
        return "same"
    return None
