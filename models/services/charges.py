"""Materials and labour (费用). Lines are never edited: a wrong one is reversed by a line that names it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import select

from models.entities.ticket import ChargeLine, Ticket
from models.errors import DomainError
from models.rules.money import amount
from models.rules.rights import Right
from models.rules.ticket_life import State
from models.services import ticket_steps
from models.services.ticket_steps import clean
from models.work import Work

KINDS = ("material", "labour")


@dataclass(frozen=True)
class Line:
    """One charge: ``quantity`` in thousandths, ``unit_price`` in fen; the amount is computed."""

    name: str
    unit_price: int
    quantity: int = 1000
    kind: str = "material"
    spec: str | None = None
    unit: str | None = None


def add(work: Work, ticket_id: str, lines: Sequence[Line]) -> int:
    """Append lines to a ticket; gives their total in fen.

    Raises DomainError ``right-missing``, ``row-gone``, ``ticket-not-editable``, ``charge-wrong`` (name, why:
    ``name`` / ``kind`` / ``quantity`` / ``price``).
    """
    work.require(Right.TICKET_PROGRESS)
    ticket = _open_for_charges(work, ticket_id)
    for line in lines:
        _check(line)
    total = 0
    for line in lines:
        fen = amount(line.quantity, line.unit_price)
        total += fen
        work.add(
            ChargeLine(
                ticket_id=ticket.id,
                kind=line.kind,
                name=line.name.strip(),
                spec=clean(line.spec),
                unit=clean(line.unit),
                quantity=line.quantity,
                unit_price=line.unit_price,
                amount=fen,
                added_at=work.now,
                added_by=work.actor.staff_id,
            )
        )
    if lines:
        ticket_steps.record(work, ticket, "charge", data={"count": len(lines), "amount": total})
    return total


def reverse(work: Work, line_id: str) -> None:
    """Reverse one line (冲销). Raises also DomainError ``charge-reversed-already``."""
    work.require(Right.TICKET_PROGRESS)
    line = work.get(ChargeLine, line_id)
    ticket = _open_for_charges(work, line.ticket_id)
    earlier = work.session.scalar(
        select(ChargeLine.id).where(ChargeLine.ticket_id == line.ticket_id, ChargeLine.voids_id == line_id)
    )
    if earlier is not None or line.voids_id is not None:
        raise DomainError("charge-reversed-already", name=line.name)
    work.add(
        ChargeLine(
            ticket_id=line.ticket_id,
            kind=line.kind,
            name=line.name,
            spec=line.spec,
            unit=line.unit,
            quantity=-line.quantity,
            unit_price=line.unit_price,
            amount=-line.amount,
            voids_id=line.id,
            added_at=work.now,
            added_by=work.actor.staff_id,
        )
    )
    ticket_steps.record(work, ticket, "charge_void", text=line.name, data={"amount": -line.amount})


def _open_for_charges(work: Work, ticket_id: str) -> Ticket:
    ticket = work.get(Ticket, ticket_id)
    if ticket.state in {State.ARCHIVED, State.VOID}:
        raise DomainError("ticket-not-editable", number=ticket.number, state=ticket.state)
    return ticket


def _check(line: Line) -> None:
    why = None
    if not line.name.strip():
        why = "name"
    elif line.kind not in KINDS:
        why = "kind"
    elif line.quantity <= 0:
        why = "quantity"
    elif line.unit_price < 0:
        why = "price"
    if why is not None:
        raise DomainError("charge-wrong", name=line.name, why=why)
