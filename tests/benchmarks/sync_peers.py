"""What the peers reached on this machine, told beside ours: read from the text that the peers' scripts print
(``summarise.py``: name, N=, step, median ms), when ``QIANTAI_PEERS`` names a folder with it."""

from __future__ import annotations

import os
import re
from pathlib import Path

from tests.benchmarks.measure import Report

_LINE = re.compile(r"^(?P<name>\S+) +batch=(?P<batch>\S*) +N=(?P<rows>\d+) +(?P<step>\S+) +(?P<ms>[\d.]+) ms")


def tell(report: Report) -> None:
    folder = os.environ.get("QIANTAI_PEERS")
    if not folder:
        return
    for path in sorted(Path(folder).glob("*.txt")):
        for found in map(_LINE.match, path.read_text(encoding="utf-8").splitlines()):
            if found:
                name = f"{found['name']} {found['batch']}".strip()
                rows = int(found["rows"])
                report.add(f"  {name}, {rows:,} rows: {found['step']}", f"{float(found['ms']):,.1f} ms")
