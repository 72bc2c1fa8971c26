"""``qiantai-hq backup``, ``verify`` and ``restore``: all of headquarters in one file, and back; ``check``."""

from __future__ import annotations

import argparse
import shlex
import sys
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from types import MappingProxyType
from typing import Any

from models.errors import DomainError
from resources.translations import gettext as _
from sync.clock import wall_milliseconds
from sync.server import backup, revived
from sync.server.audit import audit
from sync.server.auth import DESK_GAP
from sync.server.commands.noting import note, note_in
from sync.server.commands.parsers import Parsers, moment, say
from sync.server.commands.places import add_blobs_option, blob_folder
from sync.server.database import HqDatabase
from sync.server.wording import sentence

LISTED = 40
"""Desks that a restore names one by one."""


def register(parsers: Parsers) -> None:
    made = parsers.add(parsers.commands, "backup", _("把总部的全部数据备份成一个文件"), _backup)
    _add_places(made)
    made.add_argument("--without-attachments", action="store_true", help=_("不含附件的内容"))
    verified = parsers.add(parsers.commands, "verify", _("从头到尾读一遍备份，看是否完好"), _verify)
    verified.add_argument("file", type=Path)
    parsers.add(parsers.commands, "check", _("逐行核对各项目的校验和，并改正错的"), _check)
    restored = parsers.add(parsers.commands, "restore", _("把备份恢复到一个空的数据库"), _restore)
    _add_places(restored)
    restored.add_argument(
        "--stopped-as-in",
        type=Path,
        metavar=_("文件"),
        help=_("另一份较新的备份：其中已停用的前台和账号也停用"),
    )


def _add_places(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("file", type=Path)
    add_blobs_option(parser)


def _backup(options: argparse.Namespace, database: HqDatabase) -> int:
    blobs = None if options.without_attachments else blob_folder(options)
    contents = backup.write(database, blobs, options.file)
    try:
        note(database, "backup", str(options.file))
    except DomainError as error:  # a full disk may be why it was made: it is there, and whole
        print(sentence(error), file=sys.stderr)  # noqa: T201
    return _told(options, contents, _("已备份到 {path}"))


def _verify(options: argparse.Namespace, _database: HqDatabase) -> int:
    return _told(options, backup.read_through(options.file), _("备份完好：{path}"))


def _check(options: argparse.Namespace, database: HqDatabase) -> int:
    """Exit status 1 when something was wrong: desks settle the rows themselves, but somebody should know."""
    found = audit(database)
    lines = [
        _("{site}：{tables} 的校验和不对，已改正").format(site=site, tables=", ".join(tables))
        for site, tables in found.items()
    ]
    say(options, {"wrong": found}, *(lines or [_("全部相符。")]))
    return 1 if found else 0


def _restore(options: argparse.Namespace, database: HqDatabase) -> int:
    later: Path | None = options.stopped_as_in
    stopped = revived.stopped_in(later) if later is not None else None
    contents = backup.restore(database, blob_folder(options), options.file)
    note(database, "restore", str(options.file))
    now_ms = wall_milliseconds()
    with database.administering() as connection:
        ended = revived.end_codes(connection, now_ms)
        again = revived.stop_again(connection, stopped, now_ms) if stopped is not None else ([], [])
        for name in again[0]:
            note_in(connection, "desk-revoke", name)
        for name in again[1]:
            note_in(connection, "account-disable", name)
        desks = revived.desks_in_use(connection)
    more = {
        "codes_ended": ended,
        "desks_stopped": again[0],
        "accounts_stopped": again[1],
        "desks": [
            {"site": row.site, "desk": row.letter, "name": row.name, "seen_at": moment(row.seen_at)}
            for row in desks
        ],
    }
    return _told(options, contents, _("已从 {path} 恢复"), more, _revived_lines(more))


def _revived_lines(more: dict[str, Any]) -> list[str]:
    """What the administrator has to look at before desks are served again."""
    lines = []
    if more["codes_ended"]:
        lines.append(_("没用过的登记码 {n} 个已作废，需要时请重新发").format(n=more["codes_ended"]))
    for what, names in (
        (_("已照较新的备份停用前台：{names}"), more["desks_stopped"]),
        (_("已照较新的备份停用账号：{names}"), more["accounts_stopped"]),
    ):
        if names:
            lines.append(what.format(names=_("、").join(names)))
    lines.append(_("这份备份里在用的前台如下；备份之后停用过的，请再停用："))
    for one in more["desks"][:LISTED]:
        at = _("最近 {at}").format(at=one["seen_at"] or "-")
        lines.append(
            f"  qiantai-hq desk revoke {shlex.quote(one['site'])} {one['desk']}  # {one['name']} {at}"
        )
    if len(more["desks"]) > LISTED:
        rest = len(more["desks"]) - LISTED
        lines.append(_("  另有 {n} 个，见 qiantai-hq desk list").format(n=rest))
    lines.append(_("账号也请核对：qiantai-hq account list"))
    words = _(
        "再登记的前台，字母从各项目用过的最后一个起跳过 {n} 个（如 C 之后是 L）："
        "那些字母可能在这份备份之后已经发出。"
    )
    lines.append(words.format(n=DESK_GAP))
    return lines


def _told(
    options: argparse.Namespace,
    contents: backup.Contents,
    headline: str,
    more: Mapping[str, Any] = MappingProxyType({}),
    lines_of_more: Sequence[str] = (),
) -> int:
    rows = sum(contents.rows.values())
    made_at = datetime.fromtimestamp(contents.made_at / 1000, UTC).astimezone()
    found = {
        "file": str(options.file),
        "made_at": made_at.isoformat(timespec="seconds"),
        "sites": contents.rows.get("hq_site", 0),
        "rows": rows,
        "attachments": contents.blobs,
        "missing_attachments": contents.missing_blobs,
        **more,
    }
    lines = [
        headline.format(path=options.file),
        _("{at} 的数据：项目 {sites} 个，记录 {rows} 行，附件 {blobs} 个").format(
            at=made_at.strftime("%Y-%m-%d %H:%M"), sites=found["sites"], rows=rows, blobs=contents.blobs
        ),
    ]
    if contents.missing_blobs:
        lines.append(_("另有 {n} 个附件的内容不在其中").format(n=contents.missing_blobs))
    return say(options, found, *lines, *lines_of_more)
