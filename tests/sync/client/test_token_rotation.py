"""A token renewed over real HTTP: whatever is cut or killed on the way, the desk is never locked out."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select, update

from models.entities.synced import new_id
from models.errors import DomainError
from sync.client.engine import Engine
from sync.client.enrol import connect, known_link
from sync.client.tokens import Held, hash_of
from sync.client.transport import HttpLink
from sync.protocol import TokenOffer, TokenState
from sync.server import auth
from sync.server import tokens as server_tokens
from sync.server.database import HqDatabase
from sync.server.tables import hq_desk
from tests.sync.parts import HqProcess, MemoryTokens, TestDesk


class Crash(BaseException):
    """The program ends here."""


@dataclass
class Kept(MemoryTokens):
    """A key store that remembers what it was given, and can fail."""

    saved: list[str] = field(default_factory=list)
    fails_at: int = 0

    def save(self, token: str) -> None:
        self.saved.append(token)
        if len(self.saved) == self.fails_at:
            raise DomainError("key-not-kept")
        super().save(token)


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def house(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[HqProcess]:
    """One headquarters for all tests here; each has a site of its own."""
    url = request.getfixturevalue("postgres").database() if request.param == "postgresql" else ""
    process = HqProcess(tmp_path_factory.mktemp("hq"), database_url=url)
    process.start()
    yield process
    process.stop()


@pytest.fixture
def desk(house: HqProcess, tmp_path: Path) -> Iterator[TestDesk]:
    made = house.desk(house.add_site(new_id()), tmp_path / "desk.db")
    made.sync()
    yield made
    made.link.close()
    made.database.close()


def again(desk: TestDesk, tokens: MemoryTokens | None = None) -> HttpLink:
    """The program started anew: only the key store and the file are left."""
    desk.link.close()
    desk.tokens = tokens or MemoryTokens(desk.tokens.token)
    desk.link = connect(desk.database, desk.tokens)
    desk.engine = Engine(desk.database, desk.link)
    link: HttpLink = desk.link
    return link


def works(desk: TestDesk, token: str) -> bool:
    """Whether headquarters takes this token, asked without the desk's other one."""
    known = desk.database.read(known_link)
    assert known is not None
    link = HttpLink(known.address, token)
    try:
        link.blobs_wanted("")
    except DomainError as error:
        assert error.code == "token-unknown"
        return False
    finally:
        link.close()
    return True


def ask(hq: HqProcess, desk: TestDesk) -> None:
    """As ``qiantai-hq desk rotate`` does, without a process of its own."""
    site_id = desk.database.identity.site_id
    with closing(HqDatabase(hq.database)) as database, database.writing(site_id) as connection:
        server_tokens.ask(connection, site_id, "A")


def row(desk: TestDesk) -> Any:
    return (hq_desk.c.site_id == desk.database.identity.site_id) & (hq_desk.c.number == 1)


def test_a_desk_that_is_asked_to_renews_its_token_and_the_old_one_dies(
    house: HqProcess, desk: TestDesk
) -> None:
    old = desk.tokens.token or ""
    ask(house, desk)
    assert desk.sync().is_equal
    held = Held.read(desk.tokens)
    assert held.token != old
    assert (held.last, held.following) == (old, "")
    assert works(desk, held.token)
    assert not works(desk, old), "a stolen one is worth nothing now"
    desk.add_building("3")
    assert desk.sync().pushed
    again(desk)
    assert desk.sync().is_equal
    assert Held.read(desk.tokens) == held, "once asked is once renewed"


def test_an_old_token_is_renewed_by_itself(house: HqProcess, desk: TestDesk) -> None:
    old = desk.tokens.token
    desk.sync()
    assert desk.tokens.token == old
    database = HqDatabase(house.database)
    with database.administering() as connection:
        long_ago = hq_desk.c.enrolled_at - 91 * server_tokens.DAY_MS
        connection.execute(update(hq_desk).where(row(desk)).values(enrolled_at=long_ago, token_at=None))
    desk.sync()
    renewed = desk.tokens.token
    assert renewed != old
    desk.sync()
    assert desk.tokens.token == renewed
    with database.surveying() as connection:
        chosen = select(hq_desk.c.token_hash, hq_desk.c.next_token_hash, hq_desk.c.token_at)
        kept = connection.execute(chosen.where(row(desk))).one()
    assert kept[:2] == (hash_of((renewed or "").split()[0]), None)
    assert kept[2] is not None
    database.close()


STEPS = ("before the store", "before the offer", "after the offer", "after the first use", "before the last")


def cut(link: HttpLink, tokens: Kept, step: str, fault: BaseException) -> None:
    """Let the renewal end at ``step``."""
    if step in {"before the store", "before the last"}:
        wanted, real = 1 if step == "before the store" else 2, tokens.save

        def save(token: str) -> None:
            if len(tokens.saved) + 1 == wanted:
                raise fault
            real(token)

        tokens.save = save  # type: ignore[method-assign]
        return
    ask, calls = link._post, []

    def post(path: str, message: Any, kind: Any) -> Any:
        if path != "/v1/token":
            return ask(path, message, kind)
        calls.append(path)
        if step == "before the offer":
            raise fault
        answer = ask(path, message, kind)
        if (step, len(calls)) in {("after the offer", 1), ("after the first use", 2)}:
            raise fault
        return answer

    link._post = post  # type: ignore[method-assign]


