"""What one answer of headquarters did to the file."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from sync.client.outbox import Waits

Changed = dict[str, set[str]]
"""Table → ids of its rows."""
NOTHING = Waits({})


@dataclass
class Applied:
    """Rows changed by table, and what headquarters would not take."""

    changed: Changed = field(default_factory=dict)
    refused: int = 0
    highest: int = 0
    """The highest stamp that came down."""

    def touch(self, table: str, ids: Iterable[str]) -> None:
        self.changed.setdefault(table, set()).update(ids)
