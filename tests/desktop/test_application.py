"""The window's life: first start, first password, signing in, locking, and what it cannot open."""

from __future__ import annotations

import os
import shutil
import threading
from collections.abc import Callable
from pathlib import Path

import pytest
import shiboken6
from PySide6.QtCore import QEvent, Qt, QTimer
from PySide6.QtWidgets import QAbstractButton, QApplication, QDialog, QLineEdit, QPushButton

from desktop.crash_dialog import CrashDialog
from desktop.desk import open_desk
from desktop.paths import open_profile
from models.services import accounts
from models.services.seeds import seed_id
from models.work import SYSTEM
from tests.desktop.command_line import ADMIN, CLERK, PASSWORD
from tests.desktop.running import Start
from views.intake.page import IntakePage
from views.sign_in.first_run import EnrolCover, NewSiteCover
from views.sign_in.sign_in import NewPasswordCover, SignInCover
from views.sign_in.stopped import StoppedCover

# -- the first start ---------------------------------------------------------------------------------


def test_from_nothing_to_the_first_page(start: Start) -> None:
    running = start()
    assert isinstance(running.cover, NewSiteCover)
    running.fill(site="春江花园", staff_no=ADMIN, name="王敏", password="First-time-01")
    running.submit()
    running.until(lambda: isinstance(running.cover, SignInCover))
    running.sign_in(password="First-time-01")
    assert running.window.current_page() is not None, "a password of one's own choice need not be changed"
    assert running.application.user is not None
    assert running.application.user.name == "王敏"


def test_a_password_that_somebody_else_gave_is_changed_first(start: Start, profile: Path) -> None:
    desk = open_desk(open_profile(profile))
    values = {"staff_no": "1003", "name": "赵新", "group_id": seed_id("group", "clerk")}
    desk.database.write(SYSTEM, accounts.create_staff, values, password="First-time-01")
    desk.close()
    running = start(profile)
    running.fill(staff_no="1003", password="First-time-01")
    running.submit()
    running.until(lambda: isinstance(running.cover, NewPasswordCover))
    running.fill(new=PASSWORD, again="something else 1")
    running.submit()
    assert "两次输入的密码不一样" in running.words_on_cover
    running.form_cover.form.set_values({"again": ""})
    running.fill(again=PASSWORD)
    running.submit()
    running.until(lambda: running.cover is None)
    running.settle()
    assert running.window.current_page() is not None


def test_a_weak_password_at_the_first_start_can_be_mended(start: Start) -> None:
    running = start()
    running.fill(site="春江花园", staff_no=ADMIN, name="王敏", password="1001")
    running.submit()
    running.until(lambda: "密码不够安全" in running.words_on_cover)
    assert isinstance(running.cover, NewSiteCover), "what was typed is still there"
    assert running.form_cover.form.values()["site"] == "春江花园"
    running.form_cover.form.set_values({"password": ""})
    running.fill(password="First-time-01")
    running.submit()
    running.until(lambda: isinstance(running.cover, SignInCover))


def test_headquarters_that_is_away_at_the_first_start_leaves_the_form(start: Start) -> None:
    running = start()
    running.click(next(one for one in running.window.findChildren(QAbstractButton) if "登记码" in one.text()))
    assert isinstance(running.cover, EnrolCover)
    running.fill(url="http://127.0.0.1:9", code="AAAA-BBBB")
    running.submit()
    running.until(lambda: "连不上总部" in running.words_on_cover)
    assert running.form_cover.form.values()["code"] == "AAAA-BBBB"
    assert not running.application.profile.database.exists()


# -- signing in, locking -----------------------------------------------------------------------------


def test_a_wrong_password_says_how_often_one_may_still_try(start: Start, profile: Path) -> None:
    running = start(profile)
    running.fill(staff_no=ADMIN, password="wrong")
    running.submit()
    running.until(lambda: "还可再试 4 次" in running.words_on_cover)
    assert running.form_cover.form.values()["password"] in {"", None}
    running.sign_in()
    assert running.application.user is not None


def test_the_lock_keeps_what_was_typed(start: Start, profile: Path) -> None:
    running = start(profile)
    running.sign_in(CLERK)
    running.press(Qt.Key.Key_F2)
    page = running.page(IntakePage)
    running.settle()
    page.form.editor("matter").set_value("厨房水槽下方漏水")
    running.application.lock()
    assert isinstance(running.cover, SignInCover)
    assert "已锁定" in running.words_on_cover
    assert not page.isVisible(), "nothing of the page can be read"
    running.sign_in(CLERK)
    assert running.page(IntakePage) is page
    assert page.form.editor("matter").value() == "厨房水槽下方漏水"


