"""Erasing a person: nothing of them is left in the file's tables, and the figures of tickets stay."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime
from typing import Any

import pytest
from sqlalchemy import Table, delete, select

from models.database import Database
from models.entities import Base, Communication, Conflict, Phone, Resident, Ticket, TicketEvent
from models.errors import DomainError
from models.queries.residents import resident_detail
from models.services import buildings, erasure, occupancies, parking, pets, residents, rooms, tags, vehicles
from models.services.phones import PhoneEntry
from models.work import Actor, Work

Do = Callable[..., Any]
SECRETS = ("欧阳婳", "13812345678", "138 1234 5678", "110105199001011232", "粤B7A21K", "书法", "豆豆", "婳@")
AT = datetime(2026, 11, 1, tzinfo=UTC)


@pytest.fixture
def do(database: Database, actor: Actor) -> Do:
    """Runs a service as 王敏."""
    return lambda service, *arguments, **named: database.write(actor, service, *arguments, **named).value


def add_traces(work: Work, resident_id: str, room_id: str) -> None:
    """A ticket, its history and a communication that tell of the person."""
    ticket = work.add(
        Ticket(
            number="A-261101-0001",
            kind="repair",
            channel="phone",
            priority="normal",
            state="archived",
            room_id=room_id,
            resident_id=resident_id,
            caller_name="欧阳婳",
            caller_phone="13812345678",
            matter="欧阳婳家厨房漏水，电话13812345678",
            received_at=AT,
        )
    )
    data = {"caller": {"name": "欧阳婳", "phones": ["13812345678"]}, "count": 3}
    work.add(TicketEvent(ticket_id=ticket.id, at=AT, kind="progress", text="已联系欧阳婳", data=data))
    work.add(
        Communication(
            resident_id=resident_id, at=AT, channel="phone", direction="in", content="婳@example 想练书法"
        )
    )
    work.add(
        Conflict(table_name="resident", row_id=resident_id, field="name", kept_value="欧阳婳",
                 lost_value="欧阳", kept_at=AT, lost_at=AT)
    )  # fmt: skip


@pytest.fixture
def person(database: Database, do: Do, actor: Actor) -> str:
    building = do(buildings.create_building, {"code": "3"})
    room = do(rooms.create_room, building, None, {"number": "101"})
    values = {
        "name": "欧阳婳", "id_number": "110105199001011232", "hobbies": "书法", "email": "婳@x.cn",
        "customer_no": "Y欧阳婳", "note": "爱猫豆豆",
    }  # fmt: skip
    made: str = do(
        residents.create_resident, values, phones=[PhoneEntry("138 1234 5678")], tag_names=["团购"]
    )
    do(
        occupancies.create_occupancy,
        made,
        room,
        {"role": "tenant", "to_on": date(2026, 11, 19), "note": "欧阳婳"},
    )
    do(vehicles.create_vehicle, {"plate": "粤B7A21K", "resident_id": made})
    do(pets.create_pet, {"kind": "猫", "name": "豆豆", "resident_id": made})
    do(parking.create_space, {"code": "101", "resident_id": made, "note": "欧阳婳的"})
    database.write(actor, add_traces, made, room)
    return made


def everything(database: Database) -> str:
    """Every value of every table but the operation log and the tags' library."""
    parts: list[str] = []
    with database.reading() as session:
        for table in Base.metadata.sorted_tables:
            if table.name not in {"operation_log", "tag"}:
                parts += [str(tuple(row)) for row in session.execute(select(table))]
    return "\n".join(parts)


def test_nothing_of_the_person_is_left(database: Database, do: Do, person: str) -> None:
    assert all(secret in everything(database) for secret in ("欧阳婳", "13812345678", "粤B7A21K", "书法"))
    erased = do(erasure.erase_resident, person, "本人书面申请")
    assert (erased.phones, erased.tickets, erased.communications, erased.attachments) == (1, 1, 1, 0)
    left = everything(database)
    assert [secret for secret in SECRETS if secret in left] == []
    facts = database.read(resident_detail, person)
    assert facts.name == erasure.NAMELESS
    assert facts.consent_note == "2026-11-20 本人书面申请"
    assert (facts.phones, facts.tags, facts.vehicles, facts.pets) == ((), (), (), ())


def test_the_figures_of_the_ticket_stay(database: Database, do: Do, person: str) -> None:
    do(erasure.erase_resident, person, "本人书面申请")
    with database.reading() as session:
        ticket = session.scalars(select(Ticket)).one()
        event = session.scalars(select(TicketEvent)).one()
    assert (ticket.kind, ticket.state, ticket.resident_id, ticket.received_at) == (
        "repair",
        "archived",
        person,
        AT,
    )
    assert ticket.matter == "***家厨房漏水，电话***"
    assert event.data == {"caller": {"name": "***", "phones": ["***"]}, "count": 3}


def test_the_log_of_the_erasure_names_nobody(database: Database, do: Do, person: str) -> None:
    table = Base.metadata.tables["operation_log"]
    assert isinstance(table, Table)
    with database.reading() as session:
        before = len(session.execute(select(table.c.id)).all())
    do(erasure.erase_resident, person, "本人书面申请")
    with database.reading() as session:
        entries = session.execute(select(table).order_by(table.c.id)).all()[before:]
    assert [entry.operation for entry in entries] == ["erasure.erase_resident"]
    assert not any(secret in str(tuple(entries[0])) for secret in SECRETS)


def test_it_travels_to_headquarters(database: Database, do: Do, person: str) -> None:
    outbox = Base.metadata.tables["outbox"]
    with database.working("test") as work:
        work.session.execute(delete(outbox))
    do(erasure.erase_resident, person, "本人书面申请")
    with database.reading() as session:
        queued = set(session.scalars(select(outbox.c.table_name)))
    assert {"resident", "phone", "ticket", "communication", "vehicle", "ticket_event"} <= queued


def test_who_lives_here_is_not_erased(database: Database, do: Do, person: str) -> None:
    stay = database.read(resident_detail, person).occupancies[0]
    do(occupancies.edit_occupancy, stay.id, {"to_on": None})
    with pytest.raises(DomainError, match="resident-lives-here"):
        do(erasure.erase_resident, person, "申请")
    assert database.read(resident_detail, person).name == "欧阳婳"


def test_it_needs_a_reason_and_the_right(database: Database, do: Do, clerk: Actor, person: str) -> None:
    with pytest.raises(DomainError, match="reason-required"):
        do(erasure.erase_resident, person, "  ")
    with pytest.raises(DomainError, match="right-missing"):
        database.write(clerk, erasure.erase_resident, person, "申请")


def test_others_with_the_same_phone_keep_it(database: Database, do: Do, person: str) -> None:
    other = do(residents.create_resident, {"name": "张敏"}, phones=[PhoneEntry("13812345678")])
    do(tags.set_tags, other, ["团购"])
    do(erasure.erase_resident, person, "申请")
    facts = database.read(resident_detail, other)
    assert facts.phones[0].masked == "138****5678"
    assert [tag.name for tag in facts.tags] == ["团购"]
    with database.reading() as session:
        assert session.get_one(Resident, other).name == "张敏"
        assert len(session.scalars(select(Phone).where(Phone.deleted.is_(None))).all()) == 1
