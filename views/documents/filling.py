"""From records to paper: fills the plain values of ``data.py`` with what the queries read."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import fields

from models.queries.callback_list import FullCallback
from models.queries.work_orders import WorkOrder
from models.rules.service_time import local_day
from models.services.printing import PrintJob
from resources.terms import label
from views.documents.data import CallbackLine, CallbackSheetData, MaterialLine, WorkOrderData

_SAME = tuple(
    field.name for field in fields(WorkOrderData) if field.name in {known.name for known in fields(WorkOrder)}
)


def work_order_data(order: WorkOrder, job: PrintJob | None = None) -> WorkOrderData:
    """One slip; without its ``job`` (a preview) it says nothing about the printing."""
    charges = order.charges
    materials = tuple(
        MaterialLine(line.name, line.spec or "", line.quantity, line.unit or "", line.unit_price, line.amount)
        for line in charges.lines
        if line.kind == "material" and not line.is_reversed
    )
    has_charges = bool(charges.lines)
    return WorkOrderData(
        **{name: getattr(order, name) for name in _SAME},
        materials=materials,
        labour_fen=charges.labour if has_charges else None,
        material_fen=charges.material if has_charges else None,
        total_fen=charges.total if has_charges else None,
        printed_by=job.printed_by if job else "",
        printed_at=job.printed_at if job else None,
        printing_no=job.serial if job else 1,
    )


def callback_sheet_data(
    sheet_no: str,
    lines: Sequence[FullCallback],
    *,
    site_name: str = "",
    hotline: str = "",
    job: PrintJob | None = None,
) -> CallbackSheetData:
    """One sheet for many callbacks."""
    return CallbackSheetData(
        sheet_id=sheet_no,
        sheet_no=sheet_no,
        site_name=site_name,
        hotline=hotline,
        lines=tuple(_line(one) for one in lines),
        printed_by=job.printed_by if job else "",
        printed_at=job.printed_at if job else None,
        printing_no=job.serial if job else 1,
    )


def _line(one: FullCallback) -> CallbackLine:
    row = one.row
    return CallbackLine(
        day=local_day(row.completed_at) if row.completed_at else row.due_on,
        number=row.ticket_number or "",
        room_code=row.room_code or "",
        interviewee=row.person or "",
        phone=one.phone,
        content=row.matter or label("callback.kind", row.kind),
        satisfaction=row.satisfaction,
        suggestion="；".join(part for part in (row.opinion, row.suggestion) if part),
        remark=row.remark or "",
        kind=label("callback.kind", row.kind),
        handled=row.resolution or "",
        handler=row.handler or "",
    )