def test_a_dialog_does_not_stand_over_the_lock_and_keeps_what_was_typed(start: Start, profile: Path) -> None:
    running = start(profile)
    running.sign_in(CLERK)
    dialog = QDialog(running.window)
    typed = QLineEdit(dialog)
    dialog.open()
    typed.setText("18909711443")
    running.application.lock()
    assert not dialog.isVisible()
    running.press(Qt.Key.Key_2, on=running.window)
    running.sign_in(CLERK)
    assert dialog.isVisible()
    assert dialog.isModal()
    assert typed.text() == "18909711443"
    running.application.lock()
    running.sign_in(ADMIN)
    QApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete.value)
    assert not shiboken6.isValid(dialog), "the next person does not see it"


def test_another_person_gets_a_window_of_their_own(start: Start, profile: Path) -> None:
    running = start(profile)
    running.sign_in(CLERK)
    first = running.window.current_page()
    running.application.lock()
    running.sign_in(ADMIN)
    assert running.application.user is not None
    assert running.application.user.staff_no == ADMIN
    assert running.window.current_page() is not first


def test_the_number_is_remembered_at_the_next_start(start: Start, profile: Path) -> None:
    running = start(profile)
    running.sign_in(CLERK)
    running.close()
    again = start(profile)
    assert again.form_cover.form.values()["staff_no"] == CLERK
    assert again.form_cover.form.editor("password").widget.hasFocus()


def test_in_english(start: Start, profile: Path) -> None:
    running = start(profile, language="en")
    assert "staff number" in running.words_on_cover.lower()
    running.sign_in()
    said = [one.text() for one in running.window.findChildren(QPushButton) if one.isVisible()]
    assert not [text for text in said if any("一" <= sign <= "鿿" for sign in text)]


# -- what cannot be opened ---------------------------------------------------------------------------


def garble(path: Path) -> None:
    with path.open("r+b") as file:
        file.seek(path.stat().st_size // 2 // 4096 * 4096)
        file.write(b"\xa5" * 4096 * 40)


@pytest.mark.parametrize(
    ("spoil", "said"),
    [
        (lambda folder: os.truncate(folder / "qiantai.db", 5000), "数据文件已损坏"),
        (lambda folder: garble(folder / "qiantai.db"), "数据文件已损坏"),
        (lambda folder: (folder / "database.key").write_text("ab" * 32), "保存的密钥不是这个数据目录的"),
        (lambda folder: (folder / "database.key").unlink(), "找不到数据密钥"),
    ],
    ids=["truncated", "damaged", "wrong key", "lost key"],
)
def test_a_file_that_cannot_be_opened_is_said_and_can_be_tried_again(
    start: Start, profile: Path, tmp_path: Path, spoil: Callable[[Path], object], said: str
) -> None:
    good = Path(shutil.copytree(profile, tmp_path / "good"))
    spoil(profile)
    running = start(profile)
    cover = running.cover
    assert isinstance(cover, StoppedCover)
    assert said in cover.words.text()
    for name in ("qiantai.db", "database.key"):
        shutil.copy2(good / name, profile / name)
    running.click(cover.buttons[-1])
    running.until(lambda: isinstance(running.cover, SignInCover))
    running.sign_in()


# -- bugs --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("where", ["slot", "thread", "task"])
def test_a_bug_is_a_report_and_the_window_goes_on(
    start: Start, profile: Path, where: str, capsys: pytest.CaptureFixture[str]
) -> None:
    running = start(profile)
    running.sign_in()

    def broken(*_arguments: object) -> None:
        raise RuntimeError("18909711443")

    if where == "slot":
        QTimer.singleShot(0, broken)
    elif where == "thread":
        threading.Thread(target=broken).start()
    else:
        assert running.application.tasks is not None
        running.application.tasks.read(running.window, broken)
    running.until(lambda: running.window.findChild(CrashDialog) is not None)
    dialog = running.window.findChild(CrashDialog)
    assert dialog is not None
    assert "RuntimeError" in dialog.text.toPlainText()
    assert "18909711443" not in dialog.text.toPlainText()
    dialog.accept()
    running.activate()
    running.press(Qt.Key.Key_F2)
    assert running.page(IntakePage).isVisible()
    for report in running.application.crash_reports.reports():
        report.path.unlink()
    capsys.readouterr()
