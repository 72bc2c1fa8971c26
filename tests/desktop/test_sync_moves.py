"""What happens to a round while the desk is enrolled, or while another program makes one."""

from __future__ import annotations

import threading
from collections.abc import Callable

import pytest

from desktop.control import Control
from desktop.desk import Desk
from models.errors import DomainError
from models.work import SYSTEM
from sync.client.enrol import Enrolled
from sync.client.report import RoundReport
from sync.status import SyncState
from tests.desktop.service_beside import Beside, Rounds


def test_an_enrolment_leaves_its_first_round_to_the_light(monkeypatch: pytest.MonkeyPatch) -> None:
    """The desk is another one then, whatever becomes of that round: it is no fault of the enrolment."""

    class Sync:
        reconnected = 0

        def reconnect(self) -> None:
            self.reconnected += 1

    place = Enrolled("site", "春江花园", "C", 3, 0)
    monkeypatch.setattr("desktop.opening.enrol_desk", lambda *_: place)
    sync = Sync()
    control = Control(None, None, sync, SYSTEM)  # type: ignore[arg-type]
    assert control.enrol("https://hq", "code") == "C"
    assert sync.reconnected == 1


def test_an_enrolment_in_the_middle_of_a_round_is_taken_up_after_it(
    enrolled: Desk, beside: Callable[..., Beside]
) -> None:
    """The round ends on the connection that it began with, the next one has its own."""
    begun, may_end, made = threading.Event(), threading.Event(), []

    def first() -> RoundReport:
        begun.set()
        may_end.wait(10)
        return RoundReport()

    def make() -> Rounds:
        made.append(1)
        return Rounds(first if len(made) == 1 else RoundReport)

    side = beside(enrolled, make)
    assert begun.wait(10)
    side.service.reconnect()
    may_end.set()
    side.qtbot.waitUntil(lambda: len(made) == 2, timeout=10_000)
    side.wait_for(SyncState.SYNCED)
    assert side.crashes == []


def test_another_program_at_it_leaves_the_light_as_it_was(
    enrolled: Desk, beside: Callable[..., Beside]
) -> None:
    """Not 正在同步 until the next beat: "sync now" is off as long as it says so. What was agreed to holds."""
    busy, rounds, agreed = threading.Event(), [], []

    class Agreed(Rounds):
        def run_once(self, *_: object, **asked: object) -> RoundReport:
            agreed.append(asked["is_agreed"])
            return self.round()

    def round_() -> RoundReport:
        rounds.append(1)
        if busy.is_set():
            raise DomainError("sync-busy")
        return RoundReport()

    side = beside(enrolled, lambda: Agreed(round_))
    side.take("电梯停了")  # it waits: a round begins with 正在同步
    side.qtbot.waitUntil(lambda: side.service.status.state is SyncState.PENDING, timeout=10_000)
    busy.set()
    done = len(rounds)
    side.service.agree()
    side.qtbot.waitUntil(lambda: len(rounds) > done + 1, timeout=10_000)
    side.qtbot.waitUntil(lambda: side.service.status.state is SyncState.PENDING, timeout=10_000)
    busy.clear()
    done = len(rounds)
    side.qtbot.waitUntil(lambda: len(rounds) > done + 1, timeout=10_000)
    assert agreed[-len(rounds) :].count(True) >= 2
    assert agreed[-1] is False
