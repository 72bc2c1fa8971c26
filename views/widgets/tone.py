"""What a state means to the eye. A tone never stands alone: a symbol and a word say the same."""

from __future__ import annotations

from enum import StrEnum


class Tone(StrEnum):
    NORMAL = "normal"
    MUTED = "muted"
    ACCENT = "accent"
    GOOD = "good"
    WARN = "warn"
    BAD = "bad"
