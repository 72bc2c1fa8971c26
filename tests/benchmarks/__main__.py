"""python -m tests.benchmarks [names]: measure, print a table with ratios, exit 1 if a limit was missed."""

from __future__ import annotations

import argparse
import importlib
import sys

from tests.benchmarks.measure import Report, head

NAMES = ("search", "desk", "start", "spreadsheets", "paper", "sync", "sync_growth", "sync_local", "sync_hq")


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks", description=__doc__)
    parser.add_argument("names", nargs="*", metavar="name", help=f"of {', '.join(NAMES)}; all by default")
    names = parser.parse_args().names or NAMES
    unknown = [name for name in names if name not in NAMES]
    if unknown:
        parser.error(f"unknown: {', '.join(unknown)}; there are {', '.join(NAMES)}")
    report = Report()
    print(head())
    for name in names:
        importlib.import_module(f"tests.benchmarks.{name}").run(report)
    return 1 if report.has_failed else 0


if __name__ == "__main__":
    sys.exit(main())
