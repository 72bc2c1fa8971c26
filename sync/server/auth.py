"""Who asks: desks by token, of which only the hash is kept, and the one-time codes that make desks."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from hashlib import sha256

from sqlalchemy import Connection, bindparam, func, insert, select, update

from models.entities.synced import new_id
from models.errors import DomainError
from sync.clock import LAST_DESK
from sync.protocol import EnrolReply, EnrolRequest
from sync.server.database import HqDatabase
from sync.server.rows import is_id
from sync.server.tables import hq_code, hq_desk, hq_site, hq_state

_ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
"""Crockford's: no I, L, O, U, so that a code can be read out."""
_CODE_LENGTH = 12
CODE_DAYS = 7
DAY_MS = 86_400_000
LONGEST_NAME = 80
"""Characters of a site's name."""
DEFAULT_QUOTA = 20 * 1024**3
"""Bytes of attachments a site may keep."""
DESK_GAP = 8
"""Desk numbers, and so letters of ticket numbers, that a restored site passes over: those that were given
after the backup, or after an earlier restore of it, must not be given again."""
BELIEVED = 100
"""How far above the numbers known to a restored site the number may lie that a file says it had."""
_LETTERS = "ABCDEFGHJKLMNPQRSTUVWXYZ"


@dataclass(frozen=True)
class Desk:
    """The desk a token stands for. What it may see is ``site_id``'s and nothing else, whatever it says."""

    site_id: str
    number: int
    letter: str
    push: int
    push_hash: str
    push_try: int
    push_reply: bytes | None
    push_epoch: str
    """Of the headquarters that took its last batch; empty for one of before 0.2.0."""
    seen_at: int
    site_seq: int
    """The site's newest number when the desk asked."""
    site_digest: int = 0
    """The digest over all its rows at that moment."""
    site_highest: int = 0
    """The highest stamp there."""
    token_at: int = 0
    """When the token was given."""
    is_rotation_asked: bool = False
    is_token_new: bool = False
    """It came with a token that takes the place of the one before (`sync.server.tokens`)."""


def hash_of(secret: str) -> str:
    """A secret of 160 random bits needs no slow hash."""
    return sha256(secret.encode()).hexdigest()


def small(number: int) -> int:
    """What a desk says of itself, as an INTEGER column can hold it."""
    return min(max(number, 0), (1 << 31) - 1)


def said(text: str, length: int) -> str:
    """What a desk says of itself, as any database can hold it."""
    return text.replace("\x00", "")[:length]


def clean_code(typed: str) -> str:
    """A code as people type it: any case, spaces or dashes, O for 0, I or L for 1."""
    plain = "".join(sign for sign in typed.upper() if sign.isalnum())
    return plain.translate(str.maketrans("OIL", "011"))


def new_token(site_id: str) -> str:
    """It says whose it is, so that it is looked up in its own site; only its hash is kept."""
    return f"{site_id}.{secrets.token_urlsafe(24)}"


def site_of_token(database: HqDatabase, token: str) -> str:
    """The site whose desk this says it is; tokens of 0.1.0, which do not say it, are in the directory.

    Raises ``DomainError("token-unknown")``.
    """
    site_id: str | None
    site_id, dot, _ = token.partition(".")
    if not dot:
        site_id = database.site_of_key(hash_of(token))
    if site_id is None or not is_id(site_id):
        raise DomainError("token-unknown")
    return site_id


_DESK = (
    select(
        hq_desk.c.site_id,
        hq_desk.c.number,
        hq_desk.c.letter,
        hq_desk.c.push,
        hq_desk.c.push_hash,
        hq_desk.c.push_try,
        hq_desk.c.push_reply,
        hq_desk.c.push_epoch,
        hq_desk.c.seen_at,
        hq_desk.c.revoked_at,
        hq_site.c.seq,
        hq_site.c.digest,
        hq_site.c.highest,
        func.coalesce(hq_desk.c.token_at, hq_desk.c.enrolled_at),
        hq_desk.c.rotate_asked,
        hq_desk.c.token_hash,
    )
    .join(hq_site, hq_site.c.site_id == hq_desk.c.site_id)
    .where(
        hq_desk.c.site_id == bindparam("b_site"),
        (hq_desk.c.token_hash == bindparam("b_hash")) | (hq_desk.c.next_token_hash == bindparam("b_hash")),
    )
)
"""Put together once: every round asks it, and putting it together took longer than its answer."""


