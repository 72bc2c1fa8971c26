"""Tickets over all sites: counts first, then the list behind each of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from models.entities.types import to_milliseconds
from models.errors import DomainError
from models.rules.service_time import SITE_ZONE
from models.spreadsheets.writing import Kind
from resources.terms import TERMS, label
from resources.translations import N_, pgettext
from resources.translations import gettext as _
from sync.server.console import exports
from sync.server.console.masking import Masking
from sync.server.console.queries import sites as site_queries
from sync.server.console.queries import tickets as queries
from sync.server.console.queries.tickets import GROUPS, TicketCounts, TicketRow, Wanted
from sync.server.console.rights import Right
from sync.server.console.routes import get
from sync.server.console.visit import Answer, Visit
from sync.server.console.workbooks import spooled

PAGE = 50
LAST_PAGE = 200
KEPT_S = 15.0
RANGES = (7, 30, 90, 365)
"""Days back from today that are offered."""
SITES_SHOWN = 12
_COLUMNS: tuple[exports.Column, ...] = (
    (N_("项目"), Kind.TEXT),
    (N_("单号"), Kind.TEXT),
    (N_("报修时间"), Kind.MOMENT),
    (N_("种类"), Kind.TEXT),
    (N_("类别"), Kind.TEXT),
    (N_("优先级"), Kind.TEXT),
    (N_("状态"), Kind.TEXT),
    (N_("房号"), Kind.TEXT),
    (N_("报修人"), Kind.TEXT),
    (N_("内容"), Kind.TEXT),
    (N_("部门"), Kind.TEXT),
    (N_("处理人"), Kind.TEXT),
    (N_("应完成时间"), Kind.MOMENT),
    (N_("完成时间"), Kind.MOMENT),
    (N_("是否超时"), Kind.TEXT),
    (N_("评价"), Kind.TEXT),
)
_COUNT_COLUMNS: tuple[exports.Column, ...] = (
    (N_("项目"), Kind.TEXT),
    (N_("工单"), Kind.WHOLE),
    (N_("超时"), Kind.WHOLE),
)


@dataclass(frozen=True)
class Chosen:
    """What a form asked for: for the query, and as the words to show again."""

    wanted: Wanted
    query: dict[str, str]
    site: str
    """The id of the one site, or empty."""
    days: int
    """0: any time, or from one day to another."""
    since: str
    until: str


def choose(visit: Visit, default_days: int = 0) -> Chosen:
    """What of the query makes sense; the rest counts as not asked."""
    asked = {
        name: visit.asked(name)
        for name in ("group", "state", "kind", "priority", "category", "site", "number")
    }
    days = visit.number("days", default_days, 0, 3_650)
    since, until = _day(visit.asked("since")), _day(visit.asked("until"))
    if since is not None or until is not None:
        days = 0
    today = datetime.fromtimestamp(visit.now_ms / 1000, SITE_ZONE).date()
    first = today - timedelta(days=days - 1) if days else since
    group = asked["group"] if asked["group"] in GROUPS else "open"
    known = {"state": "ticket.state", "kind": "ticket.kind", "priority": "ticket.priority"}
    codes = {name: asked[name] if asked[name] in TERMS[words] else "" for name, words in known.items()}
    one_site = asked["site"] if asked["site"] and visit.account.sees(asked["site"]) else ""
    wanted = Wanted(
        sites=frozenset({one_site}) if one_site else visit.account.sites,
        group=group,
        **codes,
        category=asked["category"][:32],
        since=_start(first),
        until=_start(until + timedelta(days=1)) if until is not None else None,
        number=asked["number"].upper()[:40],
    )
    kept = {
        "group": group, **codes, "category": wanted.category, "site": one_site, "number": wanted.number,
        "days": str(days) if days else "", "since": since.isoformat() if since else "",
        "until": until.isoformat() if until else "",
    }  # fmt: skip
    query = {name: value for name, value in kept.items() if value}
    return Chosen(wanted, query, one_site, days, kept["since"], kept["until"])


def _day(typed: str) -> date | None:
    try:
        found = date.fromisoformat(typed)
    except ValueError:
        return None
    return found if 2000 <= found.year < 2100 else None


def _start(day: date | None) -> int | None:
    return None if day is None else to_milliseconds(datetime.combine(day, time.min, SITE_ZONE))


def counts_of(visit: Visit, wanted: Wanted) -> TicketCounts:
    def read() -> TicketCounts:
        with visit.database.surveying() as connection:
            return queries.counts(connection, wanted, visit.now_ms)

    return visit.counts.get(("tickets", wanted), KEPT_S, read)


def overview(visit: Visit) -> Answer:
    chosen = choose(visit)
    found = counts_of(visit, chosen.wanted)
    names, categories = names_of(visit)
    values = {
        "title": _("工单"),
        "chosen": chosen,
        "counts": found,
        "names": names,
        "categories": categories,
        "groups": GROUPS,
        "ranges": RANGES,
        "sites_shown": SITES_SHOWN,
        "sites": list(found.by_site.items())[:SITES_SHOWN],
    }
    return Answer("tickets.html", values)


def listing(visit: Visit) -> Answer:
    chosen = choose(visit)
    total = counts_of(visit, chosen.wanted).total
    pages = min(max(-(-total // PAGE), 1), LAST_PAGE)
    page = visit.number("page", 1, 1, pages)
    with visit.database.surveying() as connection:
        rows = list(
            queries.ticket_rows(connection, chosen.wanted, visit.now_ms, skip=(page - 1) * PAGE, limit=PAGE)
        )
    names, categories = names_of(visit)
    values = {
        "title": pgettext("page", "工单列表"),
        "chosen": chosen,
        "rows": rows,
        "total": total,
        "page": page,
        "pages": pages,
        "names": names,
        "categories": categories,
        "groups": GROUPS,
        "ranges": RANGES,
        "masking": Masking(is_personal=visit.may(Right.PERSONAL)),
    }
    return Answer("ticket_list.html", values)


def export(visit: Visit) -> Answer:
    """Raises ``export-too-large`` and those of `exports.workbook`."""
    wanted = choose(visit).wanted
    with visit.database.surveying() as connection:
        total = queries.counts(connection, wanted, visit.now_ms).total
        if total > exports.LIMIT:
            raise DomainError("export-too-large", count=f"{total:,}", limit=f"{exports.LIMIT:,}")
        masking = Masking(is_personal=visit.may(Right.PERSONAL))
        rows = queries.ticket_rows(connection, wanted, visit.now_ms, skip=0, limit=exports.LIMIT)
        spool = spooled(_cells(row, masking) for row in rows)
    return exports.workbook(visit, "tickets", _COLUMNS, spool)


def counts_export(visit: Visit) -> Answer:
    wanted = choose(visit).wanted
    names, _categories = names_of(visit)
    rows = [(names.get(site, site), *both) for site, both in counts_of(visit, wanted).by_site.items()]
    return exports.workbook(visit, "tickets-by-site", _COUNT_COLUMNS, rows)


def _cells(row: TicketRow, masking: Masking) -> Sequence[object]:
    return (
        row.site, row.number, row.received_at, label("ticket.kind", row.kind), row.category,
        label("ticket.priority", row.priority), label("ticket.state", row.state), masking.personal(row.room),
        masking.personal(row.caller), masking.text(row.matter), row.department, row.handler, row.due_at,
        row.ended_at, _("超时") if row.is_overdue else None, label("ticket.rating", row.rating),
    )  # fmt: skip


def names_of(visit: Visit) -> tuple[dict[str, str], dict[str, str]]:
    """Sites that this account sees, and their categories: id → name."""
    seen = visit.account.sites

    def read() -> tuple[dict[str, str], dict[str, str]]:
        with visit.database.surveying() as connection:
            categories = queries.category_names(connection, seen)
            return dict(site_queries.site_names(connection)), dict(categories)

    sites, categories = visit.counts.get(("names", seen), KEPT_S, read)
    return {one: name for one, name in sites.items() if visit.account.sees(one)}, categories


ROUTES = (
    get("/tickets", overview),
    get("/tickets.xlsx", counts_export),
    get("/tickets/list", listing),
    get("/tickets/list.xlsx", export),
)
