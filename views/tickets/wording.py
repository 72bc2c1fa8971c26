"""How a ticket's state, time and place are put into words, for the list and for the detail."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Protocol

from models.rules.ticket_life import FINAL
from models.rules.warranty import Warranty
from resources.terms import label as term
from resources.translations import gettext as _
from views.formats import NOTHING, Formats
from views.widgets.tone import Tone

SOON = timedelta(hours=2)
_FINAL = {state.value for state in FINAL}
_STATE_TONES = {
    "received": Tone.ACCENT, "dispatched": Tone.NORMAL, "accepted": Tone.NORMAL, "in_progress": Tone.NORMAL,
    "suspended": Tone.MUTED, "sent_back": Tone.WARN, "completed": Tone.GOOD, "callback": Tone.ACCENT,
    "closed": Tone.GOOD, "archived": Tone.MUTED, "void": Tone.MUTED,
}  # fmt: skip
PRIORITY_TONES = {"critical": "bad", "urgent": "bad", "normal": ""}


class Timed(Protocol):
    """What the time limit is told from."""

    @property
    def state(self) -> str: ...
    @property
    def shown_state(self) -> str: ...
    @property
    def due_at(self) -> datetime | None: ...
    @property
    def waits_for(self) -> str | None: ...


def state_tone(shown_state: str) -> Tone:
    return _STATE_TONES.get(shown_state, Tone.NORMAL)


def state_words(ticket: Timed) -> str:
    """``挂起 · 等配件``"""
    words = term("ticket.state", ticket.shown_state)
    has_reason = ticket.waits_for and ticket.state in {"suspended", "sent_back"}
    return f"{words} · {ticket.waits_for}" if has_reason else words


def is_overdue(ticket: Timed, now: datetime) -> bool:
    is_running = ticket.state not in _FINAL and ticket.state != "suspended"
    return is_running and ticket.due_at is not None and ticket.due_at < now


def time_words(ticket: Timed, now: datetime, formats: Formats, callback_due: object = None) -> str:
    """``超时 0:42``, ``剩 5:20``, ``时钟已停``, the day of the callback, or nothing."""
    if ticket.shown_state == "callback" and callback_due is not None:
        return _("今日") if callback_due == formats.local(now).date() else str(callback_due)[5:]
    if ticket.state in _FINAL:
        return NOTHING
    if ticket.state == "suspended":
        return _("时钟已停")
    if ticket.due_at is None:
        return NOTHING
    wording = _("超时 {span}") if ticket.due_at < now else _("剩 {span}")
    return wording.format(span=formats.span(ticket.due_at - now))


def time_tone(ticket: Timed, now: datetime) -> Tone:
    if ticket.state in _FINAL or ticket.state == "suspended" or ticket.due_at is None:
        return Tone.MUTED
    if ticket.due_at < now:
        return Tone.BAD
    return Tone.WARN if ticket.due_at - now < SOON else Tone.NORMAL


def time_symbol(ticket: Timed, now: datetime) -> str:
    tone = time_tone(ticket, now)
    return {Tone.BAD: "▲", Tone.WARN: "◎"}.get(tone, "")


def warranty_words(warranty: Warranty) -> str:
    """``防水 5 年至 2029-06``"""
    item = term("warranty.item", warranty.item.value)
    wording = (
        _("{item} {n} 个采暖（供冷）期至 {until}") if warranty.is_seasons else _("{item} {n} 年至 {until}")
    )
    return wording.format(item=item, n=warranty.length, until=warranty.until.strftime("%Y-%m"))


def masked_phone_check(masked: Callable[[], str]) -> Callable[[str], str | None]:
    """A check for a phone field that was filled with a masked number: it stays as it is or is typed whole."""

    def check(text: str) -> str | None:
        is_touched = "*" in text and text != masked()
        return _("请输入完整号码，或恢复为 {masked}").format(masked=masked()) if is_touched else None

    return check


def whom(department: str | None, handler: str | None) -> str:
    """``工程部 · 李强``"""
    return " · ".join(part for part in (department, handler) if part)