def desk_of_token(connection: Connection, site_id: str, token: str) -> Desk:
    """Raises ``DomainError``: ``token-unknown``, ``desk-revoked``."""
    token_hash = hash_of(token)
    row = connection.execute(_DESK, {"b_site": site_id, "b_hash": token_hash}).one_or_none()
    if row is None:
        raise DomainError("token-unknown")
    if row[9] is not None:
        raise DomainError("desk-revoked", desk=row[2])
    seq, digest, highest, token_at, is_asked, known = row[10:]
    unsigned = digest & ((1 << 64) - 1)
    return Desk(*row[:8], row[8] or 0, seq, unsigned, highest, token_at, bool(is_asked), known != token_hash)


def letter_of(number: int) -> str:
    """Desk 1 is A, 24 is Z, 25 is AA: never reused, and without I and O."""
    text = ""
    while number > 0:
        number, place = divmod(number - 1, len(_LETTERS))
        text = _LETTERS[place] + text
    return text


def add_site(connection: Connection, name: str, now_ms: int) -> str:
    """A new site; gives its id. Raises ``site-exists`` and ``site-name-missing``."""
    name = _free_name(connection, name)
    site_id = new_id()
    values = {"site_id": site_id, "name": name, "created_at": now_ms, "blob_quota": DEFAULT_QUOTA}
    connection.execute(insert(hq_site), [{**values, "seq": 0, "digest": 0}])
    return site_id


@dataclass(frozen=True)
class Renamed:
    """A site's name before and now."""

    before: str
    now: str


def rename_site(connection: Connection, site_id: str, name: str) -> Renamed:
    """The site stays the same; its desks show the name they were enrolled under.

    Raises ``site-exists``, ``site-name-missing``, ``site-unknown``.
    """
    name = _free_name(connection, name, site_id)
    this = hq_site.c.site_id == site_id
    before = connection.execute(select(hq_site.c.name).where(this)).scalar_one_or_none()
    if before is None:
        raise DomainError("site-unknown", site=site_id)
    connection.execute(update(hq_site).where(this).values(name=name))
    return Renamed(before, name)


def _free_name(connection: Connection, name: str, site_id: str = "") -> str:
    """The name as it is kept, which no site but this one has. Whoever gives a name holds a lock until the
    end of the transaction, so that no two sites get the same one at once."""
    name = name.strip()[:LONGEST_NAME]
    if not name:
        raise DomainError("site-name-missing")
    connection.execute(select(hq_state.c.value).where(hq_state.c.key == "epoch").with_for_update())
    other = select(hq_site.c.site_id).where(hq_site.c.name == name, hq_site.c.site_id != site_id)
    if connection.execute(other).first() is not None:
        raise DomainError("site-exists", name=name)
    return name


def site_id_of(connection: Connection, site: str) -> str:
    """A site by its id or name; raises ``site-unknown``."""
    for column in (hq_site.c.site_id, hq_site.c.name):
        found = connection.execute(select(hq_site.c.site_id).where(column == site.strip())).scalars().first()
        if found is not None:
            return str(found)
    raise DomainError("site-unknown", site=site)


def issue_code(database: HqDatabase, site_id: str, now_ms: int) -> str:
    """A one-time code for one desk of the site, good for `CODE_DAYS`; only its hash is kept."""
    code = "".join(secrets.choice(_ALPHABET) for _ in range(_CODE_LENGTH))
    values = {
        "code_hash": hash_of(code),
        "site_id": site_id,
        "created_at": now_ms,
        "expires_at": now_ms + CODE_DAYS * DAY_MS,
    }
    database.enter_key(hash_of(code), site_id)  # first: an entry without its code leads nowhere
    with database.writing(site_id) as connection:
        connection.execute(insert(hq_code), [values])
    return "-".join(code[at : at + 4] for at in range(0, _CODE_LENGTH, 4))


def revoke(connection: Connection, site_id: str, letter: str, now_ms: int) -> None:
    """At once: the next request of the desk is refused. Raises ``desk-unknown``."""
    done = connection.execute(
        update(hq_desk)
        .where(hq_desk.c.site_id == site_id, hq_desk.c.letter == letter, hq_desk.c.revoked_at.is_(None))
        .values(revoked_at=now_ms)
        .returning(hq_desk.c.number)
    ).all()
    if not done:
        raise DomainError("desk-unknown", desk=letter)


