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
    "hq-backup-exists": N_("{path} 已经存在，请换一个文件名。"),
    "hq-backup-unwritable": N_("写不了备份 {path}：{reason}"),
    "hq-backup-missing": N_("没有这个备份文件：{path}"),
    "hq-backup-foreign": N_("{path} 不是总部的备份。"),
    "hq-backup-newer": N_("备份 {path} 由更新版本的程序写成（格式 {found}），本程序只认得 {known}。请升级程序。"),
    "hq-backup-damaged": N_("备份 {path} 已损坏（{part}），没有恢复任何内容。"),
    "hq-not-empty": N_("这个数据库里已有项目，备份只能恢复到空的数据库。"),
}
