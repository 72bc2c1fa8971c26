"""The timer and thread around the sync engine: it runs a round a moment after each local commit, every
minute, and on demand, backs off while headquarters cannot be reached, and says in words how things stand.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Protocol

from PySide6.QtCore import QObject, QTimer, Signal

from desktop.sync_schedule import LONGEST_BACK_OFF_S, Schedule
from models.errors import DomainError
from sync.status import ENROL_ANEW, SyncState, SyncStatus

if TYPE_CHECKING:
    from sync.client.engine import Engine
    from sync.client.report import RoundReport

AFTER_COMMIT_MS = 1000
COUNTS_EVERY_S = 5.0
_NOT_A_FAULT = frozenset({"sync-busy"})
_SOMEBODY_MUST_ACT = ENROL_ANEW | frozenset(
    {
        "desk-too-old",
        "desk-too-new",
        "site-unknown",
        "hq-rebase",
        "sync-mass-deletion",
    }
)


class Counts(Protocol):
    """How much waits: for headquarters, and for a person."""

    @property
    def pending(self) -> int: ...
    @property
    def conflicts(self) -> int: ...
    @property
    def refused(self) -> int: ...


class SyncService(QObject):
    """``make_engine`` gives the engine, or None while the desk is not enrolled; ``count`` reads the file, and
    ``tie`` what the engine's connection is made of, which the command line beside the window may change.

    They run on the service's own thread. `stop` ends the round that is running, also one that waits for an
    answer.
    """

    status_changed = Signal(object)
    """A `SyncStatus`, whenever it differs from the last one."""
    data_changed = Signal(object)
    """frozenset of tables that a round changed."""
    tie_changed = Signal()
    """This desk is another one now, or its headquarters is elsewhere."""

    def __init__(
        self,
        make_engine: Callable[[], Engine | None],
        count: Callable[[], Counts],
        *,
        every_s: float,
        clock: Callable[[], datetime],
        tie: Callable[[], object] | None = None,
        longest_wait_s: float = LONGEST_BACK_OFF_S,
        last_at: datetime | None = None,
        on_crash: Callable[[BaseException], object] | None = None,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._make_engine = make_engine
        self._count = count
        self._tie_of = tie
        self._tie: object = None
        self._schedule = Schedule(every_s, longest_s=longest_wait_s)
        self._clock = clock
        self._on_crash = on_crash
        self._engine: Engine | None = None
        self._is_outdated = threading.Event()
        self._wake = threading.Event()
        self._stopping = threading.Event()
        self._agreed = threading.Event()
        self._next_at: datetime | None = None
        self._status = SyncStatus(SyncState.LOCAL, last_at=last_at)
        self._thread = threading.Thread(target=self._run, name="sync", daemon=True)
        self._after_commit = QTimer(self)
        self._after_commit.setSingleShot(True)
        self._after_commit.setInterval(AFTER_COMMIT_MS)
        self._after_commit.timeout.connect(self._on_committed)

    # -- for the window ----------------------------------------------------------------------------

    @property
    def status(self) -> SyncStatus:
        return self._status

    def start(self) -> None:
        self._thread.start()

    def stop(self, wait_s: float = 10.0) -> None:
        """End the round that is running; what was not sent stays in the outbox."""
        self._after_commit.stop()
        self._stopping.set()
        self._wake.set()
        engine = self._engine
        if engine is not None:
            engine.interrupt()
        if self._thread.is_alive():
            self._thread.join(wait_s)

    def trigger(self) -> None:
        """A round now, whatever headquarters asked for: a person wants it."""
        self._schedule.wished()
        self._wake.set()

    def _on_committed(self) -> None:
        """Something is to be sent: now, or when headquarters wants to be asked again."""
        if self._schedule.may_come_early():
            self._wake.set()

    def note_network(self) -> None:
        """The computer has a network again: no waiting, unless headquarters asked for it."""
        if self._schedule.failures and not self._schedule.is_asked:
            self.trigger()

    def note_commit(self) -> None:
        """Something was saved here: a round in a moment, after more of it."""
        self._after_commit.start()

    def agree(self) -> None:
        """Somebody agreed to a page that deletes much: the next round may take it."""
        self._agreed.set()
        self.trigger()

    def reconnect(self) -> None:
        """The desk was enrolled anew: the next round has a connection of its own."""
        self._is_outdated.set()
        self.trigger()

    # -- on the thread -----------------------------------------------------------------------------

    def _run(self) -> None:
        while not self._stopping.is_set():
            self._survives(self._round)
            if not self._survives(self._wait):
                self._stopping.wait(self._schedule.pause_s())

    def _survives(self, step: Callable[[], None]) -> bool:
        """Whether it came to its end: a bug in it must not end synchronisation for the day."""
        try:
            step()
        except Exception as error:
            if not self._stopping.is_set():  # else what it needs may be closed by now
                self._schedule.failed()
                self._tell(
                    replace(
                        self._status,
                        state=SyncState.UNREACHABLE,
                        reason="sync-crashed",
                        values=(),
                        progress=None,
                    )
                )
                if self._on_crash is not None:
                    self._on_crash(error)
            return False
        return True

    def _wait(self) -> None:
        """Until the next round is due; meanwhile the counts in the light follow what is saved."""
        pause = self._schedule.pause_s()
        due = time.monotonic() + pause
        if self._schedule.failures:
            self._next_at = self._clock() + timedelta(seconds=pause)
            self._recount()
        while not self._stopping.is_set() and (left := due - time.monotonic()) > 0:
            if self._wake.wait(min(left, COUNTS_EVERY_S)):
                break
            self._recount()
            if self._has_moved():
                self._schedule.wished()
                break
        self._wake.clear()

    def _has_moved(self) -> bool:
        """Whether the desk was enrolled anew, here or by the command line beside the window."""
        if self._tie_of is None:
            return False
        try:
            tie = self._tie_of()
        except DomainError:  # the file cannot be read just now: it will be
            return False
        before, self._tie = self._tie, tie
        if before is None or before == tie:
            return False
        self._is_outdated.set()
        self.tie_changed.emit()
        return True

    def _round(self) -> None:
        before, is_agreed = self._status, self._agreed.is_set()
        self._next_at = None
        engine: Engine | None = None
        try:
            engine = self._current_engine()
            if engine is None:
                self._say(SyncState.LOCAL)
                return
            if not self._schedule.failures and self._counted().pending:
                self._say(SyncState.SYNCING)
            report = engine.run_once(self._stopping.is_set, is_agreed=is_agreed, progress=self._filling)
        except DomainError as error:
            if error.code in _NOT_A_FAULT:  # another program is at it: nothing was asked, nothing agreed to
                self._tell(before)
                return
            if engine is not None and (changes := engine.untold()):
                self.data_changed.emit(changes)  # pages that were taken before the fault
            self._failed(error)
        else:
            self._succeeded(report)
        if is_agreed:
            self._agreed.clear()

    def _current_engine(self) -> Engine | None:
        """That of the desk that this is now."""
        self._has_moved()
        if self._is_outdated.is_set():
            self._is_outdated.clear()
            self._engine = None
        if self._engine is None:
            self._engine = self._make_engine()
        return self._engine

    def _filling(self, done: int, total: int) -> None:
        self._say(SyncState.SYNCING, progress=(done, total))

    def _succeeded(self, report: RoundReport) -> None:
        self._schedule.succeeded()
        if report.changes:
            self.data_changed.emit(report.changes)
        if not report.is_stopped:
            fault = report.attachment_fault  # the rows are there: the light stays as it is, the page says why
            told = (None, ()) if fault is None else (fault.code, tuple(fault.values.items()))
            self._say(SyncState.SYNCED, reason=told[0], values=told[1], last_at=self._clock())

    def _failed(self, error: DomainError) -> None:
        if self._stopping.is_set():
            return
        asked = error.values.get("seconds")
        self._schedule.failed(float(asked) if isinstance(asked, (int, float)) else None)
        state = SyncState.STOPPED if error.code in _SOMEBODY_MUST_ACT else SyncState.UNREACHABLE
        self._say(state, reason=error.code, values=tuple(error.values.items()))

    def _recount(self) -> None:
        state = self._status.state
        if state in {SyncState.SYNCED, SyncState.PENDING, SyncState.CONFLICT}:
            state = SyncState.SYNCED
        self._say(state, reason=self._status.reason, values=self._status.values)

    def _counted(self) -> Counts:
        """What the file says; what it said before while it cannot be read: that ends no round, no wait."""
        try:
            return self._count()
        except DomainError:
            return self._status

    def _say(
        self,
        state: SyncState,
        *,
        reason: str | None = None,
        values: tuple[tuple[str, object], ...] = (),
        last_at: datetime | None = None,
        progress: tuple[int, int] | None = None,
    ) -> None:
        counts = self._counted()
        if state is SyncState.SYNCED:
            state = SyncState.PENDING if counts.pending else state
            state = SyncState.CONFLICT if counts.conflicts or counts.refused else state
        self._tell(
            SyncStatus(
                state,
                pending=counts.pending,
                conflicts=counts.conflicts,
                refused=counts.refused,
                last_at=last_at or self._status.last_at,
                reason=reason,
                values=values,
                progress=progress,
                next_at=self._next_at if state is SyncState.UNREACHABLE else None,
            )
        )

    def _tell(self, status: SyncStatus) -> None:
        if status != self._status:
            self._status = status
            self.status_changed.emit(status)
