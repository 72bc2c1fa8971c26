"""Warranty (保修期) from the day of completion acceptance, by article 40 of 建设工程质量管理条例.

Roof and wet-room waterproofing 5 years; heating and cooling 2 seasons; wiring, plumbing, equipment and
finishing 2 years; structure for its design life. The periods are parameters.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from models import parameters as p
from models.parameters import Parameters


class WarrantyItem(StrEnum):
    """What is under warranty; a category of the tree names one."""

    STRUCTURE = "structure"
    WATERPROOFING = "waterproofing"
    HEATING = "heating"
    COOLING = "cooling"
    WIRING = "wiring"
    PLUMBING = "plumbing"
    EQUIPMENT = "equipment"
    FINISHING = "finishing"


_YEARS = {
    WarrantyItem.STRUCTURE: p.STRUCTURE_YEARS,
    WarrantyItem.WATERPROOFING: p.WATERPROOF_YEARS,
    WarrantyItem.WIRING: p.PIPING_YEARS,
    WarrantyItem.PLUMBING: p.PIPING_YEARS,
    WarrantyItem.EQUIPMENT: p.PIPING_YEARS,
    WarrantyItem.FINISHING: p.FINISHING_YEARS,
}
_SEASONS = {WarrantyItem.HEATING: p.HEATING_SEASON, WarrantyItem.COOLING: p.COOLING_SEASON}


@dataclass(frozen=True, slots=True)
class Warranty:
    """The period of one item: ``length`` years, or seasons if ``is_seasons``; ``until`` is its last day."""

    item: WarrantyItem
    length: int
    is_seasons: bool
    until: date

    def covers(self, day: date) -> bool:
        """Whether ``day`` lies within the period (保修期内)."""
        return day <= self.until


def warranty_of(item: str, accepted_on: date | None, parameters: Parameters) -> Warranty | None:
    """The warranty of an item of a room accepted on that day; None if either is unknown."""
    if accepted_on is None or item not in set(WarrantyItem):
        return None
    kind = WarrantyItem(item)
    if kind in _SEASONS:
        seasons = parameters.get(p.HEATING_SEASONS)
        until = _last_season_end(accepted_on, seasons, parse_season(parameters.get(_SEASONS[kind])))
        return Warranty(kind, seasons, is_seasons=True, until=until)
    years = parameters.get(_YEARS[kind])
    return Warranty(kind, years, is_seasons=False, until=add_years(accepted_on, years))


def add_years(day: date, years: int) -> date:
    """The corresponding day of another year, the last day of a period of years (民法典 art. 202)."""
    return add_months(day, 12 * years)


def add_months(day: date, months: int) -> date:
    """The corresponding day some months later, or the last day of a shorter month (民法典 art. 202)."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    for last in (day.day, 30, 29, 28):
        try:
            return date(year, month + 1, min(day.day, last))
        except ValueError:
            continue
    raise ValueError("no such month")


def parse_season(text: str) -> tuple[tuple[int, int], tuple[int, int]]:
    """``11-15 03-15`` → ((11, 15), (3, 15)): first and last day. Raises ValueError on anything else."""
    first, last = text.split()
    days = [date.fromisoformat(f"2023-{piece}") for piece in (first, last)]
    return (days[0].month, days[0].day), (days[1].month, days[1].day)


def _last_season_end(
    accepted_on: date, seasons: int, season: tuple[tuple[int, int], tuple[int, int]]
) -> date:
    """End of the last of so many *whole* seasons after acceptance: a season already begun does not count."""
    first, last = season
    start = date(accepted_on.year, *first)
    year = start.year if start >= accepted_on else start.year + 1
    crosses_new_year = last < first
    return date(year + seasons - 1 + crosses_new_year, *last)
