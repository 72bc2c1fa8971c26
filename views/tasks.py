"""The one door between screens and data: every read, write and long job goes through `TaskRunner`.

Work runs on lanes beside the UI thread: **one** for writes (SQLite has one writer), a few for reads, and one
for long jobs. Results come back on the UI thread by a queued signal, and only if the widget that asked still
exists. `DomainError` goes to ``on_error`` (or is shown as a notice); anything else is a bug and goes to
``on_crash``. After a write, ``data_changed`` tells every page which tables changed.
"""

from __future__ import annotations

import itertools
import threading
import time
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any, Protocol, TypeVar

import shiboken6
from PySide6.QtCore import QObject, Qt, Signal

from models.errors import Cancelled, DomainError
from views.handover import Handover

T = TypeVar("T")
T_co = TypeVar("T_co", covariant=True)

OnDone = Callable[[Any], None]
OnError = Callable[[DomainError], None]

PROGRESS_EVERY_S = 0.05
CLOSE_WAIT_S = 10.0


class Written(Protocol[T_co]):
    """What a write returns: its value and the names of the tables that changed."""

    @property
    def value(self) -> T_co: ...

    @property
    def changes(self) -> frozenset[str]: ...


class Store(Protocol):
    """What the runner needs of ``models.database.Database``."""

    def read(self, query: Callable[..., T], /, *args: Any, **kwargs: Any) -> T: ...

    def write(self, actor: Any, operation: Callable[..., T], /, *args: Any, **kwargs: Any) -> Written[T]: ...


class Lane(Protocol):
    """Where work runs: a thread pool, or at once on the caller's own thread (tests)."""

    def submit(self, work: Callable[[], T], /) -> Future[T]: ...

    def shutdown(self, wait: bool = True) -> None: ...


class InlineLane:
    """Runs work at once on the calling thread, so that tests never wait."""

    def submit(self, work: Callable[[], T], /) -> Future[T]:
        future: Future[T] = Future()
        try:
            future.set_result(work())
        except BaseException as error:
            future.set_exception(error)
        return future

    def shutdown(self, wait: bool = True) -> None:
        """Nothing runs on after ``submit``."""


@dataclass
class _Outcome:
    """What a worker sends to the UI thread."""

    owner: QObject
    value: Any = None
    error: BaseException | None = None
    changes: frozenset[str] = frozenset()
    on_done: OnDone | None = None
    on_error: OnError | None = None
    on_cancelled: Callable[[], None] | None = None
    latest: tuple[int, str] | None = None
    generation: int = 0
    job: Job | None = None


class Progress:
    """Given to a long job: it reports how far it is and asks whether to go on. Safe on any thread."""

    def __init__(self, report: Callable[[int, int, str], None]) -> None:
        self._report = report
        self._cancelled = threading.Event()
        self._last = 0.0

    def step(self, done: int, total: int, text: str = "") -> None:
        """Report *done* of *total* (0 = unknown) with a word on what is being done; raises `Cancelled` if
        so."""
        self.check()
        now = time.monotonic()
        if now - self._last >= PROGRESS_EVERY_S or (total and done >= total):
            self._last = now
            self._report(done, total, text)

    def check(self) -> None:
        """Raise `Cancelled` if the user pressed Cancel; call it between units of work."""
        if self._cancelled.is_set():
            raise Cancelled

    def cancel(self) -> None:
        self._cancelled.set()

    @property
    def is_cancelled(self) -> bool:
        return self._cancelled.is_set()


