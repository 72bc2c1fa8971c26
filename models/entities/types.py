"""Column types: how moments, days and small structures lie in the file.

In the file everything is an integer or text, so that a row travels to headquarters as it is stored.
"""

from __future__ import annotations

import json
from datetime import UTC, date, datetime, timedelta
from typing import Annotated, Any

from sqlalchemy import BigInteger, Dialect, String, Text
from sqlalchemy.orm import mapped_column
from sqlalchemy.types import TypeDecorator

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MILLISECOND = timedelta(milliseconds=1)


def to_milliseconds(moment: datetime) -> int:
    """Milliseconds since 1970 in UTC; a moment without a zone is a bug and raises ``ValueError``."""
    if moment.tzinfo is None:
        raise ValueError("a moment needs a time zone")
    return (moment - _EPOCH) // _MILLISECOND


def from_milliseconds(milliseconds: int) -> datetime:
    return _EPOCH + milliseconds * _MILLISECOND


class InstantType(TypeDecorator[datetime]):
    """An aware moment, kept as BIGINT milliseconds since 1970 UTC."""

    impl = BigInteger
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> int | None:
        return None if value is None else to_milliseconds(value)

    def process_result_value(self, value: Any | None, dialect: Dialect) -> datetime | None:
        return None if value is None else from_milliseconds(int(value))


class DayType(TypeDecorator[date]):
    """A calendar day, kept as ISO text."""

    impl = String(10)
    cache_ok = True

    def process_bind_param(self, value: date | None, dialect: Dialect) -> str | None:
        return None if value is None else value.isoformat()

    def process_result_value(self, value: Any | None, dialect: Dialect) -> date | None:
        return None if value is None else date.fromisoformat(str(value))


class JsonType(TypeDecorator[Any]):
    """A small structure, kept as compact JSON text with sorted keys (equal values are equal text)."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: Any | None, dialect: Dialect) -> str | None:
        return None if value is None else to_json(value)

    def process_result_value(self, value: Any | None, dialect: Dialect) -> Any:
        return None if value is None else json.loads(value)

    def compare_values(self, x: Any, y: Any) -> bool:
        return bool(x == y)


_ENCODER = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"), sort_keys=True)


def to_json(value: Any) -> str:
    return _ENCODER.encode(value)


Id = Annotated[str, mapped_column(String(32))]
"""32 hexadecimal digits of a UUIDv7."""
Instant = Annotated[datetime, mapped_column(InstantType())]
Day = Annotated[date, mapped_column(DayType())]
Fen = Annotated[int, mapped_column(BigInteger())]
"""Money in fen."""
Area = Annotated[int, mapped_column(BigInteger())]
"""Area in hundredths of a square metre."""
