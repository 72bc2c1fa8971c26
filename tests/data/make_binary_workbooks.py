"""Makes the binary workbooks beside this file anew. Run by hand, with xlwt installed for the moment:

    pip install xlwt msoffcrypto-tool && python tests/data/make_binary_workbooks.py

xlwt is unmaintained, so it is no dependency of ours: its one small file is kept instead.
"""

from __future__ import annotations

import io
from pathlib import Path

import msoffcrypto.format.ooxml
import openpyxl
import xlwt

FOLDER = Path(__file__).parent / "workbooks"


def old_excel(path: Path) -> None:
    book = xlwt.Workbook(encoding="utf-8")
    sheet = book.add_sheet("业主资料")
    sheet.write_merge(0, 0, 0, 5, "阳光花园业主资料表")
    for at, title in enumerate(("楼号", "单元", "房号", "业主姓名", "联系电话", "交房日期")):
        sheet.write(1, at, title)
    day = xlwt.easyxf(num_format_str="yyyy/m/d")
    rows = (
        (1, 1, 101, "王芳", 13912345678.0, 43832),
        ("2#", "2单元", "1502", "李　明", "139 1234 5679", 43833),
    )
    for row, values in enumerate(rows, 2):
        for at, value in enumerate(values):
            sheet.write(row, at, value, day if at == 5 else xlwt.Style.default_style)
    book.save(str(path))


def encrypted(path: Path) -> None:
    book = openpyxl.Workbook()
    book.worksheets[0].append(["楼号", "单元", "房间", "业主名称"])
    plain = io.BytesIO()
    book.save(plain)
    with path.open("wb") as out:
        msoffcrypto.format.ooxml.OOXMLFile(plain).encrypt("secret", out)


if __name__ == "__main__":
    old_excel(FOLDER / "old-excel.xls")
    encrypted(FOLDER / "encrypted.xlsx")
