"""The numbers: each page's against the same counted by hand, on both databases; exports, charts."""

from __future__ import annotations

import io
from itertools import pairwise
from statistics import mean, median
from typing import Any

import openpyxl
import pytest
from sqlalchemy import insert, select, text, update

from models.entities.synced import new_id
from models.rules.ticket_life import OPEN
from sync.protocol import SyncRequest
from sync.server.console import charts, wording
from sync.server.console.counting import Counts
from sync.server.console.queries import tickets as ticket_queries
from sync.server.console.queries.figures import DAY_MS, Figures, Period, survey
from sync.server.console.queries.records import conflicts
from sync.server.console.queries.sites import all_sites
from sync.server.console.queries.tickets import Wanted, counts, ticket_rows
from sync.server.tables import SITE_TABLES, hq_desk
from tests.sync.parts import TestHq
from tests.sync.server.console.visitor import NOW, World

TICKET = SITE_TABLES["ticket"].table
CALLBACK = SITE_TABLES["callback"].table
RATING = {"satisfied": "satisfied", "fairly": "neutral", "dissatisfied": "dissatisfied"}


def rows(world: World, table: Any) -> list[dict[str, Any]]:
    with world.database.surveying() as connection:
        return [dict(row) for row in connection.execute(select(table)).mappings()]


def is_late(one: dict[str, Any]) -> bool:
    return one["state"] in OPEN - {"suspended"} and one["due_at"] < NOW


@pytest.mark.both_databases
def test_counts_are_those_of_the_rows(world: World) -> None:
    known = rows(world, TICKET)
    running = [one for one in known if one["state"] in OPEN]
    with world.database.surveying() as connection:
        sites = {row.site_id: row for row in all_sites(connection, NOW)}
        running_counts = counts(connection, Wanted(), NOW)
        late = counts(connection, Wanted(group="overdue"), NOW)
        everything = counts(connection, Wanted(group="all"), NOW)
        urgent = counts(connection, Wanted(group="all", priority="urgent", since=NOW - 20 * DAY_MS), NOW)
    for site_id, row in sites.items():
        own = [one for one in running if one["site_id"] == site_id]
        assert (row.open, row.overdue) == (len(own), sum(map(is_late, own)))
        assert row.desks == 2
    assert running_counts.total == len(running)
    assert running_counts.overdue == late.total == sum(map(is_late, running)) > 0
    assert everything.total == len(known) == sum(everything.by_category.values())
    assert sum(both[0] for both in everything.by_site.values()) == len(known)
    assert urgent.total == sum(
        one["priority"] == "urgent" and one["received_at"] >= NOW - 20 * DAY_MS for one in known
    )


def by_hand(world: World, site_id: str, period: Period) -> Figures:
    found = Figures()
    minutes = []
    answers: dict[str, dict[str, Any]] = {}
    for one in sorted(rows(world, CALLBACK), key=lambda one: one["called_at"]):
        if one["site_id"] == site_id and one["state"] == "done":
            answers[one["ticket_id"]] = one
    for one in rows(world, TICKET):
        if one["site_id"] != site_id or not period.since <= one["received_at"] < period.until:
            continue
        if one["state"] == "void":
            continue
        found.received += 1
        answer = answers.get(one["id"], {})
        rating = RATING.get(answer.get("satisfaction") or "", one["rating"])
        if rating:
            setattr(found, rating, getattr(found, rating) + 1)
        found.unsolved += answer.get("solved") == 0
        found.reopened += one["reopened_count"] > 0
        ended = one["completed_at"] or one["closed_at"]
        if ended:
            found.done += 1
            found.timed += 1
            found.on_time += ended <= one["due_at"]
            minutes.append(max(ended - one["received_at"] - one["suspended_ms"], 0) / 60_000)
    found.minutes = sum(minutes)
    found.median_minutes = median(minutes) if minutes else None
    return found


