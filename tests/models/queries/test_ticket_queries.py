"""The lists, counts and cards that the desk reads, in a real file."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select, text
from sqlalchemy.orm import Session

from models.database import Database
from models.entities.resident import ResidentTag, Tag, Vehicle
from models.entities.ticket import Ticket
from models.errors import DomainError
from models.queries.categories import category_facts, category_tree, with_descendants
from models.queries.dispatching import dispatch_choices
from models.queries.household_card import HouseholdCard, household_card
from models.queries.similar_tickets import SimilarWarning, similar_tickets
from models.queries.ticket_detail import ticket_detail
from models.queries.ticket_list import (
    SORT_KEYS,
    TicketFilter,
    TicketRow,
    first_tickets,
    ticket_counts,
    ticket_keys,
    ticket_rows,
)
from models.queries.today import today
from models.services import charges, printing, tickets, undo
from models.services.charges import Line
from models.services.tickets import Completion
from models.work import SYSTEM, Actor, Work
from resources import translations
from resources.terms import codes
from tests.conftest import DeskClock
from tests.models.services.conftest import Desk, build_estate


@dataclass(frozen=True)
class By:
    key: str
    is_descending: bool = False


@pytest.fixture
def desk(database: Database, clock: DeskClock, actor: Actor) -> Desk:
    return Desk(database, clock, actor, database.write(SYSTEM, build_estate).value)


def shown(desk: Desk, order: By | None = None, **given: Any) -> list[TicketRow]:
    filter_ = TicketFilter(**({"now": desk.clock.now} | given))
    rows: list[TicketRow] = desk.ask(ticket_rows, desk.ask(ticket_keys, filter_, order))
    assert rows[:2] == desk.ask(first_tickets, filter_, order, 2)
    return rows


def ids(rows: list[TicketRow]) -> list[str]:
    return [row.id for row in rows]


@pytest.fixture
def day(desk: Desk) -> dict[str, str]:
    """A day's tickets, one in each situation that the list tells apart; the clock stands an hour later."""
    found = {"callback": desk.completed("卫生间漏水")}
    found["closed"] = desk.take("停车费怎么交", kind="enquiry", room_id=None, category_id=None).ticket_id
    desk.do(tickets.answer, found["closed"], "扫码缴费")
    found["received"] = desk.take("楼道灯不亮", room_id=None, place="3栋楼道", priority="normal").ticket_id
    found["overdue"] = desk.dispatched("水管爆裂")
    found["suspended"] = desk.dispatched("阀门漏水")
    desk.do(tickets.suspend, found["suspended"], "等配件")
    found["void"] = desk.take("说错了").ticket_id
    desk.do(tickets.void, found["void"], "说错了")
    desk.clock.advance(hours=1)
    return found


# -- list --------------------------------------------------------------------------------------------


def test_each_group_holds_what_its_name_says(desk: Desk, day: dict[str, str]) -> None:
    expected = {
        "open": {"received", "overdue", "suspended"},
        "overdue": {"overdue"},
        "due_today": {"overdue"},
        "waiting": {"received", "overdue"},
        "suspended": {"suspended"},
        "callback": {"callback"},
        "finished": {"callback", "closed"},
        "archived": set(),
        "void": {"void"},
        "all": set(day),
    }
    for group, names in expected.items():
        assert set(ids(shown(desk, group=group))) == {day[name] for name in names}, group
    assert set(codes("ticket.group")) <= {*expected, "mine"}


def test_counts_agree_with_the_lists(desk: Desk, day: dict[str, str]) -> None:
    counts = desk.ask(ticket_counts, desk.clock.now, desk.ids["李强"])
    for group in ("open", "overdue", "due_today", "waiting", "suspended", "callback", "mine"):
        whose = desk.ids["李强"] if group == "mine" else None
        assert getattr(counts, group) == len(shown(desk, group=group, staff_id=whose)), group
    assert counts.mine == 2
    assert counts.total == len(day)


def test_a_row_says_what_the_list_shows(desk: Desk, day: dict[str, str]) -> None:
    rows = {row.id: row for row in shown(desk, group="all")}
    row = rows[day["suspended"]]
    assert (row.room_code, row.caller_name, row.department, row.handler) == (
        "3-2-1502",
        "吴学文",
        "工程部",
        "李强",
    )
    assert (row.category, row.waits_for, row.shown_state) == ("工程维修/给排水", "等配件", "suspended")
    assert rows[day["callback"]].shown_state == "callback"
    assert rows[day["received"]].place == "3栋楼道"


def test_filters_narrow_each_other(desk: Desk, day: dict[str, str]) -> None:
    assert ids(shown(desk, group="all", kind="enquiry")) == [day["closed"]]
    assert ids(shown(desk, group="open", priority="normal")) == [day["received"]]
    assert set(ids(shown(desk, group="all", handler_id=desk.ids["李强"]))) == {
        day[name] for name in ("callback", "overdue", "suspended")
    }
    assert len(shown(desk, group="all", category_id=desk.ids["工程维修"])) == 5
    assert shown(desk, group="all", category_id=desk.ids["投诉建议"]) == []
    assert ids(shown(desk, group="open", text="漏水 阀")) == [day["suspended"]]
    assert shown(desk, group="open", text="100%") == []
    assert ids(shown(desk, group="all", only=(day["void"],))) == [day["void"]]
    early = desk.clock.now - timedelta(hours=1, minutes=10)
    assert ids(shown(desk, group="all", until=early)) == [day["callback"]]
    assert len(shown(desk, group="all", since=early)) == 5


