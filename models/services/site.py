"""The site's own facts: name, hotline, address."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from models.entities import Site
from models.errors import DomainError
from models.rules.rights import Right
from models.services.editing import Fields, Values, apply, text
from models.work import Work

FIELDS: Fields = {
    "name": text(60, is_required=True),
    "short_name": text(20),
    "hotline": text(30),
    "address": text(120),
}


@dataclass(frozen=True)
class SiteFacts:
    id: str
    name: str
    short_name: str | None
    hotline: str | None
    address: str | None


def facts(session: Session) -> SiteFacts | None:
    """The one site of this file (a query); None before it is set up."""
    row = session.scalars(select(Site).where(Site.deleted.is_(None)).order_by(Site.id)).first()
    if row is None:
        return None
    return SiteFacts(row.id, row.name, row.short_name, row.hotline, row.address)


def edit(work: Work, changes: Values, expected: Values | None = None) -> None:
    """Raises ``site-missing`` before the site is set up."""
    work.require(Right.SETTINGS)
    row = work.session.get(Site, work.site_id)
    if row is None:
        raise DomainError("site-missing")
    apply(work, row, FIELDS, changes, expected)
