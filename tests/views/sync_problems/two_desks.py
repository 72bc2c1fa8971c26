"""Two desks and their headquarters, with short words for their quarrels, and a bench over the first."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from models.entities import Resident, Ticket
from models.entities.ticket import TicketEvent
from models.queries.conflict_list import ConflictItem, conflicts
from models.work import Work
from tests.sync.parts import TestDesk, TestHq, settle
from tests.views.desk_bench import Bench


@dataclass
class World:
    """``bench`` shows pages over the file of desk A."""

    hq: TestHq
    site: str
    first: TestDesk
    second: TestDesk
    bench: Bench

    def resident(self, name: str = "吴学文") -> str:
        """A resident that both desks have."""
        made = self.first.write(lambda work: work.add(Resident(name=name, kind="person", level="regular")).id)
        self.exchange()
        return str(made)

    def ticket(self, number: str = "A-261122-0001", **values: Any) -> str:
        made = self.first.add_ticket(number, **values)
        self.exchange()
        return made

    def exchange(self) -> None:
        settle(self.first, self.second)

    def contest(self, row_id: str, field: str, lost: Any, kept: Any, kind: Any = Resident) -> ConflictItem:
        """Desk A writes *lost*, desk B a moment later *kept*, neither knowing of the other."""
        self.first.edit(kind, row_id, **{field: lost})
        self.second.edit(kind, row_id, **{field: kept})
        self.exchange()
        found = [one for one in self.conflicts() if (one.row_id, one.field) == (row_id, field)]
        return found[0]

    def conflicts(self) -> list[ConflictItem]:
        return list(self.first.database.read(conflicts))

    def newcomer(self) -> TestDesk:
        """A third desk, which knows only what headquarters has."""
        desk = self.hq.desk(self.site)
        settle(desk)
        return desk

    def opinions(self, resident_id: str) -> list[Any]:
        """The field in dispute at A, B and, as a newcomer sees it, headquarters."""
        self.exchange()
        desks = (self.first, self.second, self.newcomer())
        return [desk.value(Resident, resident_id, "home_opinion") for desk in desks]


def note(ticket_id: str) -> Any:
    """A progress note: a row of its own, a part of the ticket."""

    def change(work: Work) -> str:
        event = TicketEvent(ticket_id=ticket_id, at=work.now, kind="progress", text="材料采购中")
        return work.add(event).id

    return change


def now() -> datetime:
    return datetime.now(UTC)


__all__ = ["Resident", "Ticket", "World", "note", "now"]
