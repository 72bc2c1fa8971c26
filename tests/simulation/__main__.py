"""``python -m tests.simulation --seeds N --first M [--jobs 2] [--story SEED | --shrink SEED]``"""

from __future__ import annotations

import argparse
import sys

from tests.simulation.many import run_many
from tests.simulation.story import Simulation


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


if __name__ == "__main__":
    sys.exit(main())
