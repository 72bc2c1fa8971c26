"""What the window makes of a full disk, a disk that may not be written and a workbook that is none."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import Qt, QTimer
from PySide6.QtWidgets import QApplication, QLabel, QMessageBox
from pytestqt.qtbot import QtBot

from desktop.application import run
from tests.desktop.command_line import SAMPLES
from tests.desktop.disks import MEGABYTE, fill_up, small_disk
from tests.desktop.running import CTRL, Running, Start
from views.archive_import.page import FILE, ImportPage
from views.intake.page import IntakePage

Remount = Callable[[str], None]


@pytest.fixture
def small(profile_template: Path, tmp_path: Path) -> Iterator[tuple[Path, Remount]]:
    """A profile on a disk of its own."""
    size = sum(path.stat().st_size for path in profile_template.rglob("*") if path.is_file())
    folder = tmp_path / "disk"
    with small_disk(folder, size + 6 * MEGABYTE) as remount:
        shutil.copytree(profile_template, folder, dirs_exist_ok=True)
        yield folder, remount


def visible_words(running: Running) -> str:
    return "\n".join(one.text() for one in running.window.findChildren(QLabel) if one.isVisible())


def test_a_full_disk_says_so_and_keeps_what_was_typed(small: tuple[Path, Remount], start: Start) -> None:
    folder, _remount = small
    running = start(folder)
    running.sign_in()
    running.press(Qt.Key.Key_F2)
    page = running.page(IntakePage)
    running.settle()
    page.form.editor("matter").set_value("厨房水槽下方漏水" * 20)
    page.form.set_value("place", "南门")
    filler = fill_up(folder, 0)
    running.press(Qt.Key.Key_S, CTRL)
    running.until(lambda: "磁盘已满" in visible_words(running))
    assert page.form.values()["matter"] == "厨房水槽下方漏水" * 20
    filler.unlink()
    running.settle()
    running.press(Qt.Key.Key_S, CTRL)
    running.until(lambda: page.form.values()["matter"] == "")
    assert "已受理" in visible_words(running)


def test_a_disk_that_becomes_read_only(small: tuple[Path, Remount], start: Start) -> None:
    folder, remount = small
    running = start(folder)
    running.sign_in()
    running.settle()
    running.close()
    remount("ro")
    try:
        with pytest.raises(Exception, match="profile-not-writable"):
            start(folder)
    finally:
        remount("rw")


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"\x89PNG\r\n\x1a\n" + bytes(range(256)), "不是表格文件"),
        ((SAMPLES / "encrypted.xlsx").read_bytes(), "有密码"),
        ((SAMPLES / "rooms-flat.xlsx").read_bytes()[:4000], "已损坏或不完整"),
    ],
    ids=["no workbook", "encrypted", "truncated"],
)
def test_a_workbook_that_cannot_be_read(
    start: Start, profile: Path, tmp_path: Path, content: bytes, said: str
) -> None:
    path = tmp_path / "业主.xlsx"
    path.write_bytes(content)
    running = start(profile)
    running.sign_in()
    running.window.navigate("import", path=str(path))
    running.until(lambda: said in visible_words(running))
    assert "业主.xlsx" in visible_words(running)
    assert running.page(ImportPage).stage == FILE


def test_a_folder_that_cannot_be_used_is_said_in_a_box(qtbot: QtBot, tmp_path: Path) -> None:
    (tmp_path / "profile").write_text("no folder", encoding="ascii")
    said: list[str] = []

    def answer() -> None:
        box = QApplication.activeModalWidget()
        assert isinstance(box, QMessageBox)
        said.append(box.text())
        box.accept()

    QTimer.singleShot(200, answer)
    assert run(tmp_path / "profile") == 1
    assert said == [f"不能写入数据目录：{tmp_path / 'profile'}"]


@pytest.mark.skipif(os.name == "nt", reason="Windows sends no such signal")
def test_told_to_end_the_program_closes_in_order(profile: Path) -> None:
    process = subprocess.Popen(
        [sys.executable, "-m", "desktop", "--profile", str(profile)], stderr=subprocess.PIPE, encoding="utf-8"
    )
    try:
        for _ in range(600):
            if (profile / "qiantai.db-wal").exists():
                break
            assert process.poll() is None
            time.sleep(0.05)
        time.sleep(0.5)
        process.terminate()
        assert process.wait(20) == 0
    finally:
        process.kill()
        process.communicate()
    assert not (profile / "qiantai.db-wal").exists(), "the file was closed"
