"""Words for the faults that the command of headquarters meets."""

from __future__ import annotations

from models.errors import DomainError
from resources.hq_messages import HQ_MESSAGES
from resources.translations import N_
from resources.translations import gettext as _

_MESSAGES: dict[str, str] = {
    **HQ_MESSAGES,
    "database-newer": N_("总部数据库由更新版本的程序写成（{found}），本程序只认得 {known}。请升级程序。"),
    "hq-disk-full": N_("总部的磁盘已满，没有保存。请腾出空间后重试。"),
    "hq-read-only": N_("总部的数据不能写入（只读），没有保存。"),
    "hq-database-down": N_("连不上总部的数据库，没有保存。请稍后再试。"),
    "hq-busy": N_("总部的数据库正忙，没有保存。请稍后再试。"),
    "sqlite-affected": N_("这台机器的 SQLite（{version}）可能损坏数据，不能使用。"),
}


def sentence(error: DomainError) -> str:
    """One sentence in the language in use; a code without words shows itself."""
    words = _MESSAGES.get(error.code)
    return _(words).format(**error.values) if words else str(error)
