"""The category tree: what requests are about, and whom, how urgent and which warranty by default."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import ColumnElement, func, select

from models.entities import Category, Department, Ticket
from models.errors import DomainError
from models.rules.rights import Right
from models.services.editing import Fields, Values, apply, choice, create, flag, reference, text
from models.work import Work

FIELDS: Fields = {
    "name": text(30, is_required=True),
    "kind": choice("ticket.kind"),
    "department_id": reference(Department),
    "priority": choice("ticket.priority"),
    "warranty_item": choice("warranty.item"),
    "is_active": flag(),
}
DEEPEST = 6
"""Levels of the tree."""


def create_category(work: Work, parent_id: str | None, values: Values) -> str:
    """Its id; it stands last under its parent, and what it leaves open comes from there.

    Raises ``category-name-taken`` (beside a sister of that name), ``category-too-deep``.
    """
    work.require(Right.SETTINGS)
    parent = work.get(Category, parent_id) if parent_id else None
    _need_depth(work, parent, 1)
    last = work.session.scalar(select(func.max(Category.position)).where(_sisters(parent_id)))
    position = 0 if last is None else last + 1
    row = create(work, Category, FIELDS, values, parent_id=parent_id, position=position)
    _need_own_name(work, row)
    return row.id


def edit_category(work: Work, category_id: str, changes: Values, expected: Values | None = None) -> None:
    """Tickets keep the category; out of use (``is_active`` False) it is no longer offered.

    Raises ``category-name-taken``, ``changed-meanwhile``.
    """
    work.require(Right.SETTINGS)
    row = work.get(Category, category_id)
    apply(work, row, FIELDS, changes, expected)
    _need_own_name(work, row)


def move_category(work: Work, category_id: str, parent_id: str | None, order: Sequence[str] = ()) -> None:
    """Put it under another parent (None: a root) and its sisters there into this order of ids.

    Raises ``category-under-itself``, ``category-too-deep``, ``category-name-taken``.
    """
    work.require(Right.SETTINGS)
    row = work.get(Category, category_id)
    parent = work.get(Category, parent_id) if parent_id else None
    if category_id in [above.id for above in _path(work, parent)]:
        raise DomainError("category-under-itself", name=row.name)
    _need_depth(work, parent, _height(work, category_id))
    row.parent_id = parent_id
    work.session.flush()
    _need_own_name(work, row)
    places = {sister_id: place for place, sister_id in enumerate(order)}
    chosen = select(Category).where(_sisters(parent_id)).order_by(Category.position, Category.name)
    sisters = sorted(work.session.scalars(chosen), key=lambda sister: places.get(sister.id, len(places)))
    for position, sister in enumerate(sisters):
        sister.position = position
    work.session.flush()


def delete_category(work: Work, category_id: str) -> None:
    """For one that was never used. Raises ``category-in-use`` when tickets or categories stand under it."""
    work.require(Right.SETTINGS)
    row = work.get(Category, category_id)
    tickets = select(func.count()).where(Ticket.category_id == category_id, Ticket.deleted.is_(None))
    count = (work.session.scalar(tickets) or 0) + len(_children(work, [category_id]))
    if count:
        raise DomainError("category-in-use", name=row.name, count=count)
    work.delete(row)


def _sisters(parent_id: str | None) -> ColumnElement[bool]:
    same = Category.parent_id.is_(None) if parent_id is None else Category.parent_id == parent_id
    return same & Category.deleted.is_(None)


def _children(work: Work, parent_ids: Sequence[str]) -> list[str]:
    chosen = select(Category.id).where(Category.parent_id.in_(parent_ids), Category.deleted.is_(None))
    return list(work.session.scalars(chosen))


def _path(work: Work, row: Category | None) -> list[Category]:
    """The row and what stands above it, nearest first."""
    path: list[Category] = []
    while row is not None and row not in path:
        path.append(row)
        row = work.session.get(Category, row.parent_id) if row.parent_id else None
    return path


def _height(work: Work, category_id: str) -> int:
    """Levels of the branch that begins here."""
    height, level = 0, [category_id]
    while level and height <= DEEPEST:
        height, level = height + 1, _children(work, level)
    return height


def _need_depth(work: Work, parent: Category | None, height: int) -> None:
    if len(_path(work, parent)) + height > DEEPEST:
        raise DomainError("category-too-deep", deepest=DEEPEST)


def _need_own_name(work: Work, row: Category) -> None:
    same = select(Category.id).where(
        _sisters(row.parent_id), Category.name == row.name, Category.id != row.id
    )
    if work.session.scalars(same).first() is not None:
        raise DomainError("category-name-taken", field="name", name=row.name)
