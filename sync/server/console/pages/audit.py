"""Who did what: the audit log as a page."""

from __future__ import annotations

from models.spreadsheets.writing import Kind
from resources.translations import N_
from resources.translations import gettext as _
from sync.server.console import acts, audit, exports
from sync.server.console.rights import Right
from sync.server.console.routes import get
from sync.server.console.visit import Answer, Visit

PAGE = 100
_COLUMNS: tuple[exports.Column, ...] = (
    (N_("时间"), Kind.MOMENT),
    (N_("账号"), Kind.TEXT),
    (N_("做了什么"), Kind.TEXT),
    (N_("项目"), Kind.TEXT),
    (N_("对象"), Kind.TEXT),
    (N_("来自"), Kind.TEXT),
    (N_("请求编号"), Kind.TEXT),
)


def log(visit: Visit) -> Answer:
    page = visit.number("page", 1, 1, 10_000)
    action, account = _wanted(visit)
    with visit.database.surveying() as connection:
        found = audit.read(connection, action=action, account=account, skip=(page - 1) * PAGE, limit=PAGE + 1)
    values = {
        "title": _("操作记录"),
        "rows": found[:PAGE],
        "has_more": len(found) > PAGE,
        "page": page,
        "acts": acts.action_words(),
        "subject_words": acts.subject_words,
        "action": action,
        "account": account,
        "query": {name: value for name, value in (("action", action), ("account", account)) if value},
    }
    return Answer("audit.html", values)


def export(visit: Visit) -> Answer:
    action, account = _wanted(visit)
    with visit.database.surveying() as connection:
        found = audit.read(connection, action=action, account=account, skip=0, limit=exports.LIMIT)
    names = acts.action_words()
    rows = [
        (
            exports.at(row.at),
            row.account,
            names.get(row.action, row.action),
            row.site,
            acts.subject_words(row.action, row.subject),
            row.address,
            row.request_id,
        )
        for row in found
    ]
    return exports.workbook(visit, "audit", _COLUMNS, rows)


def _wanted(visit: Visit) -> tuple[str, str]:
    action = visit.asked("action")
    return action if action in acts.action_words() else "", visit.asked("account")[:40]


ROUTES = (
    get("/audit", log, Right.AUDIT),
    get("/audit.xlsx", export, Right.AUDIT),
)
