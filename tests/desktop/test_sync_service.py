"""What the light says while a real headquarters comes and goes, and while something else stands there."""

from __future__ import annotations

import shutil
import socket
import threading
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot

from desktop.desk import Desk, open_desk
from desktop.opening import Joining, engine_of, enrol_desk
from desktop.paths import open_profile
from desktop.sync_service import SyncService
from models.errors import DomainError
from models.queries import sync_state
from models.services import intake
from models.services.intake import Request
from models.work import SYSTEM, Work
from resources import translations
from sync.client.engine import Engine
from sync.client.local import LINK
from sync.client.report import RoundReport
from sync.status import SyncState, SyncStatus
from tests.desktop.false_headquarters import ERROR_500, HTML, answer, nobody, sends, standing_in, waits
from tests.desktop.service_beside import QUICK_S, Beside, Rounds
from tests.sync.parts import HqProcess
from views.formats import Formats
from views.sync_light import reason_of, sync_light
from views.widgets.sync_badge import Light


@pytest.fixture
def hq(tmp_path: Path) -> Iterator[HqProcess]:
    folder = tmp_path / "hq"
    folder.mkdir()
    process = HqProcess(folder)
    process.start()
    process.command("site", "add", "春江花园")
    yield process
    process.stop()


@pytest.fixture
def desk(profile: Path) -> Iterator[Desk]:
    opened = open_desk(open_profile(profile))
    yield opened
    opened.close()


def point_at(desk: Desk, url: str) -> None:
    def move(work: Work) -> None:
        work.set_local(LINK, {**work.local(LINK, {}), "url": url})

    desk.database.write(SYSTEM, move)


def words(status: SyncStatus) -> str:
    return reason_of(status)


def test_headquarters_comes_goes_and_comes_back(
    hq: HqProcess, desk: Desk, beside: Callable[..., Beside], tmp_path: Path
) -> None:
    code = hq.command("desk", "code", "春江花园").stdout.strip()
    enrol_desk(desk, Joining(hq.url, code), SYSTEM)
    side = beside(desk)
    first = side.wait_for(SyncState.SYNCED)
    assert first.pending == 0
    assert first.last_at is not None
    assert any(status.state is SyncState.SYNCING and status.pending for status in side.said)

    hq.stop(is_killed=True)
    gone = side.wait_for(SyncState.UNREACHABLE)
    assert words(gone).startswith("连不上总部")
    assert gone.last_at is not None, "when it was last in step stays known"
    side.take("总部不在时登记的")
    side.qtbot.waitUntil(lambda: side.service.status.pending > 0, timeout=20_000)
    assert side.wait_for(SyncState.UNREACHABLE).pending > 0

    hq.start()
    side.service.trigger()
    back = side.wait_for(SyncState.SYNCED)
    assert (back.pending, back.reason) == (0, None)
    assert back.last_at is not None
    assert back.last_at > gone.last_at

    shutil.copytree(desk.profile.folder, tmp_path / "copy")
    other = open_desk(open_profile(tmp_path / "copy"))
    try:
        once = hq.command("desk", "code", "春江花园").stdout.strip()
        enrol_desk(other, Joining(hq.url, once), SYSTEM)
        other.database.write(SYSTEM, intake.create, Request(matter="另一前台登记的", place="北门"))
        engine_of(other).run_once()
    finally:
        other.close()
    side.changed.clear()
    side.service.trigger()
    side.qtbot.waitUntil(lambda: any("ticket" in changes for changes in side.changed), timeout=20_000)
    assert side.crashes == []


class FirstFill:
    """An engine that downloads a site."""

    def run_once(
        self, _stop: Callable[[], bool], *, is_agreed: bool, progress: Callable[[int, int], None]
    ) -> RoundReport:
        for done, total in ((0, 0), (0, 20_000), (8_600, 20_000), (20_000, 20_000)):
            progress(done, total)
        return RoundReport(filled={"ticket"})

    def interrupt(self) -> None:
        """It never waits."""


def test_a_first_download_says_how_far_it_is(desk: Desk, beside: Callable[..., Beside]) -> None:
    side = beside(desk, FirstFill)
    side.qtbot.waitUntil(lambda: bool(side.changed), timeout=20_000)
    lights = [sync_light(status, Formats()) for status in side.said if status.progress is not None]
    words = list(dict.fromkeys(light.words() for light in lights))[:3]
    assert words == ["首次下载 0 %", "首次下载 43 %", "首次下载 100 %"]
    assert "可以照常工作" in lights[0].explanation()
    assert side.changed[0] == frozenset({"ticket"})
    assert "首次" not in sync_light(side.service.status, Formats()).words()
    with translations.speaking("en"):
        assert lights[2].words() == "First download 43 %"


