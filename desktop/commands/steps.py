"""Every step of a ticket's life as a command: one table, `STEPS`. What each needs and leads to is the
business of the services alone."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from desktop.commands.call import Call
from desktop.commands.naming import department_of, moment_of, staff_of, ticket_of
from desktop.commands.parser import add_shared
from models.queries.dispatching import dispatch_choices
from models.queries.ticket_detail import ticket_detail
from models.services import tickets, undo
from models.services.tickets import Assignment, Completion
from resources.terms import codes, label
from resources.translations import N_
from resources.translations import gettext as _


@dataclass(frozen=True)
class Option:
    """``vocabulary``: its value is a code of these. ``is_many``: it may be given several times."""

    flag: str
    metavar: str
    help: str
    vocabulary: str = ""
    is_many: bool = False

    @property
    def name(self) -> str:
        return self.flag.lstrip("-").replace("-", "_")

    def add_to(self, parser: argparse.ArgumentParser) -> None:
        if self.vocabulary:
            parser.add_argument(self.flag, choices=list(codes(self.vocabulary)), help=_(self.help))
        else:
            parser.add_argument(
                self.flag,
                metavar=self.metavar,
                action="append" if self.is_many else "store",
                help=_(self.help),
            )


NOTE = Option("--note", "TEXT", N_("说明"))
REASON = Option("--reason", "TEXT", N_("原因"))
PROMISED = Option("--promised", "TIME", N_("承诺时间，例如 14:30 或 11-23 9:00"))
DISPATCHING = (
    Option("--department", "NAME", N_("部门；不给则为 --to 的部门，再不给则按职责")),
    Option("--to", "NO", N_("处理人的工号；不给则由部门安排")),
    Option("--task", "TEXT", N_("任务；不给则为报修内容")),
    Option("--due", "TIME", N_("时限；不给则为工单的时限")),
    Option("--contact", "NAME", N_("联系人；不给则为报修人")),
    Option("--contact-phone", "PHONE", N_("联系电话；不给则为报修人的电话")),
    Option("--coordinator", "NO", N_("协调人的工号")),
    Option("--assisting", "NAME", N_("协办部门，可以给几次"), is_many=True),
)
COMPLETION = (
    Option("--result", "", N_("结果"), vocabulary="ticket.result"),
    Option("--note", "TEXT", N_("处理情况，也就是处理凭证")),
    Option("--reason", "TEXT", N_("未修复原因")),
    Option("--charge", "", N_("收费方式"), vocabulary="ticket.charge_kind"),
    Option("--rating", "", N_("评价"), vocabulary="ticket.rating"),
    Option("--rating-by", "NAME", N_("评价人")),
    Option("--arrived", "TIME", N_("到场时间，例如 14:30 或 11-23 9:00")),
    Option("--at", "TIME", N_("完成时间；不给则为现在")),
)
RATING = (
    Option("--rating", "", N_("评价"), vocabulary="ticket.rating"),
    Option("--by", "NAME", N_("评价人")),
)

Given = Mapping[str, Any]
Arguments = tuple[tuple[Any, ...], dict[str, Any]]
"""What a service is called with after the ticket."""


@dataclass(frozen=True)
class Step:
    """``action`` is the step's code; ``asked`` makes what the service is called with of the options."""

    action: str
    service: Callable[..., Any]
    asked: Callable[[Call, Given, str], Arguments] = lambda _call, _given, _ticket: ((), {})
    options: tuple[Option, ...] = ()
    name: str = ""

    @property
    def command(self) -> str:
        return self.name or self.action.replace("_", "-")

    @property
    def words(self) -> str:
        return label("ticket.event" if self.action == "undo" else "ticket.action", self.action)


def _reason(_call: Call, given: Given, _ticket: str) -> Arguments:
    return (given["reason"] or "",), {}


def _text(_call: Call, given: Given, _ticket: str) -> Arguments:
    return (given["note"] or "",), {}


def _resumption(_call: Call, given: Given, _ticket: str) -> Arguments:
    return (), {"text": given["note"]}


def _arrival(call: Call, given: Given, _ticket: str) -> Arguments:
    return (), {"at": moment_of(call, given["at"]), "text": given["note"]}


def _progress(call: Call, given: Given, _ticket: str) -> Arguments:
    return (given["note"] or "",), {"promised_at": moment_of(call, given["promised"])}


def _chasing(call: Call, given: Given, _ticket: str) -> Arguments:
    return (), {"text": given["note"], "promised_at": moment_of(call, given["promised"])}


def _rating(_call: Call, given: Given, _ticket: str) -> Arguments:
    return (given["rating"] or "",), {"by": given["by"]}


