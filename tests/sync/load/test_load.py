"""The load test in small: a few sites at half past eight, on either database, nothing lost."""

from __future__ import annotations

import pytest

from tests.sync.conftest import BOTH
from tests.sync.load import morning
from tests.sync.load.floors import SIZES
from tests.sync.parts import HqProcess


@pytest.mark.parametrize("hq_kind", BOTH, indirect=True)
def test_some_sites_come_back_at_once_and_nothing_is_lost(hq_process: HqProcess) -> None:
    places = morning.enrol_all(hq_process.database, sites=4, desks=2)
    outcome = morning.run(hq_process.url, places, processes=1, threads=8)
    assert len(outcome.digests) == 4
    assert outcome.unequal == []
    assert morning.counted_at_headquarters(hq_process.database, outcome.digests) == []
    assert outcome.sent == 8 * sum(SIZES)
