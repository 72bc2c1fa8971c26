"""What goes onto paper: frozen plain values, filled by the caller from queries.

Words (category, priority, channel …) come worded in the language of the moment; what the paper shows as
boxes to tick comes as a code. Times are aware datetimes and are printed in the zone given to the renderer.
Money is in fen, quantities in 1/1000. A ``None`` or an empty text leaves a blank for the pen.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

COPIES: tuple[str, ...] = ("stub", "crew", "owner", "finance")
"""Codes of the copies (联): 存根联, 维修联, 业主联, 财务联; their order gives ①②③④."""

CHARGE_KINDS: tuple[str, ...] = ("paid", "free", "public", "warranty")
RATINGS: tuple[str, ...] = ("satisfied", "neutral", "dissatisfied")
RESULTS: tuple[str, ...] = ("fixed", "unfixed")


@dataclass(frozen=True)
class MaterialLine:
    """One material used. ``quantity`` in 1/1000 of ``unit``; ``unit_price`` and ``amount`` in fen."""

    name: str
    spec: str = ""
    quantity: int | None = None
    unit: str = ""
    unit_price: int | None = None
    amount: int | None = None


@dataclass(frozen=True)
class WorkOrderData:
    """One work order (维修派工单), ``domain.md`` §9.

    ``ticket_id`` is opaque and is all the QR code holds. ``kind`` is the code of the ticket's kind: it
    decides the title. ``printing_no`` counts from 1; from 2 on the paper says 补打. ``phone`` is printed as
    given: mask it before, if the parameter says so. ``appointment`` may be a time or words (即刻上门).
    """

    ticket_id: str
    number: str
    site_name: str = ""
    hotline: str = ""
    kind: str = "repair"
    received_at: datetime | None = None
    channel: str = ""
    caller: str = ""
    caller_role: str = ""
    phone: str = ""
    room_code: str = ""
    address: str = ""
    category: str = ""
    priority: str = ""
    is_pressing: bool = False
    """Whether the priority is above the normal one: it is then set in bold."""
    matter: str = ""
    expectation: str = ""
    appointment: datetime | str | None = None
    department: str = ""
    handler: str = ""
    handler_phone: str = ""
    task: str = ""
    contact: str = ""
    contact_phone: str = ""
    dispatched_at: datetime | None = None
    due_at: datetime | None = None
    arrived_at: datetime | None = None
    completed_at: datetime | None = None
    result: str | None = None
    unfinished_reason: str = ""
    resolution: str = ""
    charge_kind: str | None = None
    materials: tuple[MaterialLine, ...] = ()
    labour_fen: int | None = None
    material_fen: int | None = None
    total_fen: int | None = None
    rating: str | None = None
    callback_solved: bool | None = None
    callback_by: str = ""
    remark: str = ""
    warranty_note: str = ""
    printed_by: str = ""
    printed_at: datetime | None = None
    printing_no: int = 1


@dataclass(frozen=True)
class CallbackLine:
    """One job on a callback sheet (回访记录表). ``content`` is what to ask about; ``satisfaction`` a code of
    ``CALLBACK_RATINGS`` or ``None`` for boxes to tick."""

    day: date | None = None
    number: str = ""
    room_code: str = ""
    interviewee: str = ""
    phone: str = ""
    content: str = ""
    satisfaction: str | None = None
    suggestion: str = ""
    called_by: str = ""
    remark: str = ""
    kind: str = ""
    """Words for the kind of callback (办结回访, 入住回访 …); printed on the single-customer form."""
    handled: str = ""
    """How the job was done, for the single-customer form."""
    handler: str = ""


CALLBACK_RATINGS: tuple[str, ...] = ("satisfied", "fairly", "dissatisfied")


@dataclass(frozen=True)
class CallbackSheetData:
    """A callback sheet: one line a job, or one page a customer. ``sheet_id`` is opaque, for the QR code."""

    sheet_id: str
    sheet_no: str
    site_name: str = ""
    hotline: str = ""
    lines: tuple[CallbackLine, ...] = ()
    coordinator: str = ""
    printed_by: str = ""
    printed_at: datetime | None = None
    printing_no: int = 1
    note: str = ""


@dataclass(frozen=True)
class MissingGlyph:
    """A character that no face has: ``□`` stands on paper in its place, in document ``number``."""

    character: str
    number: str

    @property
    def code_point(self) -> str:
        return f"U+{ord(self.character):04X}"


@dataclass(frozen=True)
class RenderReport:
    """What rendering made: the file, its number of pages, and the characters that could not be printed."""

    pages: int
    pdf: bytes
    missing: tuple[MissingGlyph, ...] = ()
