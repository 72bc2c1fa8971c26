"""What people do at a desk: each step is one of them, and one transaction."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import TYPE_CHECKING, Any

from sqlalchemy import select

from models.entities import Building, Callback, ChargeLine, Communication, Resident, Room, Ticket
from models.entities.synced import Base, new_id
from models.errors import DomainError
from models.services import attachments, callbacks, conflicts, intake, tickets
from models.services.callbacks import Result
from models.services.tickets import Assignment, Completion
from models.work import Work
from tests.simulation.ages import HIDDEN
from tests.simulation.network import BrokenPromise

if TYPE_CHECKING:
    from tests.simulation.shadows import Row
    from tests.simulation.world import SimDesk, World

FIELDS = {
    "building": ("name", "note"),
    "room": ("note", "layout", "kind"),
    "resident": ("name", "work", "habits"),
    "ticket": ("matter", "place", "task", "expectation"),
}
"""Text that anybody may change, by table."""
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
STATES = ("received", "dispatched", "accepted", "in_progress", "completed", "void", "archived")
LONG = "长" * 700
"""More than headquarters takes in one value here."""


def word(world: World) -> str:
    """A value that nobody wrote before."""
    world.words += 1
    return f"v{world.step}.{world.words}"


def some_row(world: World, desk: SimDesk, *tables: str, is_deleted: bool | None = False) -> Any:
    """(table, row) of a row that the desk has, or None. Few rows, so that desks meet on them."""
    found: list[tuple[str, Row]] = []
    for table in tables:
        rows = [
            row
            for row in desk.shadow.tables[table].values()
            if is_deleted is None or (row.deleted is not None) is is_deleted
        ]
        found += [(table, row) for row in rows[:3] + rows[-2:]]
    return world.chance.choice(found) if found else None


def add(world: World, desk: SimDesk) -> str:
    """A new record."""
    value = word(world)
    kind = world.chance.randrange(4)
    building = some_row(world, desk, "building")

    def change(work: Work) -> str:
        if kind == 0 or building is None:
            return work.add(Building(code=value, name=value)).id
        if kind == 1:
            return work.add(Room(building_id=building[1].id, code=value, number="1", note=value)).id
        return work.add(Resident(name=value)).id

    return f"adds a record {desk.write(change)[-6:]} ({value})"


def take_in(world: World, desk: SimDesk) -> str:
    """A request comes in: a ticket with its number, printed and read out."""
    room = some_row(world, desk, "room")
    matter = word(world)
    request = intake.Request(matter, room_id=room[1].id if room else None, place="门口")
    taken = desk.write(lambda work: intake.create(work, request))
    world.printed(desk, taken.number, taken.ticket_id)
    return f"takes in {taken.number} {taken.ticket_id[-6:]} ({matter})"


def edit(world: World, desk: SimDesk) -> str:
    """A field is changed through the ORM."""
    found = some_row(world, desk, *FIELDS)
    if found is None:
        return "has nothing to edit"
    table, row = found
    known = [name for name in FIELDS[table] if not (desk.is_old and (table, name) in HIDDEN)]
    names = world.chance.sample(known, min(world.chance.choice((1, 1, 2)), len(known)))
    values = {name: word(world) for name in names}

    def change(work: Work) -> None:
        entity = work.session.get(KINDS[table], row.id)
        assert entity is not None
        for name, value in values.items():
            setattr(entity, name, value)

    desk.write(change)
    return f"sets {table} {row.id[-6:]} {values}"


def edit_many(world: World, desk: SimDesk) -> str:
    """Several rows at once through the bulk door."""
    table = world.chance.choice(sorted(FIELDS))
    rows = [row for row in desk.shadow.tables[table].values() if row.deleted is None][-4:]
    if not rows:
        return "has nothing to edit in bulk"
    name = FIELDS[table][0]
    changes = {row.id: {name: word(world)} for row in rows}
    desk.write(lambda work: work.bulk_update(Base.metadata.tables[table], changes))
    return f"sets {name} of {len(rows)} {table}s"


def bring_in(world: World, desk: SimDesk) -> str:
    """An import: many new rows through the bulk door."""
    count = world.chance.choice((2, 5, 30))
    rows = [{"id": new_id(), "name": word(world), "kind": "person"} for _ in range(count)]
    desk.write(lambda work: work.bulk_insert(Base.metadata.tables["resident"], rows))
    return f"imports {count} residents"


def set_state(world: World, desk: SimDesk) -> str:
    """The state of a ticket, past the services: an older program, or two at once."""
    found = some_row(world, desk, "ticket")
    if found is None:
        return "has no ticket"
    row = found[1]
    state = world.chance.choice(STATES)
    if row.value("state") == state:
        return f"leaves ticket {row.id[-6:]} {state}"
    desk.edit("ticket", row.id, state=state)
    return f"sets ticket {row.id[-6:]} from {row.value('state')} to {state}"


def erase(world: World, desk: SimDesk) -> str:
    """A record is deleted."""
    found = some_row(world, desk, "building", "resident", "ticket")
    if found is None:
        return "has nothing to delete"
    table, row = found
    desk.write(lambda work: work.delete(work.get(KINDS[table], row.id)))
    return f"deletes {table} {row.id[-6:]}"


def bring_back(world: World, desk: SimDesk) -> str:
    """A deleted record is brought back."""
    found = some_row(world, desk, "building", "resident", "ticket", is_deleted=True)
    if found is None:
        return "has nothing to bring back"
    table, row = found

    def change(work: Work) -> None:
        entity = work.session.get(KINDS[table], row.id)
        assert entity is not None
        entity.deleted = None

    desk.write(change)
    return f"brings {table} {row.id[-6:]} back"


def append(world: World, desk: SimDesk) -> str:
    """A line of a history: charge or contact."""
    found = some_row(world, desk, "ticket")
    if found is None:
        return "has no ticket"
    ticket_id, value = found[1].id, word(world)

    def change(work: Work) -> None:
        if world.chance.random() < 0.5:
            work.add(
                ChargeLine(
                    ticket_id=ticket_id,
                    kind="labour",
                    name=value,
                    quantity=1000,
                    unit_price=1,
                    amount=1,
                    added_at=work.now,
                )
            )
        else:
            work.add(
                Communication(
                    ticket_id=ticket_id, at=work.now, channel="phone", direction="in", content=value
                )
            )

    desk.write(change)
    return f"adds a line to ticket {ticket_id[-6:]} ({value})"


def attach(world: World, desk: SimDesk) -> str:
    """A picture is taken in with a ticket; its content goes up after the rows, in pieces."""
    found = some_row(world, desk, "ticket")
    if found is None:
        return "has no ticket"
    ticket_id, content = found[1].id, world.chance.randbytes(world.chance.choice((10, 64, 200, 500)))
    blob = desk.blobs.put_bytes(content)
    desk.write(lambda work: attachments.add(work, ticket_id, blob, name="a.jpg"))
    return f"attaches {blob.sha256[:6]} of {blob.size} bytes to ticket {ticket_id[-6:]}"


def fetch(world: World, desk: SimDesk) -> str:
    """Somebody looks at a picture."""
    found = some_row(world, desk, "attachment")
    if found is None:
        return "has no picture to look at"
    name = found[1].value("sha256")
    try:
        path = desk.attachments.fetch(desk.link, name)
    except DomainError as error:
        if error.code not in {"blob-unknown", "blob-damaged", "desk-revoked", "token-unknown"}:
            raise
        return f"cannot look at {name[:6]} ({error.code})"
    if sha256(path.read_bytes()).hexdigest() != name:
        raise BrokenPromise(f"{desk.name} shows another content than {name}")
    return f"looks at {name[:6]}"


def _dispatch(work: Work, ticket_id: str, value: str) -> None:
    department = str(work.session.scalar(select(Base.metadata.tables["department"].c.id)))
    ticket = work.get(Ticket, ticket_id)
    due = max(work.now, ticket.received_at) + timedelta(hours=1)
    tickets.dispatch(work, ticket_id, Assignment(department, value, due, "赵", "1"))


def _complete(work: Work, ticket_id: str, value: str) -> object:
    return tickets.complete(work, ticket_id, Completion("fixed", value))


SERVICES: tuple[Callable[[Work, str, str], object], ...] = (
    _dispatch,
    lambda work, ticket_id, value: tickets.accept(work, ticket_id),
    lambda work, ticket_id, value: tickets.arrive(work, ticket_id),
    tickets.note_progress,
    tickets.suspend,
    lambda work, ticket_id, value: tickets.resume(work, ticket_id),
    _complete,
    tickets.reopen,
    lambda work, ticket_id, value: tickets.archive(work, ticket_id),
    tickets.void,
)
SERVICE_NAMES = [
    "dispatch",
    "accept",
    "arrive",
    "progress",
    "suspend",
    "resume",
    "complete",
    "reopen",
    "archive",
    "void",
]


def serve(world: World, desk: SimDesk) -> str:
    """One step in a ticket's life by the real service, as far as its rules allow."""
    found = some_row(world, desk, "ticket")
    if found is None:
        return "has no ticket"
    row = found[1]
    number = world.chance.choice(LIKELY.get(row.value("state"), (0, 9)))
    value = word(world)
    try:
        desk.write(lambda work: SERVICES[number](work, row.id, value))
    except DomainError as error:
        if error.code not in RULES:
            raise
        return f"may not {SERVICE_NAMES[number]} ticket {row.id[-6:]} ({error.code})"
    return f"does {SERVICE_NAMES[number]} to ticket {row.id[-6:]}, which was {row.value('state')}"


