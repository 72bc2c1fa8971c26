"""Satisfaction and handling time: over time, by site, as charts and as a table."""

from __future__ import annotations

from datetime import UTC, datetime

from models.rules.service_time import SITE_ZONE
from models.spreadsheets.writing import Kind
from resources.translations import N_
from resources.translations import gettext as _
from sync.server.console import charts, exports, wording
from sync.server.console.pages.tickets import RANGES, Chosen, choose, names_of
from sync.server.console.queries.figures import DAY_MS, ZONE_MS, Figures, Period, Survey
from sync.server.console.routes import get
from sync.server.console.visit import Answer, Visit

DEFAULT_DAYS = 30
KEPT_S = 60.0
BARS = 15
"""Sites in a chart; the table beside has all of them."""
SORTS = ("satisfaction", "median", "punctuality", "done", "name")
_COLUMNS: tuple[exports.Column, ...] = (
    (N_("项目"), Kind.TEXT),
    (N_("受理"), Kind.WHOLE),
    (N_("完成"), Kind.WHOLE),
    (N_("满意率"), Kind.TEXT),
    (N_("满意"), Kind.WHOLE),
    (N_("基本满意"), Kind.WHOLE),
    (N_("不满意"), Kind.WHOLE),
    (N_("处理时长（中位数）"), Kind.TEXT),
    (N_("及时率"), Kind.TEXT),
    (N_("回访未解决"), Kind.WHOLE),
    (N_("重开"), Kind.WHOLE),
)


def figures(visit: Visit) -> Answer:
    chosen = choose(visit, DEFAULT_DAYS)
    names, _categories = names_of(visit)
    found = _survey(visit, chosen)
    rows = _sorted(visit, found, names)
    step = period_of(chosen, visit.now_ms).step_days
    trend = [(_stretch(start, step), one) for start, one in found.trend]
    values = {
        "title": _("满意度与时效"),
        "chosen": chosen,
        "names": names,
        "ranges": RANGES,
        "total": found.total,
        "rows": rows,
        "sort": _sort(visit),
        "trend": trend,
        "stretch": {1: _("按天"), 7: _("按周，周一到周日")}.get(step, _("每四周")),
        "charts": _charts(trend, rows) if rows else (),
    }
    return Answer("figures.html", values)


def export(visit: Visit) -> Answer:
    chosen = choose(visit, DEFAULT_DAYS)
    names, _categories = names_of(visit)
    rows = [
        (
            name, one.received, one.done, wording.share(one.satisfaction), one.satisfied, one.neutral,
            one.dissatisfied, wording.duration(one.median_minutes), wording.share(one.punctuality),
            one.unsolved, one.reopened,
        )
        for _site_id, name, one in _sorted(visit, _survey(visit, chosen), names)
    ]  # fmt: skip
    return exports.workbook(visit, "figures", _COLUMNS, rows)


