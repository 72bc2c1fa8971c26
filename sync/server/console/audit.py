"""Who did what at headquarters: one row an act, never edited, and a line in the log."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import Connection, func, insert, select

from models.entities.synced import new_id
from resources.translations import N_
from resources.translations import gettext as _
from sync.server.tables import hq_audit, hq_site

LOG = logging.getLogger("qiantai.hq")
SYSTEM = "qiantai-hq"
"""The account under which the command line acts."""
ACTIONS: Mapping[str, str] = {
    "sign-in": N_("登录"),
    "sign-in-wrong": N_("登录失败"),
    "sign-in-waits": N_("登录被暂停"),
    "sign-out": N_("退出"),
    "password": N_("修改自己的密码"),
    "site-add": N_("新增项目"),
    "site-rename": N_("项目改名"),
    "desk-code": N_("发登记码"),
    "desk-revoke": N_("停用前台"),
    "desk-rotate": N_("换前台的凭证"),
    "site-quota": N_("设定附件空间"),
    "backup": N_("备份"),
    "restore": N_("恢复备份"),
    "reveal": N_("查看完整电话"),
    "attachment": N_("下载附件"),
    "export": N_("导出"),
    "account-add": N_("新增账号"),
    "account-change": N_("修改账号"),
    "account-disable": N_("停用账号"),
    "account-enable": N_("启用账号"),
    "account-password": N_("重设密码"),
}


@dataclass(frozen=True)
class Who:
    """Who acts, from where, under which request."""

    account: str
    address: str = ""
    request_id: str = ""


@dataclass(frozen=True, slots=True)
class AuditRow:
    at: int
    account: str
    address: str
    action: str
    site: str
    subject: str
    request_id: str

    @property
    def action_words(self) -> str:
        return _(ACTIONS[self.action]) if self.action in ACTIONS else self.action


def write(
    connection: Connection,
    who: Who,
    now_ms: int,
    action: str,
    subject: str = "",
    *,
    site_id: str | None = None,
) -> None:
    """Note an act in its own transaction. ``subject`` is a name or number, never a password or phone."""
    values = {
        "audit_id": new_id(),
        "at": now_ms,
        "account": who.account[:80],
        "address": who.address[:80],
        "action": action,
        "site_id": site_id,
        "subject": subject[:200],
        "request_id": who.request_id[:64],
    }
    connection.execute(insert(hq_audit), [values])
    told = {name: values[name] for name in ("account", "address", "action", "site_id")}  # no word of people
    LOG.info({"id": who.request_id, "audit": told})


def read(connection: Connection, *, action: str, account: str, skip: int, limit: int) -> Sequence[AuditRow]:
    """The newest first; empty ``action`` and ``account`` mean all."""
    chosen = select(
        hq_audit.c.at,
        hq_audit.c.account,
        hq_audit.c.address,
        hq_audit.c.action,
        func.coalesce(hq_site.c.name, ""),
        hq_audit.c.subject,
        hq_audit.c.request_id,
    ).outerjoin(hq_site, hq_site.c.site_id == hq_audit.c.site_id)
    if action:
        chosen = chosen.where(hq_audit.c.action == action)
    if account:
        chosen = chosen.where(func.lower(hq_audit.c.account) == account.lower())
    ordered = chosen.order_by(hq_audit.c.at.desc(), hq_audit.c.audit_id.desc())
    return [AuditRow(*row) for row in connection.execute(ordered.offset(skip).limit(limit))]
