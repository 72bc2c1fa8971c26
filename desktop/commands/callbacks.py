"""`callback`: what is due to be called back, and what one call said."""

from __future__ import annotations

import argparse
from dataclasses import asdict

from desktop.commands.call import Call
from desktop.commands.naming import moment_of, staff_of, ticket_of
from desktop.commands.parser import count
from models.errors import DomainError
from models.queries.callback_list import CallbackFilter, callback_keys, callback_place, callback_rows
from models.queries.ticket_detail import ticket_detail
from models.rules.service_time import local_day
from models.services.callbacks import COMPLAINT, REOPEN, Outcome, Result, record_result
from resources.terms import codes, label
from resources.translations import gettext as _

RESULTS = {"solved": (True, True), "unsolved": (True, False), "unreached": (False, None)}
"""What is typed → whether somebody was reached, and whether it is solved."""


def add_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "number", metavar="NUMBER", nargs="?", help=_("工单号，或回访的编号；不给则列出待做的回访")
    )
    parser.add_argument(
        "--result", choices=list(RESULTS), help=_("solved 已解决 · unsolved 未解决 · unreached 没有联系上")
    )
    parser.add_argument("--score", choices=list(codes("callback.satisfaction")), help=_("满意度"))
    parser.add_argument(
        "--then", choices=(REOPEN, COMPLAINT), help=_("未解决时：reopen 重开工单 · complaint 转为投诉")
    )
    parser.add_argument("--note", metavar="TEXT", help=_("意见"))
    parser.add_argument("--suggestion", metavar="TEXT", help=_("建议"))
    parser.add_argument("--remark", metavar="TEXT", help=_("备注"))
    parser.add_argument("--way", choices=list(codes("callback.way")), default="phone")
    parser.add_argument("--at", metavar="TIME", help=_("回访时间；不给则为现在"))
    parser.add_argument("--by", metavar="NO", help=_("回访人的工号；不给则为自己"))
    parser.add_argument("--limit", type=count, default=50, metavar="N")


def callback(call: Call) -> int:
    """Enter a result; without a number, what is due."""
    if call.arguments.number is None:
        return _list(call)
    options = call.arguments
    callback_id = _due(call, options.number)
    if options.result is None:
        raise DomainError("callback-incomplete", fields=["result"])
    reached, solved = RESULTS[options.result]
    result = Result(
        reached=reached,
        solved=solved,
        satisfaction=options.score,
        opinion=options.note,
        suggestion=options.suggestion,
        remark=options.remark,
        way=options.way,
        then=options.then,
        called_at=moment_of(call, options.at),
        called_by=staff_of(call, options.by).id if options.by else None,
    )
    _tell(call, callback_id, call.write(record_result, callback_id, result))
    return 0


def _due(call: Call, number: str) -> str:
    """The callback with that id, else the one that is due of the ticket with that number."""
    if call.read(callback_place, number) is not None:
        return number
    detail = call.read(ticket_detail, ticket_of(call, number))
    due = [one.id for one in detail.callbacks if one.state == "due"]
    if not due:
        raise DomainError("callback-none-due", number=number)
    return due[0]


def _tell(call: Call, callback_id: str, outcome: Outcome) -> None:
    place = call.read(callback_place, callback_id)
    (row,) = call.read(callback_rows, [place.rowid] if place is not None else [])
    ticket = call.read(ticket_detail, row.ticket_id) if row.ticket_id else None
    call.give(
        {
            "id": callback_id,
            "state": outcome.state,
            "tries": row.tries,
            "due_on": row.due_on,
            "ticket": ticket.number if ticket is not None else None,
            "ticket_state": ticket.state if ticket is not None else None,
            "complaint": outcome.complaint.number if outcome.complaint is not None else None,
        }
    )
    state = label("callback.state", outcome.state)
    call.say(f"{ticket.number if ticket is not None else row.person}  {state}")
    if ticket is not None:
        words = label("ticket.state", ticket.shown_state)
        call.say(_("{number} 现在是“{state}”").format(number=ticket.number, state=words))
    if outcome.complaint is not None:
        call.say(_("已转为投诉：{number}").format(number=outcome.complaint.number))
    if outcome.state == "due":
        call.say(_("没有联系上，{day} 再打").format(day=row.due_on))


def _list(call: Call) -> int:
    today = local_day(call.desk.database.clock())
    keys = call.read(callback_keys, CallbackFilter(today=today))
    rows = call.read(callback_rows, keys[: call.arguments.limit])
    call.give([asdict(row) for row in rows])
    call.table(
        (_("单号"), _("房号"), _("受访人"), _("电话"), _("内容"), _("到期日"), _("原因"), _("编号")),
        [
            (
                row.ticket_number,
                row.room_code,
                row.person,
                row.phone,
                (row.matter or label("callback.kind", row.kind))[:24],
                row.due_on,
                label("callback.reason", row.reason),
                row.id,
            )
            for row in rows
        ],
    )
    call.say(_("{shown} 条，共 {total} 条").format(shown=len(rows), total=len(keys)))
    return 0