def test_a_desk_of_its_own_says_so(desk: Desk, beside: Callable[..., Beside]) -> None:
    side = beside(desk, lambda: None)
    side.take("只在本机")
    side.service.trigger()
    side.qtbot.waitUntil(lambda: bool(side.said), timeout=20_000)
    assert side.service.status.state is SyncState.LOCAL
    assert sync_light(side.service.status, Formats()).light is Light.LOCAL


@pytest.mark.parametrize(
    ("content", "said"), [(HTML, "答复的不是总部"), (ERROR_500, "总部出错（500）")], ids=["HTML", "500"]
)
def test_something_else_in_its_place(
    enrolled: Desk, beside: Callable[..., Beside], content: bytes, said: str
) -> None:
    with standing_in(sends(content)) as url:
        point_at(enrolled, url)
        side = beside(enrolled)
        assert words(side.wait_for(SyncState.UNREACHABLE)).startswith(said)
        assert side.crashes == []
        side.service.stop()


def test_a_lost_token_stops_and_says_what_to_do(enrolled: Desk, beside: Callable[..., Beside]) -> None:
    enrolled.keys.forget()
    side = beside(enrolled)
    stopped = side.wait_for(SyncState.STOPPED)
    assert "凭证丢失" in words(stopped)
    assert side.crashes == []


def test_a_bug_is_reported_and_rounds_go_on(enrolled: Desk, beside: Callable[..., Beside]) -> None:
    calls: list[int] = []

    def broken() -> Engine | None:
        calls.append(1)
        if len(calls) == 1:
            raise RuntimeError("a bug")
        raise DomainError("hq-unreachable")

    side = beside(enrolled, broken)
    side.qtbot.waitUntil(lambda: len(calls) > 2, timeout=20_000)
    assert [type(error) for error in side.crashes] == [RuntimeError]
    assert any(status.reason == "sync-crashed" for status in side.said)


def test_a_count_that_fails_ends_nothing(enrolled: Desk, qtbot: QtBot) -> None:
    """The light's numbers are read from the file between the rounds, too: a disk that fails one read must
    not end synchronisation for the day."""
    fails = threading.Event()
    rounds: list[float] = []

    def round_() -> RoundReport:
        rounds.append(time.monotonic())
        return RoundReport()

    def count() -> sync_state.SyncCounts:
        if fails.is_set():
            raise DomainError("database-busy")
        return enrolled.database.read(sync_state.counts)

    crashes: list[BaseException] = []
    service = SyncService(
        lambda: Rounds(round_),  # type: ignore[arg-type, return-value]
        count,
        every_s=QUICK_S,
        clock=lambda: datetime.now(UTC),
        on_crash=crashes.append,
    )
    service.start()
    try:
        qtbot.waitUntil(lambda: service.status.state is SyncState.SYNCED, timeout=10_000)
        fails.set()
        qtbot.wait(int(QUICK_S * 4_000))
        fails.clear()
        done = len(rounds)
        service.trigger()
        qtbot.waitUntil(lambda: len(rounds) > done, timeout=10_000)
        qtbot.waitUntil(lambda: service.status.state is SyncState.SYNCED, timeout=10_000)
        assert crashes == []
    finally:
        service.stop()


def test_failures_wait_longer_and_a_wish_waits_no_time(enrolled: Desk, qtbot: QtBot) -> None:
    calls: list[int] = []

    def away() -> Engine | None:
        calls.append(1)
        raise DomainError("hq-unreachable")

    service = SyncService(
        away, lambda: enrolled.database.read(sync_state.counts), every_s=60.0, clock=lambda: datetime.now(UTC)
    )
    service.start()
    try:
        qtbot.waitUntil(lambda: len(calls) == 1, timeout=20_000)
        qtbot.wait(300)
        assert len(calls) == 1
        service.trigger()
        qtbot.waitUntil(lambda: len(calls) == 2, timeout=20_000)
        qtbot.wait(300)
        assert len(calls) == 2
    finally:
        service.stop()


