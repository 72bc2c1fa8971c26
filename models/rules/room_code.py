"""Reads a room code in any spelling people use and writes it in the one form of the archive: ``3-2-1502``.

A code has three parts: building, unit, number. Unit ``0`` means the room belongs to no unit (shops, villas).
Letters are kept (``A-2-1502``); leading zeros of the number are kept as the archive writes them
(``11-1-0803``), but :attr:`RoomCode.key` ignores them, so that both spellings find the same room.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

NO_UNIT = "0"

_CHINESE_DIGITS = {
    "零": 0, "〇": 0, "○": 0, "一": 1, "幺": 1, "壹": 1, "二": 2, "两": 2, "贰": 2, "三": 3, "叁": 3,
    "四": 4, "五": 5, "六": 6, "七": 7, "八": 8, "九": 9,
}  # fmt: skip
_CHINESE_NUMERAL = re.compile("[零〇○一幺壹二两贰三叁四五六七八九十百]+")
_TOKEN = re.compile(
    r"(?P<value>[0-9A-Z]+)\s*(?P<mark>号楼栋|号楼|#楼|楼栋|栋|幢|座|单元|号房|号铺|商铺|层|楼|室|房|户|铺|门|梯|号|#)?"
    r"[-/\\.·_—–―‐~:;,、|\s]*"
)
_SEPARATED = re.compile(r"[0-9A-Z]+")
_RUN = re.compile(r"(?P<letters>[A-Z]*)(?P<digits>[0-9]+)(?P<tail>[A-Z]?)")
_BUILDING_MARKS = frozenset({"号楼栋", "号楼", "#楼", "楼栋", "栋", "幢", "座"})
_UNIT_MARKS = frozenset({"单元", "门", "梯"})
_ROOM_MARKS = frozenset({"室", "房", "户", "号房", "铺", "号铺", "商铺"})
_NO_UNIT_WORDS = frozenset({"", "-", "/", "无", "没有", "商铺", "底商", "别墅", "NONE"})
_SHORTEST_RUN = 5
"""Fewer digits in a row (``1502``) are a room number, not a whole code."""


@dataclass(frozen=True, slots=True)
class RoomCode:
    """One reading of a code. ``is_unit_given`` is false when the text names no unit: any unit
    may be meant.
    """

    building: str
    unit: str
    number: str
    is_unit_given: bool = field(default=True, compare=False)

    @property
    def canonical(self) -> str:
        """The one written form, ``building-unit-number``."""
        return f"{self.building}-{self.unit}-{self.number}"

    @property
    def key(self) -> str:
        """The form to compare by: upper case, no leading zeros. ``11-1-0803`` and ``11-1-803`` share it."""
        return "-".join(_bare(part) for part in (self.building, self.unit, self.number))

    @property
    def floor(self) -> int | None:
        """The storey that the number names (``1502`` → 15), or None where it names none."""
        digits = re.match(r"[0-9]+", self.number)
        if digits is None or len(digits.group()) < 3:
            return None
        return int(digits.group()[:-2])

    @property
    def riser(self) -> str | None:
        """Building, unit and position on the floor: rooms that share it stand above each other (同一立管)."""
        digits = re.fullmatch(r"0*[0-9]{1,2}([0-9]{2})[A-Z]?", self.number)
        if digits is None:
            return None
        return f"{_bare(self.building)}-{_bare(self.unit)}-{digits.group(1)}"


def _bare(part: str) -> str:
    return part.upper().lstrip("0") or "0"


def normalise(text: str) -> str:
    """Half-width, upper case, Chinese numerals as digits, blanks trimmed."""
    plain = unicodedata.normalize("NFKC", text).strip().upper()
    return _CHINESE_NUMERAL.sub(lambda found: _numeral(found.group()), plain)


def _numeral(text: str) -> str:
    """``十二`` → 12, ``二十一`` → 21, ``一百零二`` → 102, digit by digit otherwise (``一五零二`` → 1502)."""
    if "十" not in text and "百" not in text:
        return "".join(str(_CHINESE_DIGITS[sign]) for sign in text)
    total = 0
    digit: int | None = None
    for sign in text:
        if sign in "十百":
            total += (1 if digit is None else digit) * (10 if sign == "十" else 100)
            digit = None
        else:
            digit = _CHINESE_DIGITS[sign]
    return str(total + (digit or 0))


def parse(text: str) -> RoomCode | None:
    """The code as the archive writes it, if ``text`` can be read in one way only; otherwise None."""
    readings = candidates(text)
    return readings[0] if len(readings) == 1 else None


def candidates(text: str) -> list[RoomCode]:
    """Every reading of ``text`` as a whole room code, most plausible first; empty if it is none."""
    plain = normalise(text)
    if not plain or len(plain) > 60:
        return []
    seen: dict[RoomCode, None] = {}
    for reading in _readings(plain):
        seen.setdefault(reading)
    return list(seen)


def _readings(plain: str) -> Iterator[RoomCode]:
    prefix, tokens = _tokens(plain)
    if not tokens:
        return
    for code in _from_tokens(tokens):
        yield code
        if prefix:
            yield RoomCode(prefix + code.building, code.unit, code.number, code.is_unit_given)


def _tokens(plain: str) -> tuple[str, list[tuple[str, str]]]:
    """The Chinese text before the code (``东区`` of ``东区3栋``) and the code's pieces with their marks."""
    start = _SEPARATED.search(plain)
    if start is None:
        return "", []
    tokens: list[tuple[str, str]] = []
    position = start.start()
    while position < len(plain):
        found = _TOKEN.match(plain, position)
        if found is None:
            return "", []
        tokens.append((found["value"], found["mark"] or ""))
        position = found.end()
    return re.sub(r"[^\w]+", "", plain[: start.start()]), tokens


