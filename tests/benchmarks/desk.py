"""At the desk with a million tickets: a ticket saved, a key in the box painted, a jump in the list."""

from __future__ import annotations

import os
import random
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from functools import partial
from pathlib import Path
from time import perf_counter

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

from PySide6.QtCore import QEvent, QEventLoop, QObject, QTimer
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QVBoxLayout, QWidget

from desktop.theme import Theme
from models.database import make_engine
from models.queries.ticket_list import TicketFilter, TicketRow, first_tickets, ticket_keys, ticket_rows
from models.rules.rights import Right
from models.search.hits import Hit
from models.search.query import find
from models.services import intake
from models.work import Actor
from tests.benchmarks import dataset
from tests.benchmarks.dataset import DETAILS, MATTERS, PLACES, identifier
from tests.benchmarks.measure import Report, percentile, timed
from views.context import MemoryPreferences
from views.tasks import TaskRunner, threaded_runner
from views.widgets.column import Column
from views.widgets.marked_text import Marked
from views.widgets.row_table_model import RowSource, RowTableModel
from views.widgets.search_box import Hit as ShownHit
from views.widgets.search_box import SearchBox
from views.widgets.table_view import RowTable

SAVES = 400
JUMPS = 60
PAGES_KEPT = 25
"""The last of the jumps, whose rows the list still holds: going there again is painting alone."""
WAIT_MS = 5_000
TYPED = ("3-2-1502", "5678", "zhangwei", "sm", "单", "厨房漏水", "京A12", "321502", "张伟 3", "暖气不热")
COLUMNS: tuple[Column[TicketRow], ...] = (
    Column("number", "单号", 130),
    Column("shown_state", "状态", 80),
    Column("priority", "优先级", 70),
    Column("room_code", "房号", 100),
    Column("caller_name", "报修人", 90),
    Column("matter", "内容", 380),
    Column("department", "部门", 90),
    Column("handler", "处理人", 90),
    Column("received_at", "受理时间", 140, text=lambda row: f"{row.received_at:%m-%d %H:%M}"),
    Column("due_at", "期限", 140, text=lambda row: f"{row.due_at:%m-%d %H:%M}" if row.due_at else ""),
)


def run(report: Report) -> None:
    with tempfile.TemporaryDirectory() as folder:
        _save(report, Path(folder))
    application = QApplication.instance() or QApplication([])
    assert isinstance(application, QApplication)
    Theme(application).apply("light")
    database = dataset.opened(dataset.cached())
    tasks = threaded_runner(database)
    try:
        _type(report, tasks)
        _jump(report, tasks)
    finally:
        tasks.close()
        database.close()


# -- saving -------------------------------------------------------------------------------------------


def _save(report: Report, folder: Path) -> None:
    """`targets.md`: p99 ≤ 15 ms without the disk's own time, which a bare insert and commit shows."""
    database = dataset.opened(dataset.copy(dataset.cached(), folder))
    clerk = Actor(identifier(3, 0), "0000", "王敏", frozenset(Right), "admin")
    chance = random.Random(3)
    hooks = list(database.before_commit)
    bare = _BareFile(folder / "bare.db")
    os.sync()
    saved, unsearched, disk = [], [], []
    for _ in range(SAVES):
        database.before_commit[:] = hooks
        saved.append(timed(partial(database.write, clerk, intake.create, _request(chance))))
        database.before_commit.clear()
        unsearched.append(timed(partial(database.write, clerk, intake.create, _request(chance))))
        disk.append(timed(bare.save))
    bare.close()
    database.close()
    report.add("save a ticket: p50 / p99 / max", _spread(saved), floor=_spread(disk))
    own = percentile(saved, 0.99) - percentile(disk, 0.99)
    report.at_most("save p99 without the disk's own (bare insert, p99)", own, 15, "ms")
    report.add("  without search tokens", _spread(unsearched))


