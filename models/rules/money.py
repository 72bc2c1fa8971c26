"""Money is an integer of fen. Here it becomes text, Chinese capitals (大写), and comes back
from what people type.
"""

from __future__ import annotations

import re
import unicodedata
from decimal import ROUND_HALF_UP, Decimal, InvalidOperation

_DIGITS = "零壹贰叁肆伍陆柒捌玖"
_PLACES = ("", "拾", "佰", "仟")
_GROUPS = ("", "万", "亿", "万亿")
LARGEST = 10**18 - 1
"""Largest amount in fen that has a name here."""


def amount(quantity: int, unit_price: int) -> int:
    """Fen of ``quantity`` thousandths at ``unit_price`` fen, half a fen rounded up (away from zero)."""
    exact = Decimal(quantity) * Decimal(unit_price) / 1000
    return int(exact.quantize(Decimal(1), rounding=ROUND_HALF_UP))


def to_text(fen: int, *, with_sign: bool = True) -> str:
    """``123456`` → ``¥1,234.56``."""
    return f"{'-' if fen < 0 else ''}{'¥' if with_sign else ''}{abs(fen) // 100:,}.{abs(fen) % 100:02d}"


def parse(text: str) -> int:
    """Fen of what people type: ``35``, ``¥35.5``, ``1,234.50元``. Raises ValueError for anything else."""
    plain = (
        unicodedata.normalize("NFKC", text).strip().removeprefix("¥").removeprefix("￥").removesuffix("元")
    )
    plain = plain.replace(",", "").strip()
    if not re.fullmatch(r"-?\d{1,15}(\.\d{0,2})?", plain):
        raise ValueError(f"not an amount of money: {text!r}")
    return int(Decimal(plain) * 100)


def parse_quantity(text: str) -> int:
    """Thousandths of what people type: ``2``, ``1.5``, ``0.125``. Raises ValueError if negative or finer."""
    plain = unicodedata.normalize("NFKC", text).strip().replace(",", "")
    try:
        value = Decimal(plain) * 1000
    except InvalidOperation as error:
        raise ValueError(f"not a quantity: {text!r}") from error
    if not value.is_finite() or value < 0 or value != int(value) or value > 10**12:
        raise ValueError(f"not a quantity: {text!r}")
    return int(value)


def quantity_text(quantity: int) -> str:
    """Thousandths as people write them: 1500 → ``1.5``."""
    whole, rest = divmod(abs(quantity), 1000)
    text = f"{whole}.{rest:03d}".rstrip("0").rstrip(".")
    return f"-{text}" if quantity < 0 else text


def to_capitals(fen: int) -> str:
    """The amount in Chinese capitals by the rules for bills (正确填写票据和结算凭证的基本规定).

    整 ends an amount without fen; one 零 stands for zeros between digits, and for a missing 角 before 分.
    Raises ValueError above 10^16 yuan.
    """
    if abs(fen) > LARGEST:
        raise ValueError("the amount is too large for its name")
    yuan, rest = divmod(abs(fen), 100)
    jiao, cents = divmod(rest, 10)
    text = f"{_integer(yuan)}元" if yuan else ""
    if jiao:
        text += f"{_DIGITS[jiao]}角"
    elif cents and yuan:
        text += "零"
    if cents:
        text += f"{_DIGITS[cents]}分"
    else:
        text = f"{text or '零元'}整"
    return f"负{text}" if fen < 0 else text


def _integer(number: int) -> str:
    groups: list[int] = []
    while number:
        number, group = divmod(number, 10_000)
        groups.append(group)
    text = ""
    is_zero_due = False
    for index in range(len(groups) - 1, -1, -1):
        group = groups[index]
        if not group:
            is_zero_due = bool(text)
            continue
        if text and (is_zero_due or group < 1000 or groups[index + 1] % 10 == 0):
            text += "零"
        text += _group(group) + _GROUPS[index]
        is_zero_due = False
    return text.replace("万亿", "万亿" if len(groups) > 3 and not groups[2] else "万")


def _group(group: int) -> str:
    text = ""
    is_zero_due = False
    for place in (3, 2, 1, 0):
        digit = group // 10**place % 10
        if not digit:
            is_zero_due = bool(text)
            continue
        text += ("零" if is_zero_due else "") + _DIGITS[digit] + _PLACES[place]
        is_zero_due = False
    return text
