"""``qiantai-hq account``: who may sign in to the console; the first account comes from here."""

from __future__ import annotations

import argparse
import getpass

from models.errors import DomainError
from resources.translations import gettext as _
from sync.clock import wall_milliseconds
from sync.server import auth
from sync.server.commands.parsers import Parsers, moment, say
from sync.server.console import accounts, audit, wording
from sync.server.console.audit import SYSTEM, Who
from sync.server.console.rights import Role, role_words
from sync.server.database import HqDatabase

WHO = Who(SYSTEM)


def register(parsers: Parsers) -> None:
    group = parsers.group("account", _("管理网页控制台的账号"))
    add = parsers.add(group, "add", _("新增账号"), _add)
    add.add_argument("name")
    roles = [role.value for role in Role]
    add.add_argument("--role", choices=roles, required=True, help=_("管理员、运维或只读"))
    add.add_argument("--site", action="append", metavar="SITE", help=_("只能看这个项目（可重复）"))
    _add_password_option(add)
    parsers.add(group, "list", _("列出账号"), _list)
    for name, help_text, command in (
        ("disable", _("停用账号，登录立即失效"), _disable),
        ("enable", _("启用账号"), _enable),
        ("password", _("重设密码并解除等待"), _password),
    ):
        parser = parsers.add(group, name, help_text, command)
        parser.add_argument("name")
        if command is _password:
            _add_password_option(parser)


def _add_password_option(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--ask", action="store_true", help=_("从终端输入第一个密码（不给则由程序生成）"))


def _add(options: argparse.Namespace, database: HqDatabase) -> int:
    asked = _asked(options)
    with database.administering() as connection:
        sites = [auth.site_id_of(connection, site) for site in options.site] if options.site else None
        now_ms = wall_milliseconds()
        given = accounts.add(connection, options.name, options.role, now_ms, password=asked, sites=sites)
        audit.write(connection, WHO, now_ms, "account-add", f"{options.name} {options.role}")
    return _say_password(options, given, asked)


def _list(options: argparse.Namespace, database: HqDatabase) -> int:
    with database.surveying() as connection:
        everybody = accounts.everybody(connection)
    found = [
        {
            "name": one.name,
            "role": one.role,
            "sites": None if one.sites is None else sorted(one.sites),
            "signed_in_at": moment(one.signed_in_at),
            "disabled_at": moment(one.disabled_at),
        }
        for one in everybody
    ]
    lines = (
        f"{one.name}  {role_words(one.role)}  {wording.moment(one.signed_in_at)}"
        f"{'  ' + _('已停用') if one.disabled_at else ''}"
        for one in everybody
    )
    return say(options, found, *lines)


def _disable(options: argparse.Namespace, database: HqDatabase) -> int:
    with database.administering() as connection:
        account = accounts.by_name(connection, options.name)
        accounts.disable(connection, account.account_id, wall_milliseconds())
        audit.write(connection, WHO, wall_milliseconds(), "account-disable", account.name)
    return say(options, {"name": account.name, "disabled": True})


def _enable(options: argparse.Namespace, database: HqDatabase) -> int:
    with database.administering() as connection:
        account = accounts.by_name(connection, options.name)
        accounts.enable(connection, account.account_id)
        audit.write(connection, WHO, wall_milliseconds(), "account-enable", account.name)
    return say(options, {"name": account.name, "disabled": False})


def _password(options: argparse.Namespace, database: HqDatabase) -> int:
    asked = _asked(options)
    with database.administering() as connection:
        account = accounts.by_name(connection, options.name)
        given = accounts.reset_password(connection, account.account_id, asked)
        audit.write(connection, WHO, wall_milliseconds(), "account-password", account.name)
    return _say_password(options, given, asked)


def _asked(options: argparse.Namespace) -> str | None:
    """Typed without an echo; asked for twice."""
    if not options.ask:
        return None
    first = getpass.getpass(_("第一个密码："))
    if first != getpass.getpass(_("再输一遍：")):
        raise DomainError("password-differs")
    return first


def _say_password(options: argparse.Namespace, given: str, asked: str | None) -> int:
    """A password that was typed is not shown again."""
    found = {"name": options.name, "password": given if asked is None else None}
    if asked is not None:
        return say(options, found)
    words = _("{name} 的第一个密码（只在这里显示这一次，第一次登录时要换掉）：")
    return say(options, found, words.format(name=options.name), given)
