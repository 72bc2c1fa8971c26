"""A building with one room and one person, made by the services themselves."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any

import pytest

from models.database import Database
from models.queries.residents import resident_detail
from models.queries.rooms import room_detail
from models.services import (
    buildings,
    residents,
    rooms,
)
from models.services.phones import PhoneEntry
from models.work import Actor

TODAY = date(2026, 11, 20)
Do = Callable[..., Any]


@pytest.fixture
def do(database: Database, actor: Actor) -> Do:
    """Runs a service as 王敏."""
    return lambda service, *arguments, **named: database.write(actor, service, *arguments, **named).value


@pytest.fixture
def building(do: Do) -> str:
    return do(buildings.create_building, {"code": "3栋"})  # type: ignore[no-any-return]


@pytest.fixture
def unit(do: Do, building: str) -> str:
    return do(buildings.create_unit, building, {"code": "2单元"})  # type: ignore[no-any-return]


@pytest.fixture
def room(do: Do, building: str, unit: str) -> str:
    return do(rooms.create_room, building, unit, {"number": "1502室"})  # type: ignore[no-any-return]


@pytest.fixture
def resident(do: Do) -> str:
    entries = [PhoneEntry("138 1234-5678", "本人"), PhoneEntry("0755-2666 8888", "家")]
    return do(residents.create_resident, {"name": "王 伟"}, phones=entries)  # type: ignore[no-any-return]


def code(database: Database, room_id: str) -> str:
    return database.read(room_detail, room_id).code


def detail(database: Database, resident_id: str) -> Any:
    return database.read(resident_detail, resident_id, TODAY)