LIKELY = {
    "received": (0, 0, 4, 9),
    "dispatched": (1, 2, 3, 6, 9),
    "accepted": (2, 3, 6, 6, 4),
    "in_progress": (3, 6, 6, 4, 9),
    "suspended": (5, 5, 6),
    "completed": (7, 8, 8),
    "closed": (7, 8),
    "archived": (7,),
    "void": (8,),
}
RULES = frozenset(
    {
        "ticket-action-not-allowed",
        "ticket-field-missing",
        "ticket-time-wrong",
        "ticket-before-arrival",
        "ticket-callback-open",
        "callback-not-due",
        "callback-incomplete",
        "row-gone",
        "time-ahead",
        "conflict-settled",
        "conflict-unknown-field",
        "conflict-moved",
        "ticket-deadline-early",
    }
)


def call_back(world: World, desk: SimDesk) -> str:
    """A callback's result: it archives, or reopens. Or those that are due go on a sheet."""
    known = [row for row in desk.shadow.tables["callback"].values() if row.deleted is None]
    due = [row for row in known if row.value("state") == "due"]
    if not due:
        return plan_callback(world, desk)
    if world.chance.random() < 0.4:
        return make_sheet(world, desk, [row.id for row in due[-2:]])
    row = world.chance.choice(due)
    is_solved = world.chance.random() < 0.6
    result = Result(True, is_solved, "satisfied", word(world), then=None if is_solved else "reopen")
    try:
        desk.write(lambda work: callbacks.record_result(work, row.id, result))
    except DomainError as error:
        if error.code not in RULES:
            raise
        return f"cannot call back {row.id[-6:]} ({error.code})"
    return f"calls back {row.id[-6:]}: {'solved' if is_solved else 'reopened'}"