def enrol(database: HqDatabase, request: EnrolRequest, now_ms: int) -> EnrolReply:
    """Make a desk of a code, once. The same installation may ask again when the answer got lost: it gets
    the same desk and a new token, as long as that desk has not spoken yet.

    Raises ``DomainError``: ``enrol-code-wrong``, ``enrol-code-used``, ``enrol-code-expired``,
    ``site-full``.
    """
    code_hash = hash_of(clean_code(request.code))
    site_id = database.site_of_key(code_hash)
    if site_id is None:
        raise DomainError("enrol-code-wrong")
    token = new_token(site_id)

    def job(connection: Connection) -> tuple[int, str]:
        return _enrol(connection, site_id, code_hash, request, token_hash=hash_of(token), now_ms=now_ms)

    number, site_name = database.write(site_id, job)
    return EnrolReply(token, number, letter_of(number), site_id, site_name, database.epoch, now_ms)


@dataclass(frozen=True)
class LockedSite:
    """A site as it stands under its lock; ``digest`` as it is stored, signed."""

    site_id: str
    seq: int
    digest: int
    name: str
    desk_floor: int
    highest: int = 0
    """The highest stamp that was ever taken for it."""


_SITE = (
    select(hq_site.c.seq, hq_site.c.digest, hq_site.c.name, hq_site.c.desk_floor, hq_site.c.highest)
    .where(hq_site.c.site_id == bindparam("b_site"))
    .with_for_update()
)


def lock_site(connection: Connection, site_id: str) -> LockedSite:
    """Until the end of the transaction nobody else changes the site: the lock that puts its writers in
    order. It is taken before any other row of the site."""
    row = connection.execute(_SITE, {"b_site": site_id}).one()
    return LockedSite(site_id, *row)


def _enrol(
    connection: Connection,
    site_id: str,
    code_hash: str,
    request: EnrolRequest,
    *,
    token_hash: str,
    now_ms: int,
) -> tuple[int, str]:
    """Of two that come with one code at once, the second finds it used."""
    site = lock_site(connection, site_id)
    this_code = (hq_code.c.site_id == site_id) & (hq_code.c.code_hash == code_hash)
    row = connection.execute(
        select(hq_code.c.expires_at, hq_code.c.used_at, hq_code.c.desk_no).where(this_code)
    ).one_or_none()
    if row is None:
        raise DomainError("enrol-code-wrong")
    expires_at, used_at, desk_no = row
    if used_at is not None:
        return _same_installation(connection, site_id, desk_no, request.nonce, token_hash), site.name
    if now_ms > expires_at:
        raise DomainError("enrol-code-expired")
    number = _new_desk(connection, site, request, token_hash, now_ms)
    connection.execute(update(hq_code).where(this_code).values(used_at=now_ms, desk_no=number))
    return number, site.name


def _same_installation(
    connection: Connection, site_id: str, desk_no: int, nonce: str, token_hash: str
) -> int:
    done = connection.execute(
        update(hq_desk)
        .where(
            hq_desk.c.site_id == site_id,
            hq_desk.c.number == desk_no,
            hq_desk.c.nonce == said(nonce, 64),
            hq_desk.c.seen_at.is_(None),
            hq_desk.c.revoked_at.is_(None),
        )
        .values(token_hash=token_hash, next_token_hash=None)
        .returning(hq_desk.c.number)
    ).one_or_none()
    if done is None:
        raise DomainError("enrol-code-used")
    return int(done[0])


def _new_desk(
    connection: Connection, site: LockedSite, request: EnrolRequest, token_hash: str, now_ms: int
) -> int:
    used = select(func.max(hq_desk.c.number)).where(hq_desk.c.site_id == site.site_id)
    highest: int | None = connection.execute(used).scalar()
    known = max(highest or 0, site.desk_floor)
    if site.desk_floor and known < request.number <= known + BELIEVED:
        known = request.number + DESK_GAP
    number = known + 1
    if number > LAST_DESK:
        raise DomainError("site-full", limit=LAST_DESK)
    connection.execute(
        insert(hq_desk),
        [
            {
                "site_id": site.site_id,
                "number": number,
                "letter": letter_of(number),
                "name": said(request.name, 100),
                "nonce": said(request.nonce, 64),
                "token_hash": token_hash,
                "enrolled_at": now_ms,
                "schema": small(request.schema),
                "version": said(request.version, 40),
                "cursor": 0,
                "push": 0,
                "push_hash": "",
                "push_try": 0,
            }
        ],
    )
    return number
