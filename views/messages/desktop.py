"""Words for the faults of the program around the pages, and of its command line."""

from __future__ import annotations

from resources.translations import N_

MESSAGES = {
    "profile-empty": N_("{path} 里还没有数据。请先运行 qiantai init 或 qiantai enrol。"),
    "ticket-not-found": N_("没有单号为 {number} 的工单。"),
    "ticket-number-double": N_("{number} 有 {n} 张工单，请用 ticket show 分清，再用编号指明：{found}"),
    "staff-no-unknown": N_("没有工号为 {staff_no} 的在用人员。"),
    "department-unknown": N_("没有部门“{name}”。可用：{known}。"),
    "moment-unknown": N_("不明白时间“{text}”。例如 14:30 或 11-23 9:00。"),
    "conflict-not-found": N_("没有编号以 {id} 结尾的，或不止一个。请用 qiantai conflicts 列出。"),
    "form-unknown": N_("没有名为 {name} 的纸张。可用：{known}。"),
    "copy-unknown": N_("没有名为 {name} 的联。可用：{known}。"),
    "sign-in-needed": N_("请用 --user 给出工号。"),
    "password-must-change": N_("首次登录要先改密码：qiantai passwd --user 工号。"),
    "password-not-given": N_("请用 --password-file 给出密码，或在终端里运行。"),
    "new-password-not-in-file": N_("密码文件 {path} 的第 2 行要写新密码：第 1 行当前密码，第 2 行新密码。"),
    "passphrase-not-given": N_("请用 --passphrase-file 给出恢复文件的口令，或在终端里运行。"),
    "password-file-unreadable": N_("读不到密码文件 {path} 里需要的那一行。"),
    "demo-headquarters-failed": N_("演示用的总部没有启动：{reason}。记录在：{log}"),
    "room-not-found": N_("没有找到房号 {code}。"),
    "room-ambiguous": N_("房号 {code} 可能是：{found}。请写全。"),
    "category-unknown": N_("没有类别“{path}”，或不止一个。请写全路径，例如 工程维修/给排水。"),
    "administrator-needed": N_("新建项目要用 --user 给出管理员工号。"),
    "profile-in-use": N_("{path} 正由打开的窗口使用，请先关闭窗口。"),
    "workbook-without-header": N_("“{file}”里没有认得的表头。请在窗口里导入，并指出各列是什么。"),
    "sheet-not-found": N_("没有 {sheet_no} 号回访单。"),
    "callback-none-due": N_("{number} 没有待做的回访。"),
    "printer-profile-wrong": N_("打印机设置超出范围：偏移不超过 50 毫米，缩放 80%–120%。"),
    "sync-crashed": N_("同步时程序出错，已写错误报告，稍后自动重试"),
}
