"""Making and joining: the ways a profile comes to be, each leaving nothing behind when it fails.

The network is imported at need: the window starts without it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from desktop.desk import Desk, create_desk, open_desk
from desktop.paths import Profile
from models.database import remove_file
from models.errors import DomainError
from models.rules.rights import Right
from models.services import accounts, seeds
from models.services.blob_store import BlobStore
from models.work import SYSTEM, Actor
from sync.protocol import PROTOCOL

if TYPE_CHECKING:
    from sync.client.engine import Engine
    from sync.client.enrol import Enrolled

VERSION = f"0.1 ({PROTOCOL})"


@dataclass(frozen=True)
class NewSite:
    """A site of its own, and who may sign in first, with a password of his own choice."""

    site: str
    staff_no: str
    name: str
    password: str
    hotline: str | None = None


@dataclass(frozen=True)
class Joining:
    """One more desk of a site that headquarters knows."""

    url: str
    code: str
    ca_file: Path | None = None


def set_up_site(profile: Profile, wanted: NewSite) -> Desk:
    """Raises ``database-exists``, ``password-weak``, ``field-required``."""

    def begin(desk: Desk) -> None:
        desk.database.write(SYSTEM, seeds.seed_site, wanted.site, hotline=wanted.hotline)
        desk.database.write(
            SYSTEM,
            seeds.first_administrator,
            wanted.staff_no,
            wanted.name,
            wanted.password,
            is_own_password=True,
        )

    return _made(profile, begin)


def join(profile: Profile, wanted: Joining, *, is_whole: bool = True) -> Desk:
    """Enrol an empty desk and fetch the site (see `fill`); raises what enrolment and the first round raise.

    Once enrolled the file stays, for the code cannot be used again: `join` on it carries on where the first
    fill was cut.
    """
    if profile.database.exists():
        desk = open_desk(profile)
    else:
        desk = _made(profile, lambda desk: enrol_desk(desk, wanted, SYSTEM))
    try:
        if not is_unfilled(desk):
            raise DomainError("database-exists", path=str(profile.database))
        fill(desk, is_whole=is_whole)
    except BaseException:
        desk.close()
        raise
    return desk


def is_unfilled(desk: Desk) -> bool:
    """Whether this desk is enrolled and still lacks its site's data: nobody could sign in."""
    if desk.database.read(accounts.has_accounts):
        return False
    from sync.client import enrol as enrolment

    return desk.database.read(enrolment.known_link) is not None


def fill(desk: Desk, *, is_whole: bool = True) -> None:
    """The first round of a new desk, after which somebody can sign in. Not ``is_whole``: a large site's fill
    is left as soon as its accounts are there, and goes on behind the window."""
    from sync.client import snapshot

    def is_enough() -> bool:
        return desk.database.read(snapshot.is_begun) and desk.database.read(accounts.has_accounts)

    engine_of(desk).run_once((lambda: False) if is_whole else is_enough)


def _made(profile: Profile, begin: Callable[[Desk], object]) -> Desk:
    desk = create_desk(profile)
    try:
        begin(desk)
    except BaseException:
        desk.close()
        remove_file(profile.database)
        raise
    return desk


def enrol_desk(desk: Desk, wanted: Joining, actor: Actor) -> Enrolled:
    """Enrol an open desk, with all it holds; raises ``right-missing`` and what `enrolment.enrol` raises."""
    from sync.client import enrol as enrolment
    from sync.client.transport import Address

    if not actor.may(Right.ENROL):
        raise DomainError("right-missing", right=Right.ENROL.value)
    address = Address.typed(wanted.url, wanted.ca_file)
    return enrolment.enrol(desk.database, desk.keys, address, wanted.code, version=VERSION)


def engine_of(desk: Desk) -> Engine:
    """The sync engine of an enrolled desk; raises ``not-enrolled``, ``token-lost``."""
    from sync.client import enrol as enrolment
    from sync.client.attachments import Attachments
    from sync.client.engine import Engine

    link = enrolment.connect(desk.database, desk.keys)
    attachments = Attachments(desk.database, BlobStore(desk.profile.attachments))
    return Engine(desk.database, link, attachments=attachments, version=VERSION, fetches_ahead=True)
