"""Rows that two desks make, each by itself, under one id: seeds, parameters, callbacks."""

from __future__ import annotations

from datetime import date

import pytest

from models.entities import Callback, Category
from models.entities.setting import ParameterValue
from models.queries import conflict_list
from models.services.callback_making import fixed_id
from models.services.seeds import seed_id
from sync.client.engine import Engine
from tests.sync.parts import TestDesk, TestHq, same, settle

Two = tuple[TestDesk, TestDesk]


def made_callback(desk: TestDesk) -> str:
    row_id = fixed_id("callback", "0" * 32, 0)
    made = Callback(id=row_id, kind="repair", due_on=date(2026, 11, 24), reason="always")
    return str(desk.write(lambda work: work.add(made).id))


def set_parameter(desk: TestDesk, value: int) -> str:
    made = ParameterValue(id=seed_id("parameter", "x"), key="x", value=value)
    return str(desk.write(lambda work: work.add(made).id))


def made_category(desk: TestDesk, name: str) -> str:
    made = Category(id=seed_id("category", "water"), name=name, position=1)
    return str(desk.write(lambda work: work.add(made).id))


@pytest.mark.parametrize("is_answered_first", [True, False])
def test_what_was_noted_on_a_callback_outlives_the_same_callback_made_by_another_desk(
    two: Two, is_answered_first: bool
) -> None:
    """Two desks that finish one ticket make one callback, by rule and under one id. The later making's empty
    fields took the place of what was noted after the call, and no conflict told of it (seed 31875)."""
    first, second = two
    callback = made_callback(first)
    first.edit(Callback, callback, state="done", opinion="很满意")
    assert made_callback(second) == callback
    settle(*(two if is_answered_first else reversed(two)))
    for desk in two:
        assert (desk.value(Callback, callback, "state"), desk.value(Callback, callback, "opinion")) == (
            "done",
            "很满意",
        )
    assert first.conflicts() == []
    same(*two)


def test_a_parameter_set_for_the_first_time_at_two_desks_loses_one_value_openly(two: Two) -> None:
    """Each made the row; the later one counted and nobody heard of the other."""
    first, second = two
    row = set_parameter(first, 5)
    set_parameter(second, 7)
    settle(*two)
    assert first.value(ParameterValue, row, "value") == second.value(ParameterValue, row, "value") == 7
    (conflict,) = first.database.read(conflict_list.conflicts)
    assert (conflict.row_id, conflict.field) == (row, "value")
    assert (conflict.kept_value, conflict.lost_value) == ("7", "5")
    same(*two)


def test_a_profile_that_joins_does_not_undo_what_the_site_has_written_into_a_seed(
    hq: TestHq, site: str
) -> None:
    """It had edited another field, so the row went up whole, with the younger stamp of its own making."""
    first = hq.desk(site)
    category = made_category(first, "给排水")
    first.edit(Category, category, name="水电")
    settle(first)
    database = hq.profile()
    own = TestDesk(database, first.tokens, first.link, Engine(database, first.link))
    made_category(own, "给排水")
    own.edit(Category, category, position=9)
    joined = hq.desk(site, database)
    settle(first, joined)
    assert (first.value(Category, category, "name"), first.value(Category, category, "position")) == (
        "水电",
        9,
    )
    same(first, joined)
