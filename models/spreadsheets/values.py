"""Cleans single cells: numbers as floats, full-width digits, dates in six spellings, words for "nothing".

Every reader returns the value or None for blank, and raises ``Doubt`` when something is there that it
cannot use: the row still goes in, without that value, and is shown as suspect.
"""

from __future__ import annotations

import re
import unicodedata
from datetime import date, datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal, InvalidOperation

from models.spreadsheets.reading import Cell

_BLANK_WORDS = frozenset(
    {
        "", "-", "--", "---", "—", "——", "/", "\\", "//", ".", "*", "?", "无", "没有", "暂无", "不详", "未知",
        "未登记", "未填", "空", "N/A", "NA", "#N/A", "NULL", "NONE", "NIL", "UNKNOWN",
        "0000-00-00", "0000/00/00",
    }
)  # fmt: skip
_INVISIBLE = dict.fromkeys([*range(32), 0x7F, 0xAD, 0x200B, 0x200C, 0x200D, 0x2060, 0xFEFF], None) | {
    9: " ",
    10: "\n",
    13: "\n",
}
_SCIENTIFIC = re.compile(r"[+-]?\d+(?:\.\d+)?[eE][+]?\d+")
_EXCEL_EPOCH = date(1899, 12, 30)
_SERIALS = range(5_000, 80_000)
"""Excel's day numbers from 1913 to 2119."""
_DATE = re.compile(r"(\d{4})\s*[-/.年]\s*(\d{1,2})(?:\s*[-/.月]\s*(\d{1,2})\s*日?)?月?(?:[ T日].*)?$")
_COMPACT_DATE = re.compile(r"((?:19|20)\d{2})(\d{2})(\d{2})$")
_MONTH_FIRST = re.compile(r"(\d{1,2})/(\d{1,2})/(\d{4})$")
_CHINESE_FLOOR = {"一": 1, "二": 2, "三": 3, "四": 4, "五": 5}
_LOST_DIGITS = 1 << 53
"""Above this a spreadsheet's number no longer holds every digit."""


class Doubt(ValueError):  # noqa: N818 - an outcome of reading, not a fault
    """``code`` says what is doubtful; ``shown`` is the cell as a person would read it."""

    def __init__(self, code: str, shown: str) -> None:
        super().__init__(code, shown)
        self.code = code
        self.shown = shown[:80]


def text(cell: Cell) -> str | None:
    """Trimmed text without invisible signs; numbers without ``.0``; words for nothing are None."""
    plain = shown(cell)
    if plain.isascii() and plain.isalnum():  # a number or a code: nothing to clean
        return None if plain.upper() in _BLANK_WORDS else plain
    plain = plain.translate(_INVISIBLE).replace("\u3000", " ").replace("\xa0", " ").strip()
    if "  " in plain:
        plain = re.sub(r"[ ]{2,}", " ", plain)
    return None if plain.upper() in _BLANK_WORDS else plain


def shown(cell: Cell) -> str:
    """The cell as a person reads it."""
    if isinstance(cell, str):
        return cell
    if isinstance(cell, bool):
        return "是" if cell else "否"
    if isinstance(cell, float):
        return str(int(cell)) if cell.is_integer() and abs(cell) < 1e18 else repr(cell)
    if isinstance(cell, datetime):
        return (
            cell.strftime("%Y-%m-%d") if not (cell.hour or cell.minute) else cell.strftime("%Y-%m-%d %H:%M")
        )
    return str(cell)


def code(cell: Cell) -> str | None:
    """A short code: half-width, upper case, no ``.0``. A date here is Excel's doing: ``Doubt``."""
    if isinstance(cell, (date, datetime)):
        raise Doubt("code-became-date", shown(cell))
    plain = text(cell)
    if plain is None:
        return None
    if plain.isascii() and plain.isdigit():
        return plain
    plain = unicodedata.normalize("NFKC", plain).strip()
    if _SCIENTIFIC.fullmatch(plain) and re.search("[eE]", plain):
        return _from_scientific(plain)
    return re.sub(r"^(\d+)\.0+$", r"\1", plain)


