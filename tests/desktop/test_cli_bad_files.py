"""Bad workbooks, bad disks, bad databases, bad keys: a sentence each, and nothing that was saved is lost."""

from __future__ import annotations

import os
import shutil
import subprocess
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from msoffcrypto.format.ooxml import OOXMLFile
from sqlcipher3 import dbapi2

from desktop.key_store import fingerprint
from tests.desktop.command_line import PASSWORD, SAMPLES, CommandLine
from tests.desktop.disks import MEGABYTE, fill_up, small_disk

LINKED = SAMPLES / "estate-linked-sheets-2020.xlsx"


def database_of(line: CommandLine) -> Path:
    return line.profile / "qiantai.db"


def opened(line: CommandLine) -> dbapi2.Connection:
    """A bare connection to the encrypted file."""
    key = (line.profile / "database.key").read_text(encoding="ascii").strip()
    connection = dbapi2.connect(str(database_of(line)), isolation_level=None)
    connection.execute(f"PRAGMA key = \"x'{key}'\"")
    return connection


# -- workbooks ---------------------------------------------------------------------------------------


def plain_text(path: Path) -> None:
    path.write_text("昨天的会议记录\n" * 30, encoding="utf-8")


def picture(path: Path) -> None:
    path.write_bytes(b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 8)


def web_page(path: Path) -> None:
    path.write_text("<html><table><tr><td>楼号</td></tr></table></html>", encoding="utf-8")


def nothing(path: Path) -> None:
    path.write_bytes(b"")


def encrypted(path: Path) -> None:
    with LINKED.open("rb") as source, path.open("wb") as target:
        OOXMLFile(source).encrypt("1234", target)