def test_every_sort_key_sorts_all_rows(desk: Desk, day: dict[str, str]) -> None:
    for key in SORT_KEYS:
        for is_descending in (False, True):
            assert set(ids(shown(desk, By(key, is_descending), group="all"))) == set(day.values())
    by_number = [row.number for row in shown(desk, By("number"), group="all")]
    assert by_number == sorted(by_number)
    assert shown(desk, By("room"), group="open")[-1].room_code is None


def test_filters_that_differ_only_in_the_moment_are_equal(desk: Desk) -> None:
    one = TicketFilter(now=desk.clock.now)
    assert one == replace(one, now=desk.clock.now + timedelta(hours=1))
    assert one != replace(one, group="all")


def test_a_row_that_is_gone_is_left_out(desk: Desk) -> None:
    ticket_id = desk.take().ticket_id
    keys = desk.ask(ticket_keys, TicketFilter())

    def delete(work: Work) -> None:
        work.delete(work.get(Ticket, ticket_id))

    desk.database.write(SYSTEM, delete)
    assert desk.ask(ticket_rows, keys) == []
    assert desk.ask(ticket_rows, []) == []
    assert shown(desk, group="all") == []
    with pytest.raises(DomainError, match="row-gone"):
        desk.ask(ticket_detail, ticket_id)


def plan(desk: Desk, filter_: TicketFilter, order: By | None = None) -> str:
    """What SQLite would do for the keys of a filter."""
    seen: list[str] = []

    def explain(session: Session) -> None:
        raw = session.connection().connection.driver_connection
        assert raw is not None
        statements: list[str] = []
        raw.set_trace_callback(statements.append)
        ticket_keys(session, filter_, order)
        raw.set_trace_callback(None)
        listing = next(one for one in statements if "ticket.rowid" in one)
        seen.extend(
            str(row[3]) for row in session.connection().exec_driver_sql(f"EXPLAIN QUERY PLAN {listing}")
        )

    desk.ask(explain)
    return " | ".join(seen)


def test_long_lists_are_read_off_an_index(desk: Desk) -> None:
    assert "SCAN ticket USING COVERING INDEX ix_ticket_received_at" in plan(desk, TicketFilter(group="all"))
    assert "ix_ticket_state" in plan(desk, TicketFilter(group="open"))
    assert "SCAN ticket" not in plan(desk, TicketFilter(group="overdue"))
    callbacks = plan(desk, TicketFilter(group="callback"))
    assert "SCAN ticket" not in callbacks
    assert "ix_ticket_state" not in callbacks
    by_number = plan(desk, TicketFilter(group="all"), By("number"))
    assert "TEMP B-TREE" not in by_number


@pytest.mark.parametrize("words", ["%", "_", "'", '"', "\\", "漏%水", "--", "；DROP", " "])
def test_signs_of_sql_are_only_signs(desk: Desk, words: str) -> None:
    desk.take("厨房漏水")
    matching = desk.take(f"厨房{words}漏水").ticket_id
    assert matching in ids(shown(desk, text=words))
    assert len(shown(desk, text=words)) == (1 if words.strip() else 2)


# -- today, household, similar, dispatch, categories -------------------------------------------------


def test_today_at_the_desk(desk: Desk, day: dict[str, str]) -> None:
    found = desk.ask(today, desk.clock.now)
    assert (found.received_today, found.completed_today, found.escalated) == (5, 2, 0)
    assert ids(list(found.overdue)) == [day["overdue"]]
    assert [(load.name, load.open_tickets, load.load) for load in found.loads] == [("李强", 2, 4)]
    assert found.callbacks.due == 1


def card(desk: Desk, **given: Any) -> HouseholdCard:
    found: HouseholdCard = desk.ask(
        household_card, **({"room_id": None, "resident_id": None, "now": desk.clock.now} | given)
    )
    return found


def test_a_household_at_a_glance(desk: Desk) -> None:
    def furnish(work: Work) -> None:
        work.add(Vehicle(plate="粤B·7A21K", plate_key="粤B7A21K", room_id=desk.ids["3-2-1502"]))
        tag = work.add(Tag(name="老年客户"))
        work.add(ResidentTag(resident_id=desk.ids["吴学文"], tag_id=tag.id))

    desk.database.write(SYSTEM, furnish)
    done = desk.dispatched()
    desk.do(tickets.complete, done, Completion("fixed", "好了", rating="satisfied"))
    open_ticket = desk.take("灯不亮").ticket_id
    found = card(desk, room_id=desk.ids["3-2-1502"])
    assert found.room is not None
    assert (found.room.code, found.room.building, found.room.unit, found.room.floor) == (
        "3-2-1502", "3 栋", "2 单元", 15,
    )  # fmt: skip
    assert [(one.name, one.role, one.tags, one.phones[0].masked) for one in found.members] == [
        ("吴学文", "owner", ("老年客户",), "189****1443")
    ]
    assert found.vehicles == ("粤B·7A21K",)
    assert [row.id for row in found.open_tickets] == [open_ticket]
    assert (found.year_tickets, found.year_satisfied) == (2, 1)
    assert {one.item.value for one in found.warranties} == {
        "structure", "waterproofing", "heating", "cooling", "wiring", "plumbing", "equipment", "finishing",
    }  # fmt: skip
    person = card(desk, resident_id=desk.ids["吴学文"])
    assert person.room is None
    assert [one.name for one in person.members] == ["吴学文"]
    assert [row.id for row in person.open_tickets] == [open_ticket]
    assert card(desk).members == ()


