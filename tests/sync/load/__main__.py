"""A thousand sites at half past eight, by name: ``python -m tests.sync.load [--sites N] [--database KIND]``.

Prints sustained rows a second beside what the same database does bare, how long rounds took, what memory
headquarters used, and proves that nothing was lost. Exit status 1 when something was.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.benchmarks.measure import percentile
from tests.sync.load import floors, morning
from tests.sync.parts import HqProcess
from tests.sync.postgres import running_postgres

DURABLE = {"fsync": "on", "synchronous_commit": "on", "max_connections": "100", "shared_buffers": "'512MB'"}
"""As headquarters would run it: what is answered is on the disk."""


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.sync.load", description=__doc__)
    parser.add_argument("--sites", type=int, default=1000)
    parser.add_argument("--desks", type=int, default=2, help="of each site")
    parser.add_argument("--database", choices=("postgresql", "sqlite"), default="postgresql")
    parser.add_argument("--processes", type=int, default=2, help="that play the desks")
    parser.add_argument("--threads", type=int, default=12, help="in each of them")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="qiantai-load-") as folder, _database(options.database) as url:
        return _measured(options, Path(folder), url or f"sqlite:///{folder}/hq.db")


@contextmanager
def _database(kind: str) -> Iterator[str]:
    if kind == "sqlite":
        yield ""
    else:
        with running_postgres(DURABLE) as server:
            yield server.database()


def _measured(options: argparse.Namespace, folder: Path, url: str) -> int:
    began = time.perf_counter()
    places = morning.enrol_all(url, options.sites, options.desks)
    print(f"{options.sites} sites, {len(places)} desks enrolled in {time.perf_counter() - began:.0f} s")
    hq = HqProcess(folder, database_url=url)
    hq.start()
    try:
        outcome = morning.run(hq.url, places, processes=options.processes, threads=options.threads)
        memory = hq.peak_memory()
    finally:
        hq.stop()
    wrong = morning.counted_at_headquarters(url, outcome.digests)
    _tell(outcome, memory)
    rate = outcome.sent / outcome.seconds
    for name, floor in floors.measure(url, floors.some_rows()).items():
        print(f"{name}: {floor:,.0f} rows/s; headquarters reaches 1/{floor / rate:.1f} of it")
    print(f"sites whose desks hold other rows than headquarters: {len(set(outcome.unequal)) + len(wrong)}")
    refused = {code: count for code, count in outcome.refusals.items() if code not in morning.WAITS}
    print(f"refused rows: {refused or 'none'}")
    return 1 if outcome.unequal or wrong or refused or len(outcome.digests) != options.sites else 0


def _tell(outcome: morning.Outcome, memory: int) -> None:
    rounds = outcome.rounds
    print(
        f"{outcome.sent:,} rows in {len(rounds):,} rounds, {outcome.seconds:.0f} s: "
        f"{outcome.sent / outcome.seconds:,.0f} rows/s, {len(rounds) / outcome.seconds:,.0f} rounds/s"
    )
    shares = ", ".join(
        f"p{share * 100:g} {percentile(rounds, share) * 1000:,.0f}" for share in (0.5, 0.95, 0.99)
    )
    print(f"a round, in ms: {shares}, longest {max(rounds) * 1000:,.0f}")
    waits = {code: outcome.refusals[code] for code in morning.WAITS if outcome.refusals[code]}
    print(f"told to wait: {waits or 'never'}, {outcome.told_to_wait_s:.0f} s in all")
    print(f"memory of headquarters at its peak: {memory / 2**20:,.0f} MB")


if __name__ == "__main__":
    sys.exit(main())
