"""Words for the faults that the command of headquarters meets (the desk's are in ``views.messages``)."""

from __future__ import annotations

from models.errors import DomainError
from resources.translations import N_
from resources.translations import gettext as _

_MESSAGES: dict[str, str] = {
    "hq-database-url": N_("不认识的数据库地址：{url}。请用 sqlite:///路径 或 postgresql://…"),
    "hq-database-unreachable": N_("打不开总部数据库：{reason}"),
    "database-newer": N_("总部数据库由更新版本的程序写成（{found}），本程序只认得 {known}。请升级程序。"),
    "sqlite-affected": N_("这台机器的 SQLite（{version}）可能损坏数据，不能使用。"),
    "site-exists": N_("已有名为 {name} 的项目。"),
    "site-name-missing": N_("请给出项目名称。"),
    "site-unknown": N_("没有名为 {site} 的项目。"),
    "desk-unknown": N_("没有编号为 {desk} 的在用前台。"),
    "hq-needs-tls": N_(
        "在 {host} 上对外提供服务需要证书：请给出 --certificate 和 --key，或加 --behind-proxy。"
    ),
    "hq-port-taken": N_("不能在 {host}:{port} 上提供服务：{reason}"),
    "hq-certificate": N_("读不了证书或密钥：{reason}"),
}


def sentence(error: DomainError) -> str:
    """One sentence in the language in use; a code without words shows itself."""
    words = _MESSAGES.get(error.code)
    return _(words).format(**error.values) if words else str(error)
