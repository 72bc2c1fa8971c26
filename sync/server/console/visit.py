"""One request to the console as its pages see it: who asks, for what, and in which language."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from litestar.datastructures import Cookie

from models.errors import DomainError
from sync.server.console.accounts import Account
from sync.server.console.audit import Who
from sync.server.console.rights import Right
from sync.server.console.security import PATH
from sync.server.console.sessions import Session

if TYPE_CHECKING:
    from sync.server.blobs import BlobStore
    from sync.server.console.counting import Counts
    from sync.server.console.queries.daily import Daily
    from sync.server.console.workbooks import Workshop
    from sync.server.database import HqDatabase
    from sync.server.scheduled_backups import BackupHealth

LONGEST_VALUE = 4_000


@dataclass(frozen=True)
class Answer:
    """What a page gives: a template with its values, another address, bytes, or a file."""

    template: str = ""
    values: Mapping[str, Any] = field(default_factory=dict)
    status: int = 200
    seconds: int = 0
    """How long to stay away; of 429 and 503, where it is known."""
    redirect: str = ""
    body: bytes = b""
    media_type: str = ""
    file: Path | None = None
    """Sent in pieces."""
    is_temporary: bool = False
    """The file goes once it was sent."""
    filename: str = ""
    cookies: Sequence[Cookie] = ()
    max_age: int = 0
    """Seconds for which a browser may keep it; 0: not at all."""


def go(path: str, *, cookies: Sequence[Cookie] = ()) -> Answer:
    """To another page of the console, with GET."""
    return Answer(redirect=f"{PATH}{path}", status=303, cookies=cookies)


@dataclass(frozen=True)
class Visit:
    """``query`` and ``form`` hold texts of at most `LONGEST_VALUE` characters, ``place`` the parts of the
    path. ``form_token`` is what this browser's forms must bring back."""

    database: HqDatabase
    blobs: BlobStore
    counts: Counts
    workshop: Workshop
    daily: Daily
    is_secure: bool
    now_ms: int
    address: str
    request_id: str
    language: str
    form_token: str
    path: str
    backups: BackupHealth | None = None
    session: Session | None = None
    token: str = ""
    known: Mapping[str, str] = field(default_factory=dict)
    """Cookies of accounts that this browser was signed in with (`devices`)."""
    place: Mapping[str, str] = field(default_factory=dict)
    query: Mapping[str, str] = field(default_factory=dict)
    form: Mapping[str, Sequence[str]] = field(default_factory=dict)
    origin: str = ""
    """Headquarters' address as a desk must be given it."""

    @property
    def account(self) -> Account:
        """Raises ``RuntimeError`` on a page that nobody has to be signed in for."""
        if self.session is None:
            raise RuntimeError("nobody is signed in here")
        return self.session.account

    @property
    def who(self) -> Who:
        name = self.session.account.name if self.session is not None else ""
        return Who(name, self.address, self.request_id)

    @property
    def here(self) -> str:
        """This page with what it was asked for, to come back to."""
        return f"{self.path}?{urlencode(self.query)}" if self.query else self.path

    def may(self, right: Right | str) -> bool:
        return self.session is not None and self.account.may(Right(right))

    def field(self, name: str) -> str:
        """What a form field brought, without blanks around it."""
        return (self.form.get(name) or ("",))[0].strip()

    def raw_field(self, name: str) -> str:
        return (self.form.get(name) or ("",))[0]

    def asked(self, name: str) -> str:
        return self.query.get(name, "").strip()

    def number(self, name: str, default: int, low: int, high: int) -> int:
        """A whole number of the query; anything else is the default, out of bounds the nearer bound."""
        typed = self.asked(name)
        if not (typed.isascii() and typed.isdigit() and len(typed) < 10):
            return default
        return min(max(int(typed), low), high)

    def site_id(self) -> str:
        """The site of the path; raises ``page-unknown`` for one that this account does not see."""
        site_id = self.place.get("site_id", "")
        if not self.account.sees(site_id):
            raise DomainError("page-unknown")
        return site_id
