"""Making and joining: the ways a profile comes to be, each leaving nothing behind when it fails.

The network is imported at need: the window starts without it.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from desktop.desk import Desk, create_desk, open_desk
from desktop.key_store import KeyStore
from desktop.paths import Profile
from models.database import remove_file
from models.errors import DomainError
from models.queries import sync_state
from models.rules.rights import Right
from models.services import accounts, seeds, site
from models.services.blob_store import BlobStore
from models.work import SYSTEM, Actor
from sync.status import ENROL_ANEW

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from sync.client.engine import Engine
    from sync.client.enrol import Enrolled


_TRIED_AGAIN = frozenset(
    {
        "hq-unreachable",
        "hq-timeout",
        "hq-silent",
        "hq-cut",
        "hq-error",
        "hq-busy",
        "hq-disk-full",
        "hq-read-only",
        "hq-database-down",
    }
)
"""Faults whose sentences promise another try; ``enrol-…`` of each asks for one."""


@dataclass(frozen=True)
class NewSite:
    """A site of its own, and who may sign in first, with a password of his own choice."""

    site: str
    staff_no: str
    name: str
    password: str
    hotline: str | None = None


@dataclass(frozen=True)
class FirstPerson:
    """The first administrator of a site that headquarters knows by name only; the password is his own."""

    staff_no: str
    name: str
    password: str


@dataclass(frozen=True)
class Entrance:
    """Who can come in: a file without people is to be enrolled, or its site waits for its first person."""

    site: str
    has_people: bool
    is_enrolled: bool


@dataclass(frozen=True)
class Joining:
    """One more desk of a site that headquarters knows."""

    url: str
    code: str
    ca_file: Path | None = None


def entrance(session: Session) -> Entrance:
    """A query."""
    facts, link = site.facts(session), sync_state.link(session)
    name = facts.name if facts is not None else link.site_name
    return Entrance(name, accounts.has_accounts(session), bool(link.address))


def set_up_site(profile: Profile, wanted: NewSite) -> Desk:
    """A new file, or the empty one that waits; raises ``database-exists``, ``password-weak``,
    ``field-required``."""

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
    fill was cut, and enrols anew only where headquarters knows the desk no more.
    """
    if profile.database.exists():
        desk = open_desk(profile)
    else:
        desk = _made(profile, lambda desk: enrol_desk(desk, wanted, SYSTEM))
    try:
        there = desk.database.read(entrance)
        if there.has_people:
            raise DomainError("database-exists", path=str(profile.database))
        if not there.is_enrolled:
            enrol_desk(desk, wanted, SYSTEM)
        try:
            fill(desk, is_whole=is_whole)
        except DomainError as error:
            if error.code not in ENROL_ANEW:
                raise
            enrol_desk(desk, wanted, SYSTEM)
            fill(desk, is_whole=is_whole)
    except BaseException:
        desk.close()
        raise
    return desk


def add_first_person(desk: Desk, person: FirstPerson) -> None:
    """The first administrator of the site this desk is enrolled at, once `fill` found that nobody is there.

    Raises ``already-set-up``, ``password-weak``, ``field-required``.
    """
    name = desk.database.read(entrance).site
    desk.database.write(SYSTEM, seeds.first_people, name, person.staff_no, person.name, person.password)


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
    """A new file that *begin* has begun, or nothing; one that was made empty (``qiantai init``) is begun."""
    keys = KeyStore(profile.folder)
    is_new, had_key = not profile.database.exists(), keys.has_key()
    desk = create_desk(profile) if is_new else open_desk(profile)
    try:
        there = desk.database.read(entrance)
        if there.has_people or there.is_enrolled:
            raise DomainError("database-exists", path=str(profile.database))
        begin(desk)
    except BaseException:
        desk.close()
        if is_new:
            remove_file(profile.database)
            for left in (profile.sync_lock, profile.sync_log):
                with suppress(OSError):
                    left.unlink(missing_ok=True)
        if not had_key:
            keys.discard()
        raise
    return desk


def enrol_desk(desk: Desk, wanted: Joining, actor: Actor) -> Enrolled:
    """Enrol an open desk, with all it holds; raises ``right-missing`` and what `enrolment.enrol` raises."""
    from sync.client import enrol as enrolment
    from sync.client.transport import Address

    if not actor.may(Right.ENROL):
        raise DomainError("right-missing", right=Right.ENROL.value)
    address = Address.typed(wanted.url, wanted.ca_file)
    known = desk.database.read(enrolment.known_link)
    if known is not None and address == Address(known.address.url):
        address = known.address  # with the certificate that it was known by
    try:
        return enrolment.enrol(desk.database, desk.keys, address, wanted.code, version=version())
    except DomainError as error:
        if error.code in _TRIED_AGAIN:  # a round is, an enrolment is not
            raise DomainError(f"enrol-{error.code}", **error.values) from error
        raise


def engine_of(desk: Desk) -> Engine:
    """The sync engine of an enrolled desk; raises ``not-enrolled``, ``token-lost``."""
    from sync.client import enrol as enrolment
    from sync.client.attachments import Attachments
    from sync.client.engine import Engine

    link = enrolment.connect(desk.database, desk.keys)
    attachments = Attachments(desk.database, BlobStore(desk.profile.attachments))
    return Engine(desk.database, link, attachments=attachments, version=version(), fetches_ahead=True)


def version() -> str:
    """This program's, as headquarters lists it beside the desk."""
    from importlib import metadata

    from sync.protocol import PROTOCOL

    try:
        return f"{metadata.version('qiantai')} ({PROTOCOL})"
    except metadata.PackageNotFoundError:
        return f"({PROTOCOL})"
