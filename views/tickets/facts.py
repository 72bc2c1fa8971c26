"""What a ticket says of itself beside its history: the 详情, the money, the paper."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial

from models.queries.ticket_detail import ChargeRow, PrintRow, TicketDetail
from resources.terms import label as term
from resources.terms import marked
from resources.translations import gettext as _
from resources.translations import pgettext
from views.formats import Formats
from views.tickets.wording import whom
from views.widgets.card import Line, Piece


def fact_lines(detail: TicketDetail, formats: Formats, opened: Callable[[str], object]) -> list[Line]:
    """Label and value of everything the ticket states; what it does not state is left out."""
    lines: list[Line] = [
        [Piece(name, "muted"), Piece(value)] for name, value in _facts(detail, formats) if value
    ]
    if detail.duplicate_of and detail.duplicate_of_number:
        link = Piece(detail.duplicate_of_number, run=partial(opened, detail.duplicate_of))
        lines.append([Piece(_("重复于"), "muted"), link])
    for one in detail.callbacks:
        pieces = [
            Piece(term("callback.kind", one.kind), "muted"),
            Piece(marked("callback.state", one.state))
            if one.is_due or one.state != "due"
            else Piece(_("不用回访"), "muted"),
            Piece(formats.day(one.due_on), "muted"),
            Piece(term("callback.reason", one.reason), "muted"),
        ]
        if one.satisfaction:
            pieces.append(Piece(term("callback.satisfaction", one.satisfaction)))
        if one.opinion:
            pieces.append(Piece(one.opinion))
        lines.append(pieces)
    return lines


def _facts(one: TicketDetail, formats: Formats) -> Iterator[tuple[str, str]]:
    def moment(name: str, at: object) -> tuple[str, str]:
        return name, formats.moment(at) if at is not None else ""  # type: ignore[arg-type]

    caller = " ".join(part for part in (one.caller_name, one.caller_phone) if part)
    contact = " ".join(part for part in (one.contact, one.contact_phone) if part)
    yield _("内容"), one.matter
    yield _("期望解决方式"), one.expectation or ""
    yield _("地点"), one.place or ""
    yield _("报修人"), caller
    yield moment(_("预约时间"), one.appointment_at)
    yield _("任务"), one.task or ""
    yield _("处理"), whom(one.department, one.handler)
    yield _("联系人"), contact
    yield _("协调人"), one.coordinator or ""
    yield moment(_("首次答复时限"), one.first_answer_due_at if one.answered_at is None else None)
    yield moment(_("到场时限"), one.arrive_due_at if one.arrived_at is None else None)
    yield moment(_("承诺时间"), one.promised_at)
    yield moment(_("到场时间"), one.arrived_at)
    yield moment(_("完成时间"), one.completed_at)
    yield _("结果"), marked("ticket.result", one.result) if one.result else ""
    yield _("处理情况"), one.resolution or ""
    yield _("未修复原因"), one.unfinished_reason or ""
    yield _("收费方式"), term("ticket.charge_kind", one.charge_kind)
    rating = " ".join(
        part for part in (term("ticket.rating", one.rating), one.rating_by if one.rating else "") if part
    )
    yield _("评价"), rating
    yield _("作废原因"), one.void_reason or ""
    yield _("重开次数"), str(one.reopened_count or "")


def charge_lines(
    detail: TicketDetail, formats: Formats, reverse: Callable[[ChargeRow], object] | None
) -> list[Line]:
    """A line a charge with 冲销, then the sums and the total in capitals."""
    lines: list[Line] = []
    for row in detail.charges.lines:
        tone = "muted" if row.is_reversed else ""
        unit = f" {row.unit}" if row.unit else ""
        sum_words = f"{formats.quantity(row.quantity)}{unit} × {formats.money(row.unit_price)}"
        pieces = [
            Piece(" ".join(part for part in (row.name, row.spec) if part), tone),
            Piece(sum_words, "muted"),
            Piece(formats.money(row.amount), tone),
        ]
        if row.is_reversed:
            pieces.append(Piece(_("已冲销"), "muted"))
        elif reverse is not None:
            pieces.append(Piece(pgettext("command", "冲销"), run=partial(reverse, row)))
        lines.append(pieces)
    if lines:
        money = detail.charges
        sums = _("材料 {material} · 人工 {labour}").format(
            material=formats.money(money.material), labour=formats.money(money.labour)
        )
        total = _("合计 {money}").format(money=formats.money(money.total))
        lines.append([Piece(sums, "muted")])
        lines.append([Piece(total, is_bold=True), Piece(money.capitals)])
    return lines


def print_lines(prints: tuple[PrintRow, ...], formats: Formats) -> list[Line]:
    """A line a printing: which time, on what, when, by whom."""
    return [
        [
            Piece(_("第 {n} 次").format(n=row.serial)),
            Piece(row.form.upper(), "muted"),
            Piece(formats.moment(row.printed_at), "muted"),
            Piece(f"— {row.by}" if row.by else "", "muted"),
        ]
        for row in prints
    ]


def foot_words(detail: TicketDetail, formats: Formats) -> str:
    """``附件 2 · 材料 ¥35.00 · 人工 ¥0.00（保修） · 打印 1 次``"""
    money = detail.charges
    said = [_("附件 {n}").format(n=len(detail.attachments))]
    sums = _("材料 {material} · 人工 {labour}").format(
        material=formats.money(money.material), labour=formats.money(money.labour)
    )
    kind = term("ticket.charge_kind", detail.charge_kind)
    said.append(_("{sums}（{kind}）").format(sums=sums, kind=kind) if kind else sums)
    said.append(_("打印 {n} 次").format(n=len(detail.prints)))
    return " · ".join(said)


def nothing(text: str) -> list[Piece]:
    """A line that says why there is none."""
    return [Piece(text, "muted")]
