"""The category tree as the settings edit it: what a node says itself beside what it takes from above."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from models.entities import Department
from models.entities.ticket import Category
from models.queries.categories import category_facts, category_tree


@dataclass(frozen=True, slots=True)
class CategorySetting:
    """A node in the order of the tree; ``depth`` 0 is a root. ``kind``, ``department_id``, ``priority`` and
    ``warranty_item`` are its own, None where it takes them from above; ``in_force`` are the codes that
    count for a request, the department by its name. ``is_first`` / ``is_last`` among its sisters."""

    id: str
    parent_id: str | None
    name: str
    path: str
    depth: int
    kind: str | None
    department_id: str | None
    priority: str | None
    warranty_item: str | None
    is_active: bool
    in_force: tuple[str | None, str | None, str | None, str | None]
    is_first: bool
    is_last: bool


def category_settings(session: Session) -> tuple[CategorySetting, ...]:
    """Every node, parents before their children, those out of use too."""
    tree = category_tree(session, with_inactive=True)
    rows = {row.id: row for row in session.scalars(select(Category).where(Category.deleted.is_(None)))}
    names: dict[str, str] = {row.id: row.name for row in session.scalars(select(Department))}
    sisters: dict[str | None, list[str]] = {}
    for node in tree:
        sisters.setdefault(node.parent_id, []).append(node.id)
    found = []
    for node in tree:
        own, facts = rows[node.id], category_facts(session, node.id)
        assert facts is not None
        department = names.get(facts.department_id) if facts.department_id else None
        found.append(
            CategorySetting(
                id=node.id,
                parent_id=node.parent_id,
                name=node.name,
                path=node.path,
                depth=node.depth,
                kind=own.kind,
                department_id=own.department_id,
                priority=own.priority,
                warranty_item=own.warranty_item,
                is_active=own.is_active,
                in_force=(facts.kind, department, facts.priority, facts.warranty_item),
                is_first=sisters[node.parent_id][0] == node.id,
                is_last=sisters[node.parent_id][-1] == node.id,
            )
        )
    return tuple(found)
