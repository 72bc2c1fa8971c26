"""Files that are no workbooks, or would hurt the desk: each gets one clear code, quickly."""

from __future__ import annotations

import struct
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from models.errors import DomainError
from models.spreadsheets.guards import ReadLimits
from models.spreadsheets.reading import read_workbook
from views.error_messages import sentences

MakeBook = Callable[..., Path]
CONTENT_TYPES = (
    '<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">'
    '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
    '<Override PartName="/xl/workbook.xml" '
    'ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml"/></Types>'
)
MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
RELATIONS = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
PACKAGE = "http://schemas.openxmlformats.org/package/2006/relationships"


def link(kind: str, target: str) -> str:
    """A .rels file of one relationship."""
    one = f'<Relationship Id="r1" Type="{RELATIONS}/{kind}" Target="{target}"/>'
    return f'<Relationships xmlns="{PACKAGE}">{one}</Relationships>'


def package(path: Path, sheet: str, **more: str) -> Path:
    """A hand-made .xlsx with one sheet of this XML."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("[Content_Types].xml", CONTENT_TYPES)
        archive.writestr("_rels/.rels", link("officeDocument", "xl/workbook.xml"))
        archive.writestr(
            "xl/workbook.xml",
            f'<workbook xmlns="{MAIN}" xmlns:r="{RELATIONS}"><sheets>'
            '<sheet name="S" sheetId="1" r:id="r1"/></sheets></workbook>',
        )
        archive.writestr("xl/_rels/workbook.xml.rels", link("worksheet", "worksheets/sheet1.xml"))
        archive.writestr("xl/worksheets/sheet1.xml", sheet)
        for name, content in more.items():
            archive.writestr(name.replace("__", "/") + ".xml", content)
    return path


def code_of(path: Path, limits: ReadLimits | None = None) -> str:
    with pytest.raises(DomainError) as caught:
        read_workbook(path, limits)
    assert caught.value.code in sentences()
    sentences()[caught.value.code].format(**caught.value.values)
    return caught.value.code


def test_no_file(tmp_path: Path) -> None:
    assert code_of(tmp_path / "none.xlsx") == "workbook-missing"
    assert code_of(tmp_path) == "workbook-unreadable"


@pytest.mark.parametrize(
    ("name", "content", "code"),
    [
        ("a.xlsx", b"", "workbook-empty"),
        ("a.xlsx", b"PK\x03\x04" + b"x" * 200, "workbook-damaged"),
        ("a.xls", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600, "workbook-damaged"),
        ("a.xlsx", b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 4, "workbook-not-one"),
        ("a.xls", b"<html><table><tr><td>1</td></tr></table>", "workbook-web-page"),
        ("a.xls", b"\xef\xbb\xbf  <?xml version='1.0'?><Workbook/>", "workbook-web-page"),
        ("a.csv", b"\x81\x20\xff\xfe,,,\xff\xff", "workbook-not-one"),
        ("a.csv", b"\r\n\r\n", "workbook-empty"),
    ],
)
def test_not_a_workbook(tmp_path: Path, name: str, content: bytes, code: str) -> None:
    path = tmp_path / name
    path.write_bytes(content)
    assert code_of(path) == code


def test_encrypted(samples: Path) -> None:
    assert code_of(samples / "encrypted.xlsx") == "workbook-encrypted"


@pytest.mark.parametrize("share", [0.05, 0.3, 0.6, 0.9, 0.999])
def test_truncated(samples: Path, tmp_path: Path, share: float) -> None:
    whole = (samples / "estate-linked-sheets-2020.xlsx").read_bytes()
    path = tmp_path / "cut.xlsx"
    path.write_bytes(whole[: int(len(whole) * share)])
    assert code_of(path) == "workbook-damaged"


@pytest.mark.parametrize("share", [0.2, 0.6, 0.95])
def test_old_excel_truncated(samples: Path, tmp_path: Path, share: float) -> None:
    whole = (samples / "old-excel.xls").read_bytes()
    path = tmp_path / "cut.xls"
    path.write_bytes(whole[: int(len(whole) * share)])
    try:
        read_workbook(path)
    except DomainError as error:
        assert error.code in {"workbook-damaged", "workbook-empty"}


def test_any_flipped_byte_is_a_clear_fault_or_none(samples: Path, tmp_path: Path) -> None:
    whole = bytearray((samples / "rooms-flat.xlsx").read_bytes())
    path = tmp_path / "flipped.xlsx"
    for at in range(0, len(whole), 97):
        whole[at] ^= 0x55
        path.write_bytes(whole)
        whole[at] ^= 0x55
        try:
            read_workbook(path)
        except DomainError as error:
            assert error.code.startswith("workbook-")


def test_a_zip_of_something_else(tmp_path: Path) -> None:
    path = tmp_path / "a.xlsx"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("readme.txt", "hello")
    assert code_of(path) == "workbook-not-one"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("content.xml", "<x/>")
    assert code_of(path) == "workbook-kind-unsupported"


def test_one_cell_of_200_megabytes(tmp_path: Path) -> None:
    head = f'<worksheet xmlns="{MAIN}"><sheetData><row r="1"><c r="A1" t="inlineStr"><is><t>'
    path = tmp_path / "cell.xlsx"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/workbook.xml", "<workbook/>")
        with archive.open("xl/worksheets/sheet1.xml", "w") as stream:
            stream.write(head.encode())
            for _ in range(200):
                stream.write(b"x" * 1_000_000)
            stream.write(b"</t></is></c></row></sheetData></worksheet>")
    assert path.stat().st_size < 1_000_000
    assert code_of(path) == "workbook-cell-too-large"


def test_a_shared_string_of_200_megabytes(tmp_path: Path) -> None:
    path = tmp_path / "cell.xlsx"
    sheet = f'<worksheet xmlns="{MAIN}"><sheetData/></worksheet>'
    package(path, sheet, xl__sharedStrings="<sst><si><t>" + "字" * 3_000_000 + "</t></si></sst>")
    assert code_of(path) == "workbook-cell-too-large"


def test_a_zip_bomb_by_its_directory(tmp_path: Path) -> None:
    path = tmp_path / "bomb.xlsx"
    package(path, "<worksheet/>", xl__media="<a/>" * 3_000_000)
    limits = ReadLimits(member_bytes=4_000_000, total_bytes=8_000_000)
    assert code_of(path, limits) == "workbook-too-large"


def test_a_zip_bomb_whose_directory_lies(tmp_path: Path) -> None:
    path = tmp_path / "liar.xlsx"
    package(path, f'<worksheet xmlns="{MAIN}"><sheetData>' + "<row/>" * 500_000 + "</sheetData></worksheet>")
    content = bytearray(path.read_bytes())
    true_size = struct.pack(
        "<L", len(f'<worksheet xmlns="{MAIN}"><sheetData></sheetData></worksheet>') + 3_000_000
    )
    assert content.count(true_size) == 2
    path.write_bytes(content.replace(true_size, struct.pack("<L", 1000)))
    assert code_of(path) == "workbook-damaged"


def test_a_lone_value_at_the_far_corner(tmp_path: Path) -> None:
    sheet = (
        f'<worksheet xmlns="{MAIN}"><sheetData><row r="1"><c r="A1"><v>1</v></c></row>'
        '<row r="1048576"><c r="XFD1048576"><v>1</v></c></row></sheetData></worksheet>'
    )
    path = package(tmp_path / "far.xlsx", sheet)
    assert code_of(path) == "workbook-sheet-too-large"


def test_formatted_but_empty_cells_at_the_far_corner_do_no_harm(tmp_path: Path) -> None:
    sheet = (
        f'<worksheet xmlns="{MAIN}"><sheetData><row r="1"><c r="A1"><v>1</v></c></row>'
        '<row r="1048576"><c r="XFD1048576" s="1"/></row></sheetData></worksheet>'
    )
    workbook = read_workbook(package(tmp_path / "far.xlsx", sheet))
    assert workbook.sheets[0].rows == [[1.0]]


def test_entities_are_not_expanded(tmp_path: Path) -> None:
    bomb = "".join(f'<!ENTITY e{at} "{f"&e{at - 1};" * 10}">' for at in range(1, 12))
    sheet = (
        f'<!DOCTYPE x [<!ENTITY e0 "ha">{bomb}]><worksheet xmlns="{MAIN}"><sheetData><row r="1">'
        '<c r="A1" t="inlineStr"><is><t>&e11;</t></is></c></row></sheetData></worksheet>'
    )
    path = package(tmp_path / "laughs.xlsx", sheet)
    try:
        workbook = read_workbook(path)
    except DomainError as error:
        assert error.code == "workbook-damaged"
    else:
        assert sum(len(str(cell)) for row in workbook.sheets[0].rows for cell in row) < 1000


def test_a_csv_cell_without_end(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_bytes(b'a,b\n"' + b"x" * 300_000)
    assert code_of(path) == "workbook-cell-too-large"


def test_a_file_over_the_limit(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_bytes(b"a,b\n" * 1000)
    assert code_of(path, ReadLimits(file_bytes=1000)) == "workbook-too-large"
    assert code_of(path, ReadLimits(rows=100)) == "workbook-sheet-too-large"


def test_errors_and_formulas_without_result_are_seen(make_book: MakeBook) -> None:
    path = make_book({"甲": [["a", "b"], ["=A1", "#N/A"]], "乙": [["=1+1"]]})
    first, second = read_workbook(path).sheets
    assert first.uncomputed == {(1, 0)}
    assert first.errors == {(1, 1)}
    assert second.uncomputed == {(0, 0)}
