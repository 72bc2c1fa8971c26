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
graves = st.builds(Grave, st.integers(0, 60), st.integers(0, 60), st.integers(0, 60))


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


@given(graves, graves, graves, st.integers(0, 60))
def test_joining_deletions_does_too(one: Grave, two: Grave, three: Grave, edit: int) -> None:
    assert join_graves(one, two) == join_graves(two, one)
    assert join_graves(join_graves(one, two), three) == join_graves(one, join_graves(two, three))
    assert join_graves(one, one) == one
    if is_deleted(join_graves(one, two), edit):
        assert is_deleted(one, edit) or is_deleted(two, edit), "two living rows do not make a dead one"


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
    assert is_deleted(Grave(stamp=30, seen=20), last_edit=20)
    assert not is_deleted(Grave(stamp=30, seen=20), last_edit=25), "concurrent, though older than the delete"
    assert not is_deleted(Grave(stamp=30, seen=20), last_edit=40)
    assert not is_deleted(Grave(stamp=30, seen=20, alive=50), last_edit=20)
    assert not is_deleted(Grave(), last_edit=1)


def test_values_of_one_stamp_still_have_one_winner() -> None:
    values: list[Scalar] = ["a", "b", None, 3]
    winners = {
        join(join(Cell(x, 5), Cell(y, 5)), Cell(z, 5)) for x, y, z in permutations(values, 3) if {x, y, z}
    }
    assert len({join(Cell("a", 5), Cell("b", 5)), join(Cell("b", 5), Cell("a", 5))}) == 1
    assert winners
