"""The profile's folder, its preferences, and that only one program runs on it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot

from desktop.paths import default_folder, file_system_of, on_network_drive, open_profile
from desktop.preferences import FilePreferences
from desktop.single_instance import SingleInstance
from models.errors import DomainError

MOUNTS = """/dev/sda1 / ext4 rw 0 0
server:/export /mnt/share nfs4 rw 0 0
//pc/data /mnt/share/two\\040words cifs rw 0 0
/dev/sdb1 /mnt/share/local ext4 rw 0 0
"""


def test_a_profile_is_made_for_its_owner_alone(tmp_path: Path) -> None:
    profile = open_profile(tmp_path / "desk")
    assert profile.attachments.is_dir()
    assert profile.backups.is_dir()
    assert profile.database.parent == profile.folder
    if os.name == "posix":
        assert profile.folder.stat().st_mode & 0o077 == 0


def test_the_usual_profile_lies_in_the_persons_own_data(home: Path) -> None:
    assert default_folder().is_relative_to(home)
    assert open_profile().folder == default_folder()


def test_network_drives_are_refused(tmp_path: Path) -> None:
    with pytest.raises(DomainError) as caught:
        open_profile(tmp_path / "desk", is_remote=lambda _path: True)
    assert caught.value.code == "network-drive"
    assert not (tmp_path / "desk").exists()


def test_a_folder_that_cannot_be_written_is_told_of(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x", encoding="utf-8")
    with pytest.raises(DomainError) as caught:
        open_profile(tmp_path / "file" / "desk")
    assert caught.value.code == "profile-not-writable"


@pytest.mark.parametrize(
    ("path", "kind"),
    [
        ("/home/a", "ext4"),
        ("/mnt/share/a", "nfs4"),
        ("/mnt/share", "nfs4"),
        ("/mnt/share/two words/x", "cifs"),
        ("/mnt/share/local/x", "ext4"),
        ("/mnt/shared", "ext4"),
    ],
)
def test_the_nearest_mount_decides(path: str, kind: str) -> None:
    assert file_system_of(Path(path), MOUNTS) == kind


def test_this_computers_own_disk_is_no_network_drive(tmp_path: Path) -> None:
    assert not on_network_drive(tmp_path)


def test_preferences_come_back(qtbot: QtBot, tmp_path: Path) -> None:
    path = tmp_path / "preferences.json"
    first = FilePreferences(path)
    first.set("table/x", {"widths": {"名": 80}})
    first.save()
    assert FilePreferences(path).get("table/x") == {"widths": {"名": 80}}
    assert not path.with_suffix(".new").exists()


def test_preferences_are_saved_by_themselves(qtbot: QtBot, tmp_path: Path) -> None:
    path = tmp_path / "preferences.json"
    first = FilePreferences(path)
    first.set("a", 1)
    qtbot.waitUntil(path.exists, timeout=3000)
    assert json.loads(path.read_text(encoding="utf-8")) == {"a": 1}


@pytest.mark.parametrize("text", ["{half", "[]", "\x00"])
def test_preferences_that_cannot_be_read_are_forgotten(qtbot: QtBot, tmp_path: Path, text: str) -> None:
    path = tmp_path / "preferences.json"
    path.write_text(text, encoding="utf-8")
    preferences = FilePreferences(path)
    assert preferences.get("a", 7) == 7
    preferences.set("a", 1)
    preferences.save()
    assert FilePreferences(path).get("a") == 1


def test_a_disk_that_takes_nothing_does_not_stop_the_work(qtbot: QtBot, tmp_path: Path) -> None:
    preferences = FilePreferences(tmp_path / "gone" / "preferences.json")
    preferences.set("a", 1)
    preferences.save()
    assert preferences.get("a") == 1


def test_the_second_start_wakes_the_first(qtbot: QtBot, tmp_path: Path) -> None:
    lock = tmp_path / "running.lock"
    first, second = SingleInstance(lock), SingleInstance(lock)
    woken: list[int] = []
    first.woken.connect(lambda: woken.append(1))
    assert first.acquire()
    assert not second.acquire()
    qtbot.waitUntil(lambda: woken == [1])
    first.release()
    assert second.acquire()
    second.release()


def test_another_profile_runs_beside(qtbot: QtBot, tmp_path: Path) -> None:
    first, second = SingleInstance(tmp_path / "a.lock"), SingleInstance(tmp_path / "b.lock")
    assert first.acquire()
    assert second.acquire()
    first.release()
    second.release()


def test_a_killed_program_does_not_stop_the_next_start(qtbot: QtBot, tmp_path: Path) -> None:
    lock = tmp_path / "running.lock"
    program = (
        "import os, sys, pathlib\n"
        "from PySide6.QtCore import QCoreApplication\n"
        "application = QCoreApplication([])\n"
        "from desktop.single_instance import SingleInstance\n"
        f"assert SingleInstance(pathlib.Path({str(lock)!r})).acquire(); os.kill(os.getpid(), 9)"
    )
    done = subprocess.run([sys.executable, "-c", program], check=False, capture_output=True)
    assert done.returncode == -9
    again = SingleInstance(lock)
    assert again.acquire()
    again.release()
