"""A desk with the demonstration estate for tests and pictures of the intake and ticket pages."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from PySide6.QtWidgets import QApplication, QWidget

from models.database import Database
from models.queries.ticket_detail import TicketDetail, ticket_detail
from models.queries.ticket_list import TicketFilter, first_tickets
from models.search import index
from models.services import demo, intake, seeds, tickets
from models.services.blob_store import BlobStore
from models.services.intake import Request
from models.services.tickets import Assignment
from models.work import SYSTEM, Actor, Work
from sync.status import SyncState, SyncStatus
from tests.views.desk_fakes import Sender
from views.context import AppContext, MemoryPreferences, Notice, Place, PrintRequest
from views.tasks import inline_runner


class FilesOnly:
    """The part of the desk that attachments and marks need."""

    def __init__(self, folder: Path) -> None:
        self.attachments = BlobStore(folder)
        self.sync_status = SyncStatus(SyncState.LOCAL)
        self._sender = Sender()
        self.sync_status_changed = self._sender.changed

    def fetch_attachment(self, sha256: str, progress: Any = None) -> Path:
        return self.attachments.path(sha256)


def settle() -> None:
    for _round in range(6):
        QApplication.processEvents()


def _site(work: Work) -> None:
    seeds.seed_site(work, "幸福里服务中心")


def _engineer(work: Work) -> str:
    from models.entities.organisation import Staff

    department = seeds.department_id("engineering")
    return work.add(
        Staff(staff_no="3001", name="李强", phone="13800002207", department_id=department,
              must_change_password=False)
    ).id  # fmt: skip


def _home(work: Work, room: str, name: str, phone: str) -> tuple[str, str]:
    from models.entities.place import Building, Room, Unit
    from models.entities.resident import Occupancy, Phone, Resident

    building_code, unit_code, number = room.split("-")
    building = work.add(Building(code=building_code, name=f"{building_code} 栋", position=1))
    unit = work.add(Unit(building_id=building.id, code=unit_code, name=f"{unit_code} 单元", position=1))
    made = work.add(
        Room(building_id=building.id, unit_id=unit.id, code=room, number=number, floor=15, kind="home",
             state="occupied")
    )  # fmt: skip
    resident = work.add(Resident(name=name, level="key"))
    work.add(Phone(resident_id=resident.id, number=phone, digits=phone, position=0))
    work.add(Occupancy(resident_id=resident.id, room_id=made.id, role="owner", is_primary=True))
    return made.id, resident.id


def _demo(work: Work, now: Any) -> None:
    demo.build(work, now, weeks=2)


@dataclass
class Home:
    room_id: str
    resident_id: str


@dataclass
class TicketDesk:
    """A real file, tasks that run at once, and what was printed, said and opened."""

    database: Database
    actor: Actor
    folder: Path
    notices: list[Notice] = field(default_factory=list)
    printed: list[PrintRequest] = field(default_factory=list)
    opened: list[tuple[str, dict[str, Any]]] = field(default_factory=list)
    runner: Any = None

    def __post_init__(self) -> None:
        index.install(self.database)
        self.database.write(SYSTEM, _site)
        self.runner = self.runner or inline_runner(self.database, actor=self.actor)
        self.files = FilesOnly(self.folder)
        self.context = AppContext(
            self.runner,
            self.actor,
            clock=self.database.clock,
            navigate=lambda page, **arguments: self.opened.append((page, arguments)),
            notify=self.notices.append,
            preferences=MemoryPreferences(),
            place=Place("s", "幸福里服务中心", "A"),
            print_request=lambda _owner, request: self.printed.append(request),
            desk=self.files,  # type: ignore[arg-type]
        )

    def fill_with_demo(self) -> None:
        self.database.write(SYSTEM, _demo, self.database.clock())

    def engineer(self) -> str:
        return str(self.database.write(SYSTEM, _engineer).value)

    def home(self, room: str = "3-2-1502", name: str = "吴学文", phone: str = "18912341443") -> Home:
        return Home(*self.database.write(SYSTEM, _home, room, name, phone).value)

    def ticket(self, matter: str = "厨房水槽下方漏水", **more: Any) -> str:
        """A new ticket; its id."""
        given = {"place": "大堂", "caller_name": "吴学文", "caller_phone": "18912341443", **more}
        request = Request(matter=matter, **given)
        return str(self.database.write(self.actor, intake.create, request).value.ticket_id)

    def dispatched(self, **more: Any) -> str:
        ticket_id = self.ticket(**more)
        assignment = Assignment(seeds.department_id("engineering"), "", None, "", "", fills_from_ticket=True)
        self.database.write(self.actor, tickets.dispatch, ticket_id, assignment)
        return ticket_id

    def detail(self, ticket_id: str) -> TicketDetail:
        return self.database.read(ticket_detail, ticket_id)

    def state(self, ticket_id: str) -> str:
        return self.detail(ticket_id).state

    def all_tickets(self) -> list[Any]:
        return self.database.read(
            first_tickets, TicketFilter(group="all", now=self.database.clock()), None, 999
        )


def dialog_of(page: QWidget) -> Any:
    """The dialog that is open over the page."""
    settle()
    dialog = QApplication.activeModalWidget()
    assert dialog is not None, "no dialog is open"
    return dialog
