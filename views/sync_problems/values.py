"""The words of a field and of a stored value, for people who compare two of them. Free of Qt."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from resources.field_terms import field_words, vocabulary_of
from resources.terms import TERMS, label
from resources.translations import gettext as _
from views.formats import Formats

__all__ = ["field_words", "value_words"]
_FIRST_YEAR_MS = 946_684_800_000
_MONEY = frozenset({"unit_price", "amount"})


def value_words(table: str, field: str, value: Any, formats: Formats, names: Mapping[str, str]) -> str:
    """A stored value as people read it; ids by the *names* of their rows."""
    if field == "deleted":
        return _("已删除") if value else _("保留")
    if value is None or value == "":
        return _("（空）")
    vocabulary = vocabulary_of(table, field)
    if isinstance(value, str):
        if vocabulary in TERMS:
            return label(vocabulary, value)
        return _of_structure(field, value) or names.get(value, value)
    return _of_number(field, value, formats)


def _of_structure(field: str, value: str) -> str:
    """A list or a small table, kept as JSON; empty for what is none."""
    if value[:1] not in ("[", "{"):
        return ""
    try:
        found = json.loads(value)
    except ValueError:
        return ""
    if isinstance(found, dict):
        return _("、").join(f"{name}: {one}" for name, one in found.items())
    vocabulary = "right" if field == "rights" else ""
    return _("、").join(label(vocabulary, str(one)) if vocabulary else str(one) for one in found)


def _of_number(field: str, value: Any, formats: Formats) -> str:
    if isinstance(value, bool) or field.startswith("is_"):
        return _("是") if value else _("否")
    if isinstance(value, int) and field.endswith("_at") and value > _FIRST_YEAR_MS:
        return formats.moment(datetime.fromtimestamp(value / 1000, UTC))
    if isinstance(value, int) and (field.endswith("_area") or field == "area"):
        return formats.area(value)
    if isinstance(value, int) and field in _MONEY:
        return formats.money(value)
    if isinstance(value, int) and field == "quantity":
        return formats.quantity(value)
    if isinstance(value, int) and field.endswith("_ms"):
        return formats.span(timedelta(milliseconds=value))
    if isinstance(value, (list, tuple)):
        return _("、").join(str(one) for one in value)
    return str(value)
