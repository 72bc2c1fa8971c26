"""Where an attachment's content is, in a few words beside its name."""

from __future__ import annotations

from models.entities.local import IF_HELD
from models.queries.transfers import Upload
from models.services.blob_store import BlobStore
from resources.translations import gettext as _
from sync.status import SyncState, SyncStatus
from views.widgets.card import Piece


def whereabouts(
    store: BlobStore, status: SyncStatus, sha256: str, upload: Upload | None
) -> tuple[Piece | None, bool]:
    """The words, None when there is nothing to say; and whether they will soon be others.

    A desk without headquarters has nobody to send to and nobody to fetch from.
    """
    if store.is_set_aside(sha256):
        return Piece(_("内容已损坏，打开时会重新下载"), "warn"), False
    if not store.has(sha256):
        is_own = upload is not None and upload.state != "done" and upload.error != IF_HELD
        if is_own or status.state is SyncState.LOCAL:
            return Piece(_("内容在本机找不到了"), "warn"), False
        if upload is not None and upload.is_absent:
            return Piece(_("总部还没有内容，等上传的前台联网"), "warn"), False
        return Piece(_("在总部，打开时下载"), "muted"), False
    if status.state is SyncState.LOCAL or upload is None or upload.state == "done":
        return None, False
    if upload.state in {"waiting", "missing", "damaged"}:  # what was lost came back, and goes on soon
        percent = upload.sent * 100 // max(upload.size, 1)
        words = _("正在上传 {percent} %").format(percent=percent) if upload.sent else _("等待上传")
        return Piece(words, "accent" if upload.sent else "muted"), True
    if upload.error == "blob-quota":
        return Piece(_("没有上传：总部的附件空间已用完"), "warn"), True
    return Piece(_("没有上传：总部没有接受"), "warn"), False
