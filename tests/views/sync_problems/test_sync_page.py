"""同步: every state in sentences, conflicts settled with one key, refusals, enrolment, deletions."""

from __future__ import annotations

from dataclasses import asdict, replace
from datetime import timedelta
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot

from models.entities import Conflict, RefusedPatch, Resident
from models.errors import DomainError
from models.rules.rights import Right
from models.work import SYSTEM, Actor, Work
from resources import help as help_pages
from resources import translations
from sync.status import ENROL_ANEW, SyncState, SyncStatus
from tests.models.services.conftest import Desk
from tests.views.desk_bench import Bench, make_bench, settle
from tests.views.sync_problems.planting import plant_conflict, plant_refusal
from views.sync_problems.page import SyncPage
from views.sync_problems.values import field_words, value_words
from views.sync_problems.wording import MASS_DELETION, standing


def resident_id(desk: Desk) -> str:
    return desk.ids["吴学文"]


def enrolled(bench: Bench, **given: object) -> None:
    bench.fake.status = SyncStatus(SyncState.CONFLICT, **given)  # type: ignore[arg-type]


@pytest.mark.parametrize("state", list(SyncState))
def test_every_state_has_a_symbol_a_title_and_a_sentence(bench: Bench, desk: Desk, state: SyncState) -> None:
    status = SyncStatus(state, pending=4, conflicts=1, last_at=desk.clock.now, reason=_reason(state))
    stands = standing(status, bench.context.formats, desk.clock.now)
    assert stands.symbol
    assert stands.title
    assert stands.sentence
    page = bench.show(SyncPage)
    bench.fake.say(status)
    assert page.standing.title.text() == stands.title
    assert page.standing.sentence.text() == stands.sentence


def _reason(state: SyncState) -> str | None:
    return {SyncState.UNREACHABLE: "hq-unreachable", SyncState.STOPPED: "hq-foreign"}.get(state)


def test_unreachable_says_why_since_when_how_much_waits_and_what_to_do(bench: Bench, desk: Desk) -> None:
    at = desk.clock.now - timedelta(minutes=20)
    status = SyncStatus(SyncState.UNREACHABLE, pending=12, last_at=at, reason="hq-unreachable")
    stands = standing(status, bench.context.formats, desk.clock.now)
    assert "09:40" in stands.sentence
    assert "12" in stands.sentence
    assert "照常工作" in stands.advice


def test_who_this_desk_is_follows_an_enrolment(bench: Bench, desk: Desk) -> None:
    """The page went on naming the desk that it was, until somebody left it and came back."""
    bench.fake.status = SyncStatus(SyncState.SYNCED)

    def become(letter: str) -> None:
        def enrol(work: Work) -> None:
            work.set_local("sync.link", {"url": "https://hq.example"})
            work.set_local("identity", asdict(replace(work.identity, desk_letter=letter)))

        desk.database.write(SYSTEM, enrol)

    become("B")
    page = bench.show(SyncPage)
    assert "本机是前台 B" in page.standing.tie.text()
    become("N")
    bench.context.tasks.announce(frozenset({"site"}))  # as the window does when the tie has changed
    settle()
    assert "本机是前台 N" in page.standing.tie.text()


def test_b_takes_the_other_value_with_one_key(bench: Bench, desk: Desk) -> None:
    enrolled(bench, conflicts=1)
    desk.database.write(
        SYSTEM, plant_conflict, "resident", resident_id(desk), "home_opinion", "采光好", "厨房偏小"
    )
    page = bench.show(SyncPage)
    row = page.conflicts.table.current()
    assert row is not None
    assert (row.record, row.field, row.kept, row.lost) == (
        "住户 吴学文", "对房屋的看法", "采光好", "厨房偏小",
    )  # fmt: skip
    page.conflicts.table.setFocus()
    bench.type(page.conflicts.table, "X")
    found = desk.ask(lambda session: session.get(Resident, resident_id(desk)).home_opinion)
    assert found == "厨房偏小"
    assert desk.ask(lambda session: session.query(Conflict).one().state) == "taken_back"
    assert page.conflicts.table.current() is None
    assert "已改用" in bench.said[-1].text


