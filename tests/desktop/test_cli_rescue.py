"""`restore --recovery` and `recover-key`: a desk got back from its recovery file."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from desktop.key_recovery import export_recovery
from desktop.key_store import KeyStore
from tests.desktop.command_line import CommandLine

WORDS = "春风十里不如前台一句话真的"


@pytest.fixture
def recovery(line: CommandLine) -> Path:
    path = line.folder / "recovery.json"
    export_recovery(KeyStore(line.profile), path, WORDS)
    return path


def passphrase(line: CommandLine, words: str = WORDS) -> tuple[str, Path]:
    return "--passphrase-file", line.password_file(words)


@pytest.fixture
def new_computer(line: CommandLine, tmp_path: Path) -> CommandLine:
    other = replace(line, folder=tmp_path / "new computer")
    other.folder.mkdir()
    return other


def test_a_backup_is_opened_on_a_new_computer(
    line: CommandLine, new_computer: CommandLine, recovery: Path
) -> None:
    number = line.take("厨房漏水", "--place", "南门")
    backup = Path(line("backup", "--json").json["file"])
    bare = ["--profile", new_computer.profile, "restore", backup]
    said = new_computer.bare(*bare).sentence
    assert "数据密钥" in said
    done = new_computer.bare(*bare, "--recovery", recovery, *passphrase(line))
    assert done.status == 0, done.err
    assert new_computer("ticket", "show", number).status == 0
    assert new_computer("check").status == 0


def test_a_wrong_passphrase_or_backup_leaves_the_new_computer_empty(
    line: CommandLine, new_computer: CommandLine, recovery: Path
) -> None:
    backup = Path(line("backup", "--json").json["file"])
    bare = ["--profile", new_computer.profile, "restore"]
    wrong = new_computer.bare(
        *bare, backup, "--recovery", recovery, *passphrase(line, "不是这一句话不是这一句话")
    )
    assert wrong.sentence.startswith("口令不对")
    none = new_computer.bare(*bare, "/etc/passwd", "--recovery", recovery, *passphrase(line))
    assert none.sentence == "这不是前台的备份文件：/etc/passwd"
    assert not KeyStore(new_computer.profile).has_key()
    asked = new_computer.bare(*bare, backup, "--recovery", recovery)
    assert "--passphrase-file" in asked.sentence


def test_what_is_no_backup_is_told_apart(line: CommandLine, recovery: Path) -> None:
    assert line("restore", "/etc/passwd").sentence == "这不是前台的备份文件：/etc/passwd"
    backup = Path(line("backup", "--json").json["file"])
    with backup.open("r+b") as file:
        file.write(bytes(4096))
    assert line("restore", backup).sentence.startswith("备份已损坏"), "it lies among the profile's own"
    elsewhere = backup.rename(line.folder / backup.name)
    assert "--recovery" in line("restore", elsewhere).sentence


@pytest.mark.parametrize("loss", ["gone", "another", "place spoilt", "both gone"])
def test_a_lost_key_is_given_back(line: CommandLine, recovery: Path, loss: str) -> None:
    key, place = line.profile / "database.key", line.profile / "key.json"
    if loss in {"gone", "both gone"}:
        key.unlink()
    if loss == "both gone":
        place.unlink()
    if loss == "another":
        key.write_text("ab" * 32, encoding="ascii")
    if loss == "place spoilt":
        place.write_text("{", encoding="ascii")
    broken = line("check")
    assert broken.status == 1
    if loss != "both gone":
        assert "recover-key" in broken.sentence, "the sentence names the way"
    back = line.bare("--profile", line.profile, "recover-key", recovery, *passphrase(line))
    assert back.status == 0, back.err
    assert line("check").status == 0
    if loss == "another":
        assert (line.profile / "database.key.aside-1").read_text() == "ab" * 32


def test_the_key_of_another_profile_is_refused(
    line: CommandLine, new_computer: CommandLine, recovery: Path
) -> None:
    assert new_computer("init", "--site", "月亮湾").status == 0
    bare = ["--profile", new_computer.profile, "recover-key", recovery, *passphrase(line)]
    assert new_computer.bare(*bare).sentence.startswith("这里已有另一把密钥")
    (new_computer.profile / "key.json").unlink()
    (new_computer.profile / "database.key").unlink()
    assert "--recovery" in new_computer.bare(*bare).sentence
    assert not KeyStore(new_computer.profile).has_key()


def test_a_damaged_database_is_restored_without_signing_in(line: CommandLine) -> None:
    number = line.take("厨房漏水", "--place", "南门")
    backup = line("backup", "--json").json["file"]
    (line.profile / "qiantai.db").write_bytes(b"\0" * 8192)
    said = line("check").sentence
    assert said.startswith("数据文件已损坏")
    assert "qiantai restore" in said
    back = line.bare("--profile", line.profile, "restore", backup, "--json")
    assert back.status == 0, back.err
    assert Path(back.json["kept"]).read_bytes() == b"\0" * 8192
    assert line("ticket", "show", number).status == 0


def test_a_sound_database_is_not_replaced_by_whoever_comes(line: CommandLine, recovery: Path) -> None:
    backup = line("backup", "--json").json["file"]
    options = ["--recovery", recovery, *passphrase(line)]
    assert "--user" in line.bare("--profile", line.profile, "restore", backup, *options).sentence
    assert line("restore", backup, *options, password="wrong-Password-1").sentence.startswith(
        "工号或密码不对"
    )
    assert line("restore", backup, *options).status == 0
