"""What stands on a work order, row by row (``domain.md`` §9): a declaration over the layout engine."""

from __future__ import annotations

from datetime import datetime, tzinfo

from models.rules.money import to_capitals
from resources.translations import pgettext
from views.documents.data import CHARGE_KINDS, RATINGS, MaterialLine, WorkOrderData
from views.documents.forms import Form
from views.documents.layout import Cell, Mark, Row
from views.documents.wording import moment, money, quantity, short_moment, spaced

_MATERIAL_WEIGHTS = (3.0, 2.1, 1.15, 1.2, 1.3)


def rows_of(job: WorkOrderData, form: Form, zone: tzinfo | None) -> tuple[list[Row], list[Row]]:
    """The rows of the first page, and the rows (materials without room) for the pages after it."""
    table, later = _materials(job.materials, form)
    rows = [
        *_request(job, form, zone),
        *_dispatch(job, form, zone),
        *_work(job, form, zone),
        *table,
        *_charges(job, form),
        *_signatures(job, form),
    ]
    return rows, later


def _request(job: WorkOrderData, form: Form, zone: tzinfo | None) -> list[Row]:
    band = pgettext("paper", "受理")
    caller = job.caller + (
        pgettext("paper", "（{role}）").format(role=job.caller_role) if job.caller_role else ""
    )
    rows = [
        Row(
            (
                Cell(pgettext("paper", "房号"), job.room_code, weight=1.2, size="strong", is_bold=True),
                Cell(
                    pgettext("paper", "报修人") if job.kind == "repair" else pgettext("paper", "来访人"),
                    caller,
                    weight=1.45,
                ),
                Cell(pgettext("paper", "电话"), job.phone, weight=1.3),
                Cell(pgettext("paper", "预约"), moment(job.appointment, zone), weight=1.35),
            ),
            band=band,
        ),
        Row(
            (
                Cell(pgettext("paper", "地址"), job.address, weight=2.5),
                Cell(pgettext("paper", "类别"), job.category, weight=1.6),
                Cell(pgettext("paper", "紧急程度"), job.priority, weight=1.0, is_bold=job.is_pressing),
            ),
            band=band,
        ),
    ]
    label = pgettext("paper", "报修内容") if job.kind == "repair" else pgettext("paper", "诉求内容")
    wish = Cell(pgettext("paper", "期望解决方式"), job.expectation)
    if form.is_third and job.expectation:  # one row instead of two
        text = "\n".join(part for part in (job.matter, f"{wish.label}：{wish.value}") if part)
        return [*rows, Row((Cell(label, text),), is_text=True, grow=1.0, band=band)]
    matter = Cell(label, job.matter)
    rows.append(Row((matter,), height_mm=0 if form.is_third else 10.5, is_text=True, grow=1.4, band=band))
    if job.expectation:
        rows.append(Row((wish,), is_text=True, grow=0.3, band=band))
    return rows


def _dispatch(job: WorkOrderData, form: Form, zone: tzinfo | None) -> list[Row]:
    band = pgettext("paper", "派工")
    due = short_moment(job.due_at, job.dispatched_at or job.received_at, zone)
    contact = spaced(job.contact, job.contact_phone)
    has_task = bool(job.task or contact)
    return [
        Row(
            (
                Cell(
                    pgettext("paper", "派给"),
                    spaced(job.department, job.handler, job.handler_phone),
                    weight=2.4,
                ),
                Cell(
                    pgettext("paper", "派工时间"),
                    short_moment(job.dispatched_at, job.received_at, zone),
                    weight=1.15,
                    blank_mm=0,
                ),
                Cell(
                    pgettext("paper", "时限"),
                    pgettext("paper", "{time} 前").format(time=due) if due else "",
                    weight=1.3,
                    is_bold=True,
                ),
            ),
            band=band,
        ),
        Row(
            (
                Cell(pgettext("paper", "任务"), job.task, weight=2.4),
                Cell(pgettext("paper", "联系人"), contact, weight=2.45),
            ),
            drop_rank=0 if has_task else 4,
            band=band,
        ),
    ]


def _time_cell(label: str, value: datetime | None, job: WorkOrderData, zone: tzinfo | None) -> Cell:
    return Cell(label, short_moment(value, job.received_at, zone), weight=1.25, blank_mm=0 if value else 18)


def _work(job: WorkOrderData, form: Form, zone: tzinfo | None) -> list[Row]:
    band = pgettext("paper", "处理")
    reason = pgettext("paper", "未修复，原因") if job.kind == "repair" else pgettext("paper", "未办成，原因")
    is_unfixed = job.result == "unfixed"
    marks = (
        Mark(
            pgettext("paper", "已修复") if job.kind == "repair" else pgettext("paper", "已办成"),
            job.result == "fixed",
        ),
        Mark(reason, is_unfixed, blank_mm=0 if job.unfinished_reason else 26),
    )
    rows = [
        Row(
            (
                _time_cell(pgettext("paper", "到达时间"), job.arrived_at, job, zone),
                _time_cell(pgettext("paper", "完成时间"), job.completed_at, job, zone),
                Cell(pgettext("paper", "结果"), marks=marks, weight=2.5),
            ),
            band=band,
        )
    ]
    if job.unfinished_reason:
        rows.append(
            Row((Cell(pgettext("paper", "未完成原因"), job.unfinished_reason),), is_text=True, band=band)
        )
    height = 0 if form.is_third else 11.5
    text = Cell(pgettext("paper", "处理情况"), job.resolution)
    rows.append(Row((text,), height_mm=height, is_text=True, grow=3.0, band=band))
    return rows


