"""The category tree is edited without breaking the tickets or itself."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest

from models.database import Database
from models.entities import Ticket
from models.errors import DomainError
from models.queries.categories import category_facts, category_tree
from models.services import categories, seeds
from models.services.seeds import category_id
from models.work import SYSTEM, Actor, Work

Do = Callable[..., Any]
WATER = category_id("engineering", "water")


@pytest.fixture
def do(database: Database, actor: Actor) -> Do:
    """Runs a service as 王敏, on a new site."""
    database.write(SYSTEM, seeds.seed_site, "翠湖苑")
    return lambda service, *arguments, **named: database.write(actor, service, *arguments, **named).value


def names_under(database: Database, parent_id: str | None) -> list[str]:
    tree = database.read(category_tree, with_inactive=True)
    return [node.name for node in tree if node.parent_id == parent_id]


def test_a_new_one_stands_last_and_takes_what_it_leaves_open(database: Database, do: Do) -> None:
    made = do(categories.create_category, WATER, {"name": "热水器", "priority": "urgent"})
    assert names_under(database, WATER)[-1] == "热水器"
    facts = database.read(category_facts, made)
    assert facts is not None
    assert (facts.kind, facts.priority, facts.warranty_item) == ("repair", "urgent", "plumbing")
    with pytest.raises(DomainError, match="category-name-taken"):
        do(categories.create_category, WATER, {"name": "热水器"})
    do(categories.create_category, None, {"name": "热水器"})


def test_it_is_renamed_taken_out_of_use_and_refused_wrong_terms(database: Database, do: Do) -> None:
    do(categories.edit_category, WATER, {"name": "水", "is_active": False})
    assert "水" not in [node.name for node in database.read(category_tree)]
    with pytest.raises(DomainError, match="choice-unknown"):
        do(categories.edit_category, WATER, {"priority": "whenever"})


def test_it_moves_and_sisters_take_the_order(database: Database, do: Do) -> None:
    tap = category_id("engineering", "water", "tap")
    roots = [node.id for node in database.read(category_tree) if node.parent_id is None]
    do(categories.move_category, tap, None, [tap, *reversed(roots)])
    assert names_under(database, None)[:2] == ["水龙头与洁具", "咨询"]
    do(categories.move_category, tap, WATER)
    assert "水龙头与洁具" in names_under(database, WATER)
    assert names_under(database, None)[0] == "咨询"


def test_a_branch_cannot_hang_under_itself_or_grow_without_end(do: Do) -> None:
    pipe = category_id("engineering", "water", "pipe")
    for below in (WATER, pipe):
        with pytest.raises(DomainError, match="category-under-itself"):
            do(categories.move_category, WATER, below)
    parent = pipe
    for level in range(3):
        parent = do(categories.create_category, parent, {"name": f"第{level}层"})
    with pytest.raises(DomainError, match="category-too-deep"):
        do(categories.create_category, parent, {"name": "太深"})
    with pytest.raises(DomainError, match="category-too-deep"):
        do(categories.move_category, WATER, category_id("engineering", "heating"))


def test_one_in_use_stays(database: Database, actor: Actor, do: Do) -> None:
    def receive(work: Work, category: str) -> None:
        codes = {"kind": "repair", "channel": "phone", "priority": "normal", "state": "received"}
        at = datetime(2026, 11, 20, tzinfo=UTC)
        work.add(Ticket(number="A-261120-0001", category_id=category, matter="漏水", received_at=at, **codes))

    used = do(categories.create_category, WATER, {"name": "用过"})
    unused = do(categories.create_category, WATER, {"name": "没用过"})
    database.write(actor, receive, used)
    for row_id in (used, WATER):
        with pytest.raises(DomainError, match="category-in-use"):
            do(categories.delete_category, row_id)
    do(categories.delete_category, unused)
    assert "没用过" not in names_under(database, WATER)


def test_a_clerk_may_not(database: Database, do: Do, clerk: Actor) -> None:
    for service, arguments in [
        (categories.create_category, (None, {"name": "x"})),
        (categories.edit_category, (WATER, {"name": "x"})),
        (categories.move_category, (WATER, None)),
        (categories.delete_category, (WATER,)),
    ]:
        with pytest.raises(DomainError, match="right-missing"):
            database.write(clerk, service, *arguments)  # type: ignore[arg-type]