def test_stopping_waits_for_nothing_that_hangs(enrolled: Desk, qtbot: QtBot) -> None:
    with nobody() as url:
        point_at(enrolled, url)
        service = SyncService(
            lambda: engine_of(enrolled),
            lambda: enrolled.database.read(sync_state.counts),
            every_s=60.0,
            clock=lambda: datetime.now(UTC),
        )
        service.start()
        qtbot.waitUntil(lambda: service.status.state is SyncState.UNREACHABLE, timeout=20_000)
        service.stop(5)
        assert not service._thread.is_alive()


def test_stopping_ends_a_round_that_waits_for_an_answer(enrolled: Desk, qtbot: QtBot) -> None:
    """Found in use: leaving the program took ten seconds when headquarters took a request and hung."""
    came = threading.Event()

    def hangs(connection: socket.socket) -> None:
        came.set()
        waits(connection)

    with standing_in(hangs) as url:
        point_at(enrolled, url)
        service = SyncService(
            lambda: engine_of(enrolled),
            lambda: enrolled.database.read(sync_state.counts),
            every_s=60.0,
            clock=lambda: datetime.now(UTC),
        )
        service.start()
        assert came.wait(20)
        began = time.monotonic()
        service.stop()
        assert time.monotonic() - began < 2
        assert not service._thread.is_alive()
        assert service.status.state is not SyncState.UNREACHABLE, "nothing went wrong"


BUSY = answer("503 Busy", "application/json", b'{"code":"hq-busy","values":{"seconds":40}}')


def test_a_busy_headquarters_is_left_alone_as_long_as_it_asks(enrolled: Desk, qtbot: QtBot) -> None:
    asked: list[float] = []

    def busy(connection: socket.socket) -> None:
        asked.append(time.monotonic())
        connection.sendall(BUSY)

    with standing_in(busy) as url:
        point_at(enrolled, url)
        service = SyncService(
            lambda: engine_of(enrolled),
            lambda: enrolled.database.read(sync_state.counts),
            every_s=QUICK_S,
            clock=lambda: datetime.now(UTC),
        )
        service.start()
        try:
            qtbot.waitUntil(lambda: service.status.reason == "hq-busy", timeout=20_000)
            assert service._schedule.pause_s() >= 40
            for _ in range(3):
                service._on_committed()
            qtbot.wait(800)
            assert len(asked) == 1, "neither its beat nor what is saved makes it come sooner"
            service.trigger()
            qtbot.waitUntil(lambda: len(asked) == 2, timeout=20_000)
        finally:
            service.stop()


def test_an_enrolment_beside_the_window_is_noticed(
    hq: HqProcess, desk: Desk, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    """By the command line, on the same file: first of a desk of its own, then of one that was revoked."""
    monkeypatch.setattr("desktop.sync_service.COUNTS_EVERY_S", 0.1)

    def make_engine() -> Engine | None:
        desk.database.catch_up()
        return engine_of(desk) if desk.database.identity.desk_no else None

    def enrol_beside() -> str:
        once = hq.command("desk", "code", "春江花园").stdout.strip()
        other = open_desk(desk.profile)
        try:
            return enrol_desk(other, Joining(hq.url, once), SYSTEM).letter
        finally:
            other.close()

    moved: list[bool] = []
    service = SyncService(
        make_engine,
        lambda: desk.database.read(sync_state.counts),
        every_s=60.0,
        clock=lambda: datetime.now(UTC),
        tie=lambda: desk.database.read(sync_state.tie),
    )
    service.tie_changed.connect(lambda: moved.append(True))
    service.start()
    try:
        qtbot.wait(500)
        assert service.status.state is SyncState.LOCAL
        assert enrol_beside() == "A"
        qtbot.waitUntil(lambda: service.status.state is SyncState.SYNCED, timeout=20_000)
        hq.command("desk", "revoke", "春江花园", "A")
        service.trigger()
        qtbot.waitUntil(lambda: service.status.state is SyncState.STOPPED, timeout=20_000)
        assert service.status.next_at is None, "what is stopped says no time"
        assert sync_light(service.status, Formats()).light is Light.STOPPED
        assert sync_light(service.status, Formats()).words().startswith("同步已停")
        assert enrol_beside() == "B"
        qtbot.waitUntil(lambda: service.status.state is SyncState.SYNCED, timeout=20_000)
        qtbot.waitUntil(lambda: len(moved) == 2, timeout=20_000)
    finally:
        service.stop()