def plan_callback(world: World, desk: SimDesk) -> str:
    """Somebody is to be called back, whatever the rules say."""
    row = Callback(
        kind="ticket", due_on=(_EPOCH + timedelta(milliseconds=desk.wall())).date(), reason="asked"
    )
    made = desk.write(lambda work: work.add(row).id)
    return f"plans callback {made[-6:]}"


def make_sheet(world: World, desk: SimDesk, callback_ids: list[str]) -> str:
    """A callback sheet is printed; its results are entered by its number later."""
    try:
        number = desk.write(lambda work: callbacks.make_sheet(work, callback_ids))
    except DomainError as error:
        if error.code not in RULES:
            raise
        return f"cannot make a sheet ({error.code})"
    world.ledger.put_on_sheet(desk.site, number, callback_ids, f"{desk.name} in step {world.step}")
    return f"makes sheet {number} of {[callback_id[-6:] for callback_id in callback_ids]}"


def decide(world: World, desk: SimDesk) -> str:
    """A conflict is accepted, or the other value taken."""
    found = [
        row
        for row in desk.shadow.tables["conflict"].values()
        if row.value("state") == "open"
        and not (desk.is_old and (row.value("table_name"), row.value("field")) in HIDDEN)
    ]
    if not found:
        return "has no conflict to settle"
    row = world.chance.choice(found)
    service = world.chance.choice((conflicts.accept, conflicts.take_back))
    try:
        desk.write(lambda work: service(work, row.id))
    except DomainError as error:
        if error.code not in RULES:
            raise
        return f"cannot settle conflict {row.id[-6:]} ({error.code})"
    return f"does {service.__name__} with conflict {row.id[-6:]} on {row.value('field')}"


def too_long(world: World, desk: SimDesk) -> str:
    """A value that headquarters refuses, now or mended."""
    found = some_row(world, desk, "building", "resident")
    if found is None:
        return "has nothing to spoil"
    table, row = found
    name = next(name for name in FIELDS[table][1::-1] if not (desk.is_old and (table, name) in HIDDEN))
    is_long = row.value(name) is not None and len(row.value(name)) > 600
    desk.edit(table, row.id, **{name: word(world) + ("" if is_long else LONG)})
    return f"{'mends' if is_long else 'spoils'} {name} of {table} {row.id[-6:]}"


KINDS: dict[str, Any] = {
    "building": Building,
    "room": Room,
    "resident": Resident,
    "ticket": Ticket,
    "callback": Callback,
}
EDITS: dict[Callable[[Any, Any], str], int] = {
    add: 2,
    take_in: 2,
    edit: 8,
    edit_many: 1,
    bring_in: 1,
    set_state: 3,
    serve: 5,
    erase: 2,
    bring_back: 1,
    append: 1,
    attach: 1,
    fetch: 1,
    call_back: 1,
    decide: 2,
    too_long: 1,
}

__all__ = ["EDITS", "BrokenPromise"]
