"""How each printer of this desk prints: form, offset and scale."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from models.entities.local import PrinterProfile


@dataclass(frozen=True)
class PrinterSetting:
    """Offsets in hundredths of a millimetre, scale in hundredths of a per cent (10000 = as it is)."""

    printer: str
    form: str
    offset_x: int = 0
    offset_y: int = 0
    scale: int = 10_000


def printer_settings(session: Session) -> list[PrinterSetting]:
    rows = session.scalars(select(PrinterProfile).order_by(PrinterProfile.printer))
    return [PrinterSetting(row.printer, row.form, row.offset_x, row.offset_y, row.scale) for row in rows]
