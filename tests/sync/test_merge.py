"""Merging is a join: order, grouping and repetition cannot matter."""

from __future__ import annotations

from itertools import permutations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.rules.ticket_life import State
from sync.clock import make_stamp
from sync.merge import (
    FINAL_FIELDS,
    Cell,
    Grave,
    Scalar,
    in_its_life,
    is_concurrent,
    is_deleted,
    join,
    join_graves,
)
from sync.server.merging import merge_edit
from sync.server.stored import Edit, StoredRow
from sync.server.tables import SITE_TABLES

STATES = [state.value for state in State]
FINALITY = FINAL_FIELDS["ticket", "state"]
stamps = st.integers(1, 60)
cells = st.builds(
    Cell,
    st.one_of(st.none(), st.text(max_size=3), st.integers(-5, 5)),
    stamps,
    st.integers(0, 60),
    st.just(0),
)
states = st.builds(Cell, st.sampled_from(STATES), stamps, st.integers(0, 60), st.integers(0, 60))
grave_stamps = st.builds(make_stamp, st.integers(0, 20), st.just(0), st.integers(1, 3))
known = st.dictionaries(st.sampled_from(("1", "2", "3")), grave_stamps)
graves = st.builds(Grave, grave_stamps, grave_stamps | st.just(0), grave_stamps | st.just(0), known)


@given(cells, cells, cells)
def test_joining_fields_commutes_associates_and_repeats_without_harm(
    one: Cell, two: Cell, three: Cell
) -> None:
    assert join(one, two) == join(two, one)
    assert join(join(one, two), three) == join(one, join(two, three))
    assert join(one, one) == one
    assert join(join(one, two), two) == join(one, two)


@given(states, states, states)
def test_joining_ticket_states_does_too(one: Cell, two: Cell, three: Cell) -> None:
    def joined(left: Cell, right: Cell) -> Cell:
        return join(left, right, FINALITY)

    assert joined(one, two) == joined(two, one)
    assert joined(joined(one, two), three) == joined(one, joined(two, three))
    assert joined(one, one) == one


@given(graves, graves, graves, st.lists(grave_stamps))
def test_joining_deletions_does_too(one: Grave, two: Grave, three: Grave, edits: list[int]) -> None:
    both = join_graves(one, two)
    assert both == join_graves(two, one)
    assert join_graves(both, three) == join_graves(one, join_graves(two, three))
    assert join_graves(one, one) == one
    assert join_graves(both, two) == both
    if is_deleted(both, edits):
        assert all(one.covers(edit) or two.covers(edit) for edit in edits), "seen by nobody who deleted it"
    if is_deleted(one, edits) and not two.alive:
        assert is_deleted(both, edits), "another deletion does not bring it back"


@given(st.lists(cells, min_size=1, max_size=4))
def test_every_order_of_arrival_gives_one_result(edits: list[Cell]) -> None:
    results = set()
    for order in permutations(edits):
        held = order[0]
        for edit in order[1:]:
            held = join(held, edit)
        results.add(held)
    assert len(results) == 1


@pytest.mark.parametrize("final", ["completed", "closed", "void", "archived"])
@pytest.mark.parametrize(
    "stale", ["received", "dispatched", "accepted", "in_progress", "suspended", "sent_back"]
)
def test_a_finished_ticket_is_not_reopened_by_a_stale_edit(final: str, stale: str) -> None:
    ended = Cell(final, stamp=50, base=10)
    late = in_its_life(Cell(stale, stamp=90, base=10), ended, FINALITY)
    assert join(ended, late, FINALITY) == ended


def test_a_ticket_reopened_knowingly_stays_open_against_the_old_end() -> None:
    ended = Cell("archived", stamp=50, base=10)
    reopened = in_its_life(Cell("received", stamp=60, base=50), ended, FINALITY)
    assert join(ended, reopened, FINALITY) == reopened
    stale_end = in_its_life(Cell("completed", stamp=70, base=10), reopened, FINALITY)
    assert join(reopened, stale_end, FINALITY) == reopened
    new_end = in_its_life(Cell("completed", stamp=80, base=60), reopened, FINALITY)
    assert join(reopened, new_end, FINALITY) == new_end


