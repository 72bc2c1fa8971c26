"""The short way through a merge, for whoever knew the present value, says what the long one says."""

from __future__ import annotations

from copy import deepcopy
from unittest.mock import patch

from hypothesis import given, settings
from hypothesis import strategies as st

from sync.clock import make_stamp
from sync.server import field_merging
from sync.server.merging import merge_edit
from sync.server.stored import Edit, Found, StoredRow
from sync.server.tables import SITE_TABLES

TICKET = SITE_TABLES["ticket"]
STATES = ("received", "in_progress", "completed", "closed", "void")
stamps = st.builds(make_stamp, st.integers(1, 4), st.just(0), st.integers(1, 3))
names = st.sampled_from(["state", "place", "unheard_of"])
values = st.sampled_from([*STATES, None])


@st.composite
def entries(draw: st.DrawFn) -> dict[str, list[object]]:
    found: dict[str, list[object]] = {}
    for name in draw(st.sets(names)):
        entry: list[object] = [draw(stamps), 1, draw(stamps | st.just(0)), draw(stamps | st.just(0))]
        if draw(st.booleans()):
            entry.append({desk: draw(stamps) for desk in ("1", "2", "3", "1+")})
        found[name] = entry
    if draw(st.integers(0, 4)) == 0:
        found["deleted"] = [draw(stamps), 1, draw(stamps | st.just(0)), draw(stamps | st.just(0))]
        if draw(st.booleans()):
            found["deleted"].append({desk: draw(stamps) for desk in draw(st.sets(st.sampled_from("123")))})
    return found


@st.composite
def rows(draw: st.DrawFn) -> StoredRow:
    made = draw(stamps)
    held = draw(entries())
    deleted = draw(stamps) if "deleted" in held and draw(st.booleans()) else None
    here = {"state": draw(values), "place": draw(values)}
    return StoredRow("ab" * 16, made, 1, 1, 1, deleted, None, held, here)


@st.composite
def edits(draw: st.DrawFn, row: StoredRow) -> Edit:
    told: dict[str, object] = {name: draw(values) for name in draw(st.sets(names, min_size=1))}
    if draw(st.integers(0, 4)) == 0:
        told["deleted"] = draw(stamps | st.none())
    at = {name: draw(stamps) for name in told}
    known = {name: row.entries.get(name, [row.stamp])[0] for name in told}
    seen = {name: known[name] if draw(st.booleans()) else draw(stamps | st.just(0)) for name in told}
    sent_as = {name: at[name] + 4096 for name in told if name != "deleted" and draw(st.integers(0, 5)) == 0}
    return Edit(told, at, seen, sent_as=sent_as)


def outcome(row: StoredRow, edit: Edit) -> tuple[StoredRow, list[Found]]:
    mine = deepcopy(row)
    return mine, merge_edit(TICKET, mine, edit, 9)


@settings(max_examples=1_000)
@given(st.data())
def test_both_ways_say_the_same(data: st.DataObject) -> None:
    row = data.draw(rows())
    edit = data.draw(edits(row))
    with patch.object(field_merging, "_is_next", lambda *_: False):
        long = outcome(row, edit)
    assert outcome(row, edit) == long


def test_the_short_way_is_taken() -> None:
    row = StoredRow("ab" * 16, 1 << 30, 1, 1, 1, None, None, {}, {"place": "a"})
    with patch.object(field_merging, "in_its_life", side_effect=AssertionError("the long way")):
        outcome(row, Edit({"place": "b"}, {"place": 2 << 30}, {"place": 1 << 30}))
