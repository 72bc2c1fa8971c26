"""A small estate and its crew in the desk's real file: rooms, a household, departments, a category tree."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

import pytest

from models.database import Database
from models.entities.organisation import Department, Staff
from models.entities.place import Building, Room, Site, Unit
from models.entities.resident import Occupancy, Phone, Resident
from models.entities.ticket import Category
from models.queries.ticket_detail import TicketDetail, ticket_detail
from models.services import intake, tickets
from models.services.intake import Request, Taken
from models.services.tickets import Assignment, Completion
from models.work import SYSTEM, Actor, Work
from tests.conftest import DeskClock


@dataclass
class Desk:
    """A desk at work: the file, the clock, who sits there, and ids by the name people use."""

    database: Database
    clock: DeskClock
    actor: Actor
    ids: dict[str, str] = field(default_factory=dict)

    def do(self, service: Any, *args: Any, **given: Any) -> Any:
        """Run a service as the person at the desk."""
        return self.database.write(self.actor, service, *args, **given).value

    def ask(self, query: Any, *args: Any, **given: Any) -> Any:
        return self.database.read(query, *args, **given)

    def take(self, matter: str = "厨房水槽下方漏水", **given: Any) -> Taken:
        """A repair of 吴学文 in 3-2-1502 unless told otherwise."""
        fields: dict[str, Any] = {
            "kind": "repair",
            "category_id": self.ids["给排水"],
            "room_id": self.ids["3-2-1502"],
            "resident_id": self.ids["吴学文"],
        } | given
        taken: Taken = self.do(intake.create, Request(matter, **fields))
        return taken

    def assignment(self, **given: Any) -> Assignment:
        fields: dict[str, Any] = {
            "department_id": self.ids["工程部"],
            "task": "止水，查明漏点",
            "due_at": self.clock.now + timedelta(minutes=45),
            "contact": "吴学文",
            "contact_phone": "18909711443",
            "handler_id": self.ids["李强"],
        } | given
        return Assignment(**fields)

    def dispatched(self, matter: str = "厨房水槽下方漏水", **given: Any) -> str:
        """A ticket on its way to 李强."""
        taken = self.take(matter, **given)
        self.do(tickets.dispatch, taken.ticket_id, self.assignment())
        return taken.ticket_id

    def completed(self, matter: str = "厨房水槽下方漏水", **given: Any) -> str:
        """A ticket done twenty minutes after it was taken."""
        ticket_id = self.dispatched(matter, **given)
        self.clock.advance(minutes=20)
        self.do(tickets.complete, ticket_id, Completion("fixed", "更换角阀，试水正常"))
        return ticket_id

    def detail(self, ticket_id: str) -> TicketDetail:
        found: TicketDetail = self.ask(ticket_detail, ticket_id)
        return found


def build_estate(work: Work) -> dict[str, str]:
    ids: dict[str, str] = {}

    def keep(name: str, row: Any) -> str:
        ids[name] = work.add(row).id
        return ids[name]

    keep("site", Site(name="幸福里服务中心", short_name="幸福里", hotline="400-000-0000"))
    building = keep("3栋", Building(code="3", name="3 栋"))
    unit = keep("2单元", Unit(building_id=building, code="2", name="2 单元"))
    for number, floor in (("1502", 15), ("1602", 16), ("0803", 8)):
        code = f"3-2-{number}"
        keep(
            code,
            Room(
                building_id=building, unit_id=unit, code=code, number=number, floor=floor,
                accepted_on=date(2025, 6, 10), moved_in_on=date(2026, 8, 25),
            ),
        )  # fmt: skip
    for name, room, phone in (("吴学文", "3-2-1502", "18909711443"), ("曾婳", "3-2-1602", "13800002207")):
        resident = keep(name, Resident(name=name))
        keep(f"{name}的电话", Phone(resident_id=resident, number=phone, digits=phone))
        work.add(Occupancy(resident_id=resident, room_id=ids[room], role="owner", is_primary=True))
    for position, (name, kind) in enumerate(
        (("客服部", "service"), ("工程部", "engineering"), ("维保", "outsourced"))
    ):
        keep(name, Department(name=name, kind=kind, position=position))
    for staff_no, name in (("2001", "李强"), ("2002", "赵军")):
        keep(name, Staff(staff_no=staff_no, name=name, phone="13800002207", department_id=ids["工程部"]))
    root = keep("工程维修", Category(name="工程维修", kind="repair", department_id=ids["工程部"]))
    keep("给排水", Category(parent_id=root, name="给排水", warranty_item="plumbing", priority="urgent"))
    keep("投诉建议", Category(name="投诉建议", kind="complaint", department_id=ids["客服部"]))
    return ids


@pytest.fixture
def desk(database: Database, clock: DeskClock, actor: Actor) -> Desk:
    """A desk whose person has every right."""
    return Desk(database, clock, actor, database.write(SYSTEM, build_estate).value)
