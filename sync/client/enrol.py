"""Becoming a desk of a site: a one-time code against a token, and the file made the site's own."""

from __future__ import annotations

import socket
from dataclasses import asdict, dataclass, replace
from pathlib import Path

from filelock import Timeout
from sqlalchemy.orm import Session

from models.database import Database
from models.entities.synced import synced_tables
from models.errors import DomainError
from sync.client import outbox, own_numbers
from sync.client.local import (
    ADOPTING,
    CHAIN,
    CURSOR,
    DIGEST,
    FORKED,
    LAST,
    LINK,
    ORPHANS,
    SINCE,
    SKIPPED,
    SNAPSHOT,
    TOTAL,
    UNCHECKED,
    WANTED,
    Plain,
    round_lock,
)
from sync.client.renumber import restamp_waiting
from sync.client.tokens import TokenStore
from sync.client.transport import Address, HttpLink, Timeouts, check_address
from sync.protocol import PROTOCOL, SCHEMA, EnrolReply, EnrolRequest

WAIT_S = 10.0
"""How long an enrolment waits for the end of a round."""


@dataclass(frozen=True)
class Enrolled:
    """What the desk has become; ``queued`` rows of its own now wait to go up."""

    site_id: str
    site_name: str
    letter: str
    desk_no: int
    queued: int


def enrol(
    database: Database,
    tokens: TokenStore,
    address: Address,
    code: str,
    *,
    name: str | None = None,
    version: str = "",
    timeouts: Timeouts | None = None,
) -> Enrolled:
    """Enrol this desk at headquarters with a one-time code.

    A profile with data of its own brings it along; a desk that was restored, copied or revoked enrols the
    same way and comes back as a new one. Raises ``DomainError``: ``enrol-code-wrong``,
    ``enrol-code-used``, ``enrol-code-expired``, ``site-full``, ``enrol-other-site``,
    ``enrol-while-syncing`` (a round runs; the code is not used up) and those of `sync.client.transport`.
    """
    link = HttpLink(address, timeouts=timeouts)
    try:
        with round_lock(database).acquire(timeout=WAIT_S):  # a round would write its old place over the new
            reply = link.enrol(
                EnrolRequest(
                    protocol=PROTOCOL,
                    schema=SCHEMA,
                    code=code,
                    nonce=database.identity.nonce,
                    name=name or socket.gethostname(),
                    version=version,
                    number=database.identity.desk_no,
                )
            )
            return take_place(database, tokens, address, reply)
    except Timeout as error:
        raise DomainError("enrol-while-syncing") from error
    finally:
        link.close()


def take_place(database: Database, tokens: TokenStore, address: Address, reply: EnrolReply) -> Enrolled:
    """Make the file that of the desk headquarters has made: everything at once, and the token last.

    Cut short before the token is kept it is a desk without one, or with that of a desk it was, and must enrol
    again, the same code will do. The other way round a restored file would go on under its old number.
    """
    known = database.read(known_link)
    if known is not None and known.site_id != reply.site_id:
        raise DomainError("enrol-other-site", known=known.site_name, site=reply.site_name)
    identity = replace(
        database.identity, site_id=reply.site_id, desk_no=reply.desk_no, desk_letter=reply.letter
    )
    with database.pulling("sync.enrol") as work:
        plain = Plain(work.session)
        _move_to_site(plain, work.site_id, reply.site_id)
        for key in (CHAIN, CURSOR, SINCE, WANTED, ORPHANS, SKIPPED, UNCHECKED, LAST, TOTAL, FORKED):
            plain.forget(key)
        plain.run("DELETE FROM local_state WHERE key GLOB ?", (f"{DIGEST}*",))
        if reply.desk_no != work.identity.desk_no and restamp_waiting(plain, database.stamps, reply.desk_no):
            work.context.next_stamp()  # kept with the file: none of these is given again
        own_numbers.remember(plain)
        queued = outbox.queue_everything(plain)
        if known is None:
            plain.keep(ADOPTING, True)
        plain.keep(SNAPSHOT, {})
        plain.keep(LINK, _packed(address, reply))
        plain.keep("identity", asdict(identity))
    database.become(identity)
    tokens.save(reply.token)
    return Enrolled(reply.site_id, reply.site_name, reply.letter, reply.desk_no, queued)


def _move_to_site(plain: Plain, old: str, new: str) -> None:
    if old == new:
        return
    plain.run("UPDATE site SET id = ? WHERE id = ?", (new, old))
    for table in synced_tables():
        plain.run(f"UPDATE {table.name} SET site_id = ? WHERE site_id <> ?", (new, new))  # noqa: S608


@dataclass(frozen=True)
class KnownLink:
    """Where this desk's headquarters is, as enrolment left it."""

    address: Address
    site_id: str
    site_name: str
    epoch: str


def known_link(session: Session) -> KnownLink | None:
    """A query; None when the desk was never enrolled."""
    stored = Plain(session).fact(LINK)
    if not stored:
        return None
    ca_file = Path(stored["ca_file"]) if stored.get("ca_file") else None
    address = Address(stored["url"], ca_file, stored.get("pin"))
    return KnownLink(address, stored["site_id"], stored["site_name"], stored["epoch"])


def move_headquarters(database: Database, url: str) -> None:
    """The same headquarters answers elsewhere now: only the address changes, the desk and its token stay.

    Raises ``DomainError("not-enrolled")`` and those of `Address.typed`.
    """
    with database.pulling("sync.moved") as work:
        plain = Plain(work.session)
        stored = plain.fact(LINK)
        if not stored:
            raise DomainError("not-enrolled")
        moved = Address.typed(url)
        named = {"url": moved.url} if moved.pin is None else {"url": moved.url, "pin": moved.pin}
        plain.keep(LINK, stored | named)


def _packed(address: Address, reply: EnrolReply) -> dict[str, str | None]:
    return {
        "url": check_address(address.url),
        "ca_file": str(address.ca_file) if address.ca_file else None,
        "pin": address.pin,
        "site_id": reply.site_id,
        "site_name": reply.site_name,
        "epoch": reply.epoch,
    }


def connect(database: Database, tokens: TokenStore, timeouts: Timeouts | None = None) -> HttpLink:
    """The link of an enrolled desk; raises ``DomainError``: ``not-enrolled``, ``token-lost``."""
    known = database.read(known_link)
    if known is None or database.identity.desk_no == 0:
        raise DomainError("not-enrolled")
    return HttpLink(known.address, timeouts=timeouts, tokens=tokens, site_id=known.site_id)
