"""What can be told about encryption when a connection to headquarters fails: on one side of it somebody
speaks TLS, and on the other nobody does.
"""

from __future__ import annotations

import socket
import ssl
from collections.abc import Iterable
from urllib.parse import urlsplit

_ANSWERED_IN_PLAIN = frozenset({"WRONG_VERSION_NUMBER", "RECORD_LAYER_FAILURE", "HTTP_REQUEST"})
"""What OpenSSL calls an answer that is no TLS; newer ones by the second name."""


def causes_of(error: BaseException) -> list[BaseException]:
    """The error, what it wraps and what led to it."""
    found: list[BaseException] = []
    waiting: list[object] = [error]
    while waiting and len(found) < 20:
        one = waiting.pop()
        if isinstance(one, BaseException) and one not in found:
            found.append(one)
            waiting += [*one.args, getattr(one, "reason", None), one.__cause__, one.__context__]
    return found


def is_plain(causes: Iterable[BaseException]) -> bool:
    """Whether a greeting in TLS was answered in something else: there is no certificate to distrust."""
    return any(
        isinstance(cause, ssl.SSLError)
        and not isinstance(cause, ssl.SSLCertVerificationError)
        and cause.reason in _ANSWERED_IN_PLAIN
        for cause in causes
    )


def is_spoken_at(url: str, timeout_s: float) -> bool:
    """Whether the server behind an ``http://`` address answers a greeting in TLS. Nothing but the greeting is
    sent, so it does not matter whose certificate it is."""
    parts = urlsplit(url)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    try:
        with (
            socket.create_connection((parts.hostname or "", parts.port or 80), timeout_s) as plain,
            context.wrap_socket(plain),
        ):
            return True
    except (OSError, ValueError):
        return False
