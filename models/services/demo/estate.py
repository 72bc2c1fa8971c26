"""Buildings, rooms and households of the demonstration site."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

from models.entities import Base, new_id
from models.rules.plate import plate_key
from models.services import seeds
from models.work import Work
from resources.demo import estate

BUILDINGS = 8
UNITS = 2
FLOORS = 12
ROOMS_A_FLOOR = 2
LAYOUTS = (
    ("一室一厅", 5200),
    ("两室一厅", 7800),
    ("两室两厅", 8900),
    ("三室两厅", 11800),
    ("四室两厅", 14300),
)
Rows = dict[str, list[dict[str, Any]]]
TABLES = (
    "building", "unit", "tag", "resident", "room", "phone", "resident_tag", "occupancy", "vehicle",
    "parking_space", "pet", "decoration",
)  # fmt: skip
"""Parents before children."""


@dataclass(frozen=True)
class Home:
    """One household as the requests need it."""

    room_id: str
    code: str
    resident_id: str
    name: str
    phone: str


@dataclass
class _Build:
    chance: random.Random
    today: date
    rows: Rows = field(default_factory=lambda: {name: [] for name in TABLES})
    homes: list[Home] = field(default_factory=list)
    tags: dict[str, str] = field(default_factory=dict)

    def add(self, table: str, **values: Any) -> str:
        row_id = str(values.pop("id", None) or new_id())
        self.rows[table].append({"id": row_id, **values})
        return row_id

    def ago(self, fewest: int, most: int) -> date:
        return self.today - timedelta(days=self.chance.randint(fewest, most))


def build_archive(work: Work, chance: random.Random, today: date) -> list[Home]:
    """Write the whole archive through the bulk door; the households in order of room."""
    build = _Build(chance, today)
    for name in estate()["tags"]:
        build.tags[name] = build.add("tag", id=seeds.seed_id("tag", name), name=name, category="客户特征")
    for number in range(1, BUILDINGS + 1):
        _building(build, str(number))
    _shops(build, str(BUILDINGS + 1))
    for table in TABLES:
        work.bulk_insert(Base.metadata.tables[table], build.rows[table])
    work.log("demo.build", details={table: len(build.rows[table]) for table in TABLES})
    return build.homes


def _building(build: _Build, code: str) -> None:
    building_id = build.add("building", code=code, name=f"{code}栋", position=int(code), note=None)
    accepted = build.ago(700, 2400)
    for unit in range(1, UNITS + 1):
        unit_id = build.add(
            "unit", building_id=building_id, code=str(unit), name=f"{unit}单元", position=unit
        )
        for floor in range(1, FLOORS + 1):
            for door in range(1, ROOMS_A_FLOOR + 1):
                _room(build, (building_id, unit_id, f"{code}-{unit}"), floor, door, accepted)


def _room(build: _Build, unit: tuple[str, str, str], floor: int, door: int, accepted: date) -> None:
    building_id, unit_id, prefix = unit
    chance = build.chance
    number = f"{floor}{door:02}"
    layout, area = chance.choice(LAYOUTS)
    state = chance.choices(("occupied", "rented", "vacant", "decorating", "to_decorate"), (72, 12, 6, 6, 4))[
        0
    ]
    delivered = accepted + timedelta(days=30)
    moved_in = None
    if state in {"occupied", "rented"}:
        recent = chance.random() < 0.06
        moved_in = build.ago(86, 96) if recent else delivered + timedelta(days=chance.randint(60, 400))
    room_id = build.add(
        "room", building_id=building_id, unit_id=unit_id, code=f"{prefix}-{number}", number=number,
        floor=floor, kind="home", state=state, building_area=area, inside_area=int(area * 0.8),
        layout=layout, delivered_on=delivered, accepted_on=accepted, moved_in_on=moved_in, note=None,
    )  # fmt: skip
    if state == "decorating":
        build.add(
            "decoration", room_id=room_id, start_on=build.ago(5, 60), end_on=None, contractor="安家装饰",
            note=None,
        )  # fmt: skip
    if state != "vacant":
        _household(build, room_id, f"{prefix}-{number}", state, moved_in or delivered)


def _household(build: _Build, room_id: str, code: str, state: str, since: date) -> None:
    chance = build.chance
    owner = _person(build, _name(chance), chance.choices(("regular", "key", "prospect"), (82, 12, 6))[0])
    _lives(build, owner[0], room_id, "owner", since, is_primary=state != "rented")
    answering = owner
    if state == "rented":
        answering = _person(build, _name(chance), "regular")
        _lives(build, answering[0], room_id, "tenant", build.ago(30, 500), is_primary=True)
    for _more in range(chance.choices((0, 1, 2), (45, 40, 15))[0]):
        family = _person(build, _name(chance, owner[1][0]), "regular", has_phone=chance.random() < 0.6)
        _lives(build, family[0], room_id, "family", since, is_primary=False)
    if chance.random() < 0.45:
        _vehicle(build, answering[0], room_id, code)
    if chance.random() < 0.18:
        kind, breed = chance.choice(estate()["pets"])
        build.add(
            "pet", resident_id=answering[0], room_id=room_id, kind=kind, breed=breed, name=None,
            colour=None, vaccinated_on=build.ago(20, 300), note=None,
        )  # fmt: skip
    build.homes.append(Home(room_id, code, answering[0], answering[1], answering[2]))


def _name(chance: random.Random, surname: str | None = None) -> str:
    names = estate()
    return str((surname or chance.choice(names["surnames"])) + chance.choice(names["given"]))


def _person(
    build: _Build, name: str, level: str, *, kind: str = "person", has_phone: bool = True
) -> tuple[str, str, str]:
    chance, words = build.chance, estate()
    resident_id = build.add(
        "resident", customer_no=f"C{len(build.rows['resident']) + 1:05}", name=name, kind=kind,
        gender=chance.choice(("male", "female")) if kind == "person" else None,
        birth_on=build.ago(20 * 365, 80 * 365) if kind == "person" else None, level=level,
        status="已入住", work=chance.choice(words["work"]), hobbies=chance.choice(words["hobbies"]),
    )  # fmt: skip
    digits = f"1{chance.choice('3578')}{chance.randrange(10**9):09}" if has_phone else ""
    if has_phone:
        build.add("phone", resident_id=resident_id, number=digits, digits=digits, label=None, position=0)
    if chance.random() < 0.12:
        tag = chance.choice(list(build.tags.values()))
        build.add("resident_tag", resident_id=resident_id, tag_id=tag)
    return resident_id, name, digits


def _lives(
    build: _Build, resident_id: str, room_id: str, role: str, since: date, *, is_primary: bool
) -> None:
    build.add(
        "occupancy", resident_id=resident_id, room_id=room_id, role=role, from_on=since, to_on=None,
        is_primary=is_primary, note=None,
    )  # fmt: skip


def _vehicle(build: _Build, resident_id: str, room_id: str, code: str) -> None:
    chance, words = build.chance, estate()
    letters = "".join(chance.choice("ABCDEFGHJKLMNPQRSTUVWXYZ0123456789") for _ in range(5))
    plate = f"{chance.choice(words['plates'])}{letters}"
    build.add(
        "vehicle", plate=f"{plate[:2]}·{plate[2:]}", plate_key=plate_key(plate),
        brand=chance.choice(words["brands"]), colour=chance.choice(words["colours"]),
        resident_id=resident_id, room_id=room_id, note=None,
    )  # fmt: skip
    number = len(build.rows["parking_space"]) + 1
    build.add(
        "parking_space", code=f"B{1 + number % 2}-{number:03}", area=f"B{1 + number % 2}", kind="underground",
        state="sold", room_id=room_id, resident_id=resident_id, note=f"{code}",
    )  # fmt: skip


def _shops(build: _Build, code: str) -> None:
    building_id = build.add("building", code=code, name=f"{code}栋商铺", position=int(code), note=None)
    names: Sequence[str] = estate()["shops"]
    for place, name in enumerate(names, start=1):
        number = f"1{place:02}"
        room_id = build.add(
            "room", building_id=building_id, unit_id=None, code=f"{code}-0-{number}", number=number,
            floor=1, kind="shop", state="rented", building_area=6000, inside_area=5200, layout=None,
            delivered_on=build.ago(500, 900), accepted_on=build.ago(900, 1500), moved_in_on=None,
            note=None,
        )  # fmt: skip
        owner = _person(build, name, "key", kind="company")
        _lives(build, owner[0], room_id, "merchant", build.ago(100, 500), is_primary=True)
        build.homes.append(Home(room_id, f"{code}-0-{number}", owner[0], name, owner[2]))
