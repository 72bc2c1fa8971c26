"""Pictures, videos and recordings of a ticket. The content is put into the `BlobStore` first,
then named here.
"""

from __future__ import annotations

import mimetypes

from models import parameters as p
from models.entities.local import BlobTransfer
from models.entities.ticket import Attachment, Ticket
from models.errors import DomainError
from models.rules.rights import Right
from models.services import ticket_steps
from models.services.blob_store import Blob
from models.work import Work
from resources.terms import codes

MEGABYTE = 1024 * 1024
UP = "up"


def add(work: Work, ticket_id: str, blob: Blob, *, name: str, kind: str | None = None) -> str:
    """Attach a stored content; ``kind`` None is told from the name (photo, video, recording, document).

    The content is queued for headquarters. Raises DomainError ``right-missing``, ``row-gone``,
    ``attachment-too-large`` (name, limit in MB), ``ticket-code-unknown``.
    """
    work.require(Right.TICKET_PROGRESS)
    ticket = work.get(Ticket, ticket_id)
    limit = work.parameters.get(p.ATTACHMENT_MEGABYTES)
    if blob.size > limit * MEGABYTE:
        raise DomainError("attachment-too-large", name=name, limit=limit)
    media_type = mimetypes.guess_type(name)[0] or "application/octet-stream"
    chosen = kind or _kind_of(media_type)
    if chosen not in codes("attachment.kind"):
        raise DomainError("ticket-code-unknown", vocabulary="attachment.kind", value=chosen)
    attachment = work.add(
        Attachment(
            ticket_id=ticket.id,
            name=name,
            size=blob.size,
            sha256=blob.sha256,
            media_type=media_type,
            kind=chosen,
            added_at=work.now,
            added_by=work.actor.staff_id,
        )
    )
    transfer = work.session.get(BlobTransfer, (blob.sha256, UP))
    if transfer is None:
        work.session.add(
            BlobTransfer(sha256=blob.sha256, direction=UP, size=blob.size, offset=0, state="waiting")
        )
    elif transfer.state != "done":  # it was damaged or missing here, and now is whole
        transfer.state, transfer.error = "waiting", None
    ticket_steps.record(work, ticket, "attach", text=name, data={"kind": chosen, "size": blob.size})
    return attachment.id


def remove(work: Work, attachment_id: str) -> None:
    """Take an attachment off its ticket; the content stays on disk (another ticket may show it)."""
    work.require(Right.TICKET_PROGRESS)
    attachment = work.get(Attachment, attachment_id)
    work.delete(attachment)


def _kind_of(media_type: str) -> str:
    return {"image": "photo", "video": "video", "audio": "recording"}.get(
        media_type.split("/", maxsplit=1)[0], "document"
    )
