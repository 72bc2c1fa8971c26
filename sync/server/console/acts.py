"""The words of the audit, in the reader's language: rows keep codes, whoever reads them has words."""

from __future__ import annotations

import re
from collections.abc import Mapping

from resources.translations import gettext as _
from resources.translations import pgettext
from sync.server.console.rights import role_words

ALL = "*"
"""In place of a number: all sites."""
_COUNTED = re.compile(r"(?P<what>[a-z-]+) (?P<count>\d+)")
_NAMED = re.compile(r"(?P<name>\S+) (?P<role>[a-z]+)")
_SEEING = re.compile(r"(?P<name>\S+): (?P<role>[a-z]+), (?P<sites>\*|\d+)")


def action_words() -> Mapping[str, str]:
    """What was done, by the code of a row; in English each begins as a sentence does, in the past."""
    return {
        "sign-in": pgettext("did", "登录"),
        "sign-in-wrong": pgettext("did", "登录失败"),
        "sign-in-waits": pgettext("did", "登录被暂停"),
        "sign-out": pgettext("did", "退出"),
        "password": pgettext("did", "修改自己的密码"),
        "site-add": pgettext("did", "新增项目"),
        "site-rename": pgettext("did", "项目改名"),
        "desk-code": pgettext("did", "发登记码"),
        "desk-revoke": pgettext("did", "停用前台"),
        "desk-rotate": pgettext("did", "换前台的凭证"),
        "site-quota": pgettext("did", "设定附件空间"),
        "backup": pgettext("did", "备份"),
        "restore": pgettext("did", "恢复备份"),
        "reveal": pgettext("did", "查看完整电话"),
        "attachment": pgettext("did", "下载附件"),
        "export": pgettext("did", "导出"),
        "account-add": pgettext("did", "新增账号"),
        "account-change": pgettext("did", "修改账号"),
        "account-disable": pgettext("did", "停用账号"),
        "account-enable": pgettext("did", "启用账号"),
        "account-password": pgettext("did", "重设密码"),
    }


def list_words(what: str) -> str:
    """A list that can be exported, by its code; a code of another version shows as itself."""
    known = {
        "sites": pgettext("many", "项目"),
        "accounts": pgettext("many", "账号"),
        "desks": pgettext("many", "前台"),
        "conflicts": _("冲突"),
        "tickets": _("工单"),
        "tickets-by-site": _("各项目工单"),
        "figures": _("满意度与时效"),
        "audit": _("操作记录"),
    }
    return known.get(what, what)


def site_count(count: int) -> str:
    return (pgettext("one", "{n} 个项目") if count == 1 else _("{n} 个项目")).format(n=count)


def subject_words(action: str, subject: str) -> str:
    """What a row is about; one that an earlier version put into words already stays as it is."""
    if action == "export" and (found := _COUNTED.fullmatch(subject)):
        return f"{list_words(found['what'])} ({found['count']})"
    if action == "account-add" and (found := _NAMED.fullmatch(subject)):
        return f"{found['name']} · {role_words(found['role'])}"
    if action == "account-change" and (found := _SEEING.fullmatch(subject)):
        sites = _("全部项目") if found["sites"] == ALL else site_count(int(found["sites"]))
        return f"{found['name']} · {role_words(found['role'])} · {sites}"
    return subject
