"""How every form's values are checked and written: one declaration of fields for each kind of row.

An edit may say what the form showed (``expected``). A field that somebody else changed meanwhile is then
not written over: ``DomainError("changed-meanwhile")`` names it with both values. Fields that the form does
not change are never touched, so two people who edit different fields of one row both win.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import TypeVar

from models.entities.synced import Synced
from models.errors import DomainError
from models.work import Work
from resources.terms import codes

S = TypeVar("S", bound=Synced)
Values = Mapping[str, object]
"""Field name → value, as `views.widgets.form.Form` gives them."""
Check = Callable[[Work, str, object], object]
"""(work, field name, value) → the value to store; raises `DomainError` with the ``field``."""


@dataclass(frozen=True)
class Field:
    """``mask`` makes the shown form of a value that screens get masked only."""

    check: Check
    is_required: bool = False
    mask: Callable[[str], str] | None = None


Fields = Mapping[str, Field]


# -- kinds of field ----------------------------------------------------------------------------------


def text(longest: int = 60, *, is_required: bool = False) -> Field:
    """One line; blanks around it go, nothing left means NULL."""

    def check(_work: Work, name: str, value: object) -> object:
        if value is not None and not isinstance(value, str):
            raise TypeError(f"{name}: text was expected")
        plain = " ".join((value or "").split())
        if len(plain) > longest:
            raise DomainError("field-too-long", field=name, longest=longest)
        return plain or None

    return Field(check, is_required)


def long_text(longest: int = 2000) -> Field:
    """Several lines."""

    def check(_work: Work, name: str, value: object) -> object:
        if value is not None and not isinstance(value, str):
            raise TypeError(f"{name}: text was expected")
        plain = (value or "").strip()
        if len(plain) > longest:
            raise DomainError("field-too-long", field=name, longest=longest)
        return plain or None

    return Field(check)


def choice(vocabulary: str, *, is_required: bool = False) -> Field:
    """A code of `resources.terms`."""

    def check(_work: Work, name: str, value: object) -> object:
        if value in (None, ""):
            return None
        if value not in codes(vocabulary):
            raise DomainError("choice-unknown", field=name, value=value)
        return value

    return Field(check, is_required)


def day(*, is_required: bool = False) -> Field:
    def check(_work: Work, name: str, value: object) -> object:
        if value is not None and (not isinstance(value, date) or isinstance(value, datetime)):
            raise TypeError(f"{name}: a day was expected")
        if isinstance(value, date) and not 1900 <= value.year <= 2200:
            raise DomainError("day-impossible", field=name, value=value.isoformat())
        return value

    return Field(check, is_required)


def whole(low: int, high: int) -> Field:
    def check(_work: Work, name: str, value: object) -> object:
        if value is None:
            return None
        if isinstance(value, bool) or not isinstance(value, int):
            raise TypeError(f"{name}: a whole number was expected")
        if not low <= value <= high:
            raise DomainError("number-out-of-range", field=name, low=low, high=high)
        return value

    return Field(check)


def area() -> Field:
    """Hundredths of a square metre, up to 100,000 m²."""
    return whole(0, 10_000_000)


def flag() -> Field:
    def check(_work: Work, name: str, value: object) -> object:
        if not isinstance(value, bool):
            raise TypeError(f"{name}: yes or no was expected")
        return value

    return Field(check)


def reference(kind: type[Synced], *, is_required: bool = False) -> Field:
    """The id of a living row."""

    def check(work: Work, _name: str, value: object) -> object:
        return work.get(kind, str(value)).id if value else None

    return Field(check, is_required)


# -- writing -----------------------------------------------------------------------------------------


def checked(work: Work, fields: Fields, values: Values) -> dict[str, object]:
    """The values to store. A field that is not declared is a bug and raises ``ValueError``."""
    unknown = values.keys() - fields.keys()
    if unknown:
        raise ValueError(f"no such fields: {sorted(unknown)}")
    clean: dict[str, object] = {}
    for name, value in values.items():
        clean[name] = fields[name].check(work, name, value)
        if fields[name].is_required and clean[name] is None:
            raise DomainError("field-required", field=name)
    return clean


def create(work: Work, kind: type[S], fields: Fields, values: Values, **fixed: object) -> S:
    """A new row of the checked values; ``fixed`` are values that no form gives."""
    clean = checked(work, fields, values)
    for name, field in fields.items():
        if field.is_required and clean.get(name) is None:
            raise DomainError("field-required", field=name)
    given = {name: value for name, value in clean.items() if value is not None}
    return work.add(kind(**given, **fixed))


def apply(
    work: Work, row: Synced, fields: Fields, changes: Values, expected: Values | None = None
) -> frozenset[str]:
    """Write the changes into the row; the names of the fields that now differ.

    ``expected`` holds what the form showed (masked fields masked). Raises ``changed-meanwhile`` with
    ``field``, ``mine``, ``theirs`` of the first clash and all of them in ``clashes``.
    """
    clean = checked(work, fields, changes)
    clashes: list[tuple[str, object, object]] = []
    for name, mine in clean.items():
        theirs = getattr(row, name)
        mask = fields[name].mask
        shown = mask(theirs) if mask is not None and theirs else theirs
        if expected is None or name not in expected or mine == theirs:
            continue
        if (expected[name] or None) not in (theirs or None, shown or None):
            clashes.append((name, mask(str(mine)) if mask is not None and mine else mine, shown))
    if clashes:
        name, mine, theirs = clashes[0]
        raise DomainError(
            "changed-meanwhile", field=name, mine=mine, theirs=theirs, clashes=clashes, id=row.id
        )
    changed = {name for name, value in clean.items() if getattr(row, name) != value}
    for name in changed:
        setattr(row, name, clean[name])
    work.session.flush()
    return frozenset(changed)