def stamp(ms: int, desk: int) -> int:
    return make_stamp(ms, 0, desk)


@pytest.mark.parametrize(
    ("incoming", "current", "expected"),
    [
        (Cell("b", stamp(20, 2), stamp(10, 1)), Cell("a", stamp(10, 1)), False),
        (Cell("b", stamp(20, 2), stamp(5, 1)), Cell("a", stamp(10, 1)), True),
        (Cell("b", stamp(8, 2), stamp(5, 1)), Cell("a", stamp(10, 1)), True),
        (Cell("a", stamp(20, 2), stamp(5, 1)), Cell("a", stamp(10, 1)), False),
        (Cell("b", stamp(20, 1), stamp(5, 3)), Cell("a", stamp(10, 1)), False),
    ],
    ids=["seen", "not seen", "not seen and older", "the same said twice", "one's own"],
)
def test_concurrent_is_what_its_author_had_not_seen(incoming: Cell, current: Cell, expected: bool) -> None:
    assert is_concurrent(incoming, current) is expected


def test_a_delete_holds_only_against_what_its_author_saw() -> None:
    assert is_deleted(Grave(stamp=30, seen=20), [20])
    assert not is_deleted(Grave(stamp=30, seen=20), [10, 25]), "concurrent, though older than the delete"
    assert not is_deleted(Grave(stamp=30, seen=20), [40])
    assert not is_deleted(Grave(stamp=30, seen=20, alive=50), [20])
    assert not is_deleted(Grave(), [1])


def test_a_delete_does_not_hold_against_an_unseen_edit_below_another_that_was_seen() -> None:
    seen = {"1": stamp(100, 1), "2": stamp(50, 2)}
    grave = Grave(stamp=stamp(110, 1), known=seen)
    assert is_deleted(grave, seen.values())
    assert not is_deleted(grave, [stamp(100, 1), stamp(90, 2)])
    assert not is_deleted(grave, [stamp(100, 1), stamp(90, 3)])
    assert not is_deleted(grave._replace(alive=stamp(60, 2)), seen.values())


def test_values_of_one_stamp_still_have_one_winner() -> None:
    values: list[Scalar] = ["a", "b", None, 3]
    winners = {
        join(join(Cell(x, 5), Cell(y, 5)), Cell(z, 5)) for x, y, z in permutations(values, 3) if {x, y, z}
    }
    assert len({join(Cell("a", 5), Cell("b", 5)), join(Cell("b", 5), Cell("a", 5))}) == 1
    assert winners


def test_a_desks_own_later_edit_knows_the_earlier_one() -> None:
    """An answer was lost: what it sends next still names what the first of them replaced."""
    ended = Cell("archived", stamp(50, 1), base=10)
    reopened = in_its_life(Cell("received", stamp(60, 1), base=10), ended, FINALITY)
    assert join(ended, reopened, FINALITY) == reopened
    others = in_its_life(Cell("received", stamp(60, 2), base=10), ended, FINALITY)
    assert join(ended, others, FINALITY) == ended


def test_a_base_that_lost_here_has_seen_nothing() -> None:
    """A stamp above the end's says nothing: it is of an edit that lost against it."""
    ended = Cell("completed", stamp(50, 1), base=10)
    late = Cell("suspended", stamp(90, 2), base=stamp(80, 2))
    assert join(ended, in_its_life(late, ended, FINALITY, is_base_met=True), FINALITY) == ended
    of_a_restored_headquarters = in_its_life(late, ended, FINALITY)
    assert join(ended, of_a_restored_headquarters, FINALITY) == of_a_restored_headquarters


def stored_row() -> StoredRow:
    values = {"code": "3", "name": "3栋", "position": 0, "note": None}
    return StoredRow("0" * 32, 1, 1, 1, 0, None, None, {}, values)


