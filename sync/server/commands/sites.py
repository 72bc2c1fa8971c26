"""``qiantai-hq site``: add, list and rename sites."""

from __future__ import annotations

import argparse

from sqlalchemy import func, select

from resources.translations import gettext as _
from sync.clock import wall_milliseconds
from sync.server import auth
from sync.server.commands.noting import note_in
from sync.server.commands.parsers import Parsers, add_site_argument, say
from sync.server.database import HqDatabase
from sync.server.tables import hq_desk, hq_site


def register(parsers: Parsers) -> None:
    parsers.add(parsers.site, "add", _("新增项目"), _add).add_argument("name")
    parsers.add(parsers.site, "list", _("列出项目"), _list)
    rename = parsers.add(parsers.site, "rename", _("给项目改名"), _rename)
    add_site_argument(rename)
    rename.add_argument("name", help=_("新名称"))


def _add(options: argparse.Namespace, database: HqDatabase) -> int:
    name = options.name.strip()[: auth.LONGEST_NAME]
    with database.administering() as connection:
        site_id = auth.add_site(connection, name, wall_milliseconds())
        note_in(connection, "site-add", name, site_id)
    return say(options, {"id": site_id, "name": name}, site_id)


def _list(options: argparse.Namespace, database: HqDatabase) -> int:
    desks = (
        select(func.count())
        .where(hq_desk.c.site_id == hq_site.c.site_id, hq_desk.c.revoked_at.is_(None))
        .scalar_subquery()
    )
    chosen = select(hq_site.c.site_id, hq_site.c.name, hq_site.c.seq, desks.label("desks"))
    with database.surveying() as connection:
        rows = connection.execute(chosen.order_by(hq_site.c.name)).all()
    found = [{"id": row[0], "name": row[1], "changes": row[2], "desks": row[3]} for row in rows]
    return say(options, found, *(f"{row[0]}  {row[1]}  {_('前台 {n} 个').format(n=row[3])}" for row in rows))


def _rename(options: argparse.Namespace, database: HqDatabase) -> int:
    with database.administering() as connection:
        site_id = auth.site_id_of(connection, options.site)
        names = auth.rename_site(connection, site_id, options.name)
        if names.before != names.now:
            note_in(connection, "site-rename", f"{names.before} → {names.now}", site_id)
    return say(options, {"id": site_id, "name": names.now}, f"{site_id}  {names.now}")
