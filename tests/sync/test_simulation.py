"""A few seeds of the simulation in every run; more by name (`python -m tests.sync.simulation`)."""

from __future__ import annotations

import pytest

from tests.sync.simulation import run


@pytest.mark.parametrize("seed", [*range(4), 26, 149, 171])
def test_all_replicas_become_equal_and_no_edit_is_lost(seed: int) -> None:
    run(seed, steps=60)
