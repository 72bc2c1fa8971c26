"""Keeps how a printer of this desk prints. Local: another desk has other printers."""

from __future__ import annotations

from models.entities.local import PrinterProfile
from models.errors import DomainError
from models.queries.printer_profiles import PrinterSetting
from models.rules.rights import Right
from models.work import Work

FARTHEST = 5_000
"""Hundredths of a millimetre that a page may be moved."""
SCALES = range(8_000, 12_001)


def keep(work: Work, setting: PrinterSetting) -> None:
    """Raises ``printer-profile-wrong`` (field) for an offset over 50 mm or a scale outside 80–120 %."""
    work.require(Right.PRINT)
    for field in ("offset_x", "offset_y"):
        if abs(getattr(setting, field)) > FARTHEST:
            raise DomainError("printer-profile-wrong", field=field)
    if setting.scale not in SCALES:
        raise DomainError("printer-profile-wrong", field="scale")
    row = work.session.get(PrinterProfile, setting.printer)
    if row is None:
        row = PrinterProfile(printer=setting.printer, form=setting.form)
        work.session.add(row)
    row.form, row.scale = setting.form, setting.scale
    row.offset_x, row.offset_y = setting.offset_x, setting.offset_y
    work.session.flush()
