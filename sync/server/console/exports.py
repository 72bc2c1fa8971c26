"""Lists as workbooks, by the machinery of the desk's own exports."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from typing import Any

from models.rules.service_time import SITE_ZONE
from models.spreadsheets.writing import ExportColumn, Kind
from resources.translations import gettext as _
from sync.server.console import acts, audit
from sync.server.console.visit import Answer, Visit
from sync.server.console.workbooks import Spool, spooled, temporary

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
LIMIT = 100_000
"""Rows in one workbook."""
Column = tuple[str, Kind]
"""Message id of the title, and what the column holds."""


def workbook(
    visit: Visit,
    what: str,
    columns: Sequence[Column],
    rows: Spool | Iterable[Sequence[Any]],
    site: tuple[str, str] | None = None,
) -> Answer:
    """A file of these rows, noted in the audit; ``what`` is a code of `acts.list_words`, ``site`` the id and
    name of the only one it is about. Raises those of `Workshop.write`."""
    title = " ".join(part for part in (site[1] if site else "", acts.list_words(what)) if part)
    spool = rows if isinstance(rows, Spool) else spooled(rows)
    path = temporary(".xlsx")
    try:
        shown = [ExportColumn(_(words), kind) for words, kind in columns]
        visit.workshop.write(spool, shown, path, title)
        with visit.database.administering() as connection:
            subject, site_id = f"{what} {spool.count}", site[0] if site else None
            audit.write(connection, visit.who, visit.now_ms, "export", subject, site_id=site_id)
    except BaseException:
        path.unlink(missing_ok=True)
        raise
    finally:
        spool.discard()
    today = datetime.fromtimestamp(visit.now_ms / 1000, UTC).astimezone(SITE_ZONE)
    filename = f"{title}-{today:%Y%m%d-%H%M}.xlsx"
    return Answer(file=path, is_temporary=True, filename=filename, media_type=XLSX)


def at(milliseconds: int | None) -> datetime | None:
    """A stored moment for a cell."""
    return None if milliseconds is None else datetime.fromtimestamp(milliseconds / 1000, UTC)
