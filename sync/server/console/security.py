"""What protects a page: headers, cookies, and the proof that a form comes from one of our own pages."""

from __future__ import annotations

import hmac
from collections.abc import Mapping
from urllib.parse import urlsplit

from litestar.datastructures import Cookie

PATH = "/console"
SESSION_COOKIE = "qiantai-session"
FORM_COOKIE = "qiantai-form"
"""Before anybody is signed in: what the sign-in form must bring back."""
LANGUAGE_COOKIE = "qiantai-language"
_YEAR_S = 31_536_000

POLICY = "; ".join(
    (
        "default-src 'none'",
        "style-src 'self'",
        "img-src 'self'",
        "form-action 'self'",
        "frame-ancestors 'none'",
        "base-uri 'none'",
    )
)
HEADERS: Mapping[str, str] = {
    "content-security-policy": POLICY,
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    # Not no-referrer: a browser would then say "Origin: null" of our own forms.
    "referrer-policy": "same-origin",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "permissions-policy": "camera=(), geolocation=(), microphone=()",
    "cache-control": "no-store",
}
"""On every answer of the console."""
STRICT_TRANSPORT = "max-age=2592000"


def headers(*, is_secure: bool) -> dict[str, str]:
    """`HEADERS`; over TLS also that the browser comes back by TLS only."""
    return {**HEADERS, "strict-transport-security": STRICT_TRANSPORT} if is_secure else dict(HEADERS)


def cookie(name: str, value: str, *, is_secure: bool, max_age: int | None = None) -> Cookie:
    """Never seen by a script, never sent by another site's page."""
    return Cookie(
        key=name,
        value=value,
        path=PATH,
        httponly=True,
        samesite="strict",
        secure=is_secure,
        max_age=max_age,
    )


def language_cookie(value: str, *, is_secure: bool) -> Cookie:
    return cookie(LANGUAGE_COOKIE, value, is_secure=is_secure, max_age=_YEAR_S)


def gone(name: str, *, is_secure: bool) -> Cookie:
    """Takes a cookie away."""
    return cookie(name, "", is_secure=is_secure, max_age=0)


def comes_from_here(sent: Mapping[str, str]) -> bool:
    """Whether a POST with these headers (names in lower case) was made by a page of ours.

    A browser says so itself (``Sec-Fetch-Site``), or names the page's origin, which must be the host that
    was asked. Who says neither is no browser with one of our pages.
    """
    site = sent.get("sec-fetch-site")
    if site is not None:
        return site == "same-origin"
    origin = sent.get("origin") or sent.get("referer") or ""
    try:
        return urlsplit(origin).netloc.lower() == sent.get("host", "").lower() != ""
    except ValueError:
        return False


def is_same(expected: str, given: str) -> bool:
    """Whether a form brought back what it was given; nothing expected is never right."""
    return bool(expected) and hmac.compare_digest(expected.encode(), given.encode("utf-8", "replace"))
