"""Words for the codes that the archive stores: one label for each code of each vocabulary.

Codes are English and never change; labels are Chinese and translated. States also have a symbol, so that
colour never stands alone.
"""

from __future__ import annotations

from collections.abc import Mapping

from resources.archive_terms import ARCHIVE_TERMS
from resources.ticket_terms import TICKET_TERMS
from resources.translations import gettext as _

TERMS: Mapping[str, Mapping[str, str]] = {**TICKET_TERMS, **ARCHIVE_TERMS}
"""Vocabulary → code → label (a message id), in the order in which they are offered."""

SYMBOLS: Mapping[str, Mapping[str, str]] = {
    "ticket.state": {
        "received": "●",
        "dispatched": "▶",
        "accepted": "▷",
        "in_progress": "◐",
        "suspended": "‖",
        "sent_back": "←",
        "completed": "✓",
        "callback": "☎",
        "closed": "◎",
        "archived": "▣",
        "void": "×",
    },
    "ticket.priority": {"critical": "‼", "urgent": "!"},
    "ticket.result": {"fixed": "✓", "unfixed": "×"},
    "ticket.group": {"overdue": "▲", "due_today": "◑", "suspended": "‖", "callback": "☎"},
    "ticket.event": {
        "receive": "●",
        "answer": "✓",
        "dispatch": "▶",
        "pass_on": "⇄",
        "accept": "▷",
        "send_back": "←",
        "arrive": "◐",
        "progress": "◐",
        "first_answer": "✓",
        "chase": "!",
        "suspend": "‖",
        "resume": "▷",
        "complete": "✓",
        "reopen": "↑",
        "archive": "▣",
        "void": "×",
        "undo": "←",
        "charge": "¥",
        "charge_void": "¥",
        "callback": "☎",
        "escalate": "▲",
        "overdue": "▲",
    },
    "callback.state": {"due": "☎", "excluded": "‖", "done": "✓", "failed": "×"},
}
"""Vocabulary → code → one sign."""


def label(vocabulary: str, code: str | None) -> str:
    """The word for a code in the language in use; a code of a newer version shows as itself, none as nothing.

    Raises KeyError for a vocabulary that does not exist: that is a bug.
    """
    words = TERMS[vocabulary]
    if code is None:
        return ""
    return _(words[code]) if code in words else code


def labels(vocabulary: str) -> list[str]:
    """All its labels, in the language in use."""
    return [words for _code, words in choices(vocabulary)]


def symbol(vocabulary: str, code: str | None) -> str:
    """The sign of a code, empty where it has none."""
    return SYMBOLS.get(vocabulary, {}).get(code or "", "")


def marked(vocabulary: str, code: str | None) -> str:
    """Sign and word together: ``▶ 已派单``."""
    return f"{symbol(vocabulary, code)} {label(vocabulary, code)}".strip()


def codes(vocabulary: str) -> tuple[str, ...]:
    """Every code of a vocabulary, in the order in which they are offered."""
    return tuple(TERMS[vocabulary])


def choices(vocabulary: str) -> list[tuple[str, str]]:
    """Code and label of every term, for a chooser."""
    return [(code, _(word)) for code, word in TERMS[vocabulary].items()]