def _spread(times: list[float]) -> str:
    return f"{percentile(times, 0.5):.1f} / {percentile(times, 0.99):.1f} / {max(times):.1f} ms"


def _request(chance: random.Random) -> intake.Request:
    place = chance.choice(PLACES)
    matter = chance.choice(MATTERS)[1].format(p=place, d=chance.choice(DETAILS), n=chance.randint(10, 99))
    resident = chance.randrange(dataset.RESIDENTS)
    return intake.Request(
        matter=matter, kind="repair", place=place, category_id=identifier(4, chance.randrange(24)),
        room_id=identifier(7, resident % dataset.Size().rooms), resident_id=identifier(8, resident),
    )  # fmt: skip


class _BareFile:
    """One insert of a ticket's size and its commit by the driver alone, as durable as ours."""

    def __init__(self, path: Path) -> None:
        self._engine = make_engine(path, dataset.KEY, writer=True)
        self._connection = self._engine.connect()
        driver = self._connection.connection.driver_connection
        assert driver is not None
        self._driver = driver
        self._count = 0
        driver.execute("CREATE TABLE t (id TEXT PRIMARY KEY, text TEXT)")

    def save(self) -> None:
        self._count += 1
        self._driver.execute("BEGIN IMMEDIATE")
        self._driver.execute("INSERT INTO t VALUES (?, ?)", (identifier(99, self._count), "漏" * 230))
        self._driver.execute("COMMIT")

    def close(self) -> None:
        self._connection.close()
        self._engine.dispose()


# -- the box ------------------------------------------------------------------------------------------


def _type(report: Report, tasks: TaskRunner) -> None:
    """`targets.md`: from a key pressed to the answers painted, p95 ≤ 40 ms."""
    with _window() as window:
        box = SearchBox(tasks, find, _shown, window)
        window.layout().addWidget(box)  # type: ignore[union-attr]
        QApplication.processEvents()
        box.setFocus()
        for _warming in ("a1", "单"):
            _keys(box, _warming)
        times = [spent for text in TYPED for spent in _keys(box, text)]
        blank = [timed(window.repaint) for _ in range(20)]
    floor = f"{percentile(blank, 0.5):.1f} ms"
    report.add(f"key pressed → painted, {len(times)} keys: p50 / p99 / max", _spread(times), floor=floor)
    report.at_most("key pressed → painted p95", percentile(times, 0.95), 40, "ms", floor=floor)


def _keys(box: SearchBox, text: str) -> list[float]:
    """Type a text key by key; milliseconds of each until its answers stand on the screen."""
    box.clear()
    times = []
    for place in range(len(text)):
        started = perf_counter()
        if text[place].isascii():
            QTest.keyClicks(box, text[place])
        else:
            box.setText(text[: place + 1])
            box.textEdited.emit(box.text())
        _until(lambda: box._answered == box.text().strip() or not box.text().strip())
        if box.popup is not None:
            box.popup.repaint()
        times.append((perf_counter() - started) * 1000)
    return times


def _shown(hit: Hit) -> ShownHit:
    return ShownHit(
        hit.kind, Marked(hit.title, hit.title_spans), Marked(), Marked(hit.detail, hit.detail_spans),
        "", {}, {},
    )  # fmt: skip


# -- the list -----------------------------------------------------------------------------------------