@pytest.mark.both_databases
def test_figures_are_those_of_the_rows(world: World) -> None:
    second = {"site_id": world.planted.sites[0], "ticket_id": world.planted.tickets[0]}
    with world.database.administering() as connection:
        connection.execute(
            update(TICKET).where(TICKET.c.id == world.planted.tickets[0]).values(
                state="archived", completed_at=NOW - 40 * DAY_MS, suspended_ms=DAY_MS, rating="satisfied"
            )
        )  # fmt: skip
        head = {"stamp": 1, "seq": 1, "created_seq": 1, "source_desk": 1, "state": "done", **second}
        for days, said in ((3, "fairly"), (2, "dissatisfied")):  # the later answer counts
            values = {"id": new_id(), "called_at": NOW - days * DAY_MS, "satisfaction": said, "solved": 0}
            connection.execute(insert(CALLBACK), [{**head, **values}])
    period = Period(NOW - 100 * DAY_MS, NOW, 7)
    with world.database.surveying() as connection:
        found = survey(connection, None, period)
        one_site = survey(connection, frozenset({world.planted.sites[0]}), period)
    for site_id in world.planted.sites:
        expected, got = by_hand(world, site_id, period), found.by_site[site_id]
        assert got.minutes == pytest.approx(expected.minutes, abs=0.01)
        assert got.median_minutes == pytest.approx(expected.median_minutes, abs=0.01)
        for name in ("received", "done", "on_time", "satisfied", "neutral", "dissatisfied", "unsolved"):
            assert getattr(got, name) == getattr(expected, name), name
        assert got.reopened == expected.reopened
    assert set(one_site.by_site) == {world.planted.sites[0]}
    assert one_site.total.satisfaction == found.by_site[world.planted.sites[0]].satisfaction
    assert sum(figures.received for _start, figures in found.trend) == found.total.received == 72
    starts = [start for start, _figures in found.trend]
    assert {later - earlier for earlier, later in pairwise(starts)} == {7 * DAY_MS}
    assert wording.local(starts[0]).strftime("%a %H:%M") == "Mon 00:00"  # type: ignore[union-attr]


@pytest.mark.both_databases
def test_times_beyond_all_reason_stop_no_page(world: World) -> None:
    """One desk's damaged file must not take the pages of all sites away."""
    anna, edge = world.visitor("anna"), (1 << 63) - 1
    for number, (completed, suspended) in enumerate([(edge, -edge), (-edge - 1, edge), (edge, 0)]):
        values = {"completed_at": completed, "suspended_ms": suspended, "due_at": completed}
        values |= {"closed_at": edge, "reopened_count": edge, "received_at": NOW - number * 1000}
        with world.database.administering() as connection:
            this = TICKET.c.id == world.planted.tickets[number]
            connection.execute(update(TICKET).where(this).values(values))
    for path in ("/sites", "/figures?days=90", "/tickets", "/tickets/list?group=all"):
        assert anna.get(path).status_code == 200, path
    for path in ("/figures.xlsx?days=90", "/tickets/list.xlsx?group=all"):
        assert anna.get(path).status_code == 200, path


@pytest.mark.both_databases
def test_the_list_is_complete_and_in_order(world: World) -> None:
    with world.database.surveying() as connection:
        found = [
            row
            for skip in range(0, 80, 20)
            for row in ticket_rows(connection, Wanted(group="all"), NOW, skip=skip, limit=20)
        ]
        number = found[5].number
        one = list(ticket_rows(connection, Wanted(group="all", number=number), NOW, skip=0, limit=9))
    assert len({row.id for row in found}) == 72
    moments = [row.received_at for row in found if row.received_at is not None]
    assert moments == sorted(moments, reverse=True)
    assert {row.is_overdue for row in found} == {True, False}
    assert all(row.category and row.room and row.handler for row in found)
    assert {row.number for row in one} <= {number}  # its day is looked at, not the whole table


def test_open_tickets_are_read_off_their_index(world: World) -> None:
    statement = select(ticket_queries.OWN_SITE.label("own")).where(ticket_queries.IS_OPEN).group_by("own")
    with world.database.surveying() as connection:
        asked = statement.compile(connection.engine, compile_kwargs={"literal_binds": True})
        plan = connection.execute(text(f"EXPLAIN QUERY PLAN {asked}")).all()
    assert any("ix_ticket_open" in row[-1] for row in plan)


