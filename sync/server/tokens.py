"""A desk's token renewed: the new one is good beside the old one until it is first used.

The desk makes the new secret, keeps it beside the old one where it keeps its token, and tells only its
hash. Whatever gets lost, one of the two that it has is good, and asking again changes nothing.
"""

from __future__ import annotations

import re

from sqlalchemy import Connection, select, update

from models.errors import DomainError
from sync.server.tables import hq_desk

TOKEN_DAYS = 90
DAY_MS = 86_400_000
_HASH = re.compile(r"[0-9a-f]{64}")


def is_due(token_at: int, is_asked: bool, now_ms: int, days: float) -> bool:
    """Whether a desk that knows how should renew its token now."""
    return is_asked or now_ms - token_at > days * DAY_MS


def offer(connection: Connection, site_id: str, number: int, token_hash: str) -> None:
    """The token with this hash is good from now on, and the only one from its first use on.

    Raises ``token-invalid`` for what is no hash or another desk's.
    """
    if not _HASH.fullmatch(token_hash):
        raise DomainError("token-invalid")
    taken = select(hq_desk.c.number).where(
        hq_desk.c.site_id == site_id,
        (hq_desk.c.token_hash == token_hash) | (hq_desk.c.next_token_hash == token_hash),
        hq_desk.c.number != number,
    )
    if connection.execute(taken).first():
        raise DomainError("token-invalid")
    connection.execute(
        update(hq_desk)
        .where(hq_desk.c.site_id == site_id, hq_desk.c.number == number, hq_desk.c.token_hash != token_hash)
        .values(next_token_hash=token_hash)
    )


def promote(connection: Connection, site_id: str, number: int, token_hash: str, now_ms: int) -> None:
    """The new token was used: the old one is good no more. Twice does no harm."""
    connection.execute(
        update(hq_desk)
        .where(
            hq_desk.c.site_id == site_id,
            hq_desk.c.number == number,
            hq_desk.c.next_token_hash == token_hash,
        )
        .values(token_hash=token_hash, next_token_hash=None, token_at=now_ms, rotate_asked=None)
    )


def ask(connection: Connection, site_id: str, letter: str) -> None:
    """The desk is to renew its token at its next round. Raises ``desk-unknown``."""
    done = connection.execute(
        update(hq_desk)
        .where(hq_desk.c.site_id == site_id, hq_desk.c.letter == letter, hq_desk.c.revoked_at.is_(None))
        .values(rotate_asked=1)
        .returning(hq_desk.c.number)
    ).all()
    if not done:
        raise DomainError("desk-unknown", desk=letter)
