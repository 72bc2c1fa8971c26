"""Rows as they come from a desk: checked against the tables, column by column, and brought into order."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping, Sequence
from math import isfinite
from typing import Any

from sync.protocol import MAX_TEXT, ROW_HEAD, Patch, TableRows
from sync.server.tables import SiteTable

_ID = re.compile(r"[0-9a-f]{32}")
_LARGEST = (1 << 63) - 1
_HEAD = len(ROW_HEAD)
_MAX_EXTRA_FIELDS = 200
_MARK = frozenset({int, type(None)})
"""What ``deleted`` may be."""

Row = list[Any]


def is_id(value: object) -> bool:
    return isinstance(value, str) and _ID.fullmatch(value) is not None


def is_stamp(value: object) -> bool:
    return type(value) is int and 0 < value <= _LARGEST


def _is_value(value: object, kinds: frozenset[type] | None) -> bool:
    """``kinds`` None: a field this program does not know; anything that fits a file may be kept."""
    if kinds is not None and type(value) not in kinds:
        return False
    if isinstance(value, str):
        return len(value) <= MAX_TEXT and "\x00" not in value
    if isinstance(value, int):
        return -_LARGEST - 1 <= value <= _LARGEST
    return value is None or (isinstance(value, float) and isfinite(value))


def _is_stamps(stamps: object) -> bool:
    return isinstance(stamps, dict) and all(
        isinstance(name, str) and len(name) <= 64 and is_stamp(at) for name, at in stamps.items()
    )


def _is_extra(packed: object) -> bool:
    """``extra`` is JSON text {field: value}, each of them one that can be told again as a field."""
    if not isinstance(packed, str) or len(packed) > MAX_TEXT:
        return False
    try:
        extra = json.loads(packed)
        json.dumps(extra, ensure_ascii=False).encode()  # half a sign of two is text only while it is escaped
    except (ValueError, RecursionError):
        return False
    if not isinstance(extra, dict) or len(extra) > _MAX_EXTRA_FIELDS:
        return False
    return all(_is_value(value, None) for value in extra.values())


def _is_head(row: Row) -> bool:
    row_id, stamp, stamps, deleted, extra = row[:_HEAD]
    return (
        is_id(row_id)
        and is_stamp(stamp)
        and (stamps is None or _is_stamps(stamps))
        and (deleted is None or is_stamp(deleted))
        and (extra is None or _is_extra(extra))
    )


def _heads_are_good(rows: Sequence[Row], columns: Sequence[Sequence[Any]]) -> bool:
    """Whether all heads are good; looked at by column when they are those of new rows."""
    ids, stamps, *rest = columns[:_HEAD]
    if any(column.count(None) < len(rows) for column in rest):
        return all(map(_is_head, rows))
    are_typed = set(map(type, ids)) == {str} and set(map(type, stamps)) == {int}
    return are_typed and all(map(_ID.fullmatch, ids)) and min(stamps) > 0 and max(stamps) <= _LARGEST


def _column_is_good(values: Sequence[Any], kinds: frozenset[type] | None) -> bool:
    """A whole column at once: what is usual costs a few C calls, not one of Python a value."""
    if values.count(None) == len(values):
        return True
    found = set(map(type, values))
    if kinds is None or not found <= kinds or float in found:
        return all(_is_value(value, kinds) for value in values)
    if str in found:
        texts: list[str] = [value for value in values if value]
        return max(map(len, texts), default=0) <= MAX_TEXT and "\x00" not in "".join(texts)
    if int in found:
        numbers: list[int] = [value for value in values if value]
        return max(numbers, default=0) <= _LARGEST and min(numbers, default=0) >= -_LARGEST - 1
    return True


def good_rows(table: SiteTable, rows: TableRows) -> tuple[list[Row], list[str]]:
    """The rows that can be stored, and the ids of those that cannot."""
    width = _HEAD + len(rows.columns)
    shaped = [row for row in rows.rows if len(row) == width]
    bad = [str(row[0])[:40] if row else "" for row in rows.rows if len(row) != width]
    if not shaped:
        return [], bad
    kinds = [table.kinds.get(name) for name in rows.columns]
    columns = list(zip(*shaped, strict=True))
    if _heads_are_good(shaped, columns) and all(map(_column_is_good, columns[_HEAD:], kinds)):
        return shaped, bad
    good = []
    for row in shaped:
        if _is_head(row) and all(map(_is_value, row[_HEAD:], kinds)):
            good.append(row)
        else:
            bad.append(str(row[0])[:40])
    return good, bad


def fault_of(table: SiteTable, patch: Patch) -> str | None:
    """The field for which an edit cannot be taken; None when it can. What is text in it and what a whole
    number, the wire types have seen to."""
    stamps, replaced = patch.stamps, patch.replaced
    if not is_id(patch.id) or max(map(len, stamps), default=0) > 64:
        return "id"
    if stamps and not 0 < min(stamps.values()) <= max(stamps.values()) <= _LARGEST:
        return "id"
    for name, value in patch.values.items():
        kinds = table.kinds.get(name) or (_MARK if name == "deleted" else None)
        if name not in stamps or not _is_value(value, kinds) or (kinds is None and not _is_name(name)):
            return name
        if not 0 <= replaced.get(name, 0) <= _LARGEST:
            return name
    return None


def _is_name(name: str) -> bool:
    return len(name) <= 64 and "\x00" not in name and name not in _RESERVED


_RESERVED = frozenset(
    {"id", "site_id", "stamp", "field_stamps", "extra", "seq", "created_seq", "source_desk"}
)


def aligner(table: SiteTable, columns: Sequence[str]) -> Callable[[Row], tuple[str | None, Sequence[Any]]]:
    """How a desk's row becomes ours: (extra, values in the order of ``table.columns``).

    Fields that a newer desk has and this table does not go into ``extra``; those that an older desk keeps
    there come out of it.
    """
    if tuple(columns) == table.columns:
        return lambda row: (row[4], row[_HEAD:])
    place = {name: at + _HEAD for at, name in enumerate(columns)}
    order = [(name, place.get(name)) for name in table.columns]
    lacking = [name for name in table.columns if name not in place]
    unknown = [(name, at) for name, at in place.items() if name not in table.kinds and name not in _RESERVED]

    def align(row: Row) -> tuple[str | None, Sequence[Any]]:
        packed, found = _taken_out(table, row[4], lacking)
        extra = with_extra(packed, {name: row[at] for name, at in unknown if row[at] is not None})
        return extra, [found.get(name) if at is None else row[at] for name, at in order]

    return align


def _taken_out(
    table: SiteTable, packed: str | None, names: Sequence[str]
) -> tuple[str | None, Mapping[str, Any]]:
    """``extra`` without the fields of these names, and they."""
    extra = json.loads(packed) if packed else {}
    found = {
        name: extra.pop(name) for name in names if name in extra and _is_value(extra[name], table.kinds[name])
    }
    return (with_extra(None, extra), found) if found else (packed, found)


def values_of(table: SiteTable, columns: Sequence[str], row: Row) -> dict[str, Any]:
    """What a whole row says of its fields: in its columns, and in ``extra`` of those that are none."""
    values = dict(zip(columns, row[_HEAD:], strict=True))
    for name, value in json.loads(row[4]).items() if row[4] else ():
        if name not in values and _is_name(name) and _is_value(value, table.kinds.get(name)):
            values[name] = value
    return {name: value for name, value in values.items() if name not in _RESERVED and name != "deleted"}


def with_extra(packed: str | None, fields: Mapping[str, Any]) -> str | None:
    """``extra`` with fields put in; NULL when there are none at all."""
    if not fields:
        return packed
    whole = {**(json.loads(packed) if packed else {}), **fields}
    return json.dumps(whole, ensure_ascii=False, separators=(",", ":"), sort_keys=True)
