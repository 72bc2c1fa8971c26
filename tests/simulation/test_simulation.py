"""A thousand seeds in every run; more by name (`python -m tests.simulation --seeds 100000`)."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.simulation.story import Simulation

SEEDS = 1_000
CHUNK = 50
ROOT = Path(__file__).parent.parent.parent
_TOLD = "import sys; from tests.simulation.story import Simulation; s = Simulation(); " + (
    "print('\\n'.join(s.run(int(seed)).told() for seed in sys.argv[1:])); s.close()"
)


@pytest.fixture(scope="module")
def simulation() -> Iterator[Simulation]:
    """One for all chunks of a worker: its template is made once."""
    made = Simulation()
    yield made
    made.close()


@pytest.mark.parametrize("first", range(0, SEEDS, CHUNK))
def test_no_promise_is_broken_whatever_happens(simulation: Simulation, first: int) -> None:
    for seed in range(first, first + CHUNK):
        outcome = simulation.run(seed)
        assert outcome.fault is None, outcome.told()


def test_a_seed_tells_the_same_story_in_every_process() -> None:
    stories = [
        subprocess.run(
            [sys.executable, "-c", _TOLD, "3", "8", "30", "79"],
            cwd=ROOT,
            env={**os.environ, "PYTHONHASHSEED": hash_seed},
            capture_output=True,
            text=True,
            encoding="utf-8",
            check=True,
            timeout=120,
        ).stdout
        for hash_seed in ("1", "2")
    ]
    assert stories[0] == stories[1]
    assert "syncs: up" in stories[0]


def test_leaving_out_a_step_leaves_the_others_as_they_were(simulation: Simulation) -> None:
    """Else no failing story could be made shorter."""
    whole, shorter = simulation.run(3), simulation.run(3, frozenset({0}))
    assert whole.steps == shorter.steps + 1
    assert simulation.run(3).story == whole.story