@st.composite
def arrivals(draw: st.DrawFn) -> list[tuple[int, int]]:
    """(desk, its n-th edit) in an order in which batches can arrive: each desk's in turn, any again later."""
    left = {desk: draw(st.integers(0, 4)) for desk in (1, 2, 3)}
    sent: list[tuple[int, int]] = []
    done = dict.fromkeys(left, 0)
    for _ in range(draw(st.integers(0, 16))):
        desk, is_again = draw(st.tuples(st.sampled_from((1, 2, 3)), st.booleans()))
        if sent and is_again:
            sent.append(sent[draw(st.integers(0, len(sent) - 1))])
        elif done[desk] < left[desk]:
            done[desk] += 1
            sent.append((desk, done[desk]))
    return sent


@given(arrivals(), st.permutations((1, 2, 3)))
def test_edits_in_any_order_and_however_often_leave_one_winner(
    sent: list[tuple[int, int]], speed: list[int]
) -> None:
    """At headquarters, for a field without a rule of the trade: the highest stamp, told to all the same."""
    row, table = stored_row(), SITE_TABLES["building"]
    edits = {one: stamp(10 * one[1] + speed[one[0] - 1], one[0]) for one in sent}
    for seq, one in enumerate(sent, start=2):
        edit = Edit({"name": f"{one}"}, {"name": edits[one]}, {"name": 1})
        merge_edit(table, row, edit, seq)
    if not sent:
        return
    winner = max(edits, key=lambda one: edits[one])
    assert (row.values["name"], row.entries["name"][0]) == (f"{winner}", edits[winner])
    before = dict(row.entries)
    merge_edit(table, row, Edit({"name": "again"}, {"name": edits[winner]}, {"name": 1}), 99)
    assert row.entries == before


@given(st.permutations([("edit", 20), ("delete", 30), ("edit", 40)]), st.integers(0, 45))
def test_a_deletion_and_edits_in_any_order_agree(order: list[tuple[str, int]], seen: int) -> None:
    """Of a desk that tells one stamp for all it saw (0.1.0)."""
    row, table = stored_row(), SITE_TABLES["building"]
    for seq, (kind, at) in enumerate(order, start=2):
        desk = at // 10
        if kind == "edit":
            edit = Edit({f"f{desk}": "x"}, {f"f{desk}": stamp(at, desk)}, {})
        else:
            edit = Edit({"deleted": 1}, {"deleted": stamp(at, desk)}, {"deleted": stamp(seen, 511)})
        merge_edit(table, row, edit, seq)
    assert (row.deleted is not None) is (seen >= 40)


EDITS = {f"f{at}{desk}": stamp(at, desk) for at in (20, 40) for desk in (1, 2, 3)}


@given(
    st.permutations(["dig 1", "dig 2", *EDITS]),
    st.dictionaries(st.sampled_from(("1", "2", "3")), st.sampled_from((20, 40))),
    st.dictionaries(st.sampled_from(("1", "2", "3")), st.sampled_from((20, 40))),
)
def test_deletions_that_tell_what_they_saw_of_each_desk_agree_in_any_order(
    order: list[str], one: dict[str, int], two: dict[str, int]
) -> None:
    """In any order in which nobody has seen what headquarters had not."""
    row, table = stored_row(), SITE_TABLES["building"]
    row.stamp = stamp(10, 1)
    known = [{desk: stamp(at, int(desk)) for desk, at in {"1": 20, **seen}.items()} for seen in (one, two)]
    for number, seen in enumerate(known, start=1):
        dig = f"dig {number}"
        last = max(order.index(name) for name in EDITS if EDITS[name] in seen.values())
        order.insert(max(last, order.index(dig)), order.pop(order.index(dig)))
    for seq, name in enumerate([*order, order[0]], start=2):
        if name in EDITS:
            edit = Edit({name: "x"}, {name: EDITS[name]}, {})
        else:
            number = int(name[-1])
            at = stamp(45 + number, number)
            edit = Edit({"deleted": at}, {"deleted": at}, known=known[number - 1])
        merge_edit(table, row, edit, seq)
    both = join_graves(Grave(known=known[0]), Grave(known=known[1]))
    assert (row.deleted is not None) is all(map(both.covers, EDITS.values()))
    assert row.entries["deleted"][2:] == [0, 0, both.known]
