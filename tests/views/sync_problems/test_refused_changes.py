"""Changes that headquarters would not take: the reason in a sentence, what was typed, and nothing lost."""

from __future__ import annotations

from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QPlainTextEdit

from models.entities import RefusedPatch, Resident
from models.queries.conflict_list import refused
from models.queries.record_states import RecordState, record_state
from models.queries.sync_state import counts
from sync.status import SyncState, SyncStatus
from tests.views.desk_bench import settle as calm
from tests.views.sync_problems.two_desks import World, now
from views.sync_problems.long_text import SHOWN
from views.sync_problems.page import SyncPage

TYPED = "住户来电说明，" * 40_000
"""More than headquarters takes in one value."""


def refused_note(world: World) -> str:
    resident = world.resident()
    world.first.edit(Resident, resident, note=TYPED)
    world.exchange()
    world.bench.fake.status = SyncStatus(SyncState.CONFLICT, refused=1)
    return resident


def states(world: World) -> list[str]:
    """Of the refused changes, without the log entries that repeat them."""
    return world.first.database.read(
        lambda session: [one.state for one in session.query(RefusedPatch).filter_by(table_name="resident")]
    )


def test_it_says_why_and_shows_what_was_typed_all_of_it_on_demand(world: World) -> None:
    resident = refused_note(world)
    assert world.first.database.read(record_state, "resident", resident) is RecordState.REFUSED
    page = world.bench.show(SyncPage, list="refused")
    row = page.refused.table.current()
    assert row is not None
    assert row.record == "住户 吴学文"
    assert "没有接受" in page.refused.typed.why.text()
    assert "备注" in page.refused.typed.why.text()
    (text,) = page.refused.typed.texts
    assert text.text == TYPED
    assert len(text.words.text()) < SHOWN + 20
    text.more.click()
    dialog = world.bench.dialog()
    assert dialog.findChild(QPlainTextEdit).toPlainText() == TYPED
    dialog.close()
    page.refused.copy.trigger()
    assert TYPED in QGuiApplication.clipboard().text()


def test_seen_it_is_kept_and_can_be_brought_back(world: World) -> None:
    refused_note(world)
    assert world.first.database.read(counts).refused == 1, "the log entry of the edit is not told beside it"
    page = world.bench.show(SyncPage, list="refused")
    world.bench.type(page.refused.table, "K")
    assert states(world) == ["dismissed"]
    assert world.first.database.read(counts).refused == 0
    (kept,) = world.first.database.read(refused, is_open=False)
    assert kept.values["note"] == TYPED
    undo = world.bench.said[-1].undo
    assert undo is not None
    undo()
    assert states(world) == ["open"]


def test_sent_again_it_is_taken_once_headquarters_can_take_it(world: World) -> None:
    resident = refused_note(world)
    page = world.bench.show(SyncPage, list="refused")
    world.bench.type(page.refused.table, "R")
    assert world.first.value(Resident, resident, "note") == TYPED
    world.exchange()
    page.refused.refresh()
    calm()
    assert page.refused.table.current() is not None, "refused once more, it is told once more"
    assert world.first.value(Resident, resident, "note") is None
    assert sorted(states(world)) == ["open", "sent_again"]


def test_a_new_row_corrected_and_sent_again_counts_as_taken(world: World) -> None:
    made = world.first.write(lambda work: work.add(Resident(name="曾婳", note=TYPED)).id)
    world.exchange()
    assert world.second.value(Resident, made, "name") is None
    world.bench.fake.status = SyncStatus(SyncState.CONFLICT, refused=1)
    page = world.bench.show(SyncPage, list="refused")
    world.bench.type(page.refused.table, "E")
    assert world.bench.went == [("residents", {"resident_id": made})]
    world.first.edit(Resident, made, note="短一些")
    world.bench.type(page.refused.table, "R")
    world.exchange()
    assert world.second.value(Resident, made, "note") == "短一些"
    assert "settled" in states(world)
    assert world.first.database.read(counts).refused == 0


def test_the_diagnosis_names_no_person(world: World) -> None:
    refused_note(world)
    item = world.contest(world.resident("曾婳"), "work", "教师", "医生")
    down = SyncStatus(
        SyncState.UNREACHABLE, pending=2, conflicts=1, refused=1, last_at=now(), reason="hq-timeout",
        next_at=now(), values=(("url", "https://曾婳@example.com"), ("seconds", 30)),
    )  # fmt: skip
    page = world.bench.show(SyncPage)
    world.bench.fake.say(down)
    assert "自动再试" in page.standing.tie.text()
    assert "前台 A" in page.standing.tie.text()
    world.bench.type(page.conflicts.table, "D")
    text = QGuiApplication.clipboard().text()
    for told in ("hq-timeout", "seconds=30", "bad-value resident 1", "open 1", "127.0.0.1"):
        assert told in text
    for person in ("吴学文", "曾婳", "教师", "医生", "住户", item.row_id):
        assert person not in text
