"""已存本机 / 已同步 / 冲突 beside each record: for the record with its parts, and followed by itself."""

from __future__ import annotations

from typing import Any

import pytest
from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot

from models.database import Database
from models.entities import Resident, Ticket
from models.queries import record_states as states
from models.queries.record_states import RecordState, record_state
from models.queries.sync_names import pending_tables
from models.queries.ticket_list import TicketFilter, first_tickets
from models.work import SYSTEM
from sync.status import SyncState, SyncStatus
from tests.views.desk_bench import settle as calm
from tests.views.sync_problems.planting import add_resident
from tests.views.sync_problems.two_desks import World, note, now
from views.callbacks.page import CallbacksPage
from views.residents.page import ResidentsPage
from views.rooms.page import RoomsPage
from views.tickets import reading
from views.tickets.page import TicketsPage
from views.today.page import TodayPage
from views.widgets.record_marks import MARKS, RecordBadge, RecordMarks


def of(world: World, ticket: str) -> RecordState:
    return world.first.database.read(record_state, "ticket", ticket)


def test_a_record_is_only_synced_when_its_parts_are(world: World) -> None:
    ticket = world.ticket()
    assert of(world, ticket) is RecordState.SYNCED
    world.first.write(note(ticket))
    assert of(world, ticket) is RecordState.LOCAL
    world.exchange()
    assert of(world, ticket) is RecordState.SYNCED
    world.contest(ticket, "matter", "阳台漏水", "卫生间漏水", kind=Ticket)
    world.first.write(note(ticket))
    assert of(world, ticket) is RecordState.CONFLICT, "the most urgent word wins"


def test_a_desk_of_its_own_has_everything_saved_here(database: Database) -> None:
    made = database.write(SYSTEM, add_resident).value
    assert database.read(record_state, "resident", made) is RecordState.ALONE
    assert MARKS[RecordState.ALONE].word == MARKS[RecordState.LOCAL].word == "已存本机"


def test_two_states_never_look_alike(world: World) -> None:
    assert len({mark.sign for mark in MARKS.values()}) == len(MARKS)
    assert len({mark.sentence for mark in MARKS.values()}) == len(MARKS)


def test_what_waits_tells_since_when(world: World) -> None:
    began = now()
    world.ticket()
    world.first.write(note(world.ticket("A-261122-0002")))
    (event,) = world.first.database.read(pending_tables)
    assert (event.table, event.rows) == ("ticket_event", 1)
    assert event.since is not None
    assert began <= event.since <= now()


def sign(page: TicketsPage, ticket: str, qtbot: QtBot) -> Any:
    """The sign of a ticket's row, once it is painted."""
    qtbot.wait(60)
    model = page.table.rows
    column = len(model.columns) - 1
    symbol = model.columns[column].symbol
    assert symbol is not None
    for place in range(model.rowCount()):
        row = model.row_at(place)
        if row is not None and row.id == ticket:
            return symbol(row), model.index(place, column).data(Qt.ItemDataRole.AccessibleTextRole)
    return None