def _voiding(call: Call, given: Given, _ticket: str) -> Arguments:
    other = given["duplicate_of"]
    return (given["reason"] or "",), {"duplicate_of": ticket_of(call, other) if other else None}


def _assignment(call: Call, given: Given, ticket_id: str) -> Arguments:
    """What is not given is filled in as the form does: the department whose duty it is stands first."""
    handler = staff_of(call, given["to"]) if given["to"] else None
    coordinator = staff_of(call, given["coordinator"]) if given["coordinator"] else None
    detail = call.read(ticket_detail, ticket_id)
    departments = call.read(dispatch_choices, detail.kind, detail.category_id)
    if given["department"]:
        department = department_of(departments, given["department"]).id
    elif handler is not None and handler.department_id is not None:
        department = handler.department_id
    else:
        department = next((one.id for one in departments), "")
    return (
        Assignment(
            department_id=department,
            handler_id=handler.id if handler is not None else None,
            task=given["task"] or "",
            due_at=moment_of(call, given["due"]),
            contact=given["contact"],
            contact_phone=given["contact_phone"],
            coordinator_id=coordinator.id if coordinator is not None else None,
            assisting=tuple(department_of(departments, name).id for name in given["assisting"] or ()),
            fills_from_ticket=True,
        ),
    ), {}


def _passing_on(call: Call, given: Given, ticket_id: str) -> Arguments:
    (assignment,), _none = _assignment(call, given, ticket_id)
    return (assignment, given["reason"] or ""), {}


def _completion(call: Call, given: Given, _ticket: str) -> Arguments:
    return (
        Completion(
            result=given["result"] or "",
            resolution=given["note"],
            unfinished_reason=given["reason"],
            charge_kind=given["charge"],
            rating=given["rating"],
            rating_by=given["rating_by"],
            arrived_at=moment_of(call, given["arrived"]),
            completed_at=moment_of(call, given["at"]),
        ),
    ), {}


STEPS = (
    Step("dispatch", tickets.dispatch, _assignment, DISPATCHING),
    Step("pass_on", tickets.pass_on, _passing_on, (*DISPATCHING, REASON)),
    Step("accept", tickets.accept),
    Step("send_back", tickets.send_back, _reason, (REASON,)),
    Step("arrive", tickets.arrive, _arrival, (Option("--at", "TIME", N_("到场时间；不给则为现在")), NOTE)),
    Step("progress", tickets.note_progress, _progress, (NOTE, PROMISED)),
    Step("first_answer", tickets.answer_first, _text, (NOTE,)),
    Step("chase", tickets.chase, _chasing, (NOTE, PROMISED)),
    Step("suspend", tickets.suspend, _reason, (REASON,), name="hold"),
    Step("resume", tickets.resume, _resumption, (NOTE,)),
    Step("complete", tickets.complete, _completion, COMPLETION, name="finish"),
    Step("answer", tickets.answer, _text, (Option("--note", "TEXT", N_("处理情况")),)),
    Step("rate", tickets.rate, _rating, RATING),
    Step("reopen", tickets.reopen, _reason, (REASON,)),
    Step("archive", tickets.archive),
    Step("void", tickets.void, _voiding,
         (REASON, Option("--duplicate-of", "NUMBER", N_("与哪张工单重复")))),
    Step("undo", undo.undo),
)  # fmt: skip
"""In the order of the ticket's life. What a step needs and was not given, the service says."""


def add_steps(commands: Any) -> None:
    """A subcommand of ``ticket`` for each step."""
    for step in STEPS:
        parser = commands.add_parser(step.command, help=step.words, description=step.words)
        add_shared(parser)
        parser.add_argument("number", metavar="NUMBER", help=_("单号；两张同号时用工单的编号"))
        for option in step.options:
            option.add_to(parser)


def step_names() -> Sequence[str]:
    return [step.command for step in STEPS]


def take(call: Call) -> int:
    """Do the step and say how the ticket stands then."""
    step = next(one for one in STEPS if one.command == call.arguments.step)
    ticket_id = ticket_of(call, call.arguments.number)
    given = {option.name: getattr(call.arguments, option.name) for option in step.options}
    arguments, named = step.asked(call, given, ticket_id)
    call.write(step.service, ticket_id, *arguments, **named)
    detail = call.read(ticket_detail, ticket_id)
    due = [one.id for one in detail.callbacks if one.state == "due"]
    call.give(
        {
            "id": detail.id,
            "number": detail.number,
            "step": step.action,
            "state": detail.state,
            "department": detail.department,
            "handler": detail.handler,
            "due_at": detail.due_at,
            "callbacks_due": due,
        }
    )
    state = label("ticket.state", detail.shown_state)
    call.say(_("{number} {step}：{state}").format(number=detail.number, step=step.words, state=state))
    return 0