def _from_scientific(plain: str) -> str:
    """``1.3800001234E+10`` in full; ``Doubt`` when digits were rounded away (``1.38E+10``)."""
    mantissa = re.split("[eE]", plain)[0]
    value = Decimal(plain)
    if value != value.to_integral_value() or len(mantissa.replace(".", "").lstrip("+-")) < len(
        str(int(value))
    ):
        raise Doubt("digits-lost", plain)
    return str(int(value))


def digits_text(cell: Cell) -> str | None:
    """A long number (phone, ID) as text; ``Doubt("digits-lost")`` where the workbook rounded it."""
    if isinstance(cell, (int, float)) and not isinstance(cell, bool):
        if abs(cell) >= _LOST_DIGITS:
            raise Doubt("digits-lost", shown(cell))
        return shown(cell)
    return code(cell)


def whole(cell: Cell) -> int | None:
    """A whole number: ``3``, ``3.0``, ``3层``, ``３F``, ``负一层``, ``B1``."""
    plain = code(cell)
    if plain is None:
        return None
    if found := re.fullmatch(
        r"(负|地下|B|-)?\s*([一二三四五]|\d{1,4})(?:\.0+)?\s*(?:层|楼|F|岁)?", plain, re.IGNORECASE
    ):
        value = _CHINESE_FLOOR.get(found.group(2)) or int(found.group(2))
        return -value if found.group(1) else value
    raise Doubt("number-unreadable", plain)


def area(cell: Cell) -> int | None:
    """Square metres as hundredths: ``94.56``, ``"94.56㎡"``; 0 counts as blank."""
    plain = text(cell)
    if plain is None:
        return None
    bare = unicodedata.normalize("NFKC", plain).replace(",", "").lower()
    bare = re.sub(r"\s*(?:m2|平方米|平米|平方|平)$", "", bare)
    try:
        value = Decimal(bare)
    except InvalidOperation:
        raise Doubt("number-unreadable", plain) from None
    if not value.is_finite() or value < 0 or value > 1_000_000:
        raise Doubt("number-unlikely", plain)
    return int((value * 100).to_integral_value(ROUND_HALF_UP)) or None


def day(cell: Cell) -> date | None:
    """A calendar day: date cell, Excel day number, ``20200102``, ``2020/1/2``, ``2020年1月2日``."""
    if isinstance(cell, datetime):
        return _likely(cell.date())
    if isinstance(cell, date):
        return _likely(cell)
    plain = text(cell)
    if plain is None or plain == "0":
        return None
    bare = re.sub(r"\.0+$", "", unicodedata.normalize("NFKC", plain))
    if re.fullmatch(r"\d{4,5}(?:\.\d+)?", bare) and int(float(bare)) in _SERIALS:
        return _likely(_EXCEL_EPOCH + timedelta(days=int(float(bare))))
    for pattern, order in ((_COMPACT_DATE, (0, 1, 2)), (_DATE, (0, 1, 2)), (_MONTH_FIRST, (2, 0, 1))):
        if found := pattern.match(bare):
            pieces = [int(piece or 1) for piece in found.groups()]
            try:
                return _likely(date(*(pieces[at] for at in order)))
            except ValueError:
                break
    raise Doubt("date-unreadable", plain)


def _likely(value: date) -> date:
    if not 1900 <= value.year <= 2100:
        raise Doubt("date-unlikely", value.isoformat())
    return value


def yes_no(cell: Cell) -> bool | None:
    plain = text(cell)
    if plain is None:
        # 无 is a word for "nothing", and here it is the answer.
        return False if shown(cell).strip() in {"无", "没有"} else None
    if plain.upper() in {"有", "是", "Y", "YES", "TRUE", "1", "√"}:
        return True
    if plain.upper() in {"否", "N", "NO", "FALSE", "0", "×"}:
        return False
    raise Doubt("word-unknown", plain)