def test_one_key_accepts_what_is_in_force(bench: Bench, desk: Desk) -> None:
    enrolled(bench, conflicts=1)
    desk.database.write(
        SYSTEM, plant_conflict, "resident", resident_id(desk), "home_opinion", "采光好", "厨房偏小"
    )
    page = bench.show(SyncPage)
    page.conflicts.table.setFocus()
    bench.type(page.conflicts.table, "V")
    assert desk.ask(lambda session: session.query(Conflict).one().state) == "accepted"


def test_acceptance_is_of_what_stays_also_where_somebody_edited_again(bench: Bench, desk: Desk) -> None:
    """Neither value is in force then: acceptance keeps what is there now, not what had counted."""
    enrolled(bench, conflicts=1)
    row_id = resident_id(desk)
    desk.database.write(
        SYSTEM, plant_conflict, "resident", row_id, "home_opinion", "厨房偏小", "采光好", now="都满意"
    )
    page = bench.show(SyncPage)
    comparison = page.conflicts.comparison
    assert (comparison.kept.words, comparison.lost.words) == ("都满意", "采光好")
    assert "又改过" in comparison.kept.by.text()
    assert "厨房偏小" in comparison.moved.text()
    row = page.conflicts.table.current()
    assert row is not None
    assert row.staying == "都满意"
    bench.type(page.conflicts.table, "V")
    assert "都满意" in bench.said[-1].text
    assert desk.ask(lambda session: session.get(Resident, row_id).home_opinion) == "都满意"


def test_people_are_named_instead_of_their_ids(bench: Bench, desk: Desk) -> None:
    enrolled(bench, conflicts=1)
    ticket_id = desk.dispatched()
    both = desk.ids["李强"], desk.ids["赵军"]
    desk.database.write(SYSTEM, plant_conflict, "ticket", ticket_id, "handler_id", *both)
    page = bench.show(SyncPage)
    row = page.conflicts.table.current()
    assert row is not None
    assert "李强" in row.kept
    assert "赵军" in row.lost
    page.conflicts.table.setFocus()
    bench.press(page.conflicts.table, Qt.Key.Key_Return)
    assert bench.went == [("tickets", {"ticket_id": ticket_id})]


def test_who_may_not_settle_sees_the_conflict_but_no_commands(
    qtbot: QtBot,
    bench: Bench,
    desk: Desk,
    clerk: Actor,
    tmp_path: Path,
) -> None:
    assert not clerk.may(Right.CONFLICT_RESOLVE)
    desk.database.write(SYSTEM, plant_conflict, "resident", resident_id(desk), "work", "教师", "医生")
    other = make_bench(qtbot, desk.database, clerk, desk.clock, tmp_path)
    enrolled(other, conflicts=1)
    page = other.show(SyncPage)
    assert page.conflicts.comparison.isVisible()
    assert page.conflicts.no_right.isVisible()
    assert "处理同步冲突" in page.conflicts.no_right.text()
    assert not page.conflicts.accept.isVisible()
    page.conflicts._accept()
    settle()
    assert desk.ask(lambda session: session.query(Conflict).one().state) == "open"


def test_a_refused_change_says_why_and_is_put_aside(bench: Bench, desk: Desk) -> None:
    enrolled(bench, refused=1)
    desk.database.write(
        SYSTEM, plant_refusal, "resident", resident_id(desk), {"level": "key"}, "right-missing"
    )
    page = bench.show(SyncPage, list="refused")
    row = page.refused.table.current()
    assert row is not None
    assert row.what == "客户等级：重要客户"
    assert row.why
    bench.type(page.refused.table, "K")
    assert desk.ask(lambda session: session.query(RefusedPatch).one().state) == "dismissed"
    assert page.refused.table.current() is None