def test_the_mark_follows_a_save_and_a_round_without_reading_the_list_again(
    world: World, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    ticket = world.ticket()
    page = world.bench.show(TicketsPage)
    qtbot.waitUntil(lambda: sign(page, ticket, qtbot) == ("=", "= 已同步"), timeout=3000)
    assert page.detail.badge.words == "= 已同步"
    world.bench.context.tasks.write(page, note(ticket))
    qtbot.waitUntil(lambda: sign(page, ticket, qtbot) == ("↑", "↑ 已存本机"), timeout=3000)
    assert page.detail.badge.words == "↑ 已存本机"
    asked: list[object] = []
    for name in ("keys", "rows", "shown_by_id"):
        monkeypatch.setattr(reading, name, lambda *given: asked.append(given))
    world.exchange()
    world.bench.fake.say(SyncStatus(SyncState.SYNCED, last_at=now()))
    qtbot.waitUntil(lambda: sign(page, ticket, qtbot) == ("=", "= 已同步"), timeout=3000)
    assert page.detail.badge.words == "= 已同步"
    assert asked == [], "a round that changed nothing here reads no list"


def test_a_screen_is_one_question(world: World, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch) -> None:
    for number in range(30):
        world.first.add_ticket(f"A-261122-{number:04d}")
    questions: list[int] = []

    def counted(session: Any, table: str, ids: list[str]) -> Any:
        questions.append(len(ids))
        return states.record_states(session, table, ids)

    monkeypatch.setattr("views.widgets.record_marks.record_states", counted)
    page = world.bench.show(TicketsPage)
    qtbot.waitUntil(lambda: bool(questions), timeout=3000)
    qtbot.wait(100)
    assert len(questions) <= 2, "the list, and the detail that was there before it"
    assert 10 < max(questions) <= 30
    page.hide()
    world.bench.fake.say(SyncStatus(SyncState.PENDING, pending=30))
    qtbot.wait(60)
    assert len(questions) <= 3, "what nobody looks at is asked for once at most"


@pytest.mark.parametrize("make", [TicketsPage, ResidentsPage, RoomsPage, CallbacksPage, TodayPage])
def test_every_list_of_records_has_the_mark(world: World, make: Any) -> None:
    page = world.bench.show(make)
    columns = page.table.model().columns
    assert columns[-1].key == "sync"
    header = page.table.model().headerData(
        len(columns) - 1, Qt.Orientation.Horizontal, Qt.ItemDataRole.ToolTipRole
    )
    assert header == "同步状态"
    assert not page.table.isColumnHidden(len(columns) - 1)


def test_a_contested_record_leads_to_where_it_is_settled(world: World, qtbot: QtBot) -> None:
    resident = world.resident()
    world.contest(resident, "work", "教师", "医生")
    page = world.bench.show(ResidentsPage, resident_id=resident)
    qtbot.wait(60)
    badge = page.findChild(RecordBadge)
    assert badge is not None
    assert badge.words == "⚠ 有冲突"
    badge._asks.click()
    assert world.bench.went == [("sync", {"list": "conflicts", "record": ("resident", resident)})]


def test_marks_of_a_closed_page_disturb_nobody(world: World, qtbot: QtBot) -> None:
    page = world.bench.show(ResidentsPage)
    page.deleteLater()
    calm()
    qtbot.wait(20)
    world.resident()
    world.bench.fake.say(SyncStatus(SyncState.SYNCED))
    world.bench.context.tasks.announce(frozenset({"resident"}))
    calm()
    assert world.first.database.read(lambda session: session.query(Resident).count()) == 1


def test_only_the_records_looked_at_last_are_asked_for(world: World, qtbot: QtBot) -> None:
    page = world.bench.show(ResidentsPage)
    marks = RecordMarks(world.bench.context, "resident", page)
    resident = world.resident()
    for number in range(1000):
        marks.of(f"{number:032x}")
    marks.of(resident)
    qtbot.waitUntil(lambda: marks.of(resident) is RecordState.SYNCED, timeout=3000)
    assert marks._known.keys() >= {resident}
    assert len(marks._known) <= 256


def test_the_ticket_list_is_filtered_by_how_tickets_stand(world: World) -> None:
    waiting, contested, quiet = (world.ticket(f"A-261122-000{number}") for number in range(3))
    world.contest(contested, "matter", "阳台漏水", "卫生间漏水", kind=Ticket)
    world.first.write(note(waiting))

    def numbers(state: str | None) -> list[str]:
        filter_ = TicketFilter(group="all", sync=state)
        return [row.id for row in world.first.database.read(first_tickets, filter_, None, 10)]

    assert numbers("local") == [waiting]
    assert numbers("conflict") == [contested]
    assert numbers("refused") == numbers("of a newer version") == []
    assert set(numbers(None)) == {waiting, contested, quiet}
