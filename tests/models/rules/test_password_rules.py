from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from models.errors import DomainError
from models.rules.password_rules import Lock, after_failure, after_success, check_new, is_locked

NOW = datetime(2026, 11, 21, 9, 0, tzinfo=UTC)


def fail(times: int, lock: Lock = after_success(), now: datetime = NOW) -> Lock:  # noqa: B008 - a frozen value
    for _ in range(times):
        lock = after_failure(lock, now, limit=5, minutes=30)
    return lock


def test_five_wrong_in_a_row_lock_for_thirty_minutes() -> None:
    assert not is_locked(fail(4), NOW)
    locked = fail(5)
    assert is_locked(locked, NOW + timedelta(minutes=29, seconds=59))
    assert not is_locked(locked, NOW + timedelta(minutes=30))


def test_trying_while_locked_does_not_lengthen_the_lock() -> None:
    locked = fail(5)
    assert fail(3, locked, NOW + timedelta(minutes=10)) == locked


def test_after_the_lock_there_are_five_new_tries() -> None:
    later = NOW + timedelta(minutes=31)
    assert not is_locked(fail(4, fail(5), later), later)
    assert is_locked(fail(5, fail(5), later), later)


@pytest.mark.parametrize(
    ("password", "why"),
    [
        ("Ab1", "short"),
        ("a1" * 100, "long"),
        ("xK001zq99", "staff-no"),
        ("Abcd1234", "common"),
        ("aaaaaaa1", "common"),
        ("abcdefgh", "plain"),
        ("73519246", "plain"),
        ("Sommer2026", "same"),
    ],
)
def test_weak_passwords_are_refused_with_the_reason(password: str, why: str) -> None:
    with pytest.raises(DomainError) as caught:
        check_new(password, staff_no="K001", shortest=8, current="Sommer2026")
    assert caught.value.values["why"] == why


def test_case_counts_and_a_good_one_passes() -> None:
    check_new("sommer2026", staff_no="K001", shortest=8, current="Sommer2026")
    check_new("物业服务2026", staff_no="", shortest=8)