def test_what_waits_is_counted_by_table(bench: Bench, desk: Desk) -> None:
    enrolled(bench)
    desk.take()
    page = bench.show(SyncPage, list="pending")
    waiting = {one.table: one.rows for one in page.pending.shown}
    assert waiting["ticket"] == 1
    assert "operation_log" not in waiting


def test_s_syncs_now(bench: Bench, desk: Desk) -> None:
    enrolled(bench)
    page = bench.show(SyncPage)
    bench.type(page.chips, "S")
    assert bench.synced == [True]


def test_a_mass_deletion_is_asked_and_only_a_yes_agrees(
    bench: Bench, desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    values = (("table", "resident"), ("count", 800), ("total", 1200))
    bench.fake.status = SyncStatus(SyncState.STOPPED, reason=MASS_DELETION, values=values)
    page = bench.show(SyncPage)
    assert "800" in page.standing.sentence.text()
    assert "住户" in page.standing.sentence.text()
    answers = iter([False, True])
    monkeypatch.setattr("views.sync_problems.page.asked", lambda *_a, **_k: next(answers))
    page.agree.trigger()
    assert bench.fake.asked == []
    page.agree.trigger()
    assert bench.fake.asked == [("agree",)]


def test_a_desk_of_its_own_is_offered_the_enrolment(bench: Bench, desk: Desk) -> None:
    page = bench.show(SyncPage)
    assert page.enrolment.isVisible()
    assert not page.problems.isVisible()
    url, code = (page.enrolment.form.editor(name).widget for name in ("url", "code"))
    bench.type(url, "https://hq.example.com")
    assert page.commit()
    assert bench.fake.asked == []
    bench.type(code, "ABCD-1234")
    assert page.commit()
    settle()
    assert bench.fake.asked == [("enrol", "https://hq.example.com", "ABCD-1234")]
    assert "C" in bench.said[-1].text


def test_a_refused_enrolment_says_why_and_keeps_what_was_typed(bench: Bench, desk: Desk) -> None:
    bench.fake.refusal = DomainError("hq-unreachable")
    page = bench.show(SyncPage)
    page.enrolment.form.set_values({"url": "https://hq.example.com", "code": "ABCD"})
    page.enrolment.send()
    settle()
    assert page.enrolment.form._banner.isVisible()
    assert page.enrolment.form.values()["code"] == "ABCD"
    assert page.enrolment.confirm.isEnabled()


def test_the_last_rounds_are_kept_each_change_once(bench: Bench, desk: Desk) -> None:
    page = bench.show(SyncPage)
    for state in (SyncState.SYNCING, SyncState.SYNCED, SyncState.SYNCED, SyncState.PENDING):
        bench.fake.say(SyncStatus(state, pending=1 if state is SyncState.PENDING else 0))
    assert [one.symbol for one in page.rounds.shown] == ["◐", "●", "⇅"]


def test_quiet_rounds_do_not_push_out_what_went_wrong(bench: Bench, desk: Desk) -> None:
    page = bench.show(SyncPage)
    bench.fake.say(SyncStatus(SyncState.UNREACHABLE, reason="hq-unreachable"))
    for minute in range(200):
        bench.fake.say(SyncStatus(SyncState.SYNCED, last_at=desk.clock.now + timedelta(minutes=minute)))
    quiet, wrong = page.rounds.shown[:2]
    assert wrong.kind == (SyncState.UNREACHABLE, "hq-unreachable")
    assert page.rounds.shown[0].words != page.rounds.shown[1].words
    assert bench.context.formats.time(desk.clock.now + timedelta(minutes=199)) in quiet.words


def test_values_read_as_people_read_them(bench: Bench) -> None:
    formats = bench.context.formats
    assert value_words("ticket", "state", "archived", formats, {}) == "已归档"
    assert value_words("staff", "is_active", 0, formats, {}) == "否"
    assert value_words("ticket", "due_at", 1_795_140_000_000, formats, {}).startswith("2026-11-20")
    assert value_words("room", "building_area", 8950, formats, {}) == "89.50 m²"
    assert value_words("room", "note", None, formats, {}) == "（空）"
    assert field_words("ticket", "handler_id") == "处理人"
    assert field_words("of_a_newer_version", "whatever") == "whatever"


def test_a_first_download_shows_how_far_it_is_and_leaves_the_lists_alone(bench: Bench, desk: Desk) -> None:
    page = bench.show(SyncPage)
    bench.fake.say(SyncStatus(SyncState.SYNCING))
    rounds = len(page.rounds.shown)
    bench.fake.say(SyncStatus(SyncState.SYNCING, progress=(4_300, 10_000)))
    assert page.standing.filling.isVisible()
    assert page.standing.filling.value() == 43
    assert "4,300" in page.standing.sentence.text()
    assert len(page.rounds.shown) == rounds
    bench.fake.say(SyncStatus(SyncState.SYNCED))
    assert not page.standing.filling.isVisible()


@pytest.mark.parametrize("reason", sorted(ENROL_ANEW))
def test_a_desk_that_must_enrol_again_can_do_so_here(bench: Bench, desk: Desk, reason: str) -> None:
    bench.fake.status = SyncStatus(SyncState.STOPPED, reason=reason, values=(("desk", "A"),))
    page = bench.show(SyncPage)
    assert page.again.isVisible()
    assert not page.enrol_again.isVisible()
    assert "重新接入" in page.standing.advice.text()
    assert "自动再试" not in page.standing.tie.text()
    page.again.form.set_values({"url": "https://hq.example.com"})
    page.again.send()
    assert bench.fake.asked == [], "a new address alone does not help"
    page.again.form.set_values({"code": "ABCD-1234"})
    assert page.commit()
    settle()
    assert bench.fake.asked == [("enrol", "https://hq.example.com", "ABCD-1234")]


def test_an_enrolled_desk_can_be_moved_or_enrolled_again(bench: Bench, desk: Desk) -> None:
    enrolled(bench)
    page = bench.show(SyncPage)
    assert not page.again.isVisible()
    page.enrol_again.trigger()
    assert page.again.isVisible()
    assert page.step_back()
    assert not page.again.isVisible()
    page.enrol_again.trigger()
    page.again.offer("https://old.example.com")
    assert page.again.form.values()["url"] == "https://old.example.com"
    page.again.form.set_values({"url": "https://new.example.com#sha256=" + "ab" * 32})
    page.again.send()
    settle()
    assert bench.fake.asked == [("move", "https://new.example.com#sha256=" + "ab" * 32)]
    assert not page.again.isVisible()


def test_neither_keys_nor_cards_can_be_taken_for_the_desks_a_and_b(bench: Bench, desk: Desk) -> None:
    """Most sites have just these two desks, and the cards name the desk each value is from."""
    enrolled(bench, conflicts=1)
    desk.database.write(
        SYSTEM, plant_conflict, "resident", resident_id(desk), "home_opinion", "采光好", "厨房偏小"
    )
    page = bench.show(SyncPage)
    comparison = page.conflicts.comparison
    assert (comparison.kept.title.text(), comparison.lost.title.text()) == ("现在的值", "没有用的值")
    assert not {"A", "B"} & {action.shortcut().toString() for action in page.actions()}
    settling = (page.conflicts.accept, page.conflicts.take_other)
    assert [action.shortcut().toString() for action in settling] == ["V", "X"]
    for language in translations.LANGUAGES:
        told = help_pages.page("sync", language).read_text(encoding="utf-8")
        assert ("| V |" in told, "| X |" in told) == (True, True), language
        assert not [key for key in ("| A |", "| B |", "**A**", "**B**") if key in told], language
