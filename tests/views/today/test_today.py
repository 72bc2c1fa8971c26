"""今日: counts that lead to their lists, what presses most first, the steps of a new site."""

from __future__ import annotations

from datetime import timedelta

from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from models.services import drafts
from models.work import SYSTEM
from sync.status import SyncState, SyncStatus
from tests.models.services.conftest import Desk
from tests.views.desk_bench import Bench, settle
from views.today.columns import left_words
from views.today.page import TodayPage
from views.today.parts import LineButton


def lines(section: object) -> list[str]:
    return [line.accessibleName() for line in section.findChildren(LineButton)]  # type: ignore[attr-defined]


def test_a_tile_shows_its_count_and_leads_to_the_filtered_list(bench: Bench, desk: Desk) -> None:
    desk.take()
    desk.dispatched("入户门锁打不开")
    page = bench.show(TodayPage)
    assert page.tiles["open"].count == 2
    QTest.mouseClick(page.tiles["waiting"], Qt.MouseButton.LeftButton)
    assert bench.went == [("tickets", {"group": "waiting"})]


def test_each_tile_has_its_key(bench: Bench, desk: Desk) -> None:
    desk.take()
    page = bench.show(TodayPage)
    for key in "OLDWCR":
        bench.type(page.table, key)
    assert [where for where, _how in bench.went] == ["tickets"] * 4 + ["callbacks", "intake"]
    assert bench.went[1][1] == {"group": "overdue"}


def test_the_overdue_come_first_and_enter_opens_one(bench: Bench, desk: Desk) -> None:
    late = desk.take("水管爆裂").ticket_id
    desk.clock.advance(days=3)
    desk.take("门锁打不开")
    page = bench.show(TodayPage)
    page.table.go_to(page.model.key_at(0))
    settle()
    row = page.table.current_row()
    assert row.id == late
    assert left_words(row, desk.clock.now, bench.context.formats).startswith("超时")
    bench.press(page.table, Qt.Key.Key_Return)
    assert bench.went == [("tickets", {"ticket_id": late})]


def test_appointments_of_today_are_listed_by_time(bench: Bench, desk: Desk) -> None:
    later, sooner = desk.clock.now + timedelta(hours=5), desk.clock.now + timedelta(hours=2)
    desk.take("换角阀", appointment_at=later)
    ticket_id = desk.take("修门锁", appointment_at=sooner).ticket_id
    desk.take("明天的", appointment_at=desk.clock.now + timedelta(days=1))
    page = bench.show(TodayPage)
    assert [line.split()[0] for line in lines(page.appointments)] == ["12:00", "15:00"]
    first = page.appointments.findChildren(LineButton)[0]
    bench.press(first, Qt.Key.Key_Return)
    assert bench.went == [("tickets", {"ticket_id": ticket_id})]


def test_interrupted_drafts_wait_to_be_taken_up(bench: Bench, desk: Desk) -> None:
    draft_id = desk.do(
        drafts.save, None, "ticket", {"typed": {"place": "二号门岗", "matter": "阳台漏水，说到一半"}}
    )
    page = bench.show(TodayPage)
    assert page.tiles["drafts"].count == 1
    assert "二号门岗  阳台漏水" in lines(page.drafts)[0]
    page.drafts.findChildren(LineButton)[0].click()
    assert bench.went == [("intake", {"draft_id": draft_id})]


def test_a_callback_due_today_is_listed_with_its_room(bench: Bench, desk: Desk) -> None:
    desk.completed()
    desk.clock.advance(days=5)
    page = bench.show(TodayPage)
    assert lines(page.callbacks)[0].startswith("3-2-1502")
    assert "逾期" in lines(page.callbacks)[0]


def test_a_new_site_is_told_what_to_do_first(bench: Bench) -> None:
    page = bench.show(TodayPage)
    assert page.lists.currentWidget() is page.start_panel
    bench.type(page.start_panel, "I")
    bench.type(page.start_panel, "P")
    assert bench.went == [("import", {}), ("settings", {"section": "staff"})]


def test_the_step_to_headquarters_is_ticked_on_an_enrolled_desk(bench: Bench) -> None:
    page = bench.show(TodayPage)
    assert page.start_panel._marks["hq"].text() == "○"
    link = {"url": "https://hq.example.com", "site_id": "s", "site_name": "幸福里", "epoch": "e"}
    bench.database.write(SYSTEM, lambda work: work.set_local("sync.link", link))
    page.refresh()
    settle()
    assert page.start_panel._marks["hq"].text() == "✓"


def test_a_day_without_pressing_work_says_so(bench: Bench, desk: Desk) -> None:
    page = bench.show(TodayPage)
    assert page.lists.currentIndex() == 0
    assert page.table.empty.isVisible()
    page.table.empty.button.click()
    assert bench.went == [("intake", {})]


def test_trouble_with_sync_is_said_and_a_quiet_light_is_not(bench: Bench, desk: Desk) -> None:
    page = bench.show(TodayPage)
    assert page.sync.isHidden()
    bench.fake.say(SyncStatus(SyncState.UNREACHABLE, pending=3, reason="hq-unreachable"))
    assert not page.sync.isHidden()
    assert "连不上" in lines(page.sync)[0]
    bench.fake.say(SyncStatus(SyncState.SYNCED, last_at=desk.clock.now))
    assert page.sync.isHidden()


def test_a_minute_later_it_looks_again(bench: Bench, desk: Desk) -> None:
    page = bench.show(TodayPage)
    assert page.tiles["open"].count == 0
    desk.take()
    page.timer.timeout.emit()
    assert page.tiles["open"].count == 1
    assert page.timer.isActive()


def test_the_rail_shows_how_many_are_late(bench: Bench, desk: Desk) -> None:
    desk.take()
    desk.clock.advance(days=3)
    page = bench.show(TodayPage)
    badges: list[str] = []
    page.badge_changed.connect(badges.append)
    others: list[tuple[str, str]] = []
    page.other_badge_changed.connect(lambda key, text: others.append((key, text)))
    page.refresh()
    assert badges == ["1"]
    assert ("tickets", "1") in others


def test_it_speaks_english(bench: Bench, desk: Desk, english: None) -> None:
    desk.take()
    page = bench.show(TodayPage)
    assert page.tiles["overdue"].accessibleName().startswith("Overdue")
    assert "received today" in page.summary.text()
