"""One site: its desks, its conflicts, its room for attachments; enrol, revoke, rename."""

from __future__ import annotations

from models.errors import DomainError
from models.spreadsheets.writing import Kind
from resources.field_terms import field_words
from resources.terms import label
from resources.translations import N_
from resources.translations import gettext as _
from sync.server import auth
from sync.server.console import audit, exports, wording
from sync.server.console.masking import Masking
from sync.server.console.queries import records
from sync.server.console.queries.sites import DeskRow, SiteFacts, site_facts
from sync.server.console.rights import Right
from sync.server.console.routes import get, post
from sync.server.console.visit import Answer, Visit, go

MOST_CONFLICTS = 2_000
"""In a workbook; each asks after its record and its authors."""
_CONFLICT_COLUMNS: tuple[exports.Column, ...] = (
    (N_("记录"), Kind.TEXT),
    (N_("字段"), Kind.TEXT),
    (N_("现在的值"), Kind.TEXT),
    (N_("谁改的"), Kind.TEXT),
    (N_("什么时候"), Kind.MOMENT),
    (N_("没用上的值"), Kind.TEXT),
    (N_("谁改的"), Kind.TEXT),
    (N_("什么时候"), Kind.MOMENT),
    (N_("原因"), Kind.TEXT),
)
_DESK_COLUMNS: tuple[exports.Column, ...] = (
    (N_("前台"), Kind.TEXT),
    (N_("名称"), Kind.TEXT),
    (N_("程序版本"), Kind.TEXT),
    (N_("最近同步"), Kind.MOMENT),
    (N_("待送出"), Kind.WHOLE),
    (N_("登记时间"), Kind.MOMENT),
    (N_("停用时间"), Kind.MOMENT),
)


def site(visit: Visit, code: str = "", fault: str = "", status: int = 200) -> Answer:
    """``code`` is a fresh enrolment code: shown on this answer and nowhere else."""
    facts = _facts(visit)
    conflicts, names = records.conflicts(visit.database, facts.site_id)
    values = {
        "title": facts.name,
        "facts": facts,
        "silent_desks": sum(desk.is_silent(visit.now_ms) for desk in facts.desks),
        "conflicts": conflicts,
        "names": names,
        "masking": Masking(is_personal=visit.may(Right.PERSONAL)),
        "code": code,
        "days": auth.CODE_DAYS,
        "fault": fault,
    }
    return Answer("site.html", values, status=status)


def code(visit: Visit) -> Answer:
    facts = _facts(visit)
    given = auth.issue_code(visit.database, facts.site_id, visit.now_ms)
    with visit.database.administering() as connection:
        audit.write(connection, visit.who, visit.now_ms, "desk-code", facts.name, site_id=facts.site_id)
    return site(visit, code=given)


def rename(visit: Visit) -> Answer:
    facts = _facts(visit)
    try:
        with visit.database.administering() as connection:
            names = auth.rename_site(connection, facts.site_id, visit.field("name"))
            if names.before != names.now:
                subject = f"{names.before} → {names.now}"
                audit.write(
                    connection, visit.who, visit.now_ms, "site-rename", subject, site_id=facts.site_id
                )
    except DomainError as error:
        return site(visit, fault=wording.sentence(error), status=422)
    visit.counts.forget()
    return go(f"/sites/{facts.site_id}")


def revoke_form(visit: Visit) -> Answer:
    """Asks before it is done: the desk cannot be taken back, only enrolled anew."""
    facts = _facts(visit)
    desk = _desk(visit, facts)
    values = {"title": _("停用前台 {desk}").format(desk=desk.letter), "facts": facts, "desk": desk}
    return Answer("revoke.html", values)


def revoke(visit: Visit) -> Answer:
    facts = _facts(visit)
    desk = _desk(visit, facts)
    with visit.database.administering() as connection:
        auth.revoke(connection, facts.site_id, desk.letter, visit.now_ms)
        subject = f"{desk.letter} {desk.name}"
        audit.write(connection, visit.who, visit.now_ms, "desk-revoke", subject, site_id=facts.site_id)
    visit.counts.forget()
    return go(f"/sites/{facts.site_id}")


def conflicts_export(visit: Visit) -> Answer:
    facts = _facts(visit)
    found, names = records.conflicts(visit.database, facts.site_id, MOST_CONFLICTS)
    masking = Masking(is_personal=visit.may(Right.PERSONAL))
    rows = [
        (
            f"{label('table', one.table)} {masking.label(one.table, one.row_label)}",
            field_words(one.table, one.field),
            masking.value(one.table, one.field, one.kept_value, names), one.kept_by, one.kept_at,
            masking.value(one.table, one.field, one.lost_value, names), one.lost_by, one.lost_at,
            label("conflict.reason", one.reason),
        )
        for one in found
    ]  # fmt: skip
    return exports.workbook(visit, "conflicts", _CONFLICT_COLUMNS, rows, (facts.site_id, facts.name))


def desks_export(visit: Visit) -> Answer:
    facts = _facts(visit)
    rows = [
        (
            desk.letter, desk.name, desk.version, exports.at(desk.seen_at), desk.pending,
            exports.at(desk.enrolled_at), exports.at(desk.revoked_at),
        )
        for desk in facts.desks
    ]  # fmt: skip
    return exports.workbook(visit, "desks", _DESK_COLUMNS, rows, (facts.site_id, facts.name))


def _facts(visit: Visit) -> SiteFacts:
    site_id = visit.site_id()
    with visit.database.surveying() as connection:
        return site_facts(connection, site_id)


def _desk(visit: Visit, facts: SiteFacts) -> DeskRow:
    """The desk of the path, in use; raises ``page-unknown``."""
    for desk in facts.desks:
        if str(desk.number) == visit.place.get("number") and desk.revoked_at is None:
            return desk
    raise DomainError("page-unknown")


ROUTES = (
    get("/sites/{site_id:str}", site),
    get("/sites/{site_id:str}/desks.xlsx", desks_export),
    get("/sites/{site_id:str}/conflicts.xlsx", conflicts_export),
    post("/sites/{site_id:str}/code", code, Right.DESKS),
    post("/sites/{site_id:str}/rename", rename, Right.DESKS),
    get("/sites/{site_id:str}/desks/{number:str}/revoke", revoke_form, Right.DESKS),
    post("/sites/{site_id:str}/desks/{number:str}/revoke", revoke, Right.DESKS),
)
