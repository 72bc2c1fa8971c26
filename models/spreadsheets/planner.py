"""Plans one row at a time: states what it says on the rows of the archive, new and old."""

from __future__ import annotations

import re
from typing import Any

from models.rules import personal_data, plate
from models.spreadsheets import matching
from models.spreadsheets.archive import Archive, Item, same_name
from models.spreadsheets.fields import BY_KEY
from models.spreadsheets.linking import Statement
from models.spreadsheets.people import Person
from models.spreadsheets.places import ROOM_FACTS, Places
from models.spreadsheets.reasons import Reason

_RESIDENT_NAMES = (
    "gender", "birth_on", "id_kind", "level", "status", "work", "habits", "hobbies", "spending",
    "home_opinion", "estate_opinion", "latent_needs", "email", "contact", "note", "kind",
)  # fmt: skip
_RESIDENT_FACTS = {f"resident.{name}": name for name in _RESIDENT_NAMES}
_ROOM_FACTS = {f"room.{name}": name for name in ROOM_FACTS}
_OWN_NUMBER = re.compile(r"[0-9a-f]{32}")
_SOFT_RESIDENT = ("kind", "level", "birth_on")


class RowPlanner:
    """``summary`` and ``changes`` tell of the row planned last."""

    def __init__(self, archive: Archive, places: Places) -> None:
        self.archive = archive
        self.places = places
        self.summary = ""
        self.changes: list[tuple[str, str, Any, Any]] = []
        self._is_new = False
        self._touched: list[Item] = []
        self._by_foreign_number: dict[str, Item] = {}
        self._numbered: set[str] = set()
        self._statement: Statement

    def plan(self, statement: Statement) -> str:
        """Returns the effect: ``new``, ``changed``, ``same`` or ``none`` (refused: nothing is planned)."""
        self._statement = statement
        self.summary, self.changes, self._is_new, self._touched = "", [], False, []
        before = self.archive.added
        where = self.places.locate(statement)
        self._summarise(
            where.code.canonical if where.code else where.known.values["code"] if where.known else ""
        )
        if statement.is_refused:
            return "none"
        if not (where.code or where.known) and not self._says_something(where.is_building_only):
            return "none"
        present = where.known or (self.archive.rooms.get(where.code.key) if where.code else None)
        people = self._matched(present, has_room=bool(where.code or where.known))
        if people is None:
            return "none"
        room = where.known or (self.places.room(where.code, statement) if where.code else None)
        if room is not None:
            self._state_room(room)
        elif where.is_building_only and not people:
            for item, field, value in self.places.building_only(statement):
                self._state(item, field, value)
        self.places.remember(statement, room)
        residents = [
            self._resident(person, known, at == 0, room) for at, (person, known) in enumerate(people)
        ]
        self._things(residents[0] if residents else None, room)
        if self.archive.added != before or self._is_new:
            return "new"
        if self.changes:
            return "changed"
        self._remark_repeat()
        return "same"

    def _says_something(self, is_building_only: bool) -> bool:
        """Whether a row without a room is worth anything; what is odd about it goes into its reasons."""
        statement = self._statement
        facts = statement.facts
        has_any = bool(statement.people or statement.plates or statement.spaces or facts.get("pet.kind"))
        has_any = has_any or bool(facts.get("resident.customer_no"))
        lacks_room = bool(statement.headers.keys() & {"room.number", "room.code"})
        if lacks_room and statement.people and not statement.is_about_thing:
            statement.doubt("room-blank")
        if has_any or (is_building_only and not lacks_room):
            return True
        is_half = is_building_only or facts.get("unit.code") or facts.get("room.floor")
        statement.doubt("room-missing" if is_half else "row-empty-of-meaning")
        return False

    def _summarise(self, place: str) -> str:
        statement = self._statement
        parts = [
            place,
            "、".join(person.name for person in statement.people),
            *statement.plates,
            *statement.spaces,
        ]
        self.summary = " ".join(part for part in parts if part) or str(
            statement.facts.get("building.code") or ""
        )
        return self.summary

    def _state(self, item: Item, field: str, value: Any) -> None:
        self._touched.append(item)
        if value is None:
            return
        before = None if item.is_new else item.values.get(field)
        effect = item.state(field, value, self._statement.place)
        if effect == "filled":
            self._is_new = True
        elif effect == "changed":
            self.changes.append((item.table, field, before, value))
        elif effect == "clash":
            self._note(item, effect, _LABELS.get((item.table, field), field))

    def _note(self, item: Item, effect: str, label: str) -> None:
        if effect == "filled":
            self._is_new = True
        elif effect == "clash":
            sheet, row = item.place or self._statement.place
            if (sheet, row) != self._statement.place:
                self._statement.doubt("contradiction", field=label, sheet=sheet, row=row)

    def _remark_repeat(self) -> None:
        """The row told nothing that an earlier row of the workbook had not told."""
        if self._touched and all(item.is_new for item in self._touched):
            place = self._touched[-1].place
            if place and place != self._statement.place:
                self._statement.reasons.append(Reason("repeats-row", {"sheet": place[0], "row": place[1]}))

    # -- rooms and people ------------------------------------------------------------------------

    def _state_room(self, room: Item) -> None:
        facts = self._statement.facts
        for key, value in facts.items():
            if key in _ROOM_FACTS:
                self._state(room, _ROOM_FACTS[key], value)
        slot = facts.get("slot")
        if slot is not None and not self._statement.people and not facts.get("resident.customer_no"):
            self._state(room, "note", slot.facts.get("resident.note"))

    def _matched(self, room: Item | None, *, has_room: bool) -> list[tuple[Person, Item | None]] | None:
        """Each person with whom the archive knows them as; None when the row is refused."""
        statement = self._statement
        customer_no = statement.facts.get("resident.customer_no")
        if not statement.people:
            return self._referred(customer_no)
        if (own := self._by_own_number()) is not None:
            return [(self._only_person(own), own)]
        number = self._own_number()
        found: list[tuple[Person, Item | None]] = []
        for at, person in enumerate(statement.people):
            matched = matching.match(
                self.archive,
                statement,
                person,
                customer_no=None if at else customer_no,
                room=room,
                has_room=has_room,
            )
            if matched.is_refused:
                return None
            if matched.is_nobody:
                continue
            if number and not at and matched.item is not None and matched.item.id in self._numbered:
                matched.item = None  # the workbook tells the two apart itself
            if matched.drops_id:
                person.id_number = None
            found.append((person, matched.item))
        return found

    def _own_number(self) -> str:
        """The row's 住户系统号, if it looks like one of ours."""
        number = str(self._statement.facts.get("resident.id") or "").lower()
        return number if _OWN_NUMBER.fullmatch(number) else ""

    def _by_own_number(self) -> Item | None:
        """Whom the row's 住户系统号 means: here, or (in another desk's export) in this workbook."""
        number = self._own_number()
        known = self.archive.by_id.get(number) or self._by_foreign_number.get(number)
        return known if known is not None and known.table == "resident" else None

    def _only_person(self, known: Item) -> Person:
        """The row's first person; under the archive's name when the cell still says just that."""
        person = self._statement.people[0]
        if person.cell == known.values["name"]:
            person.name, person.remark = known.values["name"], None
            for other in self._statement.people[1:]:
                person.phones += other.phones
        return person

    def _referred(self, customer_no: str | None) -> list[tuple[Person, Item | None]]:
        """A row that names its person by number only."""
        if not customer_no:
            return []
        known = self.archive.by_customer_no.get(customer_no)
        if known is None:
            self._statement.doubt("owner-number-unknown", number=customer_no)
            return []
        slot = self._statement.facts.get("slot")
        person = Person(known.values["name"], kind=known.values["kind"])
        if slot is not None:
            person.role, person.role_word, person.phones = slot.role, slot.role_word, slot.phones
            person.id_number = next(filter(None, slot.ids), None)
            person.facts = {key: value for key, value in slot.facts.items() if key.startswith("resident.")}
            person.from_on = slot.facts.get("occupancy.from_on")
            person.to_on = slot.facts.get("occupancy.to_on")
            if slot.genders:
                person.facts["resident.gender"] = slot.genders[0]
        return [(person, known)]

    def _resident(self, person: Person, known: Item | None, is_first: bool, room: Item | None) -> Item:
        statement = self._statement
        customer_no = statement.facts.get("resident.customer_no") if is_first else None
        if known is None:
            known = self.archive.add(
                "resident",
                {
                    "name": person.name,
                    "kind": person.kind,
                    "customer_no": customer_no,
                    "id_number": person.id_number,
                },
                statement.place,
                soft=_SOFT_RESIDENT,
            )
        elif person.name != known.values["name"] and same_name(person.name) != same_name(
            known.values["name"]
        ):
            self._state(known, "name", person.name)
        self._state_resident(known, person, customer_no)
        if is_first and statement.extras:
            self._state_extras(known)
        self._phones(known, person)
        if is_first:
            self._tags(known)
            if number := self._own_number():
                self._by_foreign_number.setdefault(number, known)
                self._numbered.add(known.id)
        if room is not None:
            self._occupancy(known, person, room)
        elif not statement.is_about_thing:
            self.archive.listed.add(known.id)
        return known

    def _state_extras(self, known: Item) -> None:
        before = known.values.get("extras")
        for header, value in self._statement.extras.items():
            self._note(known, known.state_extra(header, value, self._statement.place), header)
        if not known.is_new and known.values.get("extras") != before:
            self.changes.append(("resident", "extras", before, known.values["extras"]))

    def _state_resident(self, known: Item, person: Person, customer_no: str | None) -> None:
        facts = person.facts
        for key, value in facts.items():
            if key in _RESIDENT_FACTS:
                self._state(known, _RESIDENT_FACTS[key], value)
        if person.remark and not facts.get("resident.note"):
            self._state(known, "note", person.remark)
        self._state(known, "customer_no", customer_no)
        self._state(known, "id_number", person.id_number)
        if customer_no or person.id_number:
            self.archive.index_numbers(known)
        if (
            known.is_new
            and known.values.get("birth_on") is None
            and person.id_number
            and person.kind == "person"
        ):
            told = personal_data.id_facts(person.id_number)
            known.values["birth_on"] = told.birth_on if told else None

    def _phones(self, resident: Item, person: Person) -> None:
        have = self.archive.phones.setdefault(resident.id, {})
        for phone in person.phones:
            if phone.digits in have:
                self._touched.append(have[phone.digits])
                continue
            values = {
                "resident_id": resident.id,
                "number": phone.number,
                "digits": phone.digits,
                "label": phone.label,
                "position": len(have),
            }
            self.archive.add("phone", values, self._statement.place)

    def _tags(self, resident: Item) -> None:
        for name in self._statement.tags:
            tag = self.archive.tags.get(same_name(name))
            if tag is None:
                tag = self.archive.add("tag", {"name": name, "category": None}, self._statement.place)
            if (resident.id, tag.id) not in self.archive.tagged:
                self.archive.add(
                    "resident_tag", {"resident_id": resident.id, "tag_id": tag.id}, self._statement.place
                )

    def _occupancy(self, resident: Item, person: Person, room: Item) -> None:
        found = self.archive.occupancies.get((resident.id, room.id), [])
        if self._statement.is_about_thing and not resident.is_new and not person.role:
            return
        current = next((item for item in found if item.values["to_on"] in {None, person.to_on}), None)
        note = person.facts.get("occupancy.note") or ("临时人员" if person.role_word == "临时人员" else None)
        if current is not None:
            if person.role and person.role != current.values["role"]:
                self._state(current, "role", person.role)
            for name, value in (("from_on", person.from_on), ("to_on", person.to_on), ("note", note)):
                self._state(current, name, value)
            return
        role = person.role or self._assumed_role(room)
        owners = self.archive.owners.get(room.id, [])
        if role == "owner" and owners and not any(item.is_new for item in owners):
            other = self.archive.by_id[owners[0].values["resident_id"]]
            self._statement.doubt("other-owner", other=other.values["name"])
        self.archive.add(
            "occupancy",
            {
                "resident_id": resident.id,
                "room_id": room.id,
                "role": role,
                "from_on": person.from_on,
                "to_on": person.to_on,
                "is_primary": role == "owner" and not owners and person.to_on is None,
                "note": note,
            },
            self._statement.place,
            soft=() if person.role else ("role",),
        )

    def _assumed_role(self, room: Item) -> str:
        """Owner, unless the row is about a car, a space or a pet in a home that has its owner."""
        statement = self._statement
        if statement.is_about_thing and self.archive.owners.get(room.id):
            statement.doubt("role-guessed")
            return "family"
        return "owner"

    # -- cars, spaces, pets ----------------------------------------------------------------------

    def _things(self, resident: Item | None, room: Item | None) -> None:
        links = {"resident_id": resident.id if resident else None, "room_id": room.id if room else None}
        for text in self._statement.plates:
            self._vehicle(text, links)
        for code in self._statement.spaces:
            self._space(code, links)
        if self._statement.facts.get("pet.kind") or self._statement.facts.get("pet.name"):
            self._pet(links)

    def _vehicle(self, text: str, links: dict[str, str | None]) -> None:
        facts = self._statement.facts
        key = plate.plate_key(text)
        if not plate.is_plate(text):
            self._statement.doubt("plate-unreadable", shown=text)
        known = self.archive.vehicles.get(key)
        stated = {
            "brand": facts.get("vehicle.brand"),
            "colour": facts.get("vehicle.colour"),
            "note": facts.get("vehicle.note") or facts.get("vehicle.kind"),
        }
        if known is None:
            self.archive.add(
                "vehicle",
                {"plate": plate.display(text), "plate_key": key, **links, **stated},
                self._statement.place,
            )
            return
        for name, value in (links | stated).items():
            self._state(known, name, value)

    def _space(self, code: str, links: dict[str, str | None]) -> None:
        facts = self._statement.facts
        zone, size = facts.get("parking.zone"), facts.get("parking.size")
        found = self.archive.parking.get(code.upper(), [])
        known = next((item for item in found if zone is None or item.values["area"] in {None, zone}), None)
        stated = {
            "area": zone,
            "kind": facts.get("parking.kind"),
            "state": facts.get("parking.state"),
            "note": facts.get("parking.note") or (f"面积 {size / 100:.2f} ㎡" if size else None),
        }
        if known is None:
            self.archive.add("parking_space", {"code": code, **links, **stated}, self._statement.place)
            return
        for name, value in (links | stated).items():
            self._state(known, name, value)

    def _pet(self, links: dict[str, str | None]) -> None:
        facts = self._statement.facts
        name, kind = facts.get("pet.name"), facts.get("pet.kind") or "宠物"
        stated = {
            field: facts.get(f"pet.{field}") for field in ("name", "breed", "colour", "vaccinated_on", "note")
        }
        found = self.archive.pets.get((links["resident_id"], links["room_id"]), [])
        known = next(
            (
                item
                for item in found
                if item.values["kind"] == kind and (not name or item.values["name"] in {None, name})
            ),
            None,
        )
        if known is None:
            self.archive.add("pet", {"kind": kind, **links, **stated}, self._statement.place)
            return
        for field, value in stated.items():
            self._state(known, field, value)


_LABELS: dict[tuple[str, str], str] = {
    ({"parking": "parking_space"}.get(field.entity, field.entity), field.key.partition(".")[2]): field.label
    for field in BY_KEY.values()
} | {("parking_space", "area"): BY_KEY["parking.zone"].label}
