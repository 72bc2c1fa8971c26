"""同步: numbers that were given twice, and slips to correct, in words at the top of the page."""

from __future__ import annotations

from models.entities.types import to_milliseconds
from models.queries.double_numbers import RENUMBERED
from models.work import SYSTEM, Work
from sync.status import SyncState, SyncStatus
from tests.models.services.conftest import Desk
from tests.views.desk_bench import Bench, settle
from views.sync_problems.page import SyncPage


def test_slips_to_correct_are_named(bench: Bench, desk: Desk) -> None:
    told = {"id": "1", "from": "D-261122-0002", "to": "E-261122-0001", "at": to_milliseconds(desk.clock.now)}

    def remember(work: Work) -> None:
        work.set_local(RENUMBERED, [told])

    desk.database.write(SYSTEM, remember)
    bench.fake.status = SyncStatus(SyncState.SYNCED, last_at=desk.clock.now)
    page = bench.show(SyncPage)
    settle()
    assert "D-261122-0002 → E-261122-0001" in page.standing.numbers.text()
    assert page.standing.numbers.isVisible()
