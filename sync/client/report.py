"""What a round did, told to whoever asked for it."""

from __future__ import annotations

from dataclasses import dataclass, field

from models.errors import DomainError
from sync.client.applied import Changed


@dataclass
class RoundReport:
    """What a round did. ``changes`` are names of tables (for ``data_changed``); ``is_equal`` tells whether
    both sides held the same rows at its end, None when that could not be compared."""

    requests: int = 0
    pushed: int = 0
    pulled: int = 0
    refused: int = 0
    orphans: int = 0
    filled: set[str] = field(default_factory=set)
    """Tables into which a snapshot was loaded."""
    uploaded: int = 0
    attachment_fault: DomainError | None = None
    """Why contents of attachments did not all go; the rows had gone by then."""
    renumbered: list[tuple[str, str]] = field(default_factory=list)
    """[(old, new)] of tickets of this file that bore another's number: their slips are to be corrected."""
    is_stopped: bool = False
    is_equal: bool | None = None
    is_repaired: bool = False
    at_ms: int = 0
    changed: Changed = field(default_factory=dict)
    overdue: frozenset[str] = frozenset()
    """Tables of which an earlier round, cut short, left rows without a look at their parents."""

    def change(self, changed: Changed) -> None:
        for table, ids in changed.items():
            self.changed.setdefault(table, set()).update(ids)

    @property
    def changes(self) -> frozenset[str]:
        return frozenset(name for name, ids in self.changed.items() if ids) | self.filled
