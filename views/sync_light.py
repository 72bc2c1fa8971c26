"""From what sync says to what the light shows."""

from __future__ import annotations

import re
from collections.abc import Mapping

from models.errors import DomainError
from resources.translations import N_
from resources.translations import gettext as _
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
    State.STOPPED: Light.STOPPED,
}

_SHORT: Mapping[str, str] = {
    "hq-address": N_("地址不能用"),
    "hq-ca-missing": N_("缺证书文件"),
    "hq-unreachable": N_("网络不通"),
    "hq-timeout": N_("总部没有答复"),
    "hq-certificate": N_("证书不可信"),
    "hq-not-tls": N_("连接没有加密"),
    "hq-silent": N_("总部没有答复"),
    "hq-cut": N_("总部的答复不完整"),
    "hq-foreign": N_("答复的不是总部"),
    "hq-error": N_("总部出错"),
    "hq-busy": N_("总部正忙"),
    "token-lost": N_("要重新接入"),
    "token-unknown": N_("要重新接入"),
    "desk-forked": N_("要重新接入"),
    "desk-revoked": N_("总部已停用本前台"),
    "desk-too-old": N_("本机程序太旧"),
    "desk-too-new": N_("总部程序太旧"),
    "sync-mass-deletion": N_("等您确认删除"),
}
"""A reason in a few words, for the status line; the sentence is in its tool tip and on the sync page."""


def sync_light(status: SyncStatus, formats: Formats) -> SyncState:
    """The light of a status, the reason in the user's language."""
    return SyncState(
        _LIGHTS[status.state],
        pending=status.pending,
        conflicts=status.conflicts + status.refused,
        at=formats.time(status.last_at) if status.last_at else "",
        reason=short_reason_of(status),
        sentence=" ".join(part for part in (reason_of(status), next_try_of(status, formats)) if part),
        percent=percent_of(status.progress),
    )


def percent_of(progress: tuple[int, int] | None) -> int | None:
    """How much of a first download is done; 0 while headquarters gets it ready."""
    if progress is None:
        return None
    done, total = progress
    return min(done * 100 // total, 100) if total else 0


def next_try_of(status: SyncStatus, formats: Formats) -> str:
    """When it tries again by itself; empty while nothing failed."""
    if status.next_at is None:
        return ""
    return _("下次自动再试 {at}。").format(at=formats.local(status.next_at).strftime("%H:%M:%S"))


def short_reason_of(status: SyncStatus) -> str:
    """`reason_of` in a few words; where there are none, the first part of its sentence."""
    words = _SHORT.get(status.reason or "")
    if words is not None:
        return _(words)
    return re.split(r"[，。；;,.]", reason_of(status), maxsplit=1)[0]


def reason_of(status: SyncStatus) -> str:
    """Why the last round did not come to its end; empty when it did."""
    if status.reason is None:
        return ""
    return error_messages.message(DomainError(status.reason, **dict(status.values)))