@pytest.mark.parametrize("fault", [Crash(), DomainError("hq-timeout")], ids=["killed", "answer lost"])
@pytest.mark.parametrize("step", STEPS)
def test_a_renewal_cut_anywhere_locks_nobody_out(
    house: HqProcess, desk: TestDesk, step: str, fault: BaseException
) -> None:
    tokens = Kept(desk.tokens.token)
    link = again(desk, tokens)
    old = tokens.token or ""
    ask(house, desk)
    cut(link, tokens, step, fault)
    if isinstance(fault, Crash):
        with pytest.raises(Crash):
            desk.sync()
    else:
        desk.sync()  # a renewal that fails fails no round
    assert all(not Held.read(MemoryTokens(one)).following or one.split()[0] == old for one in tokens.saved)
    again(desk)
    assert desk.sync().is_equal
    assert desk.sync().is_equal
    held = Held.read(desk.tokens)
    assert held.token != old, "made good at the next round"
    assert held.following == ""
    assert works(desk, held.token)
    assert not works(desk, old)


def test_a_delayed_offer_of_an_earlier_try_changes_nothing(house: HqProcess, desk: TestDesk) -> None:
    """The desk offers the same secret until it is in use, so nothing it sent before can displace it."""
    ask(house, desk)
    link: HttpLink = desk.link
    held = Held.read(desk.tokens).renewing(desk.database.identity.site_id)
    held.keep(desk.tokens)
    offer = TokenOffer(hash_of(held.following))
    assert not link._post("/v1/token", offer, TokenState).is_used
    assert not link._post("/v1/token", offer, TokenState).is_used
    again(desk)
    desk.sync()
    assert Held.read(desk.tokens).token == held.following
    assert desk.link._post("/v1/token", offer, TokenState).is_used, "late, with the new token"
    assert desk.sync().is_equal


def test_a_headquarters_from_before_the_renewal_knows_the_last_token(
    house: HqProcess, desk: TestDesk
) -> None:
    old = desk.tokens.token or ""
    ask(house, desk)
    desk.sync()
    database = HqDatabase(house.database)
    with database.administering() as connection:
        back = {"token_hash": hash_of(old), "next_token_hash": None}
        connection.execute(update(hq_desk).where(row(desk)).values(back))
    database.close()
    assert desk.sync().is_equal
    assert Held.read(desk.tokens).token == old
    again(desk)
    assert desk.sync().is_equal


def test_of_two_links_the_slower_takes_the_token_that_the_other_has_made(
    house: HqProcess, desk: TestDesk
) -> None:
    """The command beside the window, a picture that is fetched while a round renews the token: what the other
    one keeps is neither passed over nor written over with what is good no more."""
    for _ in range(2):  # the second time there is a last token, too
        slower = connect(desk.database, desk.tokens)
        ask(house, desk)
        assert desk.sync().is_equal
        renewed = Held.read(desk.tokens)
        slower.blobs_wanted("")
        assert Held.read(desk.tokens) == renewed
        slower.close()
        again(desk)
        assert desk.sync().is_equal


@pytest.mark.parametrize("wrong", ["", "x" * 64, "A" * 64, "0" * 63])
def test_an_offer_that_is_no_hash_is_refused(desk: TestDesk, wrong: str) -> None:
    with pytest.raises(DomainError) as caught:
        desk.link._post("/v1/token", TokenOffer(wrong), TokenState)
    assert caught.value.code == "token-invalid"


def test_a_desk_cannot_take_the_token_of_another(house: HqProcess, desk: TestDesk, tmp_path: Path) -> None:
    other = house.desk(desk.database.identity.site_id, tmp_path / "other.db")
    with pytest.raises(DomainError) as caught:
        desk.link._post("/v1/token", TokenOffer(hash_of(other.tokens.token or "")), TokenState)
    assert caught.value.code == "token-invalid"
    assert other.sync().is_equal
    other.link.close()
    other.database.close()


def test_a_revoked_desk_renews_nothing(house: HqProcess, desk: TestDesk) -> None:
    ask(house, desk)
    site_id = desk.database.identity.site_id
    with closing(HqDatabase(house.database)) as database, database.writing(site_id) as connection:
        auth.revoke(connection, site_id, "A", 1)
    for _ in range(2):
        with pytest.raises(DomainError) as caught:
            desk.sync()
        assert caught.value.code == "desk-revoked"
    with pytest.raises(DomainError):
        ask(house, desk)


def test_what_is_kept_is_read_back() -> None:
    for held in (Held("a"), Held("-a-"), Held("a", following="-b"), Held("a", last="+b")):
        store = MemoryTokens()
        held.keep(store)
        assert Held.read(store) == held
    with pytest.raises(DomainError):
        Held.read(MemoryTokens())
    assert Held("a").renewing("s").following.startswith("s.")
