"""Vehicle plates: one key to compare by, one form to show (粤B·7A21K)."""

from __future__ import annotations

import re
import unicodedata

_PROVINCES = "京津沪渝冀豫云辽黑湘皖鲁新苏浙赣鄂桂甘晋蒙陕吉闽贵粤青藏川宁琼"
_USUAL = re.compile(rf"[{_PROVINCES}][A-Z][A-HJ-NP-Z0-9]{{4,5}}[A-HJ-NP-Z0-9挂学警港澳]")
_SPECIAL = re.compile(
    rf"(?:WJ[{_PROVINCES}]?[0-9A-Z]{{4,6}}|使[0-9]{{6}}|[0-9]{{6}}使|[{_PROVINCES}]?[A-Z]?民航[0-9A-Z]+)"
)
_SEPARATORS = re.compile(r"[\s\-·•・.．_—–*]+")


def plate_key(text: str) -> str:
    """The plate without separators, upper case; O and I, which no plate has after its letters, as 0 and 1."""
    plain = _SEPARATORS.sub("", unicodedata.normalize("NFKC", text).upper())
    if len(plain) > 2 and plain[0] in _PROVINCES:
        return plain[:2] + plain[2:].replace("O", "0").replace("I", "1")
    return plain


def display(text: str) -> str:
    """``粤B·7A21K``; what is no usual plate is shown as its key."""
    key = plate_key(text)
    return f"{key[:2]}·{key[2:]}" if is_plate(key) and key[0] in _PROVINCES else key


def is_plate(text: str) -> bool:
    """A plausible plate: seven places, eight of an electric car, or one of the special kinds."""
    key = plate_key(text)
    return bool(_USUAL.fullmatch(key) or _SPECIAL.fullmatch(key))
