"""``qiantai-hq desk``: codes for new desks, the desks there are, and what is done with one of them."""

from __future__ import annotations

import argparse
from typing import Any

from sqlalchemy import select

from resources.translations import gettext as _
from sync.clock import wall_milliseconds
from sync.server import auth, tokens
from sync.server.commands.noting import note
from sync.server.commands.parsers import Parsers, add_site_argument, moment, say
from sync.server.console import wording
from sync.server.console.queries.sites import is_silent
from sync.server.database import HqDatabase
from sync.server.tables import hq_desk, hq_site

MOST_CODES = 200


def register(parsers: Parsers) -> None:
    code = parsers.add(parsers.desk, "code", _("发一个一次性登记码"), _code)
    add_site_argument(code)
    code.add_argument(
        "--count",
        type=_count,
        default=1,
        metavar="N",
        help=_("一次发几个，最多 {most} 个（默认 1）").format(most=MOST_CODES),
    )
    listed = parsers.add(parsers.desk, "list", _("列出前台"), _list)
    add_site_argument(listed, is_optional=True)
    for name, help_text, command in (
        ("revoke", _("立即停用一个前台"), _revoke),
        ("rotate", _("让一个前台在下次同步时换新凭证"), _rotate),
    ):
        parser = parsers.add(parsers.desk, name, help_text, command)
        add_site_argument(parser)
        parser.add_argument("desk", help=_("前台字母，如 A"))


def _count(text: str) -> int:
    try:
        number = int(text)
    except ValueError:
        number = 0
    if not 1 <= number <= MOST_CODES:
        words = _("应为 1 到 {most} 的整数，不能是 {value}")
        raise argparse.ArgumentTypeError(words.format(most=MOST_CODES, value=text))
    return number


def _code(options: argparse.Namespace, database: HqDatabase) -> int:
    with database.surveying() as connection:
        site_id = auth.site_id_of(connection, options.site)
    codes = [auth.issue_code(database, site_id, wall_milliseconds()) for _number in range(options.count)]
    note(database, "desk-code", f"{options.site} × {len(codes)}", site_id)
    found = {"site_id": site_id, "code": codes[0], "codes": codes, "days": auth.CODE_DAYS}
    return say(options, found, *codes)


def _list(options: argparse.Namespace, database: HqDatabase) -> int:
    columns = {
        "site": hq_site.c.name,
        "desk": hq_desk.c.letter,
        "name": hq_desk.c.name,
        "enrolled_at": hq_desk.c.enrolled_at,
        "seen_at": hq_desk.c.seen_at,
        "revoked_at": hq_desk.c.revoked_at,
        "version": hq_desk.c.version,
        "pending": hq_desk.c.pending,
        "token_at": hq_desk.c.token_at,
    }
    chosen = select(*columns.values()).join_from(hq_desk, hq_site, hq_site.c.site_id == hq_desk.c.site_id)
    with database.surveying() as connection:
        if options.site:
            chosen = chosen.where(hq_desk.c.site_id == auth.site_id_of(connection, options.site))
        rows = connection.execute(chosen.order_by(hq_site.c.name, hq_desk.c.number)).all()
    found = [dict(zip(columns, row, strict=True)) for row in rows]
    lines = [_line(one) for one in found]
    for one in found:
        one.update({name: moment(one[name]) for name in one if name.endswith("_at")})
    return say(options, found, *lines)


def _line(one: dict[str, Any]) -> str:
    parts = [one["site"], one["desk"], one["name"], one["version"] or "-"]
    parts.append(_("最近 {at}").format(at=wording.moment(one["seen_at"])))
    parts.append(_("待传 {n}").format(n="-" if one["pending"] is None else one["pending"]))
    if one["revoked_at"]:
        parts.append(_("已停用"))
    elif is_silent(one["revoked_at"], one["seen_at"], one["enrolled_at"], wall_milliseconds()):
        parts.append(_("超过 30 天没有同步"))
    return "  ".join(parts)


def _revoke(options: argparse.Namespace, database: HqDatabase) -> int:
    site_id, letter = _named(options, database)
    with database.writing(site_id) as connection:
        auth.revoke(connection, site_id, letter, wall_milliseconds())
    note(database, "desk-revoke", letter, site_id)
    return say(options, {"site_id": site_id, "desk": letter, "revoked": True})


def _rotate(options: argparse.Namespace, database: HqDatabase) -> int:
    site_id, letter = _named(options, database)
    with database.writing(site_id) as connection:
        tokens.ask(connection, site_id, letter)
    note(database, "desk-rotate", letter, site_id)
    return say(options, {"site_id": site_id, "desk": letter, "rotate": True})


def _named(options: argparse.Namespace, database: HqDatabase) -> tuple[str, str]:
    with database.surveying() as connection:
        return auth.site_id_of(connection, options.site), options.desk.upper()