def _jump(report: Report, tasks: TaskRunner) -> None:
    """`targets.md`: a jump to a place never seen costs at most half again as much as painting it.

    Told beside it: the same jump with rows made in memory, which leaves the database out.
    """
    source = RowSource[TicketRow](ticket_keys, ticket_rows, first_tickets, key=lambda row: row.rowid)
    with _window() as window:
        table, model = _table(window, tasks, source)
        started = perf_counter()
        model.show(TicketFilter(group="all"))
        _until(lambda: len(model.keys) > 0 and model.row_at(0) is not None)
        table.viewport().repaint()
        first = (perf_counter() - started) * 1000
        _until(lambda: model.is_complete)
        whole = (perf_counter() - started) * 1000
        _until(lambda: model.row_at(0) is not None)
        example, keys = model.row_at(0), model.keys
        assert example is not None
        jumps, paints = _jumps(table, model)
    in_memory = RowSource[TicketRow](
        lambda _session, _filter, _sort: keys,
        lambda _session, wanted: [replace(example, rowid=key) for key in wanted],
        key=lambda row: row.rowid,
    )
    with _window() as window:
        table, model = _table(window, tasks, in_memory)
        model.show()
        _until(lambda: model.is_complete)
        without, _ = _jumps(table, model)
    report.add(f"list of {len(keys):,} tickets: first rows, whole list", f"{first:.0f}, {whole:.0f} ms")
    report.ratio("jump in the list until painted, median", _median(jumps), _median(paints), 1.5)
    floor = f"{percentile(paints, 0.95):.1f} ms"
    report.add("  jump p95", f"{percentile(jumps, 0.95):.1f} ms", floor=floor)
    report.add("  jump with rows made in memory, median", f"{_median(without):.1f} ms")


def _table(
    window: QWidget, tasks: TaskRunner, source: RowSource[TicketRow]
) -> tuple[RowTable, RowTableModel[TicketRow]]:
    model = RowTableModel[TicketRow](tasks, source, COLUMNS, window)
    table = RowTable(model, "benchmark", MemoryPreferences(), window)
    window.layout().addWidget(table)  # type: ignore[union-attr]
    QApplication.processEvents()
    return table, model


def _jumps(table: RowTable, model: RowTableModel[TicketRow]) -> tuple[list[float], list[float]]:
    """Milliseconds of jumps to places never seen, and of going back to some of them: painting alone."""
    chance = random.Random(5)
    places = [chance.randrange(len(model.keys) - 100) for _ in range(JUMPS)]
    watch = _Watch(table, model)
    jumps = [watch.jump(place) for place in places]
    return jumps, [watch.jump(place) for place in chance.sample(places[-PAGES_KEPT:], 4 * PAGES_KEPT // 5)]


def _median(times: list[float]) -> float:
    return percentile(times, 0.5)


class _Watch(QObject):
    """Sees the first painting of a table in which all rows on the screen are there."""

    def __init__(self, table: RowTable, model: RowTableModel[TicketRow]) -> None:
        super().__init__(table)
        self._table, self._model = table, model
        self.has_painted = False
        table.viewport().installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() is QEvent.Type.Paint:
            first = self._table.verticalScrollBar().value()
            last = first + self._table.viewport().height() // max(1, self._table.rowHeight(first))
            model = self._model
            self.has_painted = model.row_at(first) is not None and model.row_at(last) is not None
        return super().eventFilter(watched, event)

    def jump(self, place: int) -> float:
        """Milliseconds from moving the scroll bar until the rows there are painted."""
        self.has_painted = False
        started = perf_counter()
        self._table.verticalScrollBar().setValue(place)
        _until(lambda: self.has_painted)
        return (perf_counter() - started) * 1000


@contextmanager
def _window() -> Iterator[QWidget]:
    window = QWidget()
    window.resize(1366, 768)
    QVBoxLayout(window)
    window.show()
    QTest.qWaitForWindowExposed(window)
    try:
        yield window
    finally:
        window.close()
        window.deleteLater()
        QApplication.processEvents()


def _until(is_there: Callable[[], bool]) -> None:
    """Let Qt work until something holds; raises ``TimeoutError`` after five seconds."""
    loop = QEventLoop()
    deadline = perf_counter() + WAIT_MS / 1000
    waker = QTimer()
    waker.setInterval(1)
    waker.start()
    while not is_there():
        if perf_counter() > deadline:
            raise TimeoutError("it never came")
        loop.processEvents(QEventLoop.ProcessEventsFlag.WaitForMoreEvents)
