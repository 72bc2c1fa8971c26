"""What somebody who helps from afar needs to know of this desk's sync, as text: no name, phone or matter.
Its words are not translated, so that whoever reads it need not know the desk's language. Free of Qt."""

from __future__ import annotations

import platform
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from models.queries.conflict_list import conflict_counts, refused
from models.queries.sync_names import PendingTable, pending_tables
from models.queries.sync_state import Link, link, sqlite_version
from sync.protocol import PROTOCOL, SCHEMA
from sync.status import SyncStatus

_KINDS = (int, float, bool)


@dataclass(frozen=True)
class Facts:
    """What the file knows. ``refused``: how often each (code, table)."""

    link: Link
    pending: tuple[PendingTable, ...]
    conflicts: Mapping[str, int]
    refused: Mapping[tuple[str, str], int]
    sqlite: str


def facts(session: Any) -> Facts:
    """A query."""
    counted = Counter((one.code, one.table) for one in refused(session))
    waiting = tuple(pending_tables(session))
    return Facts(link(session), waiting, conflict_counts(session), counted, sqlite_version(session))


def diagnostic_text(found: Facts, status: SyncStatus, now: datetime, version: str) -> str:
    """Lines of ``key: value``."""
    tie = found.link
    waiting = [f"{one.table} {one.rows} since {_at(one.since)}" for one in found.pending]
    told = [f"{code} {table} {count}" for (code, table), count in sorted(found.refused.items())]
    values = [f"{name}={value}" for name, value in status.values if isinstance(value, _KINDS)]
    lines = (
        ("qiantai", f"{version} protocol {PROTOCOL} schema {SCHEMA}"),
        ("system", f"{platform.system()} {platform.release()} python {platform.python_version()}"),
        ("sqlite", found.sqlite),
        ("now", _at(now)),
        ("headquarters", tie.address or "-"),
        ("site", tie.site_id or "-"),
        ("epoch", tie.epoch or "-"),
        ("desk", f"{tie.letter} {tie.desk_no}"),
        ("state", " ".join([status.state.value, status.reason or "", *values]).strip()),
        ("last round", _at(status.last_at)),
        ("next try", _at(status.next_at)),
        ("clock offset ms", str(tie.clock_offset_ms)),
        ("cursor", str(tie.cursor)),
        ("pending", f"{status.pending}: {_listed(waiting)}"),
        ("conflicts", _listed([f"{state} {count}" for state, count in found.conflicts.items()])),
        ("refused", f"{status.refused}: {_listed(told)}"),
        ("unknown tables", _listed(tie.skipped)),
    )
    return "\n".join(f"{name}: {value}" for name, value in lines) + "\n"


def _at(at: datetime | None) -> str:
    return at.strftime("%Y-%m-%dT%H:%M:%SZ") if at is not None else "-"


def _listed(parts: Sequence[str]) -> str:
    return ", ".join(parts) or "-"
