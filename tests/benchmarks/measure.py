"""Measuring and telling: percentiles, and a table of what was measured beside its floor and its limit."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from unicodedata import east_asian_width


def percentile(values: Sequence[float], share: float) -> float:
    """The smallest value that ``share`` (0–1) of all values do not exceed."""
    ordered = sorted(values)
    return ordered[max(0, math.ceil(share * len(ordered)) - 1)]


def timed(job: Callable[[], object]) -> float:
    """Milliseconds that one call takes."""
    started = time.perf_counter()
    job()
    return (time.perf_counter() - started) * 1000


def timed_twice(job: Callable[[], object]) -> tuple[float, float]:
    """Milliseconds that one call takes by the wall's clock and by the processor's, this thread alone."""
    started, worked = time.perf_counter(), time.thread_time()
    job()
    return (time.perf_counter() - started) * 1000, (time.thread_time() - worked) * 1000


def best_of(count: int, job: Callable[[], object]) -> float:
    """Milliseconds of the quickest of ``count`` calls: what it costs when nothing else runs."""
    return min(timed(job) for _ in range(count))


def times(jobs: Iterable[Callable[[], object]]) -> list[float]:
    return [timed(job) for job in jobs]


@dataclass(frozen=True)
class Line:
    what: str
    measured: str
    floor: str
    limit: str
    has_passed: bool | None
    """None where `targets.md` sets no limit."""


@dataclass
class Report:
    """Collects the lines of all benchmarks of one run."""

    lines: list[Line] = field(default_factory=list)

    def add(
        self, what: str, measured: str, *, floor: str = "", limit: str = "", passed: bool | None = None
    ) -> None:
        line = Line(what, measured, floor, limit, passed)
        self.lines.append(line)
        print(_row(line), flush=True)

    def at_most(self, what: str, value: float, limit: float, unit: str, *, floor: str = "") -> None:
        """A line whose measured value may not exceed the limit."""
        self.add(what, number(value, unit), floor=floor, limit=f"≤ {limit:g} {unit}", passed=value <= limit)

    def ratio(self, what: str, value: float, floor: float, limit: float, unit: str = "ms") -> None:
        """A line whose value may be at most ``limit`` times its floor (a limit below 1 demands a gain)."""
        shown = f"{value / floor:.2f} ×" if limit >= 1 else f"1/{floor / value:.0f}"
        wanted = f"≤ {limit:g} ×" if limit >= 1 else f"≤ 1/{1 / limit:.0f}"
        self.add(
            what, f"{number(value, unit)} = {shown}", floor=number(floor, unit), limit=wanted,
            passed=value <= floor * limit,
        )  # fmt: skip

    @property
    def has_failed(self) -> bool:
        return any(line.has_passed is False for line in self.lines)


def number(value: float, unit: str) -> str:
    """Three digits that matter, with the unit."""
    places = 0 if value >= 100 else 1 if value >= 10 else 2
    return f"{value:,.{places}f} {unit}"


HEAD = ("what", "measured", "floor of this run", "limit", "")
_WIDTHS = (54, 30, 20, 12, 4)


def head() -> str:
    return _cells(HEAD) + "\n" + "-" * (sum(_WIDTHS) + 2 * len(_WIDTHS))


def _row(line: Line) -> str:
    verdict = {True: "PASS", False: "FAIL", None: ""}[line.has_passed]
    return _cells((line.what, line.measured, line.floor, line.limit, verdict))


def _cells(texts: Iterable[str]) -> str:
    return "  ".join(text + " " * (width - _width(text)) for text, width in zip(texts, _WIDTHS, strict=True))


def _width(text: str) -> int:
    return sum(2 if east_asian_width(sign) in "WF" else 1 for sign in text)
