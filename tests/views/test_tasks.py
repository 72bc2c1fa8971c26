"""The one door: answers on the UI thread, only to owners that live; newest wins; one writer; bugs are not
hidden."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from typing import Any

import pytest
import shiboken6
from PySide6.QtCore import QObject, QThread
from PySide6.QtWidgets import QWidget
from pytestqt.qtbot import QtBot

from models.errors import Cancelled, DomainError
from tests.views.fakes import PlainStore
from views.tasks import Door, Job, Progress, TaskRunner, inline_runner, threaded_runner


@pytest.fixture
def crashes() -> list[BaseException]:
    return []


@pytest.fixture
def runner(qtbot: QtBot, store: PlainStore, crashes: list[BaseException]) -> Iterator[TaskRunner]:
    made = threaded_runner(store, actor="周敏", on_crash=crashes.append)
    yield made
    made.close()


def idle(qtbot: QtBot, runner: TaskRunner) -> None:
    qtbot.waitUntil(lambda: runner.is_idle, timeout=5000)


def on_ui(owner: QObject) -> bool:
    return QThread.currentThread() is owner.thread()


def double(session: Any, value: int) -> int:
    return value * 2


def refuse(session: Any) -> None:
    raise DomainError("right-missing", right="x")


def fail(session: Any) -> None:
    raise RuntimeError("bug")


def test_answer_comes_on_the_ui_thread(qtbot: QtBot, runner: TaskRunner) -> None:
    owner = QObject()
    got: list[tuple[int, bool]] = []
    runner.read(owner, double, 21, on_done=lambda value: got.append((value, on_ui(owner))))
    assert got == []
    idle(qtbot, runner)
    assert got == [(42, True)]


def test_query_runs_off_the_ui_thread(qtbot: QtBot, runner: TaskRunner) -> None:
    threads: list[int] = []
    runner.read(QObject(), lambda _session: threads.append(threading.get_ident()))
    idle(qtbot, runner)
    assert threads
    assert threads[0] != threading.get_ident()


def test_an_owner_that_closed_early_is_not_called(qtbot: QtBot, runner: TaskRunner) -> None:
    owner = QWidget()
    gate = threading.Event()
    got: list[object] = []
    runner.read(owner, lambda _session: gate.wait(5), on_done=got.append, on_error=got.append)
    shiboken6.delete(owner)
    gate.set()
    idle(qtbot, runner)
    assert got == []


def test_a_write_is_carried_out_even_if_its_page_closed(
    qtbot: QtBot, runner: TaskRunner, store: PlainStore
) -> None:
    owner = QWidget()
    changes: list[frozenset[str]] = []
    runner.data_changed.connect(changes.append)
    runner.write(owner, lambda _work: (1, frozenset({"ticket"})))
    shiboken6.delete(owner)
    idle(qtbot, runner)
    assert store.actors == ["周敏"]
    assert changes == [frozenset({"ticket"})]


def test_data_changed_comes_after_the_answer(qtbot: QtBot, runner: TaskRunner) -> None:
    order: list[str] = []
    owner = QObject()
    runner.data_changed.connect(lambda _changes: order.append("changed"))
    runner.write(owner, lambda _work: (1, frozenset({"a"})), on_done=lambda _value: order.append("done"))
    idle(qtbot, runner)
    assert order == ["done", "changed"]


def test_a_write_that_changed_nothing_tells_nobody(qtbot: QtBot, runner: TaskRunner) -> None:
    changes: list[object] = []
    runner.data_changed.connect(changes.append)
    runner.write(QObject(), lambda _work: 1)
    idle(qtbot, runner)
    assert changes == []


def test_expected_faults_go_to_on_error_else_to_the_window(
    qtbot: QtBot, runner: TaskRunner, crashes: list[BaseException]
) -> None:
    taken: list[DomainError] = []
    shown: list[DomainError] = []
    runner.failed.connect(shown.append)
    owner = QObject()
    runner.read(owner, refuse, on_error=taken.append)
    idle(qtbot, runner)
    runner.read(owner, refuse)
    idle(qtbot, runner)
    assert [error.code for error in taken] == ["right-missing"]
    assert [error.code for error in shown] == ["right-missing"]
    assert crashes == []


def test_a_bug_is_reported_and_the_runner_goes_on(
    qtbot: QtBot, runner: TaskRunner, crashes: list[BaseException]
) -> None:
    owner = QObject()
    got: list[int] = []
    runner.read(owner, fail)
    runner.write(owner, fail)
    runner.read(owner, double, 1, on_done=got.append)
    idle(qtbot, runner)
    assert [type(error) for error in crashes] == [RuntimeError, RuntimeError]
    assert got == [2]


def test_only_the_newest_answer_counts(qtbot: QtBot, runner: TaskRunner) -> None:
    owner = QObject()
    gate = threading.Event()
    got: list[int] = []
    asked: list[int] = []

    def query(_session: object, value: int) -> int:
        asked.append(value)
        if value == 0:
            gate.wait(5)
        return value

    for value in range(20):
        runner.read_latest(owner, "find", query, value, on_done=got.append)
    gate.set()
    idle(qtbot, runner)
    assert got == [19]
    assert asked[-1] == 19


def test_an_old_answer_is_not_taken_for_a_newer_question(qtbot: QtBot, runner: TaskRunner) -> None:
    """Question 1 is slow; 2 is asked and answered; then 3 is asked: 1 must not pass for 3."""
    owner = QObject()
    slow, last = threading.Event(), threading.Event()
    got: list[str] = []
    runner.read_latest(owner, "find", lambda _s: slow.wait(5) and "one", on_done=got.append)
    time.sleep(0.05)
    runner.read_latest(owner, "find", lambda _s: "two", on_done=got.append)
    qtbot.waitUntil(lambda: got == ["two"])
    runner.read_latest(owner, "find", lambda _s: last.wait(5) and "three", on_done=got.append)
    slow.set()
    time.sleep(0.05)
    last.set()
    idle(qtbot, runner)
    assert got == ["two", "three"]


def test_writes_keep_their_order(qtbot: QtBot, runner: TaskRunner) -> None:
    done: list[int] = []
    owner = QObject()
    for number in range(50):
        runner.write(owner, lambda _work, number: done.append(number), number)
    idle(qtbot, runner)
    assert done == list(range(50))


def test_a_long_job_reports_writes_and_is_announced(qtbot: QtBot, runner: TaskRunner) -> None:
    owner = QObject()
    got: list[object] = []
    steps: list[tuple[int, int, str]] = []
    changes: list[object] = []
    runner.data_changed.connect(changes.append)

    def job(door: Door, progress: Progress, count: int) -> int:
        for number in range(count):
            door.write(lambda _work, row: (row, frozenset({"room"})), number)
            progress.step(number + 1, count, "行")
        return door.read(double, count)

    started: list[Job] = []
    runner.job_started.connect(started.append)
    runner.job_started.connect(lambda job: job.progressed.connect(lambda *step: steps.append(step)))
    runner.long(owner, job, 3, title="导入", on_done=got.append)
    idle(qtbot, runner)
    assert got == [6]
    assert steps[-1] == (3, 3, "行")
    assert started[0].title == "导入"
    assert changes == [frozenset({"room"})]
    assert runner.jobs == ()


def test_cancel_ends_a_job_and_tells_its_owner(
    qtbot: QtBot, runner: TaskRunner, crashes: list[BaseException]
) -> None:
    owner = QObject()
    running = threading.Event()
    told: list[str] = []

    def job(_door: Door, progress: Progress) -> None:
        while True:
            progress.step(0, 0)
            running.set()
            time.sleep(0.001)

    shown = runner.long(owner, job, title="长", on_cancelled=lambda: told.append("cancelled"))
    assert running.wait(5)
    shown.cancel()
    idle(qtbot, runner)
    assert told == ["cancelled"]
    assert crashes == []


def test_progress_tells_of_cancel_at_the_next_step() -> None:
    progress = Progress(lambda *_step: None)
    progress.step(1, 2)
    progress.cancel()
    with pytest.raises(Cancelled):
        progress.step(2, 2)


def test_the_store_is_opened_once_and_not_on_the_ui_thread(qtbot: QtBot) -> None:
    opened: list[int] = []

    def open_store() -> PlainStore:
        opened.append(threading.get_ident())
        time.sleep(0.02)
        return PlainStore()

    runner = threaded_runner(open_store)
    owner = QObject()
    got: list[int] = []
    for number in range(4):
        runner.read(owner, double, number, on_done=got.append)
    idle(qtbot, runner)
    runner.close()
    assert len(opened) == 1
    assert opened[0] != threading.get_ident()
    assert sorted(got) == [0, 2, 4, 6]


def test_what_others_changed_is_announced_from_any_thread(qtbot: QtBot, runner: TaskRunner) -> None:
    threads: list[bool] = []
    runner.data_changed.connect(lambda _changes: threads.append(QThread.currentThread() is runner.thread()))
    thread = threading.Thread(target=runner.announce, args=(frozenset({"ticket"}),))
    thread.start()
    thread.join()
    qtbot.waitUntil(lambda: threads == [True])


def test_closing_finishes_the_writes_that_were_asked_for(qtbot: QtBot) -> None:
    store = PlainStore()
    runner = threaded_runner(store, actor="x")
    owner = QObject()
    for _number in range(5):
        runner.write(owner, lambda _work: time.sleep(0.01))
    runner.close()
    assert len(store.actors) == 5


def test_the_runner_of_tests_answers_at_once_and_raises_bugs(qtbot: QtBot) -> None:
    runner = inline_runner(PlainStore(), actor="x")
    got: list[int] = []
    owner = QObject()
    runner.read(owner, double, 4, on_done=got.append)
    assert got == [8]
    with pytest.raises(RuntimeError, match="bug"):
        runner._call_back(_failed_outcome(owner))


def _failed_outcome(owner: QObject) -> Any:
    from views.tasks import _Outcome

    return _Outcome(owner, error=RuntimeError("bug"))


def slow_double(session: Any, value: int, go: threading.Event) -> int:
    go.wait(5)
    return value * 2


def test_an_answer_waited_for_is_there_before_the_call_returns(qtbot: QtBot, runner: TaskRunner) -> None:
    owner = QObject()
    got: list[tuple[int, bool]] = []
    runner.read_soon(owner, double, 21, wait_ms=5000, on_done=lambda value: got.append((value, on_ui(owner))))
    assert got == [(42, True)]
    assert runner.is_idle


def test_an_answer_too_late_to_wait_for_comes_once(qtbot: QtBot, runner: TaskRunner) -> None:
    owner = QObject()
    go = threading.Event()
    got: list[int] = []
    runner.read_soon(owner, slow_double, 21, go, wait_ms=5, on_done=got.append)
    assert got == []
    go.set()
    idle(qtbot, runner)
    qtbot.wait(20)
    assert got == [42]


def test_a_fault_waited_for_reaches_the_one_who_asked(qtbot: QtBot, runner: TaskRunner) -> None:
    owner = QObject()
    got: list[DomainError] = []
    runner.read_soon(owner, refuse, wait_ms=5000, on_error=got.append)
    assert [error.code for error in got] == ["right-missing"]
