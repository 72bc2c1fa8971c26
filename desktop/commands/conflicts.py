"""`conflicts`: what waits for a person after a round, and what settles it, as on the sync page."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from desktop.commands.call import Call
from desktop.commands.parser import add_shared, count
from models.errors import DomainError
from models.queries.conflict_list import ConflictFilter, ConflictItem, RefusedItem, conflicts, refused
from models.queries.sync_names import value_names
from models.rules.service_time import SITE_ZONE
from models.services import conflicts as settling
from models.work import Work
from resources.translations import N_
from resources.translations import gettext as _
from views.formats import Formats
from views.sync_problems.records import (
    ConflictRow,
    RefusedRow,
    conflict_rows,
    moved_words,
    refused_row,
    settled_words,
    who_words,
    why_words,
)

STATES = ("open", "ruled", "settled", "all")
TAIL = 8
"""Letters of an id that are shown; any end of it that fits one only will do."""


@dataclass(frozen=True)
class _Terminal:
    """Whom the words are for."""

    formats: Formats


@dataclass(frozen=True)
class Settling:
    """``service`` takes the ids, and with ``has_seen`` {id: stamp of the value that was shown}; it gives
    those it has done."""

    name: str
    help: str
    service: Callable[..., Sequence[str] | None]
    is_of_refused: bool = False
    has_seen: bool = False


def _dismiss(work: Work, refused_ids: Sequence[str]) -> None:
    for refused_id in refused_ids:
        settling.dismiss_refused(work, refused_id)


def _send_again(work: Work, refused_ids: Sequence[str]) -> None:
    for refused_id in refused_ids:
        settling.send_again(work, refused_id)


SETTLINGS = (
    Settling("keep", N_("认可：现在的值保留"), settling.accept_all),
    Settling("take", N_("改用另一个值"), settling.take_back_all, has_seen=True),
    Settling("reopen", N_("放回待处理，值也改回去"), settling.reopen_all),
    Settling("again", N_("总部没有接受的修改：再送一次"), _send_again, is_of_refused=True),
    Settling("dismiss", N_("总部没有接受的修改：知道了，不再提示"), _dismiss, is_of_refused=True),
)


def add_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--state", choices=STATES, default="open")
    parser.add_argument("--limit", type=count, default=100, metavar="N")
    commands = parser.add_subparsers(dest="settling", metavar="|".join(one.name for one in SETTLINGS))
    for one in SETTLINGS:
        command = commands.add_parser(one.name, help=_(one.help), description=_(one.help))
        add_shared(command)
        command.add_argument("ids", metavar="ID", nargs="+", help=_("编号，或它的末几位"))
        if one.has_seen:
            command.add_argument(
                "--seen", type=count, default=0, metavar="N", help=_("后来又改过的：列出时 --seen 后面的数")
            )


def run(call: Call) -> int:
    """List, or settle; 1 when nothing or not all of it could be done."""
    if call.arguments.settling is None:
        return _list(call)
    chosen = next(one for one in SETTLINGS if one.name == call.arguments.settling)
    known = _ids(call, is_of_refused=chosen.is_of_refused)
    ids = [_meant(known, typed) for typed in call.arguments.ids]
    wanted: Any = dict.fromkeys(ids, call.arguments.seen) if chosen.has_seen else ids
    answered = call.write(chosen.service, wanted)
    done = ids if answered is None else list(answered)
    call.give({"settling": chosen.name, "done": done})
    call.say(_("已处理 {n} 处").format(n=len(done)))
    if len(done) < len(ids):  # somebody was faster
        raise DomainError("conflict-settled")
    return 0


def _ids(call: Call, *, is_of_refused: bool) -> list[str]:
    every = sys.maxsize
    if is_of_refused:
        return [
            one.id for is_open in (True, False) for one in call.read(refused, is_open=is_open, limit=every)
        ]
    return [one.id for one in call.read(conflicts, ConflictFilter("all"), every)]


def _meant(known: Sequence[str], typed: str) -> str:
    """The one id that ends so; raises ``conflict-not-found``."""
    found = [one for one in known if one.endswith(typed.strip().lower())]
    if len(found) != 1:
        raise DomainError("conflict-not-found", id=typed)
    return found[0]


# -- listing -------------------------------------------------------------------------------------------


def _list(call: Call) -> int:
    state, limit = call.arguments.state, call.arguments.limit
    items = call.read(conflicts, ConflictFilter(state), limit)
    no_more = call.read(refused, is_open=state == "open", limit=limit) if state != "ruled" else []
    if state == "all":
        no_more = [*call.read(refused, limit=limit), *no_more]
    terminal, names = _Terminal(Formats(SITE_ZONE)), _names(call, items, no_more)
    rows = list(conflict_rows(items, terminal, names))
    not_taken = [refused_row(one, terminal, names) for one in no_more]
    call.give(
        {
            "conflicts": [_conflict_of(row, terminal) for row in rows],
            "refused": [_refused_of(row) for row in not_taken],
        }
    )
    for row in rows:
        _show(call, row, terminal)
    for one in not_taken:
        _show_refused(call, one, terminal)
    call.say(
        _("冲突 {conflicts}，总部没有接受 {refused}").format(conflicts=len(rows), refused=len(not_taken))
    )
    return 0


def _names(call: Call, items: Sequence[ConflictItem], no_more: Sequence[RefusedItem]) -> dict[str, str]:
    values = [
        (item.table, item.field, value)
        for item in items
        for value in (item.kept_value, item.lost_value, item.present_value)
    ]
    values += [(one.table, name, value) for one in no_more for name, value in one.values.items()]
    return call.read(value_names, values)


def _conflict_of(row: ConflictRow, terminal: _Terminal) -> dict[str, Any]:
    """What is stored, and beside it how people say it."""
    words = {
        "record": row.record,
        "field": row.field,
        "kept": row.kept,
        "lost": row.lost,
        "present": row.present,
        "why": why_words(row, terminal),
        "moved": moved_words(row, terminal),
    }
    return {**asdict(row.item), "words": words}


def _refused_of(row: RefusedRow) -> dict[str, Any]:
    words = {"record": row.record, "what": row.what, "why": row.why, "state": row.state}
    return {**asdict(row.item), "words": words}


def _show(call: Call, row: ConflictRow, terminal: _Terminal) -> None:
    item, formats = row.item, terminal.formats
    call.say(f"{item.id[-TAIL:]}  {row.record} · {row.field}")
    for name, value, by, at in (
        (_("算数的值"), row.kept, item.kept_by, item.kept_at),
        (_("另一个值"), row.lost, item.lost_by, item.lost_at),
    ):
        told = _("{name}：{value}（{who}，{at}）")
        call.say("    " + told.format(name=name, value=value, who=who_words(by), at=formats.moment(at)))
    moved = moved_words(row, terminal)
    for line in (why_words(row, terminal), moved, settled_words(item, terminal)):
        if line:
            call.say(f"    {line}")
    if item.is_moved and item.state == "open":
        call.say(
            "    " + _("仍要另一个值：take {id} --seen {n}").format(id=item.id[-TAIL:], n=item.present_stamp)
        )


def _show_refused(call: Call, row: RefusedRow, terminal: _Terminal) -> None:
    call.say(f"{row.id[-TAIL:]}  × {row.record} · {terminal.formats.moment(row.at)} · {row.state}")
    call.say(f"    {row.what}")
    call.say(f"    {row.why}")
