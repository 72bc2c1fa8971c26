"""Many seeds at once, divided among processes."""

from __future__ import annotations

import time
from multiprocessing import get_context

from tests.simulation.story import Simulation

CHUNK = 200


def run_chunk(seeds: range) -> tuple[int, list[str], float]:
    """(seeds run, stories that failed, seconds of processor time)."""
    began = time.process_time()
    simulation = Simulation()
    try:
        outcomes = [simulation.run(seed) for seed in seeds]
    finally:
        simulation.close()
    failed = [outcome.told() for outcome in outcomes if outcome.fault is not None]
    return len(outcomes), failed, time.process_time() - began


def run_many(first: int, count: int, jobs: int) -> int:
    last = first + count
    chunks = [range(at, min(at + CHUNK, last)) for at in range(first, last, CHUNK)]
    done, bad, spent = 0, 0, 0.0
    with get_context("spawn").Pool(jobs, maxtasksperchild=25) as pool:
        for seeds, failed, seconds in pool.imap(run_chunk, chunks):
            done, bad, spent = done + seeds, bad + len(failed), spent + seconds
            for story in failed:
                print(story, flush=True)
    print(f"{done} seeds from {first}: {bad} failed, {spent / max(done, 1) * 1000:.1f} ms a seed")
    return 1 if bad else 0