def similar(desk: Desk, matter: str, **given: Any) -> SimilarWarning:
    fields = {"kind": "repair", "room_id": desk.ids["3-2-1502"], "now": desk.clock.now} | given
    found: SimilarWarning = desk.ask(similar_tickets, matter=matter, **fields)
    return found


def test_a_request_like_an_open_one_warns(desk: Desk) -> None:
    ticket_id = desk.take("厨房水槽下方漏水，已蔓延到走廊").ticket_id
    assert [one.id for one in similar(desk, "水槽那里渗水了").similar] == [ticket_id]
    assert similar(desk, "门锁打不开").is_empty
    assert similar(desk, "水槽那里渗水了", room_id=desk.ids["3-2-0803"]).is_empty
    desk.do(tickets.void, ticket_id, "重复")
    assert similar(desk, "水槽那里渗水了").is_empty


def test_leaks_on_one_riser_within_an_hour_are_told(desk: Desk) -> None:
    above = desk.take("卫生间顶部渗水", room_id=desk.ids["3-2-1602"], resident_id=desk.ids["曾婳"]).ticket_id
    found = similar(desk, "厨房漏水")
    assert [one.id for one in found.same_riser] == [above]
    assert similar(desk, "厨房漏水", room_id=desk.ids["3-2-0803"]).is_empty
    desk.clock.advance(minutes=61)
    assert similar(desk, "厨房漏水").is_empty


def test_whom_to_send_by_duty_and_load(desk: Desk) -> None:
    desk.dispatched()
    choices = desk.ask(dispatch_choices, "repair", desk.ids["给排水"])
    assert [(one.name, one.is_by_duty) for one in choices] == [
        ("工程部", True),
        ("维保", True),
        ("客服部", False),
    ]
    assert [(one.name, one.open_tickets, one.load) for one in choices[0].staff] == [
        ("赵军", 0, 0),
        ("李强", 1, 2),
    ]


def test_a_category_takes_what_it_leaves_open_from_its_parent(desk: Desk) -> None:
    facts = desk.ask(category_facts, desk.ids["给排水"])
    assert (facts.path, facts.kind, facts.department_id, facts.warranty_item, facts.priority) == (
        "工程维修/给排水", "repair", desk.ids["工程部"], "plumbing", "urgent",
    )  # fmt: skip
    assert desk.ask(category_facts, None) is None
    assert desk.ask(category_facts, "0" * 32) is None
    assert desk.ask(with_descendants, desk.ids["工程维修"]) == [desk.ids["工程维修"], desk.ids["给排水"]]
    tree = desk.ask(category_tree)
    assert [(node.path, node.depth) for node in tree if node.depth] == [("工程维修/给排水", 1)]


def test_the_trace_of_a_row_id_is_the_ticket(desk: Desk) -> None:
    ticket_id = desk.take().ticket_id

    def rowid(session: Session) -> int:
        return int(
            session.scalar(text("SELECT rowid FROM ticket WHERE id = :id").bindparams(id=ticket_id)) or 0
        )

    assert list(desk.ask(ticket_keys, TicketFilter(group="all"))) == [desk.ask(rowid)]
    assert desk.ask(lambda session: session.scalar(select(Ticket.number))) == "A-261120-0001"


def test_the_history_reads_in_english_too(desk: Desk) -> None:
    ticket_id = desk.dispatched("leak", expectation="soon")
    desk.do(tickets.chase, ticket_id, promised_at=desk.clock.now + timedelta(hours=1))
    desk.do(printing.record_print, [ticket_id], "a5")
    desk.do(charges.add, ticket_id, [Line("valve", 3500)])
    desk.do(tickets.complete, ticket_id, Completion("fixed", "new valve"))
    desk.do(tickets.rate, ticket_id, "neutral")
    desk.do(undo.undo, ticket_id)
    translations.use("en")
    try:
        texts = [item.text for item in desk.detail(ticket_id).timeline]
    finally:
        translations.use(translations.SOURCE_LANGUAGE)
    assert texts == [
        "Received, wishes: soon",
        "Dispatch, 工程部 李强 138****2207, due 10:45",
        "Chase, promised 11:00",
        "Print, A5, No. 1",
        "Charge, ¥35.00",
        "Done, Fixed, new valve",
        "Rating, Fairly satisfied",
        "Undo, Rating",
    ]
