"""Saved views: a list's filter under a name, kept on this desk."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import func, select

from models.entities.local import SavedView
from models.entities.synced import new_id
from models.errors import DomainError
from models.work import Work


def save(work: Work, page: str, name: str, filter_: Mapping[str, Any]) -> str:
    """Save a filter; one of the same name on the same page is replaced. Raises DomainError
    ``view-name-missing``.
    """
    wanted = name.strip()
    if not wanted:
        raise DomainError("view-name-missing")
    view = work.session.scalar(select(SavedView).where(SavedView.page == page, SavedView.name == wanted))
    if view is None:
        last = work.session.scalar(select(func.max(SavedView.position)).where(SavedView.page == page))
        view = SavedView(id=new_id(), page=page, name=wanted, position=0 if last is None else last + 1)
        work.session.add(view)
    view.filter = dict(filter_)
    work.session.flush()
    return view.id


def delete(work: Work, view_id: str) -> None:
    """Remove a view; one that is gone already is no error."""
    view = work.session.get(SavedView, view_id)
    if view is not None:
        work.session.delete(view)
        work.session.flush()


def put_in_order(work: Work, view_ids: Sequence[str]) -> None:
    """Show the views in this order."""
    for position, view_id in enumerate(view_ids):
        view = work.session.get(SavedView, view_id)
        if view is not None:
            view.position = position
    work.session.flush()
