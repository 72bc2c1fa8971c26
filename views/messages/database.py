"""Words for the faults of the local file."""

from __future__ import annotations

from resources.translations import N_

MESSAGES: dict[str, str] = {
    "database-missing": N_("这里没有数据文件：{path}。请先初始化，或从备份恢复。"),
    "database-exists": N_("这里已有数据文件，没有改动：{path}"),
    "database-wrong-key": N_(
        "密钥打不开数据文件：{path}。请用密钥恢复文件找回正确的密钥：qiantai recover-key 文件。"
    ),
    "database-damaged": N_(
        "数据文件已损坏：{path}。请从备份恢复（窗口里点“从备份恢复…”，或运行 qiantai restore 备份文件）；"
        "损坏的文件会保留。"
    ),
    "database-newer": N_(
        "数据文件来自更新的版本（{found}），本程序只认得 {known}。请先升级程序，文件没有改动。"
    ),
    "database-unreachable": N_("打不开数据文件：{path}"),
    "disk-failed": N_("磁盘读写出错：{path}。请检查磁盘并尽快备份。"),
    "sqlite-affected": N_("所装的 SQLite {version} 有会损坏数据的缺陷，程序不启动。请重新安装本程序。"),
}