def period_of(chosen: Chosen, now_ms: int) -> Period:
    """The days asked for, whole ones; without an end until today's, without a beginning a year back; cut into
    some thirty stretches at most."""
    tomorrow = ((now_ms + ZONE_MS) // DAY_MS + 1) * DAY_MS - ZONE_MS
    until = min(chosen.wanted.until or tomorrow, tomorrow)
    since = chosen.wanted.since if chosen.wanted.since is not None else until - 365 * DAY_MS
    days = max((until - since) // DAY_MS, 1)
    step = 1 if days <= 14 else 7 if days <= 200 else 28
    return Period(since, max(until, since + DAY_MS), step)


def _survey(visit: Visit, chosen: Chosen) -> Survey:
    period = period_of(chosen, visit.now_ms)

    def read() -> Survey:
        with visit.database.surveying() as connection:
            return visit.daily.survey(connection, chosen.wanted.sites, period)

    return visit.counts.get(("figures", chosen.wanted.sites, period), KEPT_S, read)


def _sort(visit: Visit) -> str:
    return visit.asked("sort") if visit.asked("sort") in SORTS else "satisfaction"


def _sorted(visit: Visit, found: Survey, names: dict[str, str]) -> list[tuple[str, str, Figures]]:
    """Those that need a look come first; sites without the figure come last."""
    sort = _sort(visit)
    rows = [(site, names[site], one) for site, one in found.by_site.items() if site in names]

    def key(row: tuple[str, str, Figures]) -> tuple[bool, float, str]:
        one = row[2]
        value = {
            "satisfaction": one.satisfaction,
            "punctuality": one.punctuality,
            "median": None if one.median_minutes is None else -one.median_minutes,
            "done": -float(one.done),
            "name": 0.0,
        }[sort]
        return value is None, value or 0.0, row[1]

    return sorted(rows, key=key)


def _charts(
    trend: list[tuple[str, Figures]], rows: list[tuple[str, str, Figures]]
) -> tuple[charts.LineChart, charts.LineChart, charts.BarChart, charts.BarChart]:
    satisfied, hours = _points(trend)
    lowest = min((point.value for point in satisfied if point.value is not None), default=0.0)
    floor = 0.8 if lowest >= 0.8 else 0.5 if lowest >= 0.5 else 0.0
    shares = [
        (floor, wording.share(floor)),
        ((1 + floor) / 2, wording.share((1 + floor) / 2)),
        (1.0, "100 %"),
    ]
    highest = max((point.value or 0.0 for point in hours), default=0.0)
    top = _round_up(highest)
    levels = [(0.0, "0"), (top / 2, f"{top / 2:g}"), (top, f"{top:g}")]
    worst = [row for row in rows if row[2].rated][:BARS]
    slow = sorted(
        (row for row in rows if row[2].median_minutes is not None),
        key=lambda row: -(row[2].median_minutes or 0),
    )[:BARS]
    return (
        charts.line(_("满意率"), _tells(satisfied, is_share=True), satisfied, shares, floor),
        charts.line(_("平均处理时长（小时）"), _tells(hours, is_share=False), hours, levels),
        charts.bars(
            _("评价"),
            _("{n} 个项目的评价各占多少，需要留意的在上面").format(n=len(worst)),
            [
                charts.Bar(
                    name,
                    (
                        charts.Part(one.satisfied, "good"),
                        charts.Part(one.neutral, "warn"),
                        charts.Part(one.dissatisfied, "bad"),
                    ),
                    wording.share(one.satisfaction),
                )
                for _site, name, one in worst
            ],
            is_share=True,
            legend=[("good", _("满意")), ("warn", _("基本满意")), ("bad", _("不满意"))],
        ),
        charts.bars(
            _("处理时长（中位数）"),
            _("处理时长最长的 {n} 个项目").format(n=len(slow)),
            [
                charts.Bar(
                    name,
                    (charts.Part(one.median_minutes or 0, "accent"),),
                    wording.duration(one.median_minutes),
                )
                for _site, name, one in slow
            ],
        ),
    )


def _points(trend: list[tuple[str, Figures]]) -> tuple[list[charts.Point], list[charts.Point]]:
    """The share of the satisfied, and hours of handling."""
    satisfied = [charts.Point(day, one.satisfaction, wording.share(one.satisfaction)) for day, one in trend]
    hours = [
        charts.Point(
            day,
            None if one.mean_minutes is None else one.mean_minutes / 60,
            wording.duration(one.mean_minutes),
        )
        for day, one in trend
    ]
    return satisfied, hours


def _tells(points: list[charts.Point], *, is_share: bool) -> str:
    known = [point for point in points if point.value is not None]
    if not known:
        return _("这段时间没有数据")

    def said(value: float | None) -> str:
        return wording.share(value) if is_share else wording.duration((value or 0) * 60)

    if len(known) == 1:
        return f"{known[0].label}: {said(known[0].value)}"
    return _("从 {first} 的 {start} 到 {last} 的 {end}").format(
        first=known[0].label, start=said(known[0].value), last=known[-1].label, end=said(known[-1].value)
    )


def _round_up(hours: float) -> float:
    for step in (1, 2, 4, 6, 8, 12, 24, 48, 72, 96, 168, 336, 720):
        if hours <= step:
            return float(step)
    return -(-hours // 720) * 720.0


def _stretch(start: int, days: int) -> str:
    """``11-16`` for a day, ``11-16–11-22`` for more."""
    return _day(start) if days == 1 else f"{_day(start)}–{_day(start + (days - 1) * DAY_MS)}"


def _day(milliseconds: int) -> str:
    return datetime.fromtimestamp(milliseconds / 1000, UTC).astimezone(SITE_ZONE).strftime("%m-%d")


ROUTES = (
    get("/figures", figures),
    get("/figures.xlsx", export),
)