@pytest.mark.both_databases
def test_conflicts_tell_both_values_and_whose_they_are(world: World) -> None:
    conflict = SITE_TABLES["conflict"].table
    head = {"site_id": world.planted.sites[0], "stamp": 1, "seq": 1, "created_seq": 1, "source_desk": 1}
    values = {
        "id": new_id(), "table_name": "resident", "row_id": new_id(), "field": "name", "state": "open",
        "kept_value": '"欧阳春晓"', "lost_value": '"欧阳春晗"', "kept_by": "A", "lost_by": "B",
        "kept_at": NOW, "lost_at": NOW - 1, "reason": "concurrent",
    }  # fmt: skip
    with world.database.administering() as connection:
        connection.execute(insert(conflict), [{**head, **values}])
    assert "欧阳春晗" in world.visitor("anna").get(f"/sites/{world.planted.sites[0]}").text
    assert "欧阳春晗" not in world.visitor("vera").get(f"/sites/{world.planted.sites[0]}").text
    found, _names = conflicts(world.database, world.planted.sites[0])
    assert (found[0].kept_value, found[0].lost_value) == ("欧阳春晓", "欧阳春晗")


def test_conflicts_of_another_site_do_not_show(world: World) -> None:
    own = {one.id for one in conflicts(world.database, world.planted.sites[0])[0]}
    known = rows(world, SITE_TABLES["conflict"].table)
    assert own == {one["id"] for one in known if one["site_id"] == world.planted.sites[0]}


@pytest.mark.both_databases
def test_a_desk_tells_what_still_waits(hq: TestHq, site: str) -> None:
    """What it says with a batch is what the batch leaves behind; one that says nothing is not known."""
    desk = hq.desk(site)
    desk.sync()
    building = desk.add_building("1")
    for number in range(60):
        desk.add_room(building, f"1-1-{number:03}")
    desk.engine.exchange.batch = 50
    told: list[int | None] = []

    def note(request: SyncRequest, _reply: object) -> None:
        with hq.store.database.surveying() as connection:
            told.append(connection.execute(select(hq_desk.c.pending)).scalar_one())

    desk.link.after = note
    desk.sync()
    assert told[0] is not None
    assert told[0] > 0
    assert told[-1] == 0 == desk.pending()
    with hq.store.database.administering() as connection:
        connection.execute(update(hq_desk).values(pending=None))
    with hq.store.database.surveying() as connection:
        assert all_sites(connection, NOW)[0].pending is None


# -- exports -----------------------------------------------------------------------------------------

EXPORTS = (
    "/sites.xlsx", "/tickets.xlsx?group=all", "/tickets/list.xlsx?group=all", "/figures.xlsx?days=90",
    "/accounts.xlsx", "/audit.xlsx",
)  # fmt: skip


@pytest.mark.parametrize(
    ("state", "ended", "is_late"),
    [
        ("in_progress", None, True),
        ("in_progress", NOW, True),
        ("suspended", None, False),
        ("void", None, False),
    ],
)
def test_one_ticket_is_late_by_the_rule_that_the_lists_go_by(
    world: World, state: str, ended: int | None, is_late: bool
) -> None:
    """Also when merged fields do not fit each other: an open state beside an end."""
    site, ticket = world.planted.sites[0], world.planted.tickets[0]
    values = {"state": state, "completed_at": ended, "closed_at": None, "due_at": NOW - 1}
    with world.database.administering() as connection:
        connection.execute(update(TICKET).where(TICKET.c.id == ticket).values(values | {"number": "A-LATE"}))
    anna = world.visitor("anna")
    assert ("A-LATE" in anna.get("/tickets/list?group=overdue").text) == is_late
    assert ("超时</span>" in anna.get(f"/sites/{site}/tickets/{ticket}").text) == is_late


@pytest.mark.parametrize("path", EXPORTS)
def test_each_list_is_exported(looked_at: World, path: str) -> None:
    anna = looked_at.visitor("anna", "en")
    answer = anna.get(path)
    assert answer.headers["content-disposition"].startswith("attachment; filename*=UTF-8''")
    assert answer.headers["content-type"].endswith("spreadsheetml.sheet")
    sheet = openpyxl.load_workbook(io.BytesIO(answer.content)).worksheets[0]
    titles = [cell.value for cell in sheet[1]]
    assert all(title and str(title).isascii() for title in titles), titles
    assert sheet.max_row > 1
    assert "export" in [row["action"] for row in rows(looked_at, hq_audit())]


def hq_audit() -> Any:
    from sync.server.tables import hq_audit as table

    return table


