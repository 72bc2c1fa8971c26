"""``qiantai-hq attachments``: look at every content, let go what is no longer needed; and a site's quota."""

from __future__ import annotations

import argparse
import re

from sqlalchemy import func, select, update

from models.errors import DomainError
from resources.translations import gettext as _
from sync.clock import wall_milliseconds
from sync.server import auth, blob_upkeep
from sync.server.blobs import BlobStore
from sync.server.commands.noting import note
from sync.server.commands.parsers import Parsers, add_site_argument, say
from sync.server.commands.places import add_blobs_option, blob_folder
from sync.server.database import HqDatabase
from sync.server.tables import hq_blob, hq_site

_UNITS = {"": 1, "K": 1 << 10, "M": 1 << 20, "G": 1 << 30, "T": 1 << 40}
_SIZE = re.compile(r"([0-9]+(?:\.[0-9]+)?)\s*([KMGT]?)B?", re.IGNORECASE)


def register(parsers: Parsers) -> None:
    group = parsers.group("attachments", _("管理附件"))
    check = parsers.add(group, "check", _("核对附件的内容，损坏的请前台重新上传"), _check)
    collect = parsers.add(group, "collect", _("清理不再用到的附件"), _collect)
    for one in (check, collect):
        add_site_argument(one, is_optional=True)
        add_blobs_option(one)
    quota = parsers.add(parsers.site, "quota", _("查看或设定项目的附件空间"), _quota)
    add_site_argument(quota)
    quota.add_argument("size", nargs="?", type=_bytes, help=_("如 50G；不给则只查看"))


def _bytes(text: str) -> int:
    found = _SIZE.fullmatch(text.strip())
    if found is None:
        raise argparse.ArgumentTypeError(_("大小应写成 50G 或 500M 这样"))
    return min(int(float(found[1]) * _UNITS[found[2].upper()]), 1 << 60)


def _sites(options: argparse.Namespace, database: HqDatabase) -> list[tuple[str, str]]:
    chosen = select(hq_site.c.site_id, hq_site.c.name).order_by(hq_site.c.name)
    with database.surveying() as connection:
        if options.site:
            chosen = chosen.where(hq_site.c.site_id == auth.site_id_of(connection, options.site))
        return [(str(row[0]), str(row[1])) for row in connection.execute(chosen)]


def _check(options: argparse.Namespace, database: HqDatabase) -> int:
    """Exit status 1 when something was damaged or missing: the desks are asked for it again."""
    store = BlobStore(blob_folder(options))
    found, lines, is_sound = [], [], True
    for site_id, name in _sites(options, database):
        looked = blob_upkeep.check(database, store, site_id)
        is_sound = is_sound and not looked.damaged and not looked.missing
        found.append(
            {
                "site": name,
                "whole": looked.whole,
                "damaged": list(looked.damaged),
                "missing": list(looked.missing),
            }
        )
        words = _("{site}：完好 {whole} 个，损坏 {damaged} 个，缺失 {missing} 个")
        numbers = {"damaged": len(looked.damaged), "missing": len(looked.missing)}
        lines.append(words.format(site=name, whole=looked.whole, **numbers))
    say(options, found, *lines)
    return 0 if is_sound else 1


def _collect(options: argparse.Namespace, database: HqDatabase) -> int:
    store = BlobStore(blob_folder(options))
    found, lines = [], []
    for site_id, name in _sites(options, database):
        gone = blob_upkeep.tidy(database, store, site_id, wall_milliseconds())
        found.append({"site": name, "unused": gone.unused, "unfinished": gone.unfinished})
        words = _("{site}：清理了不再用到的 {unused} 个，没有传完的 {unfinished} 个")
        lines.append(words.format(site=name, unused=gone.unused, unfinished=gone.unfinished))
    return say(options, found, *lines)


def _quota(options: argparse.Namespace, database: HqDatabase) -> int:
    with database.surveying() as connection:
        site_id = auth.site_id_of(connection, options.site)
    with database.writing(site_id) as connection:
        this = hq_site.c.site_id == site_id
        if options.size is not None:
            connection.execute(update(hq_site).where(this).values(blob_quota=options.size))
        quota = connection.execute(select(hq_site.c.blob_quota).where(this)).scalar_one_or_none()
        if quota is None:
            raise DomainError("site-unknown", site=options.site)
        used = connection.execute(
            select(func.coalesce(func.sum(hq_blob.c.size), 0)).where(hq_blob.c.site_id == site_id)
        ).scalar_one()
    if options.size is not None:
        note(database, "site-quota", _words(quota), site_id)
    words = _("附件空间 {quota}，已用 {used}").format(quota=_words(quota), used=_words(int(used)))
    return say(options, {"id": site_id, "quota": quota, "used": int(used)}, words)


def _words(size: int) -> str:
    """``1.5 GB``"""
    for unit in ("T", "G", "M", "K"):
        if size >= _UNITS[unit]:
            return f"{size / _UNITS[unit]:.1f} {unit}B"
    return f"{size} B"
