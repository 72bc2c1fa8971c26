"""Browsers that somebody has signed in with are remembered (OWASP's device cookies).

Whoever knows an administrator's name can type wrong passwords for it from anywhere. That makes strangers
wait, and new browsers; one that proved itself before has a count of its own (`waiting`). The cookie opens
nothing: it says of one account that its password was once typed here.
"""

from __future__ import annotations

import hmac
import secrets
from collections.abc import Mapping
from hashlib import sha256

from sqlalchemy import Connection, select, text

from sync.server.tables import hq_state

PREFIX = "qiantai-known-"
KEPT_S = 180 * 86_400
MOST_KEPT = 8
"""Accounts remembered by one browser."""
_KEY = "device-key"
_MAKE_SURE = text("INSERT INTO hq_state (key, value) VALUES (:key, :value) ON CONFLICT (key) DO NOTHING")


def cookie_name(account_id: str) -> str:
    return f"{PREFIX}{account_id}"


def remember(connection: Connection, account_id: str, now_ms: int) -> str:
    """The value of this browser's cookie for the account that has just signed in."""
    connection.execute(_MAKE_SURE, {"key": _KEY, "value": secrets.token_hex(32)})
    said = f"{secrets.token_hex(8)}.{now_ms // 1000 + KEPT_S}"
    return f"{said}.{_seal(_key(connection), account_id, said)}"


def device_of(connection: Connection, account_id: str, cookies: Mapping[str, str], now_ms: int) -> str:
    """Which browser this is, of those that the account has signed in with; empty for any other."""
    said, _, seal = cookies.get(cookie_name(account_id), "").rpartition(".")
    device, _, until = said.partition(".")
    key = _key(connection)
    if not key or not hmac.compare_digest(_bytes(seal), _bytes(_seal(key, account_id, said))):
        return ""
    return device if int(until) > now_ms // 1000 else ""


def superfluous(cookies: Mapping[str, str], account_id: str) -> list[str]:
    """Cookies that have to go so that this account's may be added."""
    others = [name for name in cookies if name != cookie_name(account_id)]
    return others[: max(len(others) + 1 - MOST_KEPT, 0)]


def _key(connection: Connection) -> str:
    """Empty while nobody has ever signed in here. A restored headquarters makes a new one."""
    return (
        connection.execute(select(hq_state.c.value).where(hq_state.c.key == _KEY)).scalar_one_or_none() or ""
    )


def _seal(key: str, account_id: str, said: str) -> str:
    return hmac.new(_bytes(key), _bytes(f"{account_id} {said}"), sha256).hexdigest()


def _bytes(said: str) -> bytes:
    return said.encode("utf-8", "replace")
