"""``python -m tests.sync.kills --rounds 200 --database postgresql [--seed N]``"""

from __future__ import annotations

import argparse
import contextlib
import random
import time

from tests.sync.kills.reckoning import reckon
from tests.sync.kills.siege import besieged
from tests.sync.postgres import running_postgres


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=200)
    parser.add_argument("--database", choices=("sqlite", "postgresql"), default="sqlite")
    parser.add_argument("--seed", type=int, default=random.randrange(10**6))
    options = parser.parse_args()
    print(f"{options.database}, seed {options.seed}, {options.rounds} rounds", flush=True)
    began = time.monotonic()
    with contextlib.ExitStack() as stack:
        server = None
        if options.database == "postgresql":
            server = stack.enter_context(running_postgres({}))
        siege = stack.enter_context(besieged(options.seed, server))
        siege.run(options.rounds)
        print(f"killed {dict(siege.killed)} in {time.monotonic() - began:.0f} s", flush=True)
        print(f"all there: {reckon(siege)} after {time.monotonic() - began:.0f} s")


if __name__ == "__main__":
    main()
