"""Makes the answers of ``models.search`` into the lines of the one box: the word for the kind, what Enter
opens."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from resources.translations import gettext as _
from resources.translations import pgettext
from views.widgets.marked_text import Marked
from views.widgets.search_box import Hit

if TYPE_CHECKING:
    from models.search.hits import Hit as Found


def kind_words() -> Mapping[str, str]:
    """The word at the left of a line, by the kind of answer."""
    return {
        "room": pgettext("search", "房屋"),
        "resident": pgettext("search", "住户"),
        "vehicle": pgettext("search", "车牌"),
        "ticket": pgettext("search", "工单"),
    }


def present(found: Found) -> Hit:
    """The line of one answer. A new ticket takes over room and resident, as far as they are known."""
    page, arguments = _target(found)
    household = {"room_id": found.room_id, "resident_id": found.resident_id}
    has_left = found.kind == "resident" and not found.is_current
    return Hit(
        kind=kind_words()[found.kind],
        title=Marked(found.title, found.title_spans),
        reason=Marked(_("已迁出")) if has_left else Marked(),
        detail=Marked(found.detail, found.detail_spans),
        page=page,
        arguments=arguments,
        ticket_arguments={name: value for name, value in household.items() if value is not None},
    )


def _target(found: Found) -> tuple[str, dict[str, object]]:
    """The page that shows it; a vehicle is shown with its keeper, else with its room."""
    if found.kind == "ticket":
        return "tickets", {"ticket_id": found.id}
    if found.kind == "room":
        return "rooms", {"room_id": found.id}
    if found.kind == "resident":
        return "residents", {"resident_id": found.id}
    if found.resident_id is not None:
        return "residents", {"resident_id": found.resident_id}
    return "rooms", {"room_id": found.room_id} if found.room_id is not None else {}
