"""Charts as geometry: what a template needs to draw an inline SVG. The numbers stand in a table beside."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

WIDTH = 640
LABEL_WIDTH = 150
VALUE_WIDTH = 60
ROW = 24
PLOT_HEIGHT = 150
_LABEL_SIGNS = 20
"""Half-width signs beside a bar; a longer name is cut, the table has it whole."""


@dataclass(frozen=True)
class Part:
    """One piece of a bar. ``tone`` is good, warn, bad or accent."""

    value: float
    tone: str


@dataclass(frozen=True)
class Bar:
    label: str
    parts: tuple[Part, ...]
    text: str
    """What stands at its end: the value as people read it."""


@dataclass(frozen=True)
class Piece:
    x: float
    width: float
    tone: str


@dataclass(frozen=True)
class DrawnBar:
    label: str
    text: str
    y: int
    pieces: tuple[Piece, ...]


@dataclass(frozen=True)
class BarChart:
    title: str
    tells: str
    """One sentence that says what is to be seen, for who does not see it."""
    width: int
    height: int
    bars: tuple[DrawnBar, ...]
    legend: tuple[tuple[str, str], ...] = ()
    """(tone, words) of the parts, where a bar has several."""


def bars(
    title: str,
    tells: str,
    rows: Sequence[Bar],
    *,
    is_share: bool = False,
    legend: Sequence[tuple[str, str]] = (),
) -> BarChart:
    """Horizontal bars. ``is_share``: each bar is as long as the others and shows how it is divided."""
    plot = WIDTH - LABEL_WIDTH - VALUE_WIDTH
    most = max((sum(part.value for part in row.parts) for row in rows), default=0.0)
    drawn = []
    for place, row in enumerate(rows):
        whole = sum(part.value for part in row.parts) if is_share else most
        at = float(LABEL_WIDTH)
        pieces = []
        for part in row.parts:
            width = round(plot * part.value / whole, 1) if whole else 0.0
            if width > 0:
                pieces.append(Piece(round(at, 1), width, part.tone))
            at += width
        drawn.append(DrawnBar(_cut(row.label), row.text, place * ROW, tuple(pieces)))
    return BarChart(title, tells, WIDTH, max(len(rows), 1) * ROW, tuple(drawn), tuple(legend))


@dataclass(frozen=True)
class Point:
    """One stretch of time; ``value`` None: nothing counts, the line has a gap."""

    label: str
    value: float | None
    said: str = ""
    """The value as people read it."""


@dataclass(frozen=True)
class Dot:
    x: float
    y: float
    text: str
    said: str = ""


@dataclass(frozen=True)
class Mark:
    """A label under, or a line across, the plot."""

    at: float
    text: str


@dataclass(frozen=True)
class LineChart:
    title: str
    tells: str
    width: int
    height: int
    left: int
    right: int
    bottom: int
    lines: tuple[str, ...]
    """Point lists of polylines."""
    dots: tuple[Dot, ...]
    levels: tuple[Mark, ...]
    labels: tuple[Mark, ...]


def line(
    title: str, tells: str, points: Sequence[Point], levels: Sequence[tuple[float, str]], low: float = 0.0
) -> LineChart:
    """A line over time from ``low`` at the bottom to the highest of ``levels`` (value, words) at the top."""
    left, top, right, height = 48, 8, WIDTH - 24, PLOT_HEIGHT
    high = max([value for value, _ in levels] + [point.value or 0.0 for point in points])
    span = (high - low) or 1.0

    def y_of(value: float) -> float:
        return round(top + height * (1 - (min(max(value, low), high) - low) / span), 1)

    step = (right - left) / max(len(points) - 1, 1)
    runs: list[list[str]] = [[]]
    dots = []
    for place, point in enumerate(points):
        x = round(left + place * step, 1) if len(points) > 1 else (left + right) / 2
        if point.value is None:
            runs.append([])
            continue
        runs[-1].append(f"{x},{y_of(point.value)}")
        dots.append(Dot(x, y_of(point.value), point.label, point.said))
    every = -(-len(points) // 8) if points else 1
    labels = [
        Mark(round(left + place * step, 1) if len(points) > 1 else (left + right) / 2, point.label)
        for place, point in enumerate(points)
        if place % every == 0
    ]
    return LineChart(
        title, tells, WIDTH, top + height + 26, left, right, top + height,
        tuple(" ".join(run) for run in runs if len(run) > 1), tuple(dots),
        tuple(Mark(y_of(value), words) for value, words in levels), tuple(labels),
    )  # fmt: skip


def _cut(label: str) -> str:
    """As much of a name as fits beside its bar; a Chinese sign counts twice."""
    wide = 0
    for place, sign in enumerate(label):
        wide += 1 if sign.isascii() else 2
        if wide > _LABEL_SIGNS:
            return f"{label[: max(place - 1, 0)]}…"
    return label
