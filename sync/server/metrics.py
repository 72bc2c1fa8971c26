"""Figures of headquarters for Prometheus: counts, sizes and times, never a name, a site or a token."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest
from sqlalchemy import case, func, select

from models.errors import DomainError
from sync.server.database import HqDatabase
from sync.server.scheduled_backups import BackupHealth
from sync.server.tables import hq_desk

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"
ACTIVE_MS = 3_600_000
"""A desk that spoke within the hour is active, within a week quiet, before that silent."""
QUIET_MS = 7 * 24 * ACTIVE_MS
STATES = ("active", "quiet", "silent", "new", "revoked")
COUNT_EVERY_S = 10.0
_SECONDS = (0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 30)


class Metrics:
    """One registry for an application; counters may be counted from any thread."""

    def __init__(
        self,
        waiting: Callable[[], float],
        working: Callable[[], float],
        backups: BackupHealth | None = None,
    ) -> None:
        registry = self._registry = CollectorRegistry()
        self._seconds = Histogram(
            "qiantai_hq_request_seconds", "Time to an answer", ["route"], registry=registry, buckets=_SECONDS
        )
        self._answers = Counter("qiantai_hq_answers", "Answers", ["route", "status"], registry=registry)
        self._refusals = Counter("qiantai_hq_refusals", "Requests refused", ["code"], registry=registry)
        self._bytes = Counter("qiantai_hq_body_bytes", "Bytes of bodies", ["way"], registry=registry)
        self._rows = Counter("qiantai_hq_rows", "Rows and edits", ["way"], registry=registry)
        self._refused = Counter("qiantai_hq_rows_refused", "Rows and edits refused", registry=registry)
        self._busy = Counter("qiantai_hq_busy", "Requests turned away", registry=registry)
        Gauge("qiantai_hq_waiting", "Requests that wait", registry=registry).set_function(waiting)
        Gauge("qiantai_hq_working", "Requests worked on", registry=registry).set_function(working)
        self._desks = Gauge("qiantai_hq_desks", "Desks by state", ["state"], registry=registry)
        self._up = Gauge("qiantai_hq_database_up", "Whether the database answers", registry=registry)
        self._counted_at = float("-inf")
        if backups is not None:
            _watch_backups(registry, backups)

    def answered(self, route: str, status: int, code: str, seconds: float, sizes: tuple[int, int]) -> None:
        """``route`` is the handler's pattern, ``sizes`` are bytes in and out."""
        self._seconds.labels(route).observe(seconds)
        self._answers.labels(route, str(status)).inc()
        self._bytes.labels("in").inc(sizes[0])
        self._bytes.labels("out").inc(sizes[1])
        if code:
            self._refusals.labels(code).inc()
        if status in {429, 503}:
            self._busy.inc()

    def took(self, rows: int, refused: int) -> None:
        """A batch was taken into the database."""
        self._rows.labels("in").inc(rows)
        self._refused.inc(refused)

    def gave(self, rows: int) -> None:
        self._rows.labels("out").inc(rows)

    def text(self, database: HqDatabase, now_ms: int) -> bytes:
        """The page, with what only the database knows. Blocks."""
        if time.monotonic() - self._counted_at > COUNT_EVERY_S:
            try:
                found = _desks_by_state(database, now_ms)
            except DomainError:
                self._up.set(0)
            else:
                self._up.set(1)
                self._counted_at = time.monotonic()
                for state in STATES:
                    self._desks.labels(state).set(found.get(state, 0))
        return bytes(generate_latest(self._registry))


def _watch_backups(registry: CollectorRegistry, backups: BackupHealth) -> None:
    failing = Gauge("qiantai_hq_backup_failing", "Whether the last backup failed", registry=registry)
    failing.set_function(lambda: float(backups.failing_since is not None))
    made = Gauge("qiantai_hq_backup_made_seconds", "When the newest backup was made", registry=registry)
    made.set_function(lambda: (backups.made_at or 0) / 1000)


def _desks_by_state(database: HqDatabase, now_ms: int) -> dict[str, int]:
    seen: Any = hq_desk.c.seen_at
    state = case(
        (hq_desk.c.revoked_at.is_not(None), "revoked"),
        (seen.is_(None), "new"),
        (seen > now_ms - ACTIVE_MS, "active"),
        (seen > now_ms - QUIET_MS, "quiet"),
        else_="silent",
    ).label("state")
    chosen = select(state, func.count()).select_from(hq_desk).group_by(state)
    with database.surveying() as connection:
        return {str(name): int(number) for name, number in connection.execute(chosen)}
