"""The options of `ticket new`, `ticket show`, `ticket list` and of every step."""

from __future__ import annotations

import argparse

from desktop.commands.parser import add_shared, count
from desktop.commands.steps import add_steps, step_names
from resources.terms import codes
from resources.translations import gettext as _

GROUPS = (
    "open", "overdue", "due_today", "waiting", "suspended", "callback", "mine", "finished", "archived", "all",
)  # fmt: skip


def add_ticket_options(parser: argparse.ArgumentParser) -> None:
    steps = parser.add_subparsers(
        dest="step", required=True, metavar="|".join(("new", "show", "list", *step_names()))
    )
    new = steps.add_parser("new", help=_("新建工单"), description=_("新建工单"))
    show = steps.add_parser("show", help=_("查看一张工单"), description=_("查看一张工单"))
    listed = steps.add_parser("list", help=_("工单列表"), description=_("工单列表"))
    for step in (new, show, listed):
        add_shared(step)
    new.add_argument("matter", metavar=_("内容"), help=_("报修内容"))
    new.add_argument("--room", metavar="CODE", help=_("房号，任何写法"))
    new.add_argument("--kind", choices=list(codes("ticket.kind")))
    new.add_argument("--channel", choices=list(codes("ticket.channel")), default="phone")
    new.add_argument("--priority", choices=list(codes("ticket.priority")))
    new.add_argument("--category", metavar="PATH", help=_("类别，例如 工程维修/给排水"))
    new.add_argument("--caller", metavar="NAME", help=_("报修人"))
    new.add_argument("--phone", metavar="PHONE", help=_("电话"))
    new.add_argument("--place", metavar="TEXT", help=_("地点（没有房号时）"))
    new.add_argument("--expectation", metavar="TEXT", help=_("期望解决方式"))
    show.add_argument("number", metavar="NUMBER", help=_("单号，或它的末几位"))
    listed.add_argument("--group", choices=GROUPS, default="open")
    listed.add_argument("--limit", type=count, default=50, metavar="N")
    add_steps(steps)
