"""``qiantai-hq site``: add, list and rename sites."""

from __future__ import annotations

import argparse

from sqlalchemy import func, select, update

from models.errors import DomainError
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
    with database.administering() as connection:
        site_id = auth.add_site(connection, options.name, wall_milliseconds())
        note_in(connection, "site-add", options.name.strip(), site_id)
    return say(options, {"id": site_id, "name": options.name.strip()}, site_id)


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
    """The site stays the same; its desks show the name they were enrolled under."""
    name = options.name.strip()
    if not name:
        raise DomainError("site-name-missing")
    with database.administering() as connection:
        site_id = auth.site_id_of(connection, options.site)
        other = select(hq_site.c.site_id).where(hq_site.c.name == name, hq_site.c.site_id != site_id)
        if connection.execute(other).first():
            raise DomainError("site-exists", name=name)
        this = hq_site.c.site_id == site_id
        before = connection.execute(select(hq_site.c.name).where(this)).scalar_one()
        connection.execute(update(hq_site).where(this).values(name=name))
        note_in(connection, "site-rename", f"{before} → {name}", site_id)
    return say(options, {"id": site_id, "name": name}, f"{site_id}  {name}")
