"""From what sync says to what the light shows."""

from __future__ import annotations

from models.errors import DomainError
from sync.status import SyncState as State
from sync.status import SyncStatus
from views import error_messages
from views.formats import Formats
from views.widgets.sync_badge import Light, SyncState

_LIGHTS = {
    State.LOCAL: Light.LOCAL,
    State.SYNCED: Light.SYNCED,
    State.PENDING: Light.PENDING,
    State.SYNCING: Light.RUNNING,
    State.UNREACHABLE: Light.OFFLINE,
    State.CONFLICT: Light.CONFLICT,
    State.STOPPED: Light.OFFLINE,
}


def sync_light(status: SyncStatus, formats: Formats) -> SyncState:
    """The light of a status, the reason in the user's language."""
    return SyncState(
        _LIGHTS[status.state],
        pending=status.pending,
        conflicts=status.conflicts + status.refused,
        at=formats.time(status.last_at) if status.last_at else "",
        reason=reason_of(status),
    )


def reason_of(status: SyncStatus) -> str:
    """Why the last round did not come to its end; empty when it did."""
    if status.reason is None:
        return ""
    return error_messages.message(DomainError(status.reason, **dict(status.values)))
