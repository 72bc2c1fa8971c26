"""Words for the faults of accounts, keys and backups."""

from __future__ import annotations

from resources.translations import N_

MESSAGES: dict[str, str] = {
    "sign-in-wrong": N_("工号或密码不对，还可再试 {left} 次。"),
    "sign-in-locked": N_("连续输错次数过多，账号已锁定，请在 {until} 以后再试，或请管理员解锁。"),
    "sign-in-inactive": N_("这个账号已停用，请联系管理员。"),
    "password-weak": N_("密码不够安全：至少 {shortest} 位，含字母和数字，不含工号，不用常见密码或原密码。"),
    "staff-no-taken": N_("工号 {staff_no} 已有人使用。"),
    "rights-beyond-own": N_("不能授予或变更超出您自己权限的内容。"),
    "last-administrator": N_("至少要有一位在用的管理员，不能去掉最后一位。"),
    "group-name-taken": N_("已有权限组“{name}”。"),
    "group-fixed": N_("“{name}”是固定的权限组，不能这样改。"),
    "group-in-use": N_("权限组“{name}”还有成员：{members}。"),
    "department-in-use": N_("部门“{name}”还有人员或类别：{used}。"),
    "category-name-taken": N_("这一层已有类别“{name}”。"),
    "category-too-deep": N_("类别最多 {deepest} 层。"),
    "category-under-itself": N_("“{name}”不能放到它自己下面。"),
    "category-in-use": N_("类别“{name}”已用于 {count} 项工单或下级类别，不能删除；可以停用。"),
    "already-set-up": N_("本项目已经初始化过，请用已有账号登录。"),
    "site-missing": N_("项目还没有初始化。"),
    "parameter-unknown": N_("没有这个参数：{key}"),
    "parameter-invalid": N_("参数 {key} 不能设为 {value}。"),
    "key-exists": N_("这里已有另一把密钥，没有改动：{path}"),
    "key-missing": N_("这里还没有数据密钥：{path}"),
    "key-lost": N_(
        "找不到数据密钥：{path}。请用密钥恢复文件找回："
        "在窗口里点“导入密钥恢复文件…”，或运行 qiantai recover-key 文件。"
    ),
    "key-wrong": N_(
        "保存的密钥不是这个数据目录的：{path}。请用密钥恢复文件找回："
        "在窗口里点“导入密钥恢复文件…”，或运行 qiantai recover-key 文件。"
    ),
    "key-store-locked": N_("系统的密钥库打不开（{reason}）。请解锁后重试。"),
    "key-not-kept": N_("密钥没有存下：{path}（{reason}）。没有建立数据文件。"),
    "key-file-unreadable": N_("读不了密钥文件：{path}"),
    "passphrase-short": N_("口令至少要 {shortest} 个字。"),
    "recovery-unreadable": N_("这不是密钥恢复文件，或已损坏：{path}"),
    "recovery-passphrase": N_("口令不对，或恢复文件被改动过。"),
    "backup-missing": N_("找不到备份：{path}"),
    "recovery-other-database": N_(
        "恢复文件里的密钥打不开这里的数据：{path}。"
        "如果数据已损坏，请用它和备份恢复：qiantai restore 备份文件 --recovery 恢复文件"
    ),
    "backup-foreign": N_("这不是前台的备份文件：{path}"),
    "backup-wrong-key": N_(
        "用现有密钥打不开这个备份：{path}。"
        "如果它来自另一台电脑，请加上密钥恢复文件：qiantai restore 备份文件 --recovery 恢复文件"
    ),
    "backup-damaged": N_("备份已损坏，不能使用：{path}（{reason}）"),
    "folder-not-writable": N_("不能写入文件夹：{path}（{reason}）"),
    "letters-used-up": N_("恢复次数过多，工单字母已用完（{letters}）。请先登记到总部。"),
}
