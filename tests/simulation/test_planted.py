"""The simulation bites: bugs planted into the product are found within a stated number of seeds."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.simulation.planted import BUGS, Planted, seeds_needed
from tests.simulation.story import Simulation

QUICK = 35
"""Those that need fewer seeds than this are looked for in every run, the others by name."""


@pytest.fixture(scope="module")
def simulation() -> Iterator[Simulation]:
    made = Simulation()
    made.run(0)  # the world that all stories begin in is made without a bug
    yield made
    made.close()


def _marked(planted: Planted) -> object:
    marks = () if planted.within <= QUICK else (pytest.mark.slow,)
    return pytest.param(planted, id=planted.name, marks=marks)


@pytest.mark.parametrize("planted", [_marked(planted) for planted in BUGS])
def test_a_planted_bug_is_found(simulation: Simulation, planted: Planted) -> None:
    count, fault = seeds_needed(simulation, planted)
    assert count is not None, f"not found within {planted.within} seeds"
    print(f"{count} seeds: {planted.name}: {fault[:100]}")
