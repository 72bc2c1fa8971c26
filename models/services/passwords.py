"""Passwords kept as Argon2id (19 MiB, 2 passes, 1 lane); an account that is not there costs the same time."""

from __future__ import annotations

import secrets
import unicodedata
from functools import cache

from argon2 import PasswordHasher
from argon2.exceptions import Argon2Error, InvalidHashError

_HASHER = PasswordHasher(time_cost=2, memory_cost=19_456, parallelism=1)
_LETTERS = "abcdefghjkmnpqrstuvwxyzACDEFGHJKLMNPQRTUVWXYZ"
_DIGITS = "234679"
"""Without what is misread on paper: 0 O, 1 l I, 5 S, 8 B."""


def _plain(password: str) -> str:
    return unicodedata.normalize("NFC", password)


def make_hash(password: str) -> str:
    return _HASHER.hash(_plain(password))


@cache
def _nobody() -> str:
    """A hash that no password opens: what is checked when there is no such account."""
    return _HASHER.hash(secrets.token_urlsafe(32))


def is_right(stored: str | None, password: str) -> bool:
    """Whether the password opens the hash. Takes the same time when there is none (always False then)."""
    try:
        is_match = _HASHER.verify(stored or _nobody(), _plain(password))
    except (Argon2Error, InvalidHashError):
        return False
    return is_match and stored is not None


def needs_new_hash(stored: str) -> bool:
    """Whether the hash was made with weaker parameters than today's."""
    return _HASHER.check_needs_rehash(stored)


def first_password() -> str:
    """A random first password of ten characters, letters and digits, easy to read aloud."""
    signs = [secrets.choice(_LETTERS) for _ in range(7)] + [secrets.choice(_DIGITS) for _ in range(3)]
    return "".join(secrets.SystemRandom().sample(signs, len(signs)))
