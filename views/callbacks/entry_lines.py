"""A returned sheet while it is typed in: one line a callback, what each still needs. Free of Qt."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from models.queries.callback_list import CallbackRow
from models.services.callbacks import COMPLAINT, REOPEN, Result
from resources.terms import label
from resources.translations import gettext as _

REACHED, SOLVED, SATISFACTION, THEN, OPINION, SUGGESTION = (
    "reached",
    "solved",
    "satisfaction",
    "then",
    "opinion",
    "suggestion",
)
FIELDS = (REACHED, SOLVED, SATISFACTION, THEN, OPINION, SUGGESTION)
TEXTS = frozenset({OPINION, SUGGESTION})

_YES_NO = {"1": True, "2": False}
_SATISFACTION = {"1": "satisfied", "2": "fairly", "3": "dissatisfied"}
_THEN = {"1": REOPEN, "2": COMPLAINT}


@dataclass
class EntryLine:
    """One line. ``error`` is why it was refused; ``outcome`` the words of what it led to once saved."""

    row: CallbackRow
    reached: bool | None = None
    solved: bool | None = None
    satisfaction: str | None = None
    then: str | None = None
    opinion: str = ""
    suggestion: str = ""
    error: str = ""
    outcome: str = ""

    @property
    def is_open(self) -> bool:
        """Whether it can still be typed in: it was due, and has not been saved."""
        return self.row.is_due and not self.outcome

    @property
    def is_touched(self) -> bool:
        return self.is_open and any(getattr(self, name) not in (None, "") for name in FIELDS)

    def applies(self, name: str) -> bool:
        """Whether the field means anything as the line stands."""
        if name == REACHED:
            return True
        if self.reached is False:
            return False
        if name == THEN:
            return self.solved is False
        return True

    def missing(self) -> str:
        """The first field that is needed and empty; empty when the line is complete."""
        needed = [REACHED]
        if self.reached:
            needed += [SATISFACTION] if self.row.kind == "move_in" else [SOLVED, SATISFACTION]
            needed += [THEN] if self.solved is False else []
        return next((name for name in needed if getattr(self, name) is None), "")

    def after(self, name: str) -> str:
        """The field to go to after *name*; empty at the end of the line."""
        later = FIELDS[FIELDS.index(name) + 1 :]
        return next((field for field in later if self.applies(field)), "")

    def type_digit(self, name: str, digit: str) -> bool:
        """Put a digit's meaning into *name*; False if it has none there. A bare digit for nobody reached
        clears what was answered."""
        meaning: Any = self.digits(name).get(digit)
        if meaning is None or not self.is_open:
            return False
        setattr(self, name, meaning)
        if self.reached is False:
            self.solved = self.satisfaction = self.then = None
        if self.solved is not False:
            self.then = None
        self.error = ""
        return True

    def digits(self, name: str) -> dict[str, Any]:
        """What each digit means in *name*; a visit after moving in has no ticket to reopen."""
        if name == THEN:
            return _THEN if self.row.ticket_id is not None else {"2": COMPLAINT}
        if name == SATISFACTION:
            return dict(_SATISFACTION)
        return dict(_YES_NO) if name in (REACHED, SOLVED) else {}

    def clear(self, name: str) -> None:
        if self.is_open:
            setattr(self, name, "" if name in TEXTS else None)

    def words(self, name: str) -> str:
        """The field as the sheet shows it."""
        value = getattr(self, name)
        if name in TEXTS:
            return str(value)
        if value is None or not self.applies(name):
            return ""
        if name == SATISFACTION:
            return label("callback.satisfaction", value)
        if name == THEN:
            return _("重开工单") if value == REOPEN else _("转为投诉")
        return _("是") if value else _("否")

    def result(self, called_at: datetime | None, called_by: str | None) -> Result:
        """What the line says."""
        return Result(
            reached=bool(self.reached),
            solved=self.solved,
            satisfaction=self.satisfaction,
            opinion=self.opinion or None,
            suggestion=self.suggestion or None,
            way="paper",
            then=self.then,
            called_at=called_at,
            called_by=called_by,
        )


def digit_hint(name: str, line: EntryLine | None) -> str:
    """The digits of a field in words: ``1 满意 · 2 较满意 · 3 不满意``."""
    if line is None or name in TEXTS:
        return _("直接打字；Enter 下一行")
    words = []
    for digit in line.digits(name):
        trial = EntryLine(line.row, reached=True, solved=line.solved if name != SOLVED else None)
        if name == THEN:
            trial.solved = False
        trial.type_digit(name, digit)
        words.append(f"{digit} {trial.words(name)}")
    return " · ".join(words)
