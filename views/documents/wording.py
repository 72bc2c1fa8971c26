"""How values read on paper: times, money, quantities, and the words that all documents share."""

from __future__ import annotations

from datetime import date, datetime, tzinfo

from models.rules.money import quantity_text, to_text
from resources.translations import language, pgettext
from views.documents.pagination import Wording

SEPARATOR = " · "
_CIRCLED = "①②③④⑤⑥⑦⑧⑨"


def moment(value: datetime | str | None, zone: tzinfo | None) -> str:
    """Date and time to the minute in *zone* (``None``: the machine's); words are left as they are."""
    if value is None or isinstance(value, str):
        return value or ""
    return value.astimezone(zone).strftime("%Y-%m-%d %H:%M")


def short_moment(value: datetime | None, other: datetime | None, zone: tzinfo | None) -> str:
    """As ``moment``, without the date when it falls on the same day as *other*, without the year
    otherwise."""
    if value is None:
        return ""
    local = value.astimezone(zone)
    if other is not None and local.date() == other.astimezone(zone).date():
        return local.strftime("%H:%M")
    return local.strftime("%m-%d %H:%M")


def day(value: date | None) -> str:
    """A date, year first."""
    return value.isoformat() if value else ""


def money(fen: int | None) -> str:
    """Fen as yuan with two decimals, without the sign of the currency; empty for ``None``."""
    return "" if fen is None else to_text(fen, with_sign=False)


def quantity(thousandths: int | None) -> str:
    """A quantity in 1/1000 without idle zeros; empty for ``None``."""
    return "" if thousandths is None else quantity_text(thousandths)


def spaced(*parts: str) -> str:
    """The parts that are not empty, with spaces between them."""
    return " ".join(part for part in parts if part)


def copy_name(code: str) -> str:
    """The name of a copy (联)."""
    names = {
        "stub": pgettext("paper", "存根联"),
        "crew": pgettext("paper", "维修联"),
        "owner": pgettext("paper", "业主联"),
        "finance": pgettext("paper", "财务联"),
    }
    return names[code]


def numbered_copy(position: int, code: str, space: str = " ") -> str:
    """``② 维修联``: *position* counts from 0 among the copies of this printing."""
    return f"{_CIRCLED[position % len(_CIRCLED)]}{space}{copy_name(code)}"


def reprint_note(printing_no: int) -> str:
    """``补打 · 第 2 次`` from the second printing on, else empty."""
    if printing_no < 2:
        return ""
    return pgettext("paper", "补打") + SEPARATOR + pgettext("paper", "第 {n} 次").format(n=printing_no)


def printing_note(printed_by: str, printed_at: datetime | None, printing_no: int, zone: tzinfo | None) -> str:
    """Who printed, when, and the how-manieth time."""
    who = (
        spaced(pgettext("paper", "打单"), printed_by, moment(printed_at, zone))
        if printed_by or printed_at
        else ""
    )
    return SEPARATOR.join(
        part for part in (who, pgettext("paper", "第 {n} 次打印").format(n=printing_no)) if part
    )


def page_note(page: int, pages: int) -> str:
    """Page k of n, both from 1."""
    return pgettext("paper", "第 {k} 页，共 {n} 页").format(k=page, n=pages)


def pagination_wording() -> Wording:
    """The words that pagination needs, in the language in use."""
    return Wording(continued=pgettext("paper", "（续）"), overleaf=pgettext("paper", "……转续页"))


def is_chinese() -> bool:
    """Whether paper is being made in Chinese (titles are then set with space between the characters)."""
    return language().startswith("zh")
