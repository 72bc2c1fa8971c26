"""Words for the faults of the command of headquarters; its desks know them too."""

from __future__ import annotations

from resources.translations import N_

HQ_MESSAGES: dict[str, str] = {
    "hq-database-url": N_("不认识的数据库地址：{url}。请用 sqlite:///路径 或 postgresql://…"),
    "hq-database-unreachable": N_("打不开总部数据库：{reason}"),
    "hq-role-missing": N_(
        "数据库用户 {user} 不能使用角色 {role}。请数据库管理员执行："
        "CREATE ROLE {role} NOLOGIN; GRANT {role} TO {user};"
    ),
    "site-exists": N_("已有名为 {name} 的项目。"),
    "site-name-missing": N_("请给出项目名称。"),
    "site-unknown": N_("没有名为 {site} 的项目。"),
    "desk-unknown": N_("没有编号为 {desk} 的在用前台。"),
    "hq-port-taken": N_("不能在 {host}:{port} 上提供服务：{reason}"),
    "hq-already-serving": N_("另一个 qiantai-hq serve 正在使用 {path}。一个 SQLite 文件同时只能由一个使用。"),
    "hq-certificate": N_("读不了证书或密钥：{reason}"),
    "hq-needs-tls": N_(
        "在 {host} 上对外提供服务需要证书：请给出 --certificate 和 --key，或加 --behind-proxy。"
    ),
    "hq-backup-exists": N_("{path} 已经存在，请换一个文件名。"),
    "hq-backup-unwritable": N_("写不了备份 {path}：{reason}"),
    "hq-backup-folder": N_("不能在 {path} 里写备份：{reason}。请给 --backups 换一个能写的目录。"),
    "hq-backup-unreadable": N_("读不了备份 {path}：{reason}"),
    "hq-restore-unwritable": N_("写不了附件目录 {path}：{reason}。没有恢复任何内容。"),
    "hq-backup-missing": N_("没有这个备份文件：{path}"),
    "hq-backup-foreign": N_("{path} 不是总部的备份。"),
    "hq-backup-newer": N_(
        "备份 {path} 由更新版本的程序写成（格式 {found}），本程序只认得 {known}。请升级程序。"
    ),
    "hq-backup-damaged": N_("备份 {path} 已损坏（{part}），没有恢复任何内容。"),
    "metrics-forbidden": N_("/metrics 只能在总部本机读取，或凭 --metrics-token 的凭证读取。"),
    "hq-not-empty": N_("这个数据库里已有项目，备份只能恢复到空的数据库。"),
    # the console
    "password-wrong": N_("现在的密码不对。"),
    "password-differs": N_("两次输入的新密码不一样。"),
    "account-name": N_("名称要 2 到 40 个字，可用汉字、字母、数字和 . _ - @。"),
    "account-exists": N_("已有名为 {name} 的账号。"),
    "account-role": N_("没有这种角色：{role}"),
    "account-unknown": N_("没有名为 {name} 的账号。"),
    "account-last": N_("至少要留一个可用的管理员账号，什么也没有改。"),
    "account-own": N_("不能停用或修改自己正在使用的账号。"),
    "password-short": N_("密码至少 {shortest} 位。"),
    "password-long": N_("密码太长。"),
    "password-plain": N_("密码里既要有字母，也要有数字。"),
    "password-common": N_("这个密码太容易猜到。"),
    "password-staff-no": N_("密码里不能有自己的名称。"),
    "password-same": N_("新密码要和现在的不一样。"),
}
