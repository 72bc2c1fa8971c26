"""``python -m tests.simulation --seeds N --first M [--jobs 2] [--story SEED | --shrink SEED]``"""

from __future__ import annotations

import argparse
import sys
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


def main() -> int:
    parser = argparse.ArgumentParser()
    parser.add_argument("--seeds", type=int, default=100)
    parser.add_argument("--first", type=int, default=0)
    parser.add_argument("--jobs", type=int, default=1)
    parser.add_argument("--story", type=int)
    parser.add_argument("--shrink", type=int)
    options = parser.parse_args()
    if options.story is not None or options.shrink is not None:
        simulation = Simulation()
        try:
            if options.shrink is not None:
                outcome = simulation.shortest(options.shrink)
            else:
                outcome = simulation.run(options.story)
        finally:
            simulation.close()
        print(outcome.told())
        return 1 if outcome.fault else 0
    return run_many(options.first, options.seeds, options.jobs)


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


if __name__ == "__main__":
    sys.exit(main())
