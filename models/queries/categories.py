"""The category tree: what a category means with what it leaves open taken from its parents."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import Any

from sqlalchemy import Executable, select
from sqlalchemy.orm import Session

from models.entities.ticket import Category

_DEEPEST = 8
SEPARATOR = "/"


@dataclass(frozen=True, slots=True)
class CategoryFacts:
    """A category, complete: ``path`` is 工程维修/给排水; what neither it nor a parent says is None."""

    id: str
    path: str
    kind: str | None
    department_id: str | None
    priority: str | None
    warranty_item: str | None


@dataclass(frozen=True, slots=True)
class CategoryNode:
    """A node for choosers and settings, in the order of the tree; ``depth`` 0 is a root."""

    id: str
    parent_id: str | None
    name: str
    path: str
    depth: int
    kind: str | None
    is_active: bool


def category_facts(session: Session, category_id: str | None) -> CategoryFacts | None:
    """The category with its parents' values where it has none of its own; None if it is gone."""
    found: CategoryFacts | None = None
    names: list[str] = []
    next_id = category_id
    for _ in range(_DEEPEST):
        row = session.get(Category, next_id) if next_id else None
        if row is None or row.deleted is not None:
            break
        names.insert(0, row.name)
        found = CategoryFacts(
            id=found.id if found else row.id,
            path=SEPARATOR.join(names),
            kind=(found.kind if found else None) or row.kind,
            department_id=(found.department_id if found else None) or row.department_id,
            priority=(found.priority if found else None) or row.priority,
            warranty_item=(found.warranty_item if found else None) or row.warranty_item,
        )
        next_id = row.parent_id
    return found


@cache
def _tree_statement() -> Executable:
    """Made once: every screenful of tickets asks for the tree."""
    columns = (Category.id, Category.parent_id, Category.name, Category.kind, Category.is_active)
    return select(*columns).where(Category.deleted.is_(None)).order_by(Category.position, Category.name)


def category_tree(session: Session, *, with_inactive: bool = False) -> list[CategoryNode]:
    """All nodes, parents before their children, in the order of the settings."""
    rows = session.execute(_tree_statement())
    children: dict[str | None, list[Any]] = {}
    for row in rows:
        if row.is_active or with_inactive:
            children.setdefault(row.parent_id, []).append(row)
    found: list[CategoryNode] = []

    def walk(parent_id: str | None, path: str, depth: int, kind: str | None) -> None:
        for row in children.get(parent_id, []) if depth < _DEEPEST else []:
            own_path = f"{path}{SEPARATOR}{row.name}" if path else row.name
            own_kind = row.kind or kind
            found.append(CategoryNode(row.id, parent_id, row.name, own_path, depth, own_kind, row.is_active))
            walk(row.id, own_path, depth + 1, own_kind)

    walk(None, "", 0, None)
    return found


def category_paths(session: Session) -> dict[str, str]:
    """Id → path of every category, for lists."""
    return {node.id: node.path for node in category_tree(session, with_inactive=True)}


def with_descendants(session: Session, category_id: str) -> list[str]:
    """The category and everything under it."""
    tree = category_tree(session, with_inactive=True)
    wanted = {category_id}
    for node in tree:
        if node.parent_id in wanted:
            wanted.add(node.id)
    return [category_id, *(node.id for node in tree if node.id in wanted and node.id != category_id)]