def truncated(path: Path) -> None:
    content = LINKED.read_bytes()
    path.write_bytes(content[: len(content) * 2 // 3])


def one_cell_of_200_megabytes(path: Path) -> None:
    sheet = "xl/worksheets/sheet1.xml"
    with (
        zipfile.ZipFile(LINKED) as source,
        zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, True, 1) as target,
    ):
        for info in source.infolist():
            if info.filename != sheet:
                target.writestr(info, source.read(info))
        with target.open(sheet, "w", force_zip64=True) as stream:
            stream.write(b'<worksheet><sheetData><row r="1"><c r="A1" t="inlineStr"><is><t>')
            for _ in range(200):
                stream.write(b"x" * MEGABYTE)
            stream.write(b"</t></is></c></row></sheetData></worksheet>")


WORKBOOKS = [
    (plain_text, "没有认得的表头", "no header"),
    (picture, "不是表格文件", "not a workbook"),
    (web_page, "其实是网页", "web page"),
    (nothing, "空的", "empty"),
    (encrypted, "有密码", "password"),
    (truncated, "已损坏或不完整", "damaged"),
    (one_cell_of_200_megabytes, "有一格内容大得不正常", "cell"),
]


@pytest.mark.parametrize(
    ("make", "chinese", "english"), WORKBOOKS, ids=[case[0].__name__ for case in WORKBOOKS]
)
def test_a_workbook_that_is_none(
    line: CommandLine, make: Callable[[Path], None], chinese: str, english: str
) -> None:
    path = line.folder / "业主.xlsx"
    make(path)
    before = line("export", "archive", line.folder / "before.xlsx", "--json").json["rows"]
    said = line("import", path)
    assert (said.status, said.out) == (1, "")
    assert chinese in said.sentence
    assert "业主.xlsx" in said.sentence
    told = replace(line, language="en")("import", path)
    assert english in told.sentence.lower(), told.sentence
    assert line("export", "archive", line.folder / "after.xlsx", "--json").json["rows"] == before


def test_a_workbook_that_is_not_there(line: CommandLine) -> None:
    assert line("import", line.folder / "没有.xlsx").sentence.startswith("找不到文件")
    assert line("import", line.folder).status == 1
    assert line("import", line.folder).sentence


# -- disks -------------------------------------------------------------------------------------------


@pytest.fixture
def small_line(
    empty_line: CommandLine, profile_template: Path
) -> Iterator[tuple[CommandLine, Callable[[str], None]]]:
    size = sum(path.stat().st_size for path in profile_template.rglob("*") if path.is_file())
    with small_disk(empty_line.profile, size + 6 * MEGABYTE) as remount:
        shutil.copytree(profile_template, empty_line.profile, dirs_exist_ok=True)
        yield empty_line, remount


def test_a_full_disk(small_line: tuple[CommandLine, Callable[[str], None]]) -> None:
    line, _remount = small_line
    number = line.take("磁盘满之前", "--place", "南门")
    for left in (300_000, 60_000, 4096, 0):
        filler = fill_up(line.profile, left)
        for arguments in (
            ("ticket", "new", "漏水" * 900, "--place", "北门"),
            ("import", SAMPLES / "rooms-flat.xlsx"),
            ("export", "archive", line.profile / "out.xlsx"),
            ("print", "work-order", number, "--out", line.profile / "order.pdf"),
            ("backup",),
        ):
            answer = line(*arguments)
            if answer.status:
                assert answer.sentence.startswith("磁盘已满"), (left, arguments[0])
        filler.unlink()
    assert line("check").status == 0
    assert line("ticket", "show", number).status == 0
    assert line("ticket", "new", "腾出空间以后", "--place", "北门").status == 0
    assert list(line.profile.glob("*.part")) == []


def test_a_full_disk_never_prints_without_a_record(
    small_line: tuple[CommandLine, Callable[[str], None]],
) -> None:
    line, _remount = small_line
    number = line.take("磁盘满之前", "--place", "南门")
    out = line.folder / "order.pdf"  # on a disk with room
    filler = fill_up(line.profile, 0)
    answer = line("print", "work-order", number, "--out", out)
    filler.unlink()
    prints = line("ticket", "show", number, "--json").json["prints"]
    assert out.exists() == bool(prints)
    assert answer.status == (0 if prints else 1)


def test_a_first_start_on_a_full_disk(empty_line: CommandLine) -> None:
    with small_disk(empty_line.profile, 256 << 10):
        answer = empty_line("init", "--site", "春江花园")
        assert answer.status == 1
        assert "磁盘已满" in answer.sentence
        assert not database_of(empty_line).exists()


def test_a_disk_that_may_not_be_written(small_line: tuple[CommandLine, Callable[[str], None]]) -> None:
    line, remount = small_line
    remount("ro")
    for arguments in (("ticket", "new", "漏水", "--place", "北门"), ("find", "吴学文"), ("check",)):
        assert line(*arguments).sentence.startswith("不能写入数据目录：")
    remount("rw")
    assert line("find", "吴学文").status == 0


@pytest.fixture
def fixed_file(line: CommandLine) -> Iterator[CommandLine]:
    """A desk whose database file may not be written, though its folder may."""
    path = database_of(line)
    if os.name == "nt" or subprocess.run(["chattr", "+i", path], check=False, capture_output=True).returncode:
        pytest.skip("only root may fix a file, and not on every file system")
    yield line
    subprocess.run(["chattr", "-i", path], check=True)


def test_a_file_that_may_not_be_written(fixed_file: CommandLine) -> None:
    said = fixed_file("ticket", "new", "漏水", "--place", "北门")
    assert said.status == 1
    assert said.sentence.startswith("数据文件不能写入（只读）："), said.sentence
    assert fixed_file("check").status == 0, "it can still be read"


def test_a_profile_that_is_a_file(empty_line: CommandLine) -> None:
    empty_line.profile.write_text("no folder", encoding="ascii")
    assert empty_line("check").sentence.startswith("不能写入数据目录")


# -- databases ---------------------------------------------------------------------------------------


def test_a_database_of_a_newer_version(line: CommandLine) -> None:
    connection = opened(line)
    connection.execute("UPDATE alembic_version SET version_num = '9999'")
    connection.close()
    before = database_of(line).read_bytes()
    said = line("find", "1")
    assert said.sentence == (
        "数据文件来自更新的版本（9999），本程序只认得 0001。请先升级程序，文件没有改动。"
    )
    assert "9999" in replace(line, language="en")("check").sentence
    assert database_of(line).read_bytes() == before


def damage_middle(path: Path) -> None:
    with path.open("r+b") as file:
        file.seek(path.stat().st_size // 2 // 4096 * 4096)
        file.write(b"\xa5" * 4096 * 40)


def damage_half(path: Path) -> None:
    os.truncate(path, path.stat().st_size // 2 // 4096 * 4096)


def damage_odd(path: Path) -> None:
    os.truncate(path, 5000)


def damage_all(path: Path) -> None:
    os.truncate(path, 0)


def damage_head(path: Path) -> None:
    with path.open("r+b") as file:
        file.write(b"\xa5" * 4096)


@pytest.mark.parametrize("damage", [damage_middle, damage_half, damage_odd, damage_all, damage_head])
def test_a_damaged_database_is_told_and_a_backup_brings_it_back(
    line: CommandLine, damage: Callable[[Path], None]
) -> None:
    number = line.take("损坏之前", "--place", "南门")
    backup = line("backup", "--folder", line.folder / "backups", "--json").json["file"]
    damage(database_of(line))
    found = line("check")
    assert found.status == 1
    assert "Traceback" not in found.err
    said = found.out + found.err
    assert said.strip()
    back = line("restore", backup, "--json")
    assert back.status == 0, back.err
    assert Path(back.json["kept"]).exists(), "the damaged file is kept"
    assert line("ticket", "show", number).status == 0
    assert line("check").status == 0


def test_a_damaged_backup_is_not_put_in_place(line: CommandLine) -> None:
    number = line.take("还在", "--place", "南门")
    backup = Path(line("backup", "--json").json["file"])
    damage_middle(backup)
    assert line("restore", backup).sentence.startswith("备份已损坏")
    nowhere = line.folder / "no.qiantai-backup"
    assert line("restore", nowhere).sentence.startswith("找不到备份")
    assert line("ticket", "show", number).status == 0


# -- keys --------------------------------------------------------------------------------------------


def test_another_desks_key(line: CommandLine) -> None:
    (line.profile / "database.key").write_text("ab" * 32, encoding="ascii")
    assert line("check").sentence.startswith("保存的密钥不是这个数据目录的")


def test_a_key_that_does_not_open_the_file(line: CommandLine) -> None:
    place = line.profile / "key.json"
    (line.profile / "database.key").write_text("ab" * 32, encoding="ascii")
    text = place.read_text(encoding="utf-8")
    known = text.partition('"fingerprint": "')[2][:16]
    place.write_text(text.replace(known, fingerprint(bytes.fromhex("ab" * 32))), encoding="utf-8")
    said = line("check").sentence
    assert said.startswith("数据文件已损坏"), "the key is the profile's own: it is the file that is wrong"
    assert "damaged" in replace(line, language="en")("check").sentence


def test_a_key_that_is_lost(line: CommandLine) -> None:
    (line.profile / "database.key").unlink()
    assert line("check").sentence.startswith("找不到数据密钥")
    assert line("init", "--site", "另一个").sentence.startswith("找不到数据密钥")
    (line.profile / "key.json").unlink()
    assert line("check").status == 1
    said = line("check").sentence
    assert "密钥" in said


def test_a_backup_of_another_desk(line: CommandLine, empty_line: CommandLine, tmp_path: Path) -> None:
    other = replace(line, folder=tmp_path / "other")
    other.folder.mkdir()
    assert other("init", "--site", "月亮湾", password="First-time-01").status == 0
    both = other.password_file("First-time-01", PASSWORD)
    other.bare("--profile", other.profile, "passwd", "--user", "1001", "--password-file", both)
    backup = other("backup", "--json").json["file"]
    assert line("restore", backup).sentence.startswith("用现有密钥打不开这个备份")
    assert line("find", "吴学文").status == 0