def _material_cells(line: MaterialLine, form: Form, size: str) -> tuple[Cell, ...]:
    amount = spaced(quantity(line.quantity), line.unit)
    name, spec, count, price, total = (
        Cell("", line.name, weight=_MATERIAL_WEIGHTS[0], size=size),
        Cell("", line.spec, weight=_MATERIAL_WEIGHTS[1], size=size),
        Cell("", amount, weight=_MATERIAL_WEIGHTS[2], size=size, align="centre", is_firm=True),
        Cell("", money(line.unit_price), weight=_MATERIAL_WEIGHTS[3], size=size, align="right", is_firm=True),
        Cell("", money(line.amount), weight=_MATERIAL_WEIGHTS[4], size=size, align="right", is_firm=True),
    )
    if form.is_narrow:
        both = Cell("", spaced(line.name, line.spec), weight=3.4, size=size)
        return both, count, total
    return name, spec, count, price, total


def _material_heading(form: Form, band: str) -> Row:
    words = (
        pgettext("paper", "材料名称"),
        pgettext("paper", "规格"),
        pgettext("paper", "数量"),
        pgettext("paper", "单价"),
        pgettext("paper", "金额"),
    )
    columns = list(zip(words, _MATERIAL_WEIGHTS, strict=True))
    if form.is_narrow:
        columns = [(words[0], 3.4), columns[2], columns[4]]
    cells = tuple(Cell("", word, weight=weight, size="label", align="centre") for word, weight in columns)
    if form.material_pairs:
        cells += cells
    return Row(cells, height_mm=form.style.row * 0.82, band=band)


def _materials(lines: tuple[MaterialLine, ...], form: Form) -> tuple[list[Row], list[Row]]:
    """The table's rows with as many blank ones as the form wants, and the rows that go overleaf."""
    band = pgettext("paper", "费用")
    heading = _material_heading(form, band)
    per_row = 2 if form.material_pairs else 1
    blank = MaterialLine("")
    rows: list[Row] = []
    needed = -(-len(lines) // per_row)
    for number in range(max(needed, form.material_rows)):
        pair = [*lines[number * per_row : (number + 1) * per_row], blank, blank][:per_row]
        cells = tuple(cell for line in pair for cell in _material_cells(line, form, "small"))
        is_blank = number >= needed
        rows.append(Row(cells, is_whole=True, header=heading, drop_rank=2 if is_blank else 0, band=band))
    limit = 0 if form.is_third else max(form.material_rows, 12 if form.is_roll else 0)
    if form.height > 200:
        limit += 4
    return rows[:limit], rows[limit:]


def _charges(job: WorkOrderData, form: Form) -> list[Row]:
    band = pgettext("paper", "费用")
    words = {
        "paid": pgettext("paper", "有偿"),
        "free": pgettext("paper", "无偿"),
        "public": pgettext("paper", "公共"),
        "warranty": pgettext("paper", "保修"),
    }
    marks = tuple(Mark(words[kind], job.charge_kind == kind) for kind in CHARGE_KINDS)
    total = to_capitals(job.total_fen) if job.total_fen is not None else ""
    kind_cell = Cell(pgettext("paper", "收费"), marks=marks, weight=2.5)
    labour = Cell(
        pgettext("paper", "人工费"),
        money(job.labour_fen),
        weight=1.1,
        blank_mm=0 if job.labour_fen is not None else 9,
    )
    material = Cell(
        pgettext("paper", "材料费"),
        money(job.material_fen),
        weight=1.1,
        blank_mm=0 if job.material_fen is not None else 9,
    )
    is_known = job.total_fen is not None
    total_cell = Cell(pgettext("paper", "合计"), "¥ " + money(job.total_fen), weight=1.25, is_bold=is_known)
    capital_cell = Cell(pgettext("paper", "大写"), total, weight=2.35)
    if form.is_third:
        return [Row((kind_cell, labour, material, total_cell, capital_cell), band=band)]
    return [Row((kind_cell, labour, material), band=band), Row((capital_cell, total_cell), band=band)]


def _signatures(job: WorkOrderData, form: Form) -> list[Row]:
    band = pgettext("paper", "确认")
    words = {
        "satisfied": pgettext("paper", "满意"),
        "neutral": pgettext("paper", "一般"),
        "dissatisfied": pgettext("paper", "不满意"),
    }
    rating = tuple(Mark(words[code], job.rating == code) for code in RATINGS)
    solved = (
        Mark(pgettext("paper", "已解决"), job.callback_solved is True),
        Mark(pgettext("paper", "未解决"), job.callback_solved is False),
    )
    height = form.style.row * (1.1 if form.is_third else 1.25)
    is_called = job.callback_solved is not None or bool(job.callback_by or job.remark)
    signed = pgettext("paper", "维修人签字") if job.kind == "repair" else pgettext("paper", "经办人签字")
    rate = Cell(pgettext("paper", "业主评价"), marks=rating, weight=2.0)
    owner = Cell(pgettext("paper", "业主签字"), weight=1.6, blank_mm=14 if form.is_third else 24)
    on = Cell(pgettext("paper", "日期"), weight=1.2, blank_mm=12 if form.is_third else 20)
    crew = Cell(signed, weight=1.5, blank_mm=14 if form.is_third else 22)
    called = (
        Cell(pgettext("paper", "回访"), marks=solved, weight=1.5),
        Cell(pgettext("paper", "回访人"), job.callback_by, weight=0.9, blank_mm=0 if job.callback_by else 12),
        Cell(pgettext("paper", "备注"), job.remark, weight=1.3),
    )
    if form.is_third:
        return [
            Row((rate, crew, owner, on), height_mm=height, grow=0.5, band=band),
            Row(called, drop_rank=0 if is_called else 3, band=band),
        ]
    return [
        Row((rate, owner, on), height_mm=height, grow=0.25, band=band),
        Row((crew, *called), height_mm=height, grow=0.25, band=band),
    ]
