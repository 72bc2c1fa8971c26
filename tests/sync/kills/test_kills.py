"""``kill -9`` of desks, headquarters and PostgreSQL at random moments, in few rounds; 200 of each by name:
``python -m tests.sync.kills --rounds 200 --database postgresql``."""

from __future__ import annotations

import sys

import pytest

from tests.sync.kills.reckoning import reckon
from tests.sync.kills.siege import besieged
from tests.sync.postgres import running_postgres

ROUNDS = 10
pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="kill -9 and fork are Unix's")


def test_killed_at_any_moment_nothing_saved_is_lost_on_sqlite() -> None:
    with besieged(seed=261121) as siege:
        siege.run(ROUNDS)
        count = reckon(siege)
        assert sum(siege.killed.values()) >= ROUNDS
        assert min(count.tickets, count.notes, count.edits, count.attachments) > 10, count


def test_killed_at_any_moment_nothing_saved_is_lost_on_postgresql() -> None:
    with running_postgres({}) as postgres, besieged(seed=261122, postgres=postgres) as siege:
        siege.run(ROUNDS)
        count = reckon(siege)
        assert siege.killed["postgres"] >= 1
        assert min(count.tickets, count.notes, count.edits, count.attachments) > 10, count
