"""How values look to people: local times, money in yuan, areas in m². Free of Qt; stored values stay as they
are."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta, tzinfo

from resources.translations import gettext as _

NOTHING = "—"


@dataclass(frozen=True)
class Formats:
    """``zone`` is the site's time zone; ``None`` means the computer's."""

    zone: tzinfo | None = None

    def local(self, at: datetime) -> datetime:
        return at.astimezone(self.zone)

    def time(self, at: datetime | None) -> str:
        """``09:12``"""
        return self.local(at).strftime("%H:%M") if at else NOTHING

    def day(self, at: date | datetime | None) -> str:
        """``2026-11-21``, of a date or of a moment's local day."""
        if at is None:
            return NOTHING
        return (self.local(at).date() if isinstance(at, datetime) else at).isoformat()

    def moment(self, at: datetime | None) -> str:
        """``2026-11-21 09:12``"""
        return self.local(at).strftime("%Y-%m-%d %H:%M") if at else NOTHING

    def near(self, at: datetime | None, now: datetime) -> str:
        """As short as can be: the time today, else day and month, else the whole date."""
        if at is None:
            return NOTHING
        here, today = self.local(at), self.local(now)
        if here.date() == today.date():
            return here.strftime("%H:%M")
        if here.year == today.year:
            return here.strftime("%m-%d %H:%M")
        return here.date().isoformat()

    def span(self, length: timedelta) -> str:
        """``0:42`` (hours:minutes) up to two days, ``3 天 4 小时`` beyond; never with a sign."""
        minutes = int(abs(length).total_seconds() // 60)
        hours, rest = divmod(minutes, 60)
        if hours < 48:
            return f"{hours}:{rest:02d}"
        days, hours = divmod(hours, 24)
        return _("{days} 天 {hours} 小时").format(days=days, hours=hours)

    def money(self, fen: int | None) -> str:
        """Fen as ``¥1,234.50``."""
        if fen is None:
            return NOTHING
        sign = "-" if fen < 0 else ""
        yuan, rest = divmod(abs(fen), 100)
        return f"{sign}¥{yuan:,}.{rest:02d}"

    def area(self, hundredths: int | None) -> str:
        """1/100 m² as ``89.50 m²``."""
        return NOTHING if hundredths is None else f"{hundredths / 100:.2f} m²"

    def quantity(self, thousandths: int | None) -> str:
        """1/1000 of a unit without needless zeros: ``1.5``."""
        return NOTHING if thousandths is None else f"{thousandths / 1000:.3f}".rstrip("0").rstrip(".")

    def number(self, value: int) -> str:
        """``1,003,218``"""
        return f"{value:,}"
