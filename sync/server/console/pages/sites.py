"""The sites: who was silent, what waits, what is open; a new site."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from models.spreadsheets.writing import Kind
from resources.translations import N_, pgettext
from sync.server import auth
from sync.server.console import audit, exports
from sync.server.console.queries.sites import SiteRow, all_sites
from sync.server.console.rights import Right
from sync.server.console.routes import get, post
from sync.server.console.visit import Answer, Visit, go

PAGE = 50
KEPT_S = 5.0
SORTS: dict[str, Callable[[SiteRow], Any]] = {
    "name": lambda row: row.name,
    "seen": lambda row: row.seen_at or 0,
    "desks": lambda row: row.desks,
    "pending": lambda row: -1 if row.pending is None else row.pending,
    "conflicts": lambda row: row.conflicts,
    "open": lambda row: row.open,
    "overdue": lambda row: row.overdue,
}
FILTERS = ("", "silent", "pending", "conflicts", "overdue")
_COLUMNS: tuple[exports.Column, ...] = (
    (N_("项目"), Kind.TEXT),
    (N_("最近同步"), Kind.MOMENT),
    (N_("前台"), Kind.WHOLE),
    (N_("待送出"), Kind.WHOLE),
    (N_("程序版本"), Kind.TEXT),
    (N_("冲突"), Kind.WHOLE),
    (N_("未完成工单"), Kind.WHOLE),
    (N_("超时"), Kind.WHOLE),
)


def sites(visit: Visit) -> Answer:
    known = _seen(visit)
    rows = _chosen(visit, known)
    pages = max(-(-len(rows) // PAGE), 1)
    page = visit.number("page", 1, 1, pages)
    values = {
        "title": pgettext("many", "项目"),
        "rows": rows[(page - 1) * PAGE : page * PAGE],
        "found": len(rows),
        "known": len(known),
        "silent": sum(row.is_silent(visit.now_ms) for row in known),
        "pending": sum(row.pending or 0 for row in known),
        "conflicts": sum(row.conflicts for row in known),
        "open": sum(row.open for row in known),
        "overdue": sum(row.overdue for row in known),
        "page": page,
        "pages": pages,
        "sort": _sort(visit),
        "is_descending": visit.asked("down") == "1",
        "only": _only(visit),
        "query": _query(visit),
    }
    return Answer("sites.html", values)


def export(visit: Visit) -> Answer:
    rows = [
        (
            row.name, exports.at(row.seen_at), row.desks, row.pending, ", ".join(row.versions), row.conflicts,
            row.open, row.overdue,
        )
        for row in _chosen(visit, _seen(visit))
    ]  # fmt: skip
    return exports.workbook(visit, "sites", _COLUMNS, rows)


def add(visit: Visit) -> Answer:
    """Raises ``site-exists``, ``site-name-missing``."""
    name = visit.field("name")[: auth.LONGEST_NAME]
    with visit.database.administering() as connection:
        site_id = auth.add_site(connection, name, visit.now_ms)
        audit.write(connection, visit.who, visit.now_ms, "site-add", name, site_id=site_id)
    visit.counts.forget()
    return go(f"/sites/{site_id}")


def _seen(visit: Visit) -> Sequence[SiteRow]:
    """The sites that this account sees."""

    def read() -> Sequence[SiteRow]:
        with visit.database.surveying() as connection:
            return all_sites(connection, visit.now_ms)

    return [row for row in visit.counts.get("sites", KEPT_S, read) if visit.account.sees(row.site_id)]


def _chosen(visit: Visit, known: Sequence[SiteRow]) -> list[SiteRow]:
    wanted = visit.asked("q").casefold()
    found = [row for row in known if wanted in row.name.casefold()]
    only = _only(visit)
    if only == "silent":
        found = [row for row in found if row.is_silent(visit.now_ms)]
    elif only:
        found = [row for row in found if getattr(row, only)]
    key = SORTS[_sort(visit)]
    return sorted(found, key=key, reverse=visit.asked("down") == "1")


def _sort(visit: Visit) -> str:
    return visit.asked("sort") if visit.asked("sort") in SORTS else "name"


def _only(visit: Visit) -> str:
    return visit.asked("only") if visit.asked("only") in FILTERS else ""


def _query(visit: Visit) -> dict[str, str]:
    """What the page's links keep."""
    kept = {"q": visit.asked("q"), "only": _only(visit), "sort": _sort(visit), "down": visit.asked("down")}
    return {name: value for name, value in kept.items() if value}


ROUTES = (
    get("/sites", sites),
    get("/sites.xlsx", export),
    post("/sites", add, Right.SITES),
)
