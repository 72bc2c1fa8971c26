"""What the console says in whole sentences, and values as people read them."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, date, datetime
from typing import Any

from models.errors import DomainError
from models.rules.service_time import SITE_ZONE
from resources.field_terms import vocabulary_of
from resources.terms import TERMS, label
from resources.translations import N_
from resources.translations import gettext as _
from sync.server import wording

NOTHING = "—"
_FIRST_YEAR_MS = 946_684_800_000
MESSAGES: Mapping[str, str] = {
    "page-unknown": N_("没有这一页，或您看不到它。"),
    "method-wrong": N_("这一页不能这样打开。"),
    "right-missing": N_("您的账号没有这项权限。"),
    "form-stale": N_("页面已过期或不是从本页提交的，什么也没有改。请返回重新打开后再试。"),
    "form-invalid": N_("提交的内容看不懂，什么也没有改。"),
    "hq-busy": N_("总部正忙，请过几秒再试。"),
    "hq-failed": N_("程序出错了，什么也没有改。请把下面的编号告诉管理员。"),
    "sign-in-wrong": N_("名称或密码不对。"),
    "sign-in-waits": N_("密码错误次数过多，请在 {seconds} 秒后再试。"),
    "export-too-large": N_("共 {count} 条，一次最多导出 {limit} 条。请缩小范围再导出。"),
    "export-busy": N_("另一份大的导出正在进行。请等它完成后再导出，一般不到一分钟。"),
    "export-failed": N_("没有导出成功。请再试一次；还不行，请把下面的编号告诉管理员。"),
    "attachment-missing": N_("总部还没有这个附件的内容，请等上传的前台联网。"),
}


def sentence(error: DomainError) -> str:
    """One sentence in the language in use; a code without words is worded as a fault."""
    words = MESSAGES.get(error.code)
    return _(words).format(**error.values) if words else wording.sentence(error)


def local(milliseconds: int | None) -> datetime | None:
    """A stored moment on the sites' clock; one beyond the calendar is drawn to its end."""
    if milliseconds is None:
        return None
    bounded = min(max(milliseconds, 0), 4_102_444_800_000)
    return datetime.fromtimestamp(bounded / 1000, UTC).astimezone(SITE_ZONE)


def moment(at: datetime | int | None) -> str:
    """``2026-11-21 09:12``"""
    found = local(at) if isinstance(at, int) or at is None else at.astimezone(SITE_ZONE)
    return found.strftime("%Y-%m-%d %H:%M") if found is not None else NOTHING


def day(at: date | int | None) -> str:
    """``2026-11-21``"""
    found = local(at) if isinstance(at, int) or at is None else at
    return found.strftime("%Y-%m-%d") if found is not None else NOTHING


def ago(at_ms: int | None, now_ms: int) -> str:
    """How long ago, in the largest unit that says something."""
    if at_ms is None:
        return _("从未")
    minutes = max(now_ms - at_ms, 0) // 60_000
    if minutes < 2:
        return _("刚刚")
    if minutes < 120:
        return _("{n} 分钟前").format(n=minutes)
    if minutes < 2 * 1_440:
        return _("{n} 小时前").format(n=minutes // 60)
    return _("{n} 天前").format(n=minutes // 1_440)


def duration(minutes: float | None) -> str:
    """``42 分钟``, ``5.3 小时``, ``3.1 天``."""
    if minutes is None:
        return NOTHING
    if minutes < 90:
        return _("{n} 分钟").format(n=round(minutes))
    if minutes < 48 * 60:
        return _("{n} 小时").format(n=round(minutes / 60, 1))
    return _("{n} 天").format(n=round(minutes / 1_440, 1))


def share(value: float | None) -> str:
    """``93.4 %``"""
    return NOTHING if value is None else f"{value * 100:.1f} %"


def number(value: int | None) -> str:
    """``1,003,218``"""
    return NOTHING if value is None else f"{value:,}"


def size(count: int) -> str:
    """Bytes as ``12.4 MB``."""
    amount, unit = float(count), "B"
    for unit in ("B", "KB", "MB", "GB"):
        if amount < 1024 or unit == "GB":
            break
        amount /= 1024
    return f"{amount:.0f} {unit}" if unit == "B" else f"{amount:.1f} {unit}"


def money(fen: int) -> str:
    """Fen as ``¥1,234.50``."""
    yuan, rest = divmod(abs(fen), 100)
    return f"{'-' if fen < 0 else ''}¥{yuan:,}.{rest:02d}"


def stored_value(table: str, field: str, value: Any, names: Mapping[str, str]) -> str:
    """A value as it lies in a row, for people; ids by the *names* of their rows."""
    if field == "deleted":
        return _("已删除") if value else _("保留")
    if value is None or value == "":
        return _("（空）")
    vocabulary = vocabulary_of(table, field)
    if isinstance(value, str):
        return label(vocabulary, value) if vocabulary in TERMS else names.get(value, value)
    if isinstance(value, bool) or field.startswith("is_"):
        return _("是") if value else _("否")
    if isinstance(value, int) and field.endswith("_at") and value > _FIRST_YEAR_MS:
        return moment(value)
    if isinstance(value, int) and field.endswith("_area"):
        return f"{value / 100:.2f} m²"
    return str(value)