class Job(QObject):
    """A long job as the window sees it: title, how far it is, Cancel."""

    progressed = Signal(int, int, str)
    finished = Signal()

    def __init__(self, title: str, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.title = title
        self.progress = Progress(self.progressed.emit)

    def cancel(self) -> None:
        self.progress.cancel()


@dataclass
class Door:
    """What a long job may touch: the store, as the user who started it. ``changes`` collects changed
    tables."""

    store: Store
    actor: Any
    write_lane: Lane
    changes: set[str] = field(default_factory=set)

    def read(self, query: Callable[..., T], /, *args: Any, **kwargs: Any) -> T:
        return self.store.read(query, *args, **kwargs)

    def write(self, service: Callable[..., T], /, *args: Any, **kwargs: Any) -> T:
        """Run the service on the write lane and wait for it: one transaction, as everywhere."""

        def run() -> Written[T]:
            return self.store.write(self.actor, service, *args, **kwargs)

        written = self.write_lane.submit(run).result()
        self.changes |= written.changes
        return written.value


class TaskRunner(QObject):
    """Runs queries, services and jobs off the UI thread; lives on the UI thread."""

    data_changed = Signal(object)
    """frozenset of table names, after a write, a job, or a sync round."""
    failed = Signal(object)
    """A `DomainError` that nobody took with ``on_error``; the window words it as a notice."""
    job_started = Signal(object)
    """A `Job`, so that the window can show its progress and Cancel."""
    became_idle = Signal()

    _arrived = Signal(object)
    _announced = Signal(object)

    def __init__(
        self,
        store: Store | Callable[[], Store],
        *,
        actor: Any = None,
        write_lane: Lane,
        read_lane: Lane,
        job_lane: Lane,
        on_crash: Callable[[BaseException], None] | None = None,
        parent: QObject | None = None,
    ) -> None:
        """*store* may be a function that opens it: it then runs once, on the write lane, after the first
        paint."""
        super().__init__(parent)
        self._open_store = store if callable(store) and not hasattr(store, "read") else None
        self._store: Store | None = None if self._open_store else store  # type: ignore[assignment]
        self._opening = threading.Lock()
        self._lanes = {"write": write_lane, "read": read_lane, "job": job_lane}
        self._on_crash = on_crash
        self._generations: dict[tuple[int, str], int] = {}
        self._counter = itertools.count(1)
        self._jobs: list[Job] = []
        self._pending = 0
        self._is_closed = False
        self.actor = actor
        self._arrived.connect(self._deliver, Qt.ConnectionType.AutoConnection)
        self._announced.connect(self._on_announced, Qt.ConnectionType.AutoConnection)

    # -- asking ------------------------------------------------------------------------------------

    def read(
        self,
        owner: QObject,
        query: Callable[..., Any],
        /,
        *args: Any,
        on_done: OnDone | None = None,
        on_error: OnError | None = None,
        **kwargs: Any,
    ) -> None:
        """Run ``query(session, *args, **kwargs)`` on a read snapshot; *on_done* gets its value."""
        outcome = _Outcome(owner, on_done=on_done, on_error=on_error)
        self._submit("read", outcome, lambda: self._reading(outcome, query, args, kwargs))

    def read_soon(
        self,
        owner: QObject,
        query: Callable[..., Any],
        /,
        *args: Any,
        wait_ms: int,
        on_done: OnDone | None = None,
        on_error: OnError | None = None,
    ) -> None:
        """As `read`, but wait for the answer up to *wait_ms*: in time, it is given before this returns."""
        outcome = _Outcome(owner, on_done=on_done, on_error=on_error)
        handover = Handover()
        self._submit("read", outcome, lambda: self._reading(outcome, query, args, {}), handover)
        if handover.is_ready(wait_ms / 1000):
            self._deliver(outcome)

    def read_latest(
        self,
        owner: QObject,
        key: str,
        query: Callable[..., Any],
        /,
        *args: Any,
        on_done: OnDone | None = None,
        on_error: OnError | None = None,
        **kwargs: Any,
    ) -> None:
        """As `read`, but only the newest of *owner*'s requests named *key* counts: older ones that have not
        started are dropped, answers of older ones are thrown away (search while typing, fast scrolling)."""
        latest = (id(owner), key)
        generation = self._generations[latest] = next(self._counter)
        outcome = _Outcome(owner, on_done=on_done, on_error=on_error, latest=latest, generation=generation)
        self._submit("read", outcome, lambda: self._reading(outcome, query, args, kwargs))

    def write(
        self,
        owner: QObject,
        service: Callable[..., Any],
        /,
        *args: Any,
        on_done: OnDone | None = None,
        on_error: OnError | None = None,
        actor: Any = None,
        **kwargs: Any,
    ) -> None:
        """Run ``service(work, *args, **kwargs)`` in one transaction as the signed-in user (or as *actor*);
        *on_done* gets its value, then ``data_changed`` goes out. It is carried out even if *owner* closes."""
        outcome = _Outcome(owner, on_done=on_done, on_error=on_error)
        acting = actor if actor is not None else self.actor

        def work() -> None:
            written = self._opened().write(acting, service, *args, **kwargs)
            outcome.value, outcome.changes = written.value, written.changes

        self._submit("write", outcome, work)

    def long(
        self,
        owner: QObject,
        job: Callable[..., Any],
        /,
        *args: Any,
        title: str,
        on_done: OnDone | None = None,
        on_error: OnError | None = None,
        on_cancelled: Callable[[], None] | None = None,
        **kwargs: Any,
    ) -> Job:
        """Run ``job(door, progress, *args, **kwargs)``: *door* (`Door`) reads and writes, *progress*
        (`Progress`) reports and raises `Cancelled`. The window shows title, progress and Cancel."""
        shown = Job(title, self)
        outcome = _Outcome(owner, on_done=on_done, on_error=on_error, on_cancelled=on_cancelled, job=shown)
        acting = self.actor

        def work() -> None:
            door = Door(self._opened(), acting, self._lanes["write"])
            try:
                outcome.value = job(door, shown.progress, *args, **kwargs)
            finally:
                outcome.changes = frozenset(door.changes)

        self._jobs.append(shown)
        self.job_started.emit(shown)
        self._submit("job", outcome, work)
        return shown

    def announce(self, changes: frozenset[str]) -> None:
        """Tell the pages that others changed these tables (a sync round did). May be called on any thread."""
        self._announced.emit(changes)

    # -- state -------------------------------------------------------------------------------------

    @property
    def is_idle(self) -> bool:
        """Whether nothing is running and no answer is under way."""
        return self._pending == 0

    @property
    def jobs(self) -> tuple[Job, ...]:
        return tuple(self._jobs)

    def close(self) -> None:
        """Cancel jobs, finish the writes that were asked for, deliver nothing any more."""
        self._is_closed = True
        for job in self._jobs:
            job.cancel()
        for lane in self._lanes.values():
            lane.shutdown(wait=True)

    # -- on the lanes ------------------------------------------------------------------------------

    def _opened(self) -> Store:
        if self._store is None:
            with self._opening:
                if self._store is None:
                    assert self._open_store is not None
                    self._store = self._open_store()
        return self._store

    def _reading(
        self, outcome: _Outcome, query: Callable[..., Any], args: tuple[Any, ...], kwargs: dict[str, Any]
    ) -> None:
        if self._is_outdated(outcome):
            return
        outcome.value = self._opened().read(query, *args, **kwargs)

    def _is_outdated(self, outcome: _Outcome) -> bool:
        return outcome.latest is not None and self._generations.get(outcome.latest) != outcome.generation

    def _submit(
        self, lane: str, outcome: _Outcome, work: Callable[[], None], handover: Handover | None = None
    ) -> None:
        if self._is_closed:
            return
        self._pending += 1

        def run() -> None:
            try:
                work()
            except BaseException as error:
                outcome.error = error
            is_taken = handover is not None and handover.is_taken()
            if not is_taken and not self._is_closed:
                self._arrived.emit(outcome)

        self._lanes[lane].submit(run)

    # -- on the UI thread --------------------------------------------------------------------------

    def _deliver(self, outcome: _Outcome) -> None:
        self._pending -= 1
        try:
            self._call_back(outcome)
        finally:
            if outcome.job is not None:
                self._jobs.remove(outcome.job)
                outcome.job.finished.emit()
                outcome.job.deleteLater()
            if outcome.changes:
                self.data_changed.emit(outcome.changes)
            if self._pending == 0:
                self.became_idle.emit()

    def _call_back(self, outcome: _Outcome) -> None:
        outdated = self._is_outdated(outcome)
        if outcome.latest is not None and not outdated:
            del self._generations[outcome.latest]
        alive = shiboken6.isValid(outcome.owner) and not outdated
        error = outcome.error
        if error is None:
            if alive and outcome.on_done is not None:
                outcome.on_done(outcome.value)
        elif isinstance(error, DomainError):
            if alive and outcome.on_error is not None:
                outcome.on_error(error)
            elif not outdated:
                self.failed.emit(error)
        elif isinstance(error, Cancelled):
            if alive and outcome.on_cancelled is not None:
                outcome.on_cancelled()
        else:
            self._crash(error)

    def _crash(self, error: BaseException) -> None:
        if self._on_crash is None:
            raise error
        self._on_crash(error)

    def _on_announced(self, changes: frozenset[str]) -> None:
        self.data_changed.emit(changes)


def threaded_runner(
    store: Store | Callable[[], Store],
    *,
    actor: Any = None,
    on_crash: Callable[[BaseException], None] | None = None,
    readers: int = 2,
) -> TaskRunner:
    """The runner of the program: one writer thread, *readers* reader threads, one for long jobs."""
    return TaskRunner(
        store,
        actor=actor,
        write_lane=ThreadPoolExecutor(1, "write"),
        read_lane=ThreadPoolExecutor(readers, "read"),
        job_lane=ThreadPoolExecutor(1, "job"),
        on_crash=on_crash,
    )


def inline_runner(store: Store, *, actor: Any = None) -> TaskRunner:
    """The runner of tests: everything happens at once, a bug is raised where it happened."""
    return TaskRunner(
        store, actor=actor, write_lane=InlineLane(), read_lane=InlineLane(), job_lane=InlineLane()
    )
