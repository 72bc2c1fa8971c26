"""What sync decided about a ticket, told in its history, where nothing is ever left out."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from models.entities.setting import Conflict
from models.entities.types import from_milliseconds
from models.queries.conflict_list import OPEN, RULED
from models.queries.people import department_names, people
from models.queries.stored_values import is_sensitive
from models.rules.service_time import SITE_ZONE
from resources.field_terms import field_words, vocabulary_of
from resources.terms import TERMS, label
from resources.translations import gettext as _

LONGEST = 24
"""Characters of a text that are told; the sync page has all of it."""


@dataclass(frozen=True, slots=True)
class Decided:
    """One conflict in a sentence, when it came to be, and the desk whose value was not taken."""

    id: str
    at: datetime
    text: str
    desk: str


def decided_of(session: Session, ticket_id: str) -> list[Decided]:
    """The conflicts of a ticket's own fields, oldest first."""
    rows = session.scalars(
        select(Conflict)
        .where(Conflict.row_id == ticket_id, Conflict.table_name == "ticket", Conflict.deleted.is_(None))
        .order_by(Conflict.lost_at, Conflict.id)
    ).all()
    if not rows:
        return []
    values = [value for row in rows for value in (row.kept_value, row.lost_value) if isinstance(value, str)]
    names: dict[str, str] = {found.id: found.name for found in people(session, values).values()}
    names |= department_names(session)
    return [
        Decided(row.id, max(row.kept_at, row.lost_at), _sentence(row, names), row.lost_by or "")
        for row in rows
    ]


def _sentence(row: Conflict, names: Mapping[str, str]) -> str:
    kept, lost = _words(row, row.kept_value, names), _words(row, row.lost_value, names)
    if row.field == "deleted":
        return _("一处删除、一处修改：保留了记录")
    if row.state == RULED and row.field != "state":
        field = field_words("ticket", row.field)
        return _("{field}两处都记了：按“{kept}”算，不是“{lost}”").format(field=field, kept=kept, lost=lost)
    if row.state == RULED:
        return _("不知道已是“{kept}”，又改为“{lost}”：按规则不变").format(kept=kept, lost=lost)
    field = field_words("ticket", row.field)
    text = _("{field}两处同时修改：“{kept}”算数，“{lost}”没有用").format(field=field, kept=kept, lost=lost)
    end = label("conflict.state", row.state)
    return _("{text}（{state}）").format(text=text, state=_("等人处理") if row.state == OPEN else end)


def _words(row: Conflict, value: object, names: Mapping[str, str]) -> str:
    if is_sensitive(row.table_name, row.field):
        return "***"
    if value is None or value == "":
        return _("（空）")
    vocabulary = vocabulary_of(row.table_name, row.field)
    if isinstance(value, str) and vocabulary in TERMS:
        return label(vocabulary, value)
    if not isinstance(value, str):
        if isinstance(value, int) and row.field.endswith("_at"):
            return f"{from_milliseconds(value).astimezone(SITE_ZONE):%m-%d %H:%M}"
        return str(value)
    text = names.get(value, value)
    return text if len(text) <= LONGEST else f"{text[:LONGEST]}…"