def _from_tokens(tokens: list[tuple[str, str]]) -> Iterator[RoomCode]:
    if len(tokens) == 1:
        value, mark = tokens[0]
        if mark in _ROOM_MARKS or not mark:
            yield from _split_run(value)
        return
    parts = _parts(tokens)
    if parts is None:
        return
    building, unit, number = parts
    if unit is not None:
        yield RoomCode(_trim(building), _trim(unit), number)
        return
    yield RoomCode(_trim(building), NO_UNIT, number, is_unit_given=False)
    if not tokens[0][1] and building.isdigit() and len(building) in (2, 3):
        yield RoomCode(_trim(building[:-1]), _trim(building[-1]), number)
    if tokens[0][1] and len(number) > 4:
        yield from _unit_in_number(_trim(building), number)


def _parts(tokens: list[tuple[str, str]]) -> tuple[str, str | None, str] | None:
    """Gives each piece its role, by its mark or else by its place; None if the roles do not fit."""
    building, rest = tokens[0], tokens[1:]
    if building[1] in _UNIT_MARKS or building[1] in _ROOM_MARKS or building[1] == "层":
        return None
    unit: str | None = None
    is_unit = rest[0][1] in _UNIT_MARKS or rest[0][1] in {"#", "号"} or not rest[0][1]
    if len(rest) > 1 and is_unit:
        unit, rest = rest[0][0], rest[1:]
    if len(rest) > 2 or any(mark in _BUILDING_MARKS or mark in _UNIT_MARKS for _, mark in rest):
        return None
    number = rest[-1][0]
    if len(rest) == 2:
        number = _with_floor(rest[0][0], number)
    elif rest[0][1] in {"层", "楼"}:
        return None
    return building[0], unit, number


def _with_floor(floor: str, number: str) -> str:
    """``15层`` + ``02`` → 1502; ``15层`` + ``1502`` → 1502 (the floor is said twice)."""
    if len(number) > 2 and _bare(number).startswith(_bare(floor)):
        return number
    return floor + number.rjust(2, "0")


