"""The page itself: what is shown to whom, and how the keyboard goes through it."""

from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtWidgets import QApplication

from models.parameters import ALL
from models.rules.rights import Right
from models.services import departments
from models.work import Actor
from tests.views.settings.conftest import Show
from views.settings import log_words
from views.settings.group_words import RIGHT_AREAS
from views.settings.parameter_groups import GROUPS
from views.settings.sections import SECTIONS

ADMIN_ONLY = {
    "人员与账号",
    "权限组",
    "部门",
    "工单类别",
    "参数",
    "项目资料",
    "备份与密钥",
    "操作日志",
    "导入",
}


def test_an_administrator_sees_every_section(show: Show, admin: Actor) -> None:
    assert show(admin).titles() == [spec.title for spec in SECTIONS]


def test_a_clerk_sees_no_section_of_administrators(show: Show, clerk: Actor) -> None:
    shown = show(clerk)
    assert not ADMIN_ONLY & set(shown.titles())
    assert {"外观", "打印机与纸张", "标签库", "关于"} <= set(shown.titles())
    before = shown.page.section
    shown.page.open(section="parameters")
    assert shown.page.section is before


def test_every_section_opens_and_refreshes(show: Show, admin: Actor) -> None:
    shown = show(admin)
    for spec in SECTIONS:
        section = shown.section(spec.key)
        assert section.accessibleName() == spec.title
        shown.page.refresh()
        keys = [action.shortcut().toString() for action in section.commands]
        assert all(keys), spec.key
        assert len(set(keys)) == len(keys)
    assert not [notice for notice in shown.notices if notice.tone == "bad"]


@pytest.mark.usefixtures("english")
def test_every_section_opens_in_english(show: Show, admin: Actor) -> None:
    shown = show(admin)
    for spec in SECTIONS:
        shown.section(spec.key)
    assert "People and accounts" in shown.titles()


def test_arrows_walk_the_list_and_enter_goes_inside(show: Show, admin: Actor) -> None:
    shown = show(admin)
    shown.page.list.setFocus()
    for _step in range(3):
        shown.press("Down")
    assert shown.page.section is shown.section("staff")
    shown.page.list.setFocus()
    shown.press("Return")
    assert QApplication.focusWidget() is shown.table
    assert shown.page.step_back()
    assert shown.page.list.hasFocus()
    assert not shown.page.step_back()


def test_control_page_keys_change_the_section_from_inside(show: Show, admin: Actor) -> None:
    shown = show(admin)
    staff = shown.section("staff")
    shown.press("Ctrl+PageDown")
    assert shown.page.section is not staff
    assert QApplication.focusWidget() is shown.table
    shown.press("Ctrl+PageUp")
    assert shown.page.section is staff


def test_the_keys_of_a_section_are_off_in_another(show: Show, admin: Actor) -> None:
    shown = show(admin)
    staff = shown.section("staff")
    shown.section("tags")
    assert not set(staff.commands) & set(shown.page.actions())
    assert set(shown.page.section.commands) <= set(shown.page.actions())


def test_a_change_from_elsewhere_is_shown(show: Show, admin: Actor) -> None:
    shown = show(admin)
    section = shown.section("departments")
    count = len(section.table.shown)
    values = {"name": "会所", "kind": "service"}
    shown.page.context.tasks.write(shown.page, departments.create_department, values)
    assert len(section.table.shown) == count + 1


@pytest.mark.usefixtures("english")
def test_the_language_in_use_is_the_chosen_one(show: Show, admin: Actor) -> None:
    section = show(admin).section("look")
    assert section.languages.current == "en"
    assert not section.note.text()


def test_the_look_changes_at_once(show: Show, admin: Actor) -> None:
    shown = show(admin)
    section = shown.section("look")
    shown.press("D")
    assert shown.desk.looks == ("light", 1.0, "zh_CN")
    shown.press("Plus")
    assert shown.desk.looks == ("light", 1.15, "zh_CN")
    shown.press("L")
    assert shown.desk.looks[2] == "en"
    assert "下次启动" in section.note.text()


def test_a_printer_keeps_its_profile(show: Show, admin: Actor) -> None:
    shown = show(admin)
    section = shown.section("printers")
    shown.press("E")
    form = shown.dialog().form
    form.set_value("form", "241x139.7")
    form.set_value("offset_x", 9_999)
    shown.press("Return", form.editor("scale").widget)
    shown.press("Ctrl+Return", shown.dialog())
    assert shown.dialog().form is form, "an offset of 99.99 mm is refused"
    form.set_value("offset_x", 150)
    shown.press("Ctrl+Return", shown.dialog())
    row = section.table.current()
    assert (row.setting.form, row.setting.offset_x, row.is_set) == ("241x139.7", 150, True)


def test_the_calibration_page_is_printed_with_the_form_of_the_printer(show: Show, admin: Actor) -> None:
    shown = show(admin)
    shown.section("printers")
    shown.press("C")
    assert ("calibration", "EPSON LQ-630K", "A5", None) in shown.desk.asked


def test_a_backup_is_made_and_listed(show: Show, admin: Actor) -> None:
    shown = show(admin)
    section = shown.section("backup")
    assert not section.table.shown
    shown.press("B", section)
    assert ("back_up",) in shown.desk.asked
    assert [row.reason for row in section.table.shown] == ["manual"]


def test_the_recovery_file_wants_its_passphrase_twice(show: Show, admin: Actor, tmp_path: Path) -> None:
    shown = show(admin)
    shown.section("backup")
    shown.press("K", shown.page.section)
    dialog = shown.dialog()
    path = tmp_path / "key.json"
    dialog.form.editor("path").line.setText(str(path))
    dialog.form.set_value("words", "春风十里不如前台一句话真的")
    dialog.form.set_value("again", "另一句")
    shown.press("Ctrl+Return", dialog)
    assert shown.desk.asked == []
    dialog.form.set_value("again", "春风十里不如前台一句话真的")
    shown.press("Ctrl+Return", dialog)
    assert shown.desk.asked == [("recovery", path, "春风十里不如前台一句话真的")]
    assert not dialog.isVisible()


def test_the_import_page_is_one_key_away(show: Show, admin: Actor) -> None:
    shown = show(admin)
    section = shown.section("import")
    shown.press("I", section)
    assert shown.visits == ["import"]


def test_about_tells_version_and_data_folder(show: Show, admin: Actor, tmp_path: Path) -> None:
    shown = show(admin)
    section = shown.section("about")
    shown.press("C", section)
    copied = QApplication.clipboard().text()
    assert str(tmp_path) in copied
    assert "qiantai" in copied


def test_every_right_and_every_parameter_has_its_place() -> None:
    assert sorted(right for area in RIGHT_AREAS for right in area.rights) == sorted(Right)
    told = [parameter.key for group in GROUPS for parameter in group.parameters]
    assert sorted(told) == sorted(parameter.key for parameter in ALL)


def test_operations_are_told_in_words() -> None:
    assert log_words.operation_words("tickets.dispatch") == "工单 · 派单"
    assert log_words.operation_words("departments.edit_department") == "部门 · 修改"
    assert log_words.operation_words("new.thing") == "new · thing"
