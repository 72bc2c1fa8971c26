"""Words for the faults of workbooks: opened, understood, imported, exported."""

from __future__ import annotations

from resources.translations import N_

MESSAGES: dict[str, str] = {
    "workbook-missing": N_("找不到文件：{file}"),
    "workbook-unreadable": N_("打不开文件：{file}（{why}）"),
    "workbook-empty": N_("“{file}”是空的，没有可导入的内容。"),
    "workbook-too-large": N_("“{file}”太大（上限 {limit_mb} MB），没有打开。请拆成几个文件。"),
    "workbook-cell-too-large": N_("“{file}”里有一格内容大得不正常，没有打开。请检查文件来源。"),
    "workbook-sheet-too-large": N_(
        "“{file}”有 {rows} 行 {columns} 列，超出上限，没有打开。请删去空行空列或拆成几个文件。"
    ),
    "workbook-encrypted": N_("“{file}”有密码。请在表格软件里去掉密码，另存后再导入。"),
    "workbook-damaged": N_("“{file}”已损坏或不完整。请重新下载，或用表格软件打开后另存。"),
    "workbook-not-one": N_("“{file}”不是表格文件（.xlsx、.xls、.csv）。"),
    "workbook-web-page": N_(
        "“{file}”其实是网页，只是扩展名像表格。请用表格软件打开，另存为 .xlsx 后再导入。"
    ),
    "workbook-kind-unsupported": N_("不支持“{file}”的格式。请用表格软件另存为 .xlsx 后再导入。"),
    "workbook-sheet-missing": N_("“{file}”里没有工作表“{sheet}”。"),
    "mapping-does-not-fit": N_("“{file}”的表头与列对应“{mapping}”对不上。"),
    "mapping-invalid": N_("列对应“{mapping}”无法识别，可能是新版程序保存的。"),
    "mapping-name-missing": N_("请给列对应起个名字。"),
    "mapping-missing": N_("没有名为“{mapping}”的列对应。"),
    "import-missing": N_("找不到这次导入的记录。"),
    "import-taken-back": N_("“{file}”的导入已经撤回过了。"),
    "export-not-writable": N_("不能写入文件：{path}"),
    "export-file-in-use": N_("不能覆盖文件：{path}。它可能正在表格软件里打开，请关闭后重试。"),
    "export-kind-unknown": N_("不认识的导出内容：{kind}。可以是：{kinds}"),
}
