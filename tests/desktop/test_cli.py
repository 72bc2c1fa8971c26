"""`qiantai` without a window: every command, its exit status, its JSON, and what it says when it cannot."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from filelock import FileLock

from models.spreadsheets.exporting import KINDS
from tests.desktop.command_line import ADMIN, CLERK, PASSWORD, SAMPLES, CommandLine

LINKED = SAMPLES / "estate-linked-sheets-2020.xlsx"
FLAT = SAMPLES / "rooms-flat.xlsx"


def faulty_book(folder: Path) -> Path:
    """Two good rows, one whose room number a spreadsheet made a date of, one suspect."""
    book = openpyxl.Workbook()
    sheet = book.worksheets[0]
    for row in (
        ("楼号", "单元", "房间", "业主名称", "手机号"),
        (9, 1, "901", "单雄信", "13800001111"),
        (9, 1, "902", "仇士良", "13800002222"),
        (9, 1, date(2026, 9, 3), "查慎行", "13800003333"),
        (9, 1, "904", "区寄", "12"),
    ):
        sheet.append(row)
    path = folder / "faulty.xlsx"
    book.save(path)
    return path


# -- the first day -----------------------------------------------------------------------------------


def test_a_new_site_its_first_password_and_both_samples(empty_line: CommandLine) -> None:
    line = empty_line
    made = line("init", "--site", "春江花园", "--name", "王敏", "--json", password="First-time-01")
    assert made.status == 0
    assert made.json == {"profile": str(line.profile), "key": "file"}

    assert line("ticket", "list", password="First-time-01").status == 0, "it was his own choice"
    one_line = line.password_file("First-time-01")
    refused = line.bare("--profile", line.profile, "passwd", "--user", ADMIN, "--password-file", one_line)
    assert (refused.status, "第 2 行" in refused.sentence) == (1, True)
    both = line.password_file("First-time-01", PASSWORD)
    changed = line.bare("--profile", line.profile, "passwd", "--user", ADMIN, "--password-file", both)
    assert (changed.status, changed.out) == (0, "密码已更改\n")

    rehearsal = line("import", LINKED, "--rehearse", "--json")
    assert rehearsal.status == 0
    assert rehearsal.json["batch"] is None
    assert rehearsal.json["counts"]["new"] > 0
    assert line("find", "张三1").status == 1, "a rehearsal writes nothing"

    first = line("import", LINKED, "--json").json
    second = line("import", FLAT).out
    assert first["batch"]
    assert "整批撤回：qiantai take-back" in second
    assert line("find", "张三1").status == 0
    again = line("import", LINKED, "--json").json
    assert again["batch"] is None, "nothing is new"
    assert again["counts"]["new"] == again["counts"]["changed"] == 0


def test_an_empty_profile_waits_for_headquarters(empty_line: CommandLine) -> None:
    empty_line.user = None
    made = empty_line("init")
    assert made.status == 0
    assert "qiantai enrol" in made.out
    assert empty_line("init").sentence.startswith("这里已有数据文件")
    assert empty_line("sync").sentence == "本机还没有接入总部，数据只存在本机。"


@pytest.mark.parametrize("command", [["find", "1"], ["check"], ["sync"]])
def test_nothing_works_before_there_is_a_profile(empty_line: CommandLine, command: list[str]) -> None:
    answer = empty_line(*command)
    assert answer.status == 1
    assert "还没有数据。请先运行 qiantai init 或 qiantai enrol" in answer.sentence


def test_a_new_site_needs_an_administrator(empty_line: CommandLine) -> None:
    empty_line.user = None
    assert empty_line("init", "--site", "春江花园").sentence == "新建项目要用 --user 给出管理员工号。"


def test_a_weak_first_password_leaves_no_half_made_profile(empty_line: CommandLine) -> None:
    answer = empty_line("init", "--site", "春江花园", password="1001")
    assert (answer.status, "密码不够安全" in answer.sentence) == (1, True)
    assert not (empty_line.profile / "qiantai.db").exists()
    assert empty_line("init", "--site", "春江花园").status == 0


# -- import and export -------------------------------------------------------------------------------


def test_bad_rows_come_back_as_a_workbook_and_the_good_ones_are_in(line: CommandLine) -> None:
    out = line.folder / "rejects.xlsx"
    answer = line("import", faulty_book(line.folder), "--rejects", out)
    assert answer.status == 1, "a refused row asks for somebody's attention"
    assert answer.err == ""
    assert "被表格软件变成了日期" in answer.out
    assert line("find", "单雄信").status == 0
    assert "未导入 1 行、已导入请核对 1 行" in answer.out
    left_out, to_check = sheets_of(out)
    assert [row[-1] for row in left_out[1:]] == [4], "the rows of the sender's sheet"
    assert "查慎行" in left_out[1]
    assert [row[-1] for row in to_check[1:]] == [5]
    assert "已导入，请核对" in to_check[0]
    assert "未导入原因" not in to_check[0]


def sheets_of(path: Path) -> list[list[list[Any]]]:
    """The filled cells of each sheet, row by row."""
    return [
        [[cell for cell in row if cell is not None] for row in sheet.iter_rows(values_only=True)]
        for sheet in openpyxl.load_workbook(path).worksheets
    ]


@pytest.mark.parametrize("option", ["--no-suspects", "--rehearse"])
def test_suspect_rows_that_stayed_out_are_among_the_rejects(line: CommandLine, option: str) -> None:
    out = line.folder / "rejects.xlsx"
    answer = line("import", faulty_book(line.folder), option, "--rejects", out)
    assert ("1 行可疑，没有导入" in answer.out) == (option == "--no-suspects")
    (left_out,) = sheets_of(out)
    assert [row[-1] for row in left_out[1:]] == [4, 5]


def test_suspect_rows_that_went_in_are_told(line: CommandLine) -> None:
    assert "其中 1 行可疑，也已导入，请核对" in line("import", faulty_book(line.folder)).out
    assert "也已导入" not in line("import", faulty_book(line.folder), "--rehearse").out


def test_suspect_rows_stay_out_when_asked(line: CommandLine) -> None:
    line("import", faulty_book(line.folder), "--no-suspects")
    assert line("find", "单雄信").status == 0
    assert line("find", "区寄").status == 1


def test_an_import_is_taken_back_whole(line: CommandLine) -> None:
    batch = line("import", faulty_book(line.folder), "--json").json["batch"]
    assert line("find", "仇士良").status == 0
    taken = line("take-back", batch, "--json")
    assert taken.status == 0
    assert taken.json["removed"] > 0
    assert taken.json["kept"] == []
    assert line("find", "仇士良").status == 1
    assert "已经撤回过" in line("take-back", batch).sentence
    assert "找不到这次导入" in line("take-back", "0" * 32).sentence


def test_a_mapping_that_is_not_there_is_said(line: CommandLine) -> None:
    assert line("import", FLAT, "--mapping", "旧系统").sentence == "没有名为“旧系统”的列对应。"


def test_rejects_that_cannot_be_written_do_not_hide_what_was_imported(line: CommandLine) -> None:
    answer = line("import", faulty_book(line.folder), "--rejects", "/nonexistent/out.xlsx", "--json")
    assert answer.status == 1
    assert answer.json["batch"]
    assert "不能写入文件" in answer.sentence


@pytest.mark.parametrize("what", sorted(KINDS))
def test_every_list_is_exported(line: CommandLine, what: str) -> None:
    line.take("厨房水管漏水", "--room", "1-1-1011")
    out = line.folder / f"{what}.xlsx"
    answer = line("export", what, out, "--json")
    assert answer.status == 0
    book = openpyxl.load_workbook(out)
    written = sum(sheet.max_row - 1 for sheet in book.worksheets)
    assert answer.json == {"rows": written, "file": str(out)}


def test_phones_leave_masked_unless_revealed(line: CommandLine) -> None:
    def cells(*options: str) -> str:
        out = line.folder / "residents.xlsx"
        assert line("export", "residents", out, *options).status == 0
        return repr(list(openpyxl.load_workbook(out).worksheets[0].iter_rows(values_only=True)))

    assert "18909711443" not in cells()
    assert "189****1443" in cells()
    assert "18909711443" in cells("--reveal")


# -- finding -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "title"),
    [
        ("1-1-1011", "1-1-1011"),
        ("1栋1单元1011", "1-1-1011"),
        ("1号楼一单元1011室", "1-1-1011"),
        ("1#1-1011", "1-1-1011"),
        ("111011", "1-1-1011"),
        ("吴学文", "吴学文"),
        ("wuxuewen", "吴学文"),
        ("wxw", "吴学文"),
        ("1443", "吴学文"),
        ("18909711443", "吴学文"),
    ],
)
def test_the_box_finds(line: CommandLine, text: str, title: str) -> None:
    answer = line("find", text, "--json")
    assert answer.status == 0, answer.err
    assert answer.json[0]["title"] == title


def test_the_box_finds_tickets_by_number_and_by_words(line: CommandLine) -> None:
    number = line.take("厨房水槽下方漏水", "--room", "1-1-1011")
    for text in (number, "水槽", "漏"):
        assert any(number in (hit["title"] + hit["detail"]) for hit in line("find", text, "--json").json)
    nothing = line("find", "没有这样的词")
    assert (nothing.status, nothing.out) == (1, "没有找到\n")


# -- rights ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "arguments",
    [
        ["export", "rooms", "out.xlsx"],
        ["import", str(FLAT)],
        ["take-back", "0" * 32],
        ["backup"],
        ["restore", "some.qiantai-backup"],
        ["enrol", "http://127.0.0.1:1", "AAAA-BBBB"],
    ],
)
def test_a_clerk_may_not(line: CommandLine, arguments: list[str]) -> None:
    answer = line(*arguments, user=CLERK)
    assert answer.status == 1
    assert answer.sentence.startswith("您没有这项权限：")
    assert not Path("out.xlsx").exists()


def test_a_clerk_may_take_tickets(line: CommandLine) -> None:
    assert line("ticket", "new", "灯不亮", "--place", "南门", user=CLERK).status == 0


def test_wrong_passwords_are_counted_and_lock_even_the_right_one_in_a_new_process(line: CommandLine) -> None:
    said = [line("find", "1", password="wrong").sentence for _ in range(5)]
    assert [text.partition("还可再试")[2][:2].strip() for text in said[:4]] == ["4", "3", "2", "1"]
    assert "已锁定" in said[4]
    assert "已锁定" in line("find", "1").sentence
    assert line("find", "1", user=CLERK).status == 0


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ([], "请用 --user 给出工号。"),
        (["--user", ADMIN], "请用 --password-file 给出密码，或在终端里运行。"),
        (["--user", ADMIN, "--password-file", "/nonexistent"], "读不到密码文件"),
        (["--user", "nobody", "--password-file", "{file}"], "工号或密码不对"),
    ],
)
def test_nobody_reads_without_signing_in(line: CommandLine, options: list[str], said: str) -> None:
    file = line.password_file(PASSWORD)
    given = [option.format(file=file) for option in options]
    answer = line.bare("--profile", line.profile, *given, "find", "1")
    assert answer.status == 1
    assert said in answer.sentence


def test_the_new_password_counts_from_now_on(line: CommandLine) -> None:
    both = line.password_file(PASSWORD, "Another-way-77")
    weak = line.password_file(PASSWORD, "1001")
    options = ["--profile", line.profile, "--user", ADMIN, "--password-file"]
    assert "密码不够安全" in line.bare(*options, weak, "passwd").sentence
    assert line.bare(*options, both, "passwd", "--json").json == {"changed": True}
    assert line("find", "1").status == 1
    assert line("find", "1", password="Another-way-77").status == 0


# -- upkeep ------------------------------------------------------------------------------------------


def test_check_backup_and_restore(line: CommandLine) -> None:
    assert line("check").out == "数据库完好\n"
    assert line("check", "--quick", "--json").json == {"faults": []}
    before = line.take("备份之前", "--place", "南门")
    backup = line("backup", "--json").json["file"]
    after = line.take("备份之后", "--place", "南门")

    restored = line("restore", backup, "--json")
    assert restored.status == 0, restored.err
    kept = Path(restored.json["kept"])
    assert kept.exists()
    assert line("ticket", "show", before).status == 0
    assert line("ticket", "show", after).status == 1
    assert line.take("恢复之后", "--place", "南门").startswith("AR-"), "paper of both lives never meets"


def test_a_backup_into_another_folder(line: CommandLine) -> None:
    answer = line("backup", "--folder", line.folder / "elsewhere")
    assert answer.status == 0
    assert len(list((line.folder / "elsewhere").glob("*.qiantai-backup"))) == 1


def test_nothing_is_restored_under_an_open_window(line: CommandLine) -> None:
    backup = line("backup", "--json").json["file"]
    with FileLock(line.profile / "running.lock"):
        assert "请先关闭窗口" in line("restore", backup).sentence
    assert line("restore", backup).status == 0