def test_a_formula_in_a_ticket_stays_text(world: World) -> None:
    with world.database.administering() as connection:
        connection.execute(
            update(TICKET).where(TICKET.c.id == world.planted.tickets[0]).values(
                matter='=HYPERLINK("http://evil.test","x")', caller_name="+cmd"
            )
        )  # fmt: skip
    answer = world.visitor("anna").get("/tickets/list.xlsx?group=all")
    cells = [
        cell
        for row in openpyxl.load_workbook(io.BytesIO(answer.content)).worksheets[0].iter_rows()
        for cell in row
    ]
    planted = [cell for cell in cells if str(cell.value).startswith(("=", "+"))]
    assert len(planted) == 2
    assert all(cell.data_type == "s" and cell.quotePrefix for cell in planted)


def test_no_file_is_left_behind(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = world.folder / "temporary"
    folder.mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(folder))
    assert world.visitor("anna").get("/sites.xlsx").status_code == 200
    assert list(folder.iterdir()) == []


def test_too_many_rows_are_told_instead_of_exported(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sync.server.console.exports.LIMIT", 10)
    answer = world.visitor("anna").get("/tickets/list.xlsx?group=all")
    assert answer.status_code == 422
    assert "72" in answer.text
    assert 'href="/console/tickets/list?group=all">回到列表' in answer.text


# -- pieces ------------------------------------------------------------------------------------------


def test_what_was_counted_is_kept_for_a_while() -> None:
    clock = [0.0]
    made: list[int] = []
    counted = Counts(lambda: clock[0])

    def make(cost: float = 0.0) -> int:
        clock[0] += cost
        made.append(1)
        return len(made)

    assert [counted.get("a", 5.0, make) for _ in range(3)] == [1, 1, 1]
    clock[0] = 5.1
    assert counted.get("a", 5.0, make) == 2
    assert counted.get("slow", 5.0, lambda: make(2.0)) == 3
    clock[0] += 39.0  # twenty times what it took
    assert counted.get("slow", 5.0, make) == 3
    clock[0] += 2.0
    assert counted.get("slow", 5.0, make) == 4
    counted.forget()
    assert counted.get("slow", 5.0, make) == 5


def test_bars_are_as_long_as_their_values() -> None:
    drawn = charts.bars(
        "t",
        "d",
        [
            charts.Bar("长" * 20, (charts.Part(2, "good"),), "2"),
            charts.Bar("b", (charts.Part(1, "bad"),), "1"),
        ],
    )
    first, second = drawn.bars[0].pieces[0], drawn.bars[1].pieces[0]
    assert first.width == pytest.approx(2 * second.width, abs=0.2)
    assert drawn.bars[0].label == "长" * 9 + "…"
    shares = charts.bars(
        "t", "d", [charts.Bar("a", (charts.Part(3, "good"), charts.Part(1, "bad")), "")], is_share=True
    )
    good, bad = shares.bars[0].pieces
    assert good.width == pytest.approx(3 * bad.width, abs=0.2)
    assert charts.bars("t", "d", [charts.Bar("a", (charts.Part(0, "good"),), "")]).bars[0].pieces == ()


def test_a_line_has_gaps_where_nothing_counts() -> None:
    points = [charts.Point(str(n), value) for n, value in enumerate((1.0, 0.5, None, 0.0, 1.0))]
    drawn = charts.line("t", "d", points, [(0.0, "0"), (1.0, "1")])
    assert [len(line.split()) for line in drawn.lines] == [2, 2]
    high, _middle, low, _last = drawn.dots
    assert high.y < low.y
    assert charts.line("t", "d", [], [(0.0, "0")]).lines == ()


@pytest.mark.parametrize(
    ("minutes", "words"),
    [(None, "—"), (0, "0 分钟"), (42.4, "42 分钟"), (318, "5.3 小时"), (4_464, "3.1 天")],
)
def test_durations_are_said_in_the_unit_that_fits(minutes: float | None, words: str) -> None:
    assert wording.duration(minutes) == words


def test_means_and_shares_of_nothing_are_nothing() -> None:
    assert (Figures().satisfaction, Figures().punctuality, Figures().mean_minutes) == (None, None, None)
    assert Figures(done=2, minutes=30).mean_minutes == mean((10, 20))
