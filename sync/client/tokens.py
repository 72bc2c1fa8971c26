"""The desk's token where it is kept: the one in use, and beside it the one that comes next or was before.

One entry holds both, so that no crash parts them. The last one stays: a headquarters that was restored from
a backup knows that one only.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from hashlib import sha256
from typing import Protocol

from models.errors import DomainError


class TokenStore(Protocol):
    """Where the token lies: the operating system's key store, or its stated fallback."""

    def save(self, token: str) -> None: ...

    def load(self) -> str | None: ...

    def forget(self) -> None: ...


@dataclass(frozen=True)
class Held:
    """Kept as text: ``token``, ``token +following`` while a renewal is under way, ``token -last`` after."""

    token: str
    following: str = ""
    last: str = ""

    @classmethod
    def read(cls, tokens: TokenStore) -> Held:
        """Raises ``DomainError("token-lost")`` when there is none."""
        token, _, other = (tokens.load() or "").strip().partition(" ")
        if not token:
            raise DomainError("token-lost")
        if other.startswith("+"):
            return cls(token, following=other[1:])
        return cls(token, last=other[1:])

    def keep(self, tokens: TokenStore) -> None:
        other = f" +{self.following}" if self.following else f" -{self.last}" if self.last else ""
        tokens.save(self.token + other)

    def renewing(self, site_id: str) -> Held:
        """With a token to come; the same one until it is in use, however often it is asked for."""
        if self.following:
            return self
        return Held(self.token, following=f"{site_id}.{secrets.token_urlsafe(24)}")

    def other(self, tokens: TokenStore) -> Held | None:
        """What to ask with when this token is not known: what another link has kept meanwhile (it renewed the
        token, or the desk enrolled anew), else the other one of the two; None when there is none."""
        kept = Held.read(tokens)
        if kept.token != self.token:
            return kept
        if not (kept.following or kept.last):
            return None
        held = kept.swapped()
        held.keep(tokens)
        return held

    def swapped(self) -> Held:
        """The other one is the one in use."""
        return Held(self.following or self.last, last=self.token)


def hash_of(token: str) -> str:
    """What headquarters knows of a token."""
    return sha256(token.encode()).hexdigest()
