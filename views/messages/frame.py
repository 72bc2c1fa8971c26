"""Words for the faults that the frame itself meets."""

from __future__ import annotations

from resources.translations import N_

MESSAGES: dict[str, str] = {
    "right-missing": N_("您没有这项权限：{right}。需要时请找系统管理员。"),
    "disk-full": N_("磁盘已满，没有保存。请腾出空间后重试，您输入的内容还在。"),
    "database-busy": N_("数据文件正被占用，请稍后重试，您输入的内容还在。"),
    "database-read-only": N_("数据文件不能写入（只读）：{path}"),
    "network-drive": N_("数据不能放在网络盘上：{path}。请改放本机磁盘。"),
    "profile-not-writable": N_("不能写入数据目录：{path}"),
}
