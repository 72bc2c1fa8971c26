"""One ticket of one site, as the desk shows it: facts, history, attachments to download."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

from models.errors import DomainError
from models.rules.escalation import is_overdue
from resources.translations import gettext as _
from sync.server import blob_upkeep
from sync.server.console import audit
from sync.server.console.masking import Masking
from sync.server.console.queries import records
from sync.server.console.queries.sites import site_facts
from sync.server.console.rights import Right
from sync.server.console.routes import get, post
from sync.server.console.visit import Answer, Visit


def ticket(visit: Visit, phone: str = "") -> Answer:
    """``phone`` in full is on this answer only, after somebody asked for it."""
    site_id = visit.site_id()
    found = records.ticket(visit.database, site_id, visit.place.get("ticket_id", ""))
    with visit.database.surveying() as connection:
        facts = site_facts(connection, site_id)
    values = {
        "title": _("工单 {number}").format(number=found.number),
        "ticket": found,
        "facts": facts,
        "phone": phone,
        "masking": Masking(is_personal=visit.may(Right.PERSONAL)),
        "is_late": is_overdue(found.state, found.due_at, datetime.fromtimestamp(visit.now_ms / 1000, UTC)),
    }
    return Answer("ticket.html", values)


def reveal(visit: Visit) -> Answer:
    site_id = visit.site_id()
    found = records.ticket(visit.database, site_id, visit.place.get("ticket_id", ""))
    phone = records.phone_of(visit.database, site_id, found.id)
    with visit.database.administering() as connection:
        audit.write(connection, visit.who, visit.now_ms, "reveal", found.number, site_id=site_id)
    return ticket(visit, phone)


def attachment(visit: Visit) -> Answer:
    """The content as a file to save: whatever it is, no browser shows it as a page of ours."""
    site_id = visit.site_id()
    place = visit.place
    found = records.attachment(
        visit.database, site_id, place.get("ticket_id", ""), place.get("attachment_id", "")
    )
    path = _content(visit, site_id, found.sha256)
    with visit.database.administering() as connection:
        audit.write(connection, visit.who, visit.now_ms, "attachment", found.name, site_id=site_id)
    return Answer(file=path, filename=found.name[:120] or "attachment", media_type="application/octet-stream")


def _content(visit: Visit, site_id: str, sha256: str) -> Path:
    """Where the content lies, looked at first; raises ``attachment-missing`` while it is not whole, or when
    the disk spoiled it: then the desks are asked for it again."""
    try:
        blob_upkeep.read(visit.database, visit.blobs, site_id, sha256, 0)
    except DomainError as error:
        if error.code in {"blob-unknown", "blob-invalid"}:
            raise DomainError("attachment-missing") from error
        raise
    return visit.blobs.path(site_id, sha256)


_TICKET = "/sites/{site_id:str}/tickets/{ticket_id:str}"
ROUTES = (
    get(_TICKET, ticket),
    post(f"{_TICKET}/reveal", reveal, Right.REVEAL),
    get(f"{_TICKET}/attachments/{{attachment_id:str}}", attachment, Right.PERSONAL),
)
