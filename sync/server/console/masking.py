"""What of a person is shown to whom: numbers never in full, to readers without the right nothing."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from models.rules.personal_data import MASK, mask_ids_in, mask_phones_in
from resources.translations import gettext as _
from sync.server.console import wording

_PEOPLE = frozenset(
    {"resident", "phone", "occupancy", "vehicle", "parking_space", "pet", "communication", "resident_tag"}
)
"""Tables of which every value and every name belongs to a person."""
_OF_A_PERSON = frozenset(
    {
        "caller_name",
        "caller_phone",
        "contact",
        "contact_phone",
        "place",
        "room_id",
        "resident_id",
        "matter",
        "opinion",
        "suggestion",
        "remark",
        "resolution",
    }
)
"""Fields of other tables that tell who or where somebody is, or what they said."""


@dataclass(frozen=True)
class Masking:
    """``is_personal``: the reader may see names, rooms and what was said."""

    is_personal: bool

    def text(self, value: str | None) -> str:
        """Free text: phones and identity numbers in it lose their middle."""
        return mask_ids_in(mask_phones_in(value or ""))

    def personal(self, value: str | None) -> str:
        """A name, a room, a masked phone; nothing of it without the right."""
        if not value:
            return wording.NOTHING
        return self.text(value) if self.is_personal else MASK

    def value(self, table: str, field: str, value: Any, names: Mapping[str, str]) -> str:
        """A stored value of a record."""
        is_hidden = not self.is_personal and (table in _PEOPLE or field in _OF_A_PERSON)
        if is_hidden and value is not None and field != "deleted":
            return _("（不显示）")
        return self.text(wording.stored_value(table, field, value, names))

    def label(self, table: str, label: str) -> str:
        """How a record is called."""
        return label if self.is_personal or table not in _PEOPLE else MASK
