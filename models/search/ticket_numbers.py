"""The tickets that a whole number means, also one that a ticket bore before another turned out to bear it."""

from __future__ import annotations

import json

from sqlalchemy import text
from sqlalchemy.orm import Session

from models.rules.numbering import renumbering_id
from models.search.text import number_query
from models.search.tickets import by_expression

_LIMIT = 20


def tickets_of_number(session: Session, number: str) -> list[str]:
    """Ids of the living tickets that bear this number or bore it once; those that bear it first."""
    borne = session.execute(
        text("SELECT id FROM ticket WHERE number = :number AND deleted IS NULL ORDER BY received_at, id"),
        {"number": number},
    )
    found = [row[0] for row in borne]
    asked = number_query(number)
    if asked is not None and asked[1]:
        more = by_expression(session.connection(), asked[0], _LIMIT)
        events = {renumbering_id(ticket_id): ticket_id for ticket_id in more if ticket_id not in found}
        rows = session.execute(
            text(
                "SELECT id FROM ticket_event WHERE id IN (SELECT value FROM json_each(:ids)) "
                "AND json_extract(data, '$.from') = :number"
            ),
            {"ids": json.dumps(list(events)), "number": number},
        )
        found += [events[row[0]] for row in rows]
    return found
