"""Who did what at headquarters: one row an act, never edited, and a line in the log."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import Connection, func, insert, select

from models.entities.synced import new_id
from sync.server.tables import hq_audit, hq_site

LOG = logging.getLogger("qiantai.hq")
SYSTEM = "qiantai-hq"
"""The account under which the command line acts."""


@dataclass(frozen=True)
class Who:
    """Who acts, from where, under which request."""

    account: str
    address: str = ""
    request_id: str = ""


@dataclass(frozen=True, slots=True)
class AuditRow:
    at: int
    account: str
    address: str
    action: str
    site: str
    subject: str
    request_id: str


def write(
    connection: Connection,
    who: Who,
    now_ms: int,
    action: str,
    subject: str = "",
    *,
    site_id: str | None = None,
) -> None:
    """Note an act in its own transaction. ``subject`` is a name, number or code (`acts`), never a
    password or phone, nor words of one language."""
    values = {
        "audit_id": new_id(),
        "at": now_ms,
        "account": who.account[:80],
        "address": who.address[:80],
        "action": action,
        "site_id": site_id,
        "subject": subject[:200],
        "request_id": who.request_id[:64],
    }
    connection.execute(insert(hq_audit), [values])
    told = {name: values[name] for name in ("account", "address", "action", "site_id")}  # no word of people
    LOG.info({"id": who.request_id, "audit": told})


def read(connection: Connection, *, action: str, account: str, skip: int, limit: int) -> Sequence[AuditRow]:
    """The newest first; empty ``action`` and ``account`` mean all."""
    chosen = select(
        hq_audit.c.at,
        hq_audit.c.account,
        hq_audit.c.address,
        hq_audit.c.action,
        func.coalesce(hq_site.c.name, ""),
        hq_audit.c.subject,
        hq_audit.c.request_id,
    ).outerjoin(hq_site, hq_site.c.site_id == hq_audit.c.site_id)
    if action:
        chosen = chosen.where(hq_audit.c.action == action)
    if account:
        chosen = chosen.where(func.lower(hq_audit.c.account) == account.lower())
    ordered = chosen.order_by(hq_audit.c.at.desc(), hq_audit.c.audit_id.desc())
    return [AuditRow(*row) for row in connection.execute(ordered.offset(skip).limit(limit))]
