"""The window on a file that does not open: every trouble has a way out of it."""

from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtCore import Qt

from desktop.desk import open_desk
from desktop.key_recovery import export_recovery
from desktop.key_store import KeyStore
from desktop.paths import open_profile
from models.services import backup
from models.work import SYSTEM
from tests.desktop.running import Running, Start
from views.sign_in.sign_in import SignInCover
from views.sign_in.stopped import RestoreDialog, StoppedCover

WORDS = "春风十里不如前台一句话真的"


def back_up(profile: Path) -> Path:
    desk = open_desk(open_profile(profile))
    try:
        return backup.make(desk.database, SYSTEM, profile / "backups").path
    finally:
        desk.close()


def stopped(running: Running) -> StoppedCover:
    cover = running.cover
    assert isinstance(cover, StoppedCover), cover
    return cover


def labels(running: Running) -> list[str]:
    return [one.text() for one in stopped(running).buttons]


def restore_newest(running: Running) -> None:
    dialog = stopped(running).ask_for_backup()
    asked: list[Path] = []
    dialog._chosen = asked.append
    running.click(dialog.confirm_button)
    confirm = stopped(running).confirm_restore(asked[0])
    running.click(confirm.confirm_button)


def test_a_damaged_file_is_restored_in_the_window(start: Start, profile: Path) -> None:
    made = back_up(profile)
    (profile / "qiantai.db").write_bytes(b"\0" * 8192)
    running = start(profile)
    assert labels(running) == ["从备份恢复…", "再试一次"]
    assert "已损坏" in running.words_on_cover
    running.click(stopped(running).buttons[1])
    running.until(lambda: isinstance(running.cover, StoppedCover) and stopped(running).buttons[1].isEnabled())
    dialog = stopped(running).ask_for_backup()
    assert isinstance(dialog, RestoreDialog)
    assert dialog.list.count() == 1
    assert made.name in dialog.list.item(0).text()
    dialog.reject()
    restore_newest(running)
    running.until(lambda: isinstance(running.cover, SignInCover))
    running.sign_in()
    kept = list(profile.glob("*.replaced-*.db"))
    assert [path.read_bytes() for path in kept] == [b"\0" * 8192]


def test_a_backup_that_is_damaged_too_leaves_all_ways_open(start: Start, profile: Path) -> None:
    made = back_up(profile)
    made.write_bytes(b"\0" * 8192)
    (profile / "qiantai.db").write_bytes(b"\0" * 8192)
    running = start(profile)
    restore_newest(running)
    running.until(stopped(running).buttons[0].isEnabled)
    assert stopped(running).said.text().startswith("备份已损坏")
    running.click(stopped(running).buttons[1])
    running.until(lambda: isinstance(running.cover, StoppedCover) and stopped(running).said.isHidden())
    assert labels(running) == ["从备份恢复…", "再试一次"], "trying again opens, it does not restore"


@pytest.mark.parametrize("loss", ["gone", "another"])
def test_a_lost_key_comes_back_in_the_window(start: Start, profile: Path, tmp_path: Path, loss: str) -> None:
    recovery = tmp_path / "recovery.json"
    export_recovery(KeyStore(profile), recovery, WORDS)
    key = profile / "database.key"
    key.unlink() if loss == "gone" else key.write_text("ab" * 32, encoding="ascii")
    running = start(profile)
    assert labels(running) == ["导入密钥恢复文件…", "再试一次"]
    for words in ("不是这一句话不是这一句话", WORDS):
        dialog = stopped(running).ask_for_passphrase(recovery)
        dialog.form.set_value("words", words)
        running.click(dialog.confirm_button)
        if words != WORDS:
            running.until(lambda: stopped(running).said.text().startswith("口令不对"))
    running.until(lambda: isinstance(running.cover, SignInCover))
    running.sign_in()


def test_a_key_and_a_file_lost_together_come_back_one_after_the_other(
    start: Start, profile: Path, tmp_path: Path
) -> None:
    recovery = tmp_path / "recovery.json"
    export_recovery(KeyStore(profile), recovery, WORDS)
    back_up(profile)
    (profile / "qiantai.db").write_bytes(b"\0" * 8192)
    (profile / "database.key").unlink()
    running = start(profile)
    dialog = stopped(running).ask_for_passphrase(recovery)
    dialog.form.set_value("words", WORDS)
    running.click(dialog.confirm_button)
    running.until(lambda: labels(running)[0] == "从备份恢复…")
    restore_newest(running)
    running.until(lambda: isinstance(running.cover, SignInCover))
    running.sign_in()


def test_f1_helps_before_anybody_has_signed_in(start: Start, profile: Path) -> None:
    running = start(profile)
    running.press(Qt.Key.Key_F1, on=running.window)
    shown = running.window.help
    assert shown is not None
    assert shown.isVisible()
    assert shown.topic == "sign_in"
