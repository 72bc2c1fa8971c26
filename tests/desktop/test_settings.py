"""The settings in the whole program: real backups, the real key, real paper, on threads."""

from __future__ import annotations

import json
from pathlib import Path

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication, QLabel

from desktop.desk import open_desk
from desktop.key_recovery import read_recovery
from desktop.paths import open_profile
from models.services import backup
from tests.desktop.command_line import ADMIN, CLERK, PASSWORD
from tests.desktop.running import CTRL, Running, Start
from views.settings.backups import BackupsSection, RecoveryDialog
from views.settings.look import LookSection
from views.settings.page import SettingsPage
from views.settings.printers import PrintersSection, _print_calibration

WORDS = "correct horse battery"


def at_section(running: Running, key: str, user: str = ADMIN) -> SettingsPage:
    running.sign_in(user)
    running.press(Qt.Key.Key_Comma, CTRL)
    page: SettingsPage = running.page(SettingsPage)
    page.open(section=key)
    page.section.focus_inside()
    running.settle()
    return page


def words_of(section: BackupsSection) -> str:
    return "\n".join(one.text() for one in section.card.findChildren(QLabel))


def test_a_backup_made_in_the_settings_is_a_good_one(start: Start, profile: Path) -> None:
    running = start(profile)
    section = at_section(running, "backup").section
    assert isinstance(section, BackupsSection)
    had = len(section.table.shown)
    running.press(Qt.Key.Key_B)
    running.until(lambda: len(section.table.shown) > had)
    made = section.table.shown[0]
    assert made.reason == backup.MANUAL
    assert made.size > 100_000
    assert "✓ 上次备份" in words_of(section)
    assert "database.key" in words_of(section), "without a key store it says which file holds the key"


def test_the_recovery_file_opens_with_its_passphrase(start: Start, profile: Path, tmp_path: Path) -> None:
    running = start(profile)
    at_section(running, "backup")
    running.press(Qt.Key.Key_K)
    dialog = QApplication.activeModalWidget()
    assert isinstance(dialog, RecoveryDialog)
    path = tmp_path / "recovery.json"
    dialog.form.editor("path").set_value(str(path))
    dialog.form.set_value("words", WORDS)
    dialog.form.set_value("again", WORDS)
    running.press(Qt.Key.Key_Return, CTRL, on=dialog)
    running.until(path.exists)
    running.settle()
    assert json.loads(path.read_text(encoding="utf-8"))["format"]
    running.close()
    desk = open_desk(open_profile(profile))
    try:
        assert read_recovery(path, WORDS) == desk.keys.read()
    finally:
        desk.close()


def test_the_calibration_page_becomes_a_pdf(start: Start, profile: Path, tmp_path: Path) -> None:
    running = start(profile)
    section = at_section(running, "printers").section
    assert isinstance(section, PrintersSection)
    path = tmp_path / "page.pdf"
    section.context.tasks.long(section, _print_calibration, section.desk, "", "241x139.7", path, title="PDF")
    running.until(path.exists)
    running.settle()
    assert path.read_bytes().startswith(b"%PDF")


def test_the_scheme_chosen_is_in_force_and_kept(start: Start, profile: Path) -> None:
    running = start(profile)
    section = at_section(running, "look", CLERK).section
    assert isinstance(section, LookSection)
    running.press(Qt.Key.Key_D)
    running.press(Qt.Key.Key_D)
    assert running.application.theme.tokens.is_dark
    running.close()
    again = start(profile)
    assert again.application.theme.tokens.is_dark


def test_ones_own_password_is_the_one_at_the_next_sign_in(start: Start, profile: Path) -> None:
    running = start(profile)
    page = at_section(running, "password", CLERK)
    form = page.section.form  # type: ignore[attr-defined]
    for name, text in (("current", PASSWORD), ("new", "Another-2027-x"), ("again", "Another-2027-x")):
        running.keys(text, form.editor(name).widget)
    running.press(Qt.Key.Key_Return, CTRL)
    running.settle()
    assert form.values()["new"] == ""
    running.application.lock()
    running.sign_in(CLERK, "Another-2027-x")
    assert running.cover is None
