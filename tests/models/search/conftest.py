"""A small estate to search in, in a real encrypted file with its index kept up."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any

import pytest

from models.database import Database
from models.entities import Building, Occupancy, Phone, Resident, Room, Ticket, Vehicle
from models.entities.synced import Synced
from models.rules import plate
from models.rules.personal_data import phone_digits
from models.search import index
from models.search.hits import Hit
from models.search.query import find

TODAY = date(2026, 11, 20)


@dataclass
class Estate:
    """Adds rows, each in a transaction of its own, and asks the box."""

    database: Database

    def add(self, row: Synced) -> str:
        with self.database.working("test.add") as work:
            return work.add(row).id

    def change(self, kind: type[Synced], row_id: str, **values: Any) -> None:
        with self.database.working("test.change") as work:
            row = work.get(kind, row_id)
            for name, value in values.items():
                setattr(row, name, value)
            work.session.flush()

    def delete(self, kind: type[Synced], row_id: str) -> None:
        with self.database.working("test.delete") as work:
            work.delete(work.get(kind, row_id))

    def room(self, code: str) -> str:
        building, _, number = code.split("-")
        building_id = self.add(Building(code=building, name=f"{building}栋"))
        return self.add(Room(building_id=building_id, code=code, number=number))

    def resident(self, name: str, room_id: str | None = None, *phones: str, **values: Any) -> str:
        """Someone with phones, living in a room as owner unless ``role`` or ``to_on`` say otherwise."""
        home = {name: values.pop(name) for name in ("role", "to_on", "is_primary") if name in values}
        resident_id = self.add(Resident(name=name, **values))
        for position, number in enumerate(phones):
            digits = phone_digits(number)
            self.add(Phone(resident_id=resident_id, number=number, digits=digits, position=position))
        if room_id is not None:
            self.add(Occupancy(resident_id=resident_id, room_id=room_id, **{"role": "owner", **home}))
        return resident_id

    def vehicle(self, text: str, resident_id: str | None = None, room_id: str | None = None) -> str:
        key = plate.plate_key(text)
        return self.add(Vehicle(plate=text, plate_key=key, resident_id=resident_id, room_id=room_id))

    def ticket(self, number: str, matter: str, **values: Any) -> str:
        usual = {
            "kind": "repair", "channel": "phone", "priority": "normal", "state": "received",
            "received_at": datetime(2026, 11, 20, 1, 0, tzinfo=UTC),
        }  # fmt: skip
        return self.add(Ticket(number=number, matter=matter, **{**usual, **values}))

    def find(self, text: str, limit: int = 12) -> list[Hit]:
        return self.database.read(find, text, limit, TODAY)

    def titles(self, text: str) -> list[str]:
        return [hit.title for hit in self.find(text)]


@pytest.fixture
def estate(database: Database) -> Estate:
    index.install(database)
    return Estate(database)
