"""`print`: work orders and callback sheets as PDF, each printing recorded first."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from desktop.commands.call import Call
from desktop.papers import CALLBACK_SHEET, WORK_ORDER, Paper, issue
from models import parameters as p
from models.errors import DomainError
from models.queries.callback_list import sheet_rows
from models.queries.ticket_detail import ticket_detail, ticket_id_of
from models.services.callbacks import make_sheet
from models.services.printing import USUAL_COPIES
from models.spreadsheets.writing import replacing
from resources.translations import gettext as _
from views.documents.data import COPIES
from views.documents.forms import FORMS


def print_document(call: Call) -> int:
    """Record, render, write; 1 when a character could not be printed."""
    options = call.arguments
    _signed_in = call.actor
    form = form_named(options.form or call.desk.database.parameters().get(p.DEFAULT_FORM))
    copies = _copies(options.copies)
    if options.document == WORK_ORDER:
        ids = tuple(_ticket_id(call, number) for number in options.numbers)
        paper = Paper(WORK_ORDER, ids, form, copies)
    else:
        paper = Paper(CALLBACK_SHEET, _sheets(call, options.numbers), form)
    with replacing(options.out) as place:
        report = issue(call, paper)
        place.write_bytes(report.pdf)
    missing = sorted({glyph.code_point for glyph in report.missing})
    answer: dict[str, Any] = {"file": str(options.out), "pages": report.pages, "missing": missing}
    if paper.document == CALLBACK_SHEET:
        answer["sheets"] = list(paper.ids)
    call.give(answer)
    call.say(_("已生成 {n} 页：{file}").format(n=report.pages, file=options.out))
    if missing:
        call.say(_("有 {n} 个字打印不出，以 □ 代替：{codes}").format(n=len(missing), codes=" ".join(missing)))
    return 1 if missing else 0


def _sheets(call: Call, numbers: Sequence[str]) -> tuple[str, ...]:
    """Sheets by their number; what is due of tickets named by theirs goes on one new sheet."""
    sheets: list[str] = []
    due: list[str] = []
    for number in numbers:
        if call.read(sheet_rows, number):
            sheets.append(number)
        else:
            due += _due_of(call, number)
    if due:
        sheets.append(call.write(make_sheet, due))
    return tuple(sheets)


def _due_of(call: Call, number: str) -> list[str]:
    detail = call.read(ticket_detail, _ticket_id(call, number))
    due = [callback.id for callback in detail.callbacks if callback.state == "due"]
    if not due:
        raise DomainError("callback-none-due", number=number)
    return due


def _ticket_id(call: Call, number: str) -> str:
    ticket_id = call.read(ticket_id_of, number)
    if ticket_id is None:
        raise DomainError("ticket-not-found", number=number)
    return ticket_id


def form_named(name: str) -> str:
    """The form of that name in any case, or by a short name; raises ``form-unknown``."""
    short = {"half": "241x139.7", "third": "241x93.1", "full": "241x279.4", "receipt": "80"}
    wanted = short.get(name.lower(), name).lower()
    for key in FORMS:
        if key.lower() == wanted:
            return key
    raise DomainError("form-unknown", name=name, known="、".join(FORMS))


def _copies(text: str | None) -> tuple[str, ...]:
    if text is None:
        return USUAL_COPIES
    chosen = tuple(part.strip() for part in text.split(",") if part.strip())
    for copy in chosen:
        if copy not in COPIES:
            raise DomainError("copy-unknown", name=copy, known="、".join(COPIES))
    return chosen
