"""A look at a body before it is unpacked into objects: one byte can stand for a list or a map of two hundred.

A desk's largest batch has some hundred thousand of them; what has many more is no batch and would take
gigabytes and the garbage collector's time from everybody.
"""

from __future__ import annotations

from sync.protocol import BodyError

MOST_SAFE = 1_000_000
"""Lists and maps that may come into being without a closer look: a quarter of a gigabyte at most."""
MOST_CONTAINERS = 400_000
"""Ten thousand rows and as many edits, each with its maps of stamps, are a third of it."""
MOST_VALUES = 6_000_000
_HEADS = bytes([*range(0x80, 0xA0), *range(0xDC, 0xE0)])
"""Every list or map of msgpack begins with one of these, but not every one of these begins one."""
_OTHERS = bytes(sorted(set(range(256)) - set(_HEADS)))
_FIXED = {
    0xC0: 1, 0xC1: 1, 0xC2: 1, 0xC3: 1, 0xCA: 5, 0xCB: 9, 0xCC: 2, 0xCD: 3, 0xCE: 5, 0xCF: 9,
    0xD0: 2, 0xD1: 3, 0xD2: 5, 0xD3: 9, 0xD4: 3, 0xD5: 4, 0xD6: 6, 0xD7: 10, 0xD8: 18,
}  # fmt: skip
"""Bytes of values whose first byte tells their length."""
_COUNTED = {0xC4: (1, 0), 0xC5: (2, 0), 0xC6: (4, 0), 0xC7: (1, 1), 0xC8: (2, 1), 0xC9: (4, 1)} | {
    0xD9: (1, 0), 0xDA: (2, 0), 0xDB: (4, 0)
}  # fmt: skip
"""Of the others: bytes of their length, and how many more than it says."""
_GROUPS = {0xDC: (2, 1), 0xDD: (4, 1), 0xDE: (2, 2), 0xDF: (4, 2)}
"""Large lists and maps: bytes of their count, and values for each."""


def check_msgpack(body: bytes) -> None:
    """Raises ``BodyError("body-too-large")`` for a body of too many lists and maps. One that is cut or no
    msgpack is left to the decoder."""
    if len(body) <= MOST_SAFE or len(body.translate(None, _OTHERS)) <= MOST_SAFE:
        return
    if not _is_modest(body):
        raise BodyError("body-too-large")


def check_json(body: bytes) -> None:
    if body.count(b"[") + body.count(b"{") > MOST_CONTAINERS:
        raise BodyError("body-too-large")


def _is_modest(body: bytes) -> bool:
    """Walk over the values, as the first bytes of text may look like anything."""
    at, end, containers, values = 0, len(body), 0, 0
    while at < end:
        head = body[at]
        values += 1
        if head <= 0x7F or head >= 0xE0:
            at += 1
        elif 0xA0 <= head <= 0xBF:
            at += head - 0x9F
        elif head <= 0x9F:
            containers += 1
            at += 1
        elif head in _FIXED:
            at += _FIXED[head]
        elif head in _GROUPS:
            containers += 1
            at += 1 + _GROUPS[head][0]
        else:
            size, more = _COUNTED[head]
            at += 1 + size + more + int.from_bytes(body[at + 1 : at + 1 + size], "big")
        if containers > MOST_CONTAINERS or values > MOST_VALUES:
            return False
    return True