def _split_run(value: str) -> Iterator[RoomCode]:
    """Splits a run without separators (``321502``): unit of one digit and number of four come first."""
    run = _RUN.fullmatch(value)
    if run is None:
        return
    letters, digits, tail = run["letters"], run["digits"], run["tail"]
    if len(digits) + len(letters) < _SHORTEST_RUN:
        return
    for number_length, unit_length in ((4, 1), (3, 1), (4, 2), (4, 0), (3, 2), (3, 0)):
        building_length = len(digits) - number_length - unit_length
        if not (0 if letters else 1) <= building_length <= 3:
            continue
        number = digits[building_length + unit_length :]
        building = letters + _trim(digits[:building_length]) if building_length else letters
        if not _is_number(number) or building == "0":
            continue
        unit = digits[building_length : building_length + unit_length]
        yield RoomCode(building, _trim(unit) if unit else NO_UNIT, number + tail, is_unit_given=bool(unit))


def _unit_in_number(building: str, number: str) -> Iterator[RoomCode]:
    """``3栋21502``: the unit is written together with the number."""
    for number_length in (4, 3):
        unit, rest = number[:-number_length], number[-number_length:]
        if unit.isdigit() and rest.isdigit() and len(unit) <= 2 and _is_number(rest):
            yield RoomCode(building, _trim(unit), rest)


def _is_number(digits: str) -> bool:
    """A plausible room number has a storey and a place on it: not ``0012``, not ``1500``."""
    return int(digits[:-2]) > 0 and digits[-2:] != "00"


def _trim(part: str) -> str:
    return (part.lstrip("0") or "0") if part.isdigit() else part


def compose(building: str, unit: str, number: str) -> RoomCode:
    """A code from three cells of a workbook, each with or without its mark (``3栋``, ``2单元``, ``1502室``).

    A blank unit is unit 0. A number cell that repeats the whole code gives its number only.
    Raises ValueError if building or number is empty.
    """
    house = _without_marks(building, _BUILDING_MARKS | {"#", "号"})
    entrance = _without_marks(unit, _UNIT_MARKS | {"#"})
    room = _without_marks(number, _ROOM_MARKS | {"号", "#"})
    pieces = re.split(r"[-#/]", room)
    if len(pieces) > 1 and _bare(pieces[0]) == _bare(house):
        room = pieces[-1]
    if not house or not room:
        raise ValueError("a room needs a building and a number")
    return RoomCode(_trim(house), NO_UNIT if entrance in _NO_UNIT_WORDS else _trim(entrance), room)


def _without_marks(text: str, marks: Iterable[str]) -> str:
    plain = normalise(text).replace(" ", "")
    if re.fullmatch(r"[0-9]+\.0+", plain):  # a spreadsheet's float
        plain = plain.split(".", maxsplit=1)[0]
    for mark in sorted(marks, key=len, reverse=True):
        if plain.endswith(mark) and plain != mark:
            return plain[: -len(mark)]
    return plain


def sort_key(code: str) -> tuple[tuple[int, int, str], ...]:
    """Orders codes as people count: 2-1-101 before 10-1-101, digits before letters."""
    pieces = re.findall(r"[0-9]+|[^0-9-]+|-", code.upper())
    return tuple((1, int(p), "") if p.isdigit() else (0, 0, "") if p == "-" else (2, 0, p) for p in pieces)


class RoomIndex:
    """The codes of one archive, to tell which room a text means."""

    def __init__(self, codes: Iterable[str]) -> None:
        self._by_key: dict[str, str] = {}
        self._by_ends: dict[tuple[str, str], list[str]] = {}
        for code in codes:
            building, unit, number = _three(code)
            self._by_key[RoomCode(building, unit, number).key] = code
            self._by_ends.setdefault((_bare(building), _bare(number)), []).append(code)

    def __len__(self) -> int:
        return len(self._by_key)

    def find(self, text: str) -> list[str]:
        """The known codes that ``text`` may mean, most plausible first; one entry means no doubt."""
        found: dict[str, None] = {}
        for reading in candidates(text):
            exact = self._by_key.get(reading.key)
            if exact is not None:
                found.setdefault(exact)
            if not reading.is_unit_given:
                for code in self._by_ends.get((_bare(reading.building), _bare(reading.number)), ()):
                    found.setdefault(code)
        return list(found)


def _three(code: str) -> tuple[str, str, str]:
    building, _, rest = code.partition("-")
    unit, _, number = rest.partition("-")
    return (building, unit, number) if number else (building, NO_UNIT, unit)
