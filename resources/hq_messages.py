"""Words for the faults of the command of headquarters; its desks know them too."""

from __future__ import annotations

from resources.translations import N_

HQ_MESSAGES: dict[str, str] = {
    "hq-database-url": N_("不认识的数据库地址：{url}。请用 sqlite:///路径 或 postgresql://…"),
    "hq-database-unreachable": N_("打不开总部数据库：{reason}"),
    "site-exists": N_("已有名为 {name} 的项目。"),
    "site-name-missing": N_("请给出项目名称。"),
    "site-unknown": N_("没有名为 {site} 的项目。"),
    "desk-unknown": N_("没有编号为 {desk} 的在用前台。"),
    "hq-port-taken": N_("不能在 {host}:{port} 上提供服务：{reason}"),
    "hq-certificate": N_("读不了证书或密钥：{reason}"),
    "hq-needs-tls": N_(
        "在 {host} 上对外提供服务需要证书：请给出 --certificate 和 --key，或加 --behind-proxy。"
    ),
}
