"""Words for the faults that the command of headquarters meets."""

from __future__ import annotations

from models.errors import DomainError
from resources.hq_messages import HQ_MESSAGES
from resources.translations import N_
from resources.translations import gettext as _

_MESSAGES: dict[str, str] = {
    **HQ_MESSAGES,
    "database-newer": N_("总部数据库由更新版本的程序写成（{found}），本程序只认得 {known}。请升级程序。"),
    "sqlite-affected": N_("这台机器的 SQLite（{version}）可能损坏数据，不能使用。"),
}


def sentence(error: DomainError) -> str:
    """One sentence in the language in use; a code without words shows itself."""
    words = _MESSAGES.get(error.code)
    return _(words).format(**error.values) if words else str(error)
