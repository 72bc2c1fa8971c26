"""The world that every story begins in, made once a process: two sites, four desks enrolled and at rest."""

from __future__ import annotations

import random
from dataclasses import dataclass

from models.database import Database
from models.entities import Building, Department, Resident, Room
from models.entities.synced import new_id
from models.services import intake
from models.work import Work
from sync.clock import Clock
from tests.simulation.disks import DeskCrash, Main, Saved
from tests.simulation.shadows import COLUMNS, Rows
from tests.simulation.surroundings import Surroundings
from tests.simulation.world import SimDesk, World

DESKS = (("d0", 0), ("d1", 0), ("d2", 0), ("e0", 1))
"""(name, site)."""


@dataclass(frozen=True)
class Template:
    """Files; ``empty`` is a new profile of a desk that is not enrolled."""

    hq: Saved
    desks: tuple[tuple[str, int, Saved, str | None], ...]
    """(name, site, file, token)."""
    empty: Saved
    site_ids: tuple[str, str]
    epoch: str
    shared: frozenset[str]
    now: int
    hq_rows: Rows
    rows: dict[str, Rows]
    """{desk: what lies in its file}."""


def make(ground: Surroundings) -> Template:
    """Must run inside `Surroundings.installed`."""
    ground.dice = random.Random(7)
    ground.clear()
    world = World(ground, 7)
    world.hq.disk.write(Saved(Main(b"")))
    world.hq.open()
    world.site_ids = [world.hq.add_site("甲园"), world.hq.add_site("乙园")]
    world.epoch = world.hq.store.database.epoch
    empty = _empty(ground)
    for name, site in DESKS:
        desk = world.add_desk(name, site, empty, None)
        _renew(desk)
        if name in {"d0", "e0"}:
            desk.write(_furnish)
        world.enrol(desk, world.hq.code(world.site_ids[site]))
    for _ in range(4):
        for desk in world.desks:
            world.now += 10
            desk.sync()
    world.settle()
    template = Template(
        Saved(world.hq.disk.merged()),
        tuple((desk.name, desk.site, Saved(desk.disk.merged()), desk.tokens.token) for desk in world.desks),
        empty,
        (world.site_ids[0], world.site_ids[1]),
        world.epoch,
        frozenset(row_id for name in COLUMNS for row_id in world.hq_shadow.tables[name]),
        world.now,
        world.hq_shadow.tables,
        {desk.name: desk.shadow.tables for desk in world.desks},
    )
    world.close()
    return template


def _empty(ground: Surroundings) -> Saved:
    disk = ground.disk("new.db", DeskCrash)
    disk.drop()
    disk.path.unlink(missing_ok=True)
    database = Database.create(disk.path, None, Clock)
    database.close()
    return Saved(disk.merged())


def _renew(desk: SimDesk) -> None:
    """A profile of its own installation."""
    from dataclasses import replace

    desk.database.become(replace(desk.database.identity, site_id=new_id(), nonce=new_id()))


def _furnish(work: Work) -> None:
    """What a site has before its first morning."""
    work.add(Department(name="工程部", kind="engineering"))
    buildings = [work.add(Building(code=str(number), name=f"{number}栋")) for number in (1, 2)]
    rooms = [
        work.add(Room(building_id=building.id, code=f"{building.code}-1-101", number="101"))
        for building in buildings
    ]
    resident = work.add(Resident(name="赵一"))
    for number, room in enumerate(rooms):
        request = intake.Request(f"漏水{number}", room_id=room.id, resident_id=resident.id, caller_phone="1")
        intake.create(work, request)
