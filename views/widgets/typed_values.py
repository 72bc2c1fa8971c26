"""What people type for a date, a time, money, an area, and the value meant. Free of Qt; ``ValueError`` if
none."""

from __future__ import annotations

import re
from datetime import date, datetime, timedelta, tzinfo
from decimal import ROUND_HALF_UP, Decimal, InvalidOperation

_UNITS = re.compile(r"[¥￥元,㎡\s]|m²")  # zh: typed
_DIGITS = re.compile(r"\d+")
_WIDE = str.maketrans("０１２３４５６７８９．：－／，", "0123456789.:-/,")
_DAYS_AWAY = {-1: "昨天 yesterday", 0: "今天 today", 1: "明天 tomorrow", 2: "后天"}  # zh: typed
_DAY_WORDS = {word: days for days, words in _DAYS_AWAY.items() for word in words.split()}


def plain(text: str) -> str:
    """*text* with full-width digits and signs made narrow, without blanks around it."""
    return text.translate(_WIDE).strip()


def day(text: str, today: date) -> date | None:
    """``2026-11-21``, ``20261121``, ``26.11.21``, ``11-21`` (this year), ``21`` (this month), ``今天``,
    ``+3``."""
    text = plain(text)
    if not text:
        return None
    if text.lower() in _DAY_WORDS:
        return today + timedelta(days=_DAY_WORDS[text.lower()])
    if re.fullmatch(r"[+-]\d{1,4}", text):
        return today + timedelta(days=int(text))
    parts = _DIGITS.findall(text)
    if len(parts) == 1 and len(parts[0]) in (6, 8):
        digits = parts[0]
        parts = [digits[:-4], digits[-4:-2], digits[-2:]]
    numbers = [int(part) for part in parts]
    if not 1 <= len(numbers) <= 3:
        raise ValueError(text)
    year, month = today.year, today.month
    if len(numbers) == 3:
        year, month, of_month = numbers
        year += 2000 if year < 100 else 0
    elif len(numbers) == 2:
        month, of_month = numbers
    else:
        of_month = numbers[0]
    return date(year, month, of_month)


def moment(text: str, now: datetime, zone: tzinfo | None) -> datetime | None:
    """A day and a time, ``11-21 14:30``; a time alone means today, ``1430`` and ``14点半`` are times too.
    Aware."""
    text = plain(text).replace("点半", ":30").replace("点", ":").replace("分", "")  # zh: typed by people
    if not text:
        return None
    here = now.astimezone(zone)
    match = re.search(r"(?:^|\s|T)(\d{1,2}):(\d{0,2})(?::\d{2})?$", text) or re.search(
        r"(?:^|\s)(\d{2})(\d{2})$", text
    )
    if match is None:
        raise ValueError(text)
    on = day(text[: match.start()], here.date()) or here.date()
    local = datetime(on.year, on.month, on.day, int(match[1]), int(match[2] or 0))  # noqa: DTZ001 - zone below
    return local.astimezone(zone) if zone is None else local.replace(tzinfo=zone)


def scaled(text: str, places: int) -> int | None:
    """A decimal as a whole number of its 10**-places parts: ``¥1,234.5`` → 123450 with two places."""
    text = _UNITS.sub("", plain(text))
    if not text:
        return None
    try:
        value = Decimal(text)
    except InvalidOperation as error:
        raise ValueError(text) from error
    if not value.is_finite() or abs(value) > Decimal(10) ** 12:
        raise ValueError(text)
    return int((value * 10**places).to_integral_value(ROUND_HALF_UP))
