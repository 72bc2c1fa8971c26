"""From an answer of the search to a line of the one box: what Enter opens and what Ctrl+Enter starts."""

from __future__ import annotations

from models.search.hits import Hit as Found
from models.search.hits import HitKind
from resources.terms import label
from resources.translations import gettext as _
from views.widgets.marked_text import Marked
from views.widgets.search_box import Hit

_PAGES = {
    HitKind.ROOM: ("rooms", "room_id"),
    HitKind.RESIDENT: ("residents", "resident_id"),
    HitKind.VEHICLE: ("rooms", "room_id"),
    HitKind.TICKET: ("tickets", "ticket_id"),
}


def present(found: Found) -> Hit:
    """One answer as the box shows it."""
    page, argument = _PAGES[found.kind]
    opened = {argument: found.room_id if found.kind is HitKind.VEHICLE else found.id}
    if found.kind is HitKind.VEHICLE and not found.room_id:
        page, opened = "residents", {"resident_id": found.resident_id}
    household = {
        name: value
        for name, value in (("room_id", found.room_id), ("resident_id", found.resident_id))
        if value
    }
    has_left = found.kind is HitKind.RESIDENT and not found.is_current
    return Hit(
        kind=label("search.kind", found.kind.value),
        title=Marked(found.title, list(found.title_spans)),
        reason=Marked(_("已迁出")) if has_left else Marked(),
        detail=Marked(found.detail, list(found.detail_spans)),
        page=page,
        arguments=opened,
        ticket_arguments=household,
    )
