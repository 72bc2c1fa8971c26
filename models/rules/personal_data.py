"""Phones and identity numbers: normalised to compare, masked to show, placeholders known for
what they are.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from datetime import date
from operator import mul

_SEPARATORS = re.compile(r"[\s\-—–_.()（）·]+")
_EXTENSION = re.compile(r"(?:转|EXT\.?|#|,)\s*(\d{1,6})$", re.IGNORECASE)
_MOBILE = re.compile(r"1[3-9]\d{9}")
_LANDLINE = re.compile(r"(0[12]\d\d{8}|0[3-9]\d{2}\d{7,8}|[2-9]\d{6,7}|400\d{7}|800\d{7}|[19]\d{4})")
_SPLIT = re.compile(r"[,，、;；/|\n]+|\s{2,}|(?<=\d{7})\s+(?=\d{7})")
_KNOWN_PLACEHOLDERS = frozenset({"18999999999", "13800138000", "13800000000", "12345678901", "12345678910"})
_ID = re.compile(r"\d{17}[\dX]")
_OLD_ID = re.compile(r"\d{15}")
_ID_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
_ID_CHECKS = "10X98765432"
_KNOWN_ID_PLACEHOLDERS = frozenset({"123456789012345678", "12345678901234567X", "123456789012345"})
MASK = "****"


@dataclass(frozen=True, slots=True)
class IdFacts:
    """What an identity number tells: birth date and gender (``male`` / ``female``)."""

    birth_on: date
    gender: str


# -- phones ------------------------------------------------------------------------------------------


def phone_digits(text: str) -> str:
    """The number to compare by: digits only, without +86, separators or extension. Empty if
    there are none.
    """
    plain = unicodedata.normalize("NFKC", text).strip()
    if re.fullmatch(r"\d+\.0+", plain):  # a spreadsheet's float
        plain = plain.split(".", maxsplit=1)[0]
    plain = _SEPARATORS.sub("", _EXTENSION.sub("", plain))
    plain = re.sub(r"^(?:\+|00)86", "", plain)
    digits = re.sub(r"\D", "", plain)
    if len(digits) == 13 and digits.startswith("86") and _MOBILE.fullmatch(digits[2:]):
        return digits[2:]
    return digits


def split_phones(text: str) -> list[str]:
    """Several numbers written in one cell, each as typed, blanks dropped."""
    plain = unicodedata.normalize("NFKC", text)
    return [piece.strip() for piece in _SPLIT.split(plain) if piece and piece.strip()]


def is_phone(digits: str) -> bool:
    """A plausible mobile, landline, 400 or short service number of this country."""
    return bool(_MOBILE.fullmatch(digits) or _LANDLINE.fullmatch(digits))


def is_placeholder_phone(digits: str) -> bool:
    """Typed only to fill the field: 18999999999, 13800138000, one digit over and over. Means "unknown"."""
    if not digits or digits in _KNOWN_PLACEHOLDERS or len(set(digits)) == 1:
        return True
    return len(digits) == 11 and len(set(digits[3:])) == 1


def mask_phone(text: str) -> str:
    """``189****1443``; of a landline the last four stay, of a short number nothing but the first digit."""
    digits = phone_digits(text)
    if len(digits) == 11 and digits.startswith("1"):
        return f"{digits[:3]}{MASK}{digits[-4:]}"
    if len(digits) >= 7:
        area = digits[: len(digits) - 8] if digits.startswith("0") and len(digits) > 9 else ""
        return f"{area}{MASK}{digits[-4:]}"
    return digits[:1] + MASK if digits else ""


def mask_phones_in(text: str) -> str:
    """A sentence with every mobile number in it masked (timeline, log, export)."""
    return re.sub(r"(?<!\d)(1[3-9]\d)\d{4}(\d{4})(?!\d)", rf"\1{MASK}\2", text)


def mask_ids_in(text: str) -> str:
    """A sentence with every identity number of 18 places in it masked, as `mask_id` does."""
    return re.sub(r"(?<!\d)(\d{6})\d{8}(\d{3}[\dXx])(?![\dXx])", r"\1********\2", text)


# -- identity numbers --------------------------------------------------------------------------------


def id_digits(text: str) -> str:
    """An identity number as it is compared: no blanks, X upper case."""
    plain = unicodedata.normalize("NFKC", text).strip().upper()
    return re.sub(r"[\s\-]", "", plain)


def is_placeholder_id(number: str) -> bool:
    """Typed only to fill the field: one digit over and over, or counting up. Means "unknown"."""
    bare = number.rstrip("X")
    return not bare or len(set(bare)) == 1 or number in _KNOWN_ID_PLACEHOLDERS


def has_valid_check_digit(number: str) -> bool:
    """GB 11643: the last of 18 places is computed from the 17 before it."""
    if not _ID.fullmatch(number):
        return False
    total = sum(map(mul, map(int, number[:17]), _ID_WEIGHTS))
    return _ID_CHECKS[total % 11] == number[17]


def id_facts(number: str) -> IdFacts | None:
    """Birth date and gender of an 18- or (before 1999) 15-place number; None if its date is none.

    The check digit is not looked at: a mistyped last place leaves the birth date right.
    """
    if _ID.fullmatch(number):
        born, order = number[6:14], number[16]
    elif _OLD_ID.fullmatch(number):
        born, order = "19" + number[6:12], number[14]
    else:
        return None
    try:
        birth_on = date(int(born[:4]), int(born[4:6]), int(born[6:]))
    except ValueError:
        return None
    return IdFacts(birth_on, "male" if int(order) % 2 else "female")


def mask_id(text: str) -> str:
    """``632126********2056``: birth date hidden; short numbers of other papers keep their last two places."""
    number = id_digits(text)
    if len(number) >= 15:
        return f"{number[:6]}{'*' * (len(number) - 10)}{number[-4:]}"
    return "*" * max(len(number) - 2, 0) + number[-2:] if len(number) > 4 else "*" * len(number)
