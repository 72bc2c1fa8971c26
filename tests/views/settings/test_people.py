"""People, groups, departments and tags through real keys over a real file."""

from __future__ import annotations

from typing import Any

from PySide6.QtWidgets import QApplication

from models.queries.accounts import group_rows, staff_rows
from models.rules.rights import Right
from models.services import accounts
from models.work import SYSTEM, Actor
from tests.views.settings.conftest import Show, Shown
from views.settings.staff import PasswordDialog


def staff_of(shown: Shown, staff_no: str) -> Any:
    return next(row for row in shown.database.read(staff_rows) if row.staff_no == staff_no)


def state_at(shown: Shown, place: int) -> Any:
    return shown.table.rows.index(shown.table.currentIndex().row(), place).data()


def new_person(shown: Shown, staff_no: str = "1009", name: str = "马芳") -> PasswordDialog:
    shown.section("staff")
    shown.press("N")
    dialog = shown.dialog()
    dialog.form.set_value("staff_no", staff_no)
    dialog.form.set_value("name", name)
    shown.press("Ctrl+Return", dialog)
    found = shown.dialog()
    assert isinstance(found, PasswordDialog)
    return found


def test_a_new_person_gets_a_first_password_that_is_shown_once(show: Show, admin: Actor) -> None:
    shown = show(admin)
    dialog = new_person(shown)
    password = dialog.line.text()
    shown.press("C", dialog)
    assert QApplication.clipboard().text() == password
    shown.press("Ctrl+Return", dialog)
    assert QApplication.activeModalWidget() is None
    result = shown.database.write(SYSTEM, accounts.sign_in, "1009", password).value
    assert result.must_change_password
    current = shown.table.current()
    assert current is not None
    assert current.staff_no == "1009"
    assert staff_of(shown, "1009").group == "客服专员"


def test_a_taken_number_is_refused_beside_its_field(show: Show, admin: Actor) -> None:
    shown = show(admin)
    shown.section("staff")
    shown.press("N")
    dialog = shown.dialog()
    dialog.form.set_value("staff_no", "0001")
    dialog.form.set_value("name", "又一位")
    shown.press("Ctrl+Return", dialog)
    assert dialog.isVisible()
    assert "0001" in dialog.form.editor("staff_no").widget.accessibleDescription()


def test_a_locked_account_is_unlocked_with_u(show: Show, admin: Actor) -> None:
    shown = show(admin)
    shown.press("Ctrl+Return", new_person(shown))
    for _try in range(5):
        shown.database.write(SYSTEM, accounts.sign_in, "1009", "wrong")
    shown.page.refresh()
    place = [column.key for column in shown.table.rows.columns].index("state")
    shown.qtbot.waitUntil(lambda: "锁定至" in str(state_at(shown, place)))
    shown.table.setFocus()
    shown.press("U")
    assert staff_of(shown, "1009").locked_until is None


def test_out_of_use_can_be_undone(show: Show, admin: Actor) -> None:
    shown = show(admin)
    shown.press("Ctrl+Return", new_person(shown))
    shown.table.setFocus()
    shown.press("D")
    assert not staff_of(shown, "1009").is_active
    undo = shown.notices[-1].undo
    assert undo is not None
    undo()
    assert staff_of(shown, "1009").is_active


def test_the_last_administrator_cannot_be_taken_out_of_use(show: Show, admin: Actor) -> None:
    shown = show(admin)
    shown.section("staff").table.go_to(admin.staff_id)
    shown.press("D")
    assert staff_of(shown, "0001").is_active
    assert shown.notices[-1].tone == "bad"


def test_a_reset_shows_another_password(show: Show, admin: Actor) -> None:
    shown = show(admin)
    first = new_person(shown)
    password = first.line.text()
    shown.press("Ctrl+Return", first)
    shown.table.setFocus()
    shown.press("P")
    shown.press("Ctrl+Return", shown.dialog())
    second = shown.dialog()
    assert isinstance(second, PasswordDialog)
    assert second.line.text() != password


def test_a_person_is_edited_and_only_what_changed_is_written(show: Show, admin: Actor) -> None:
    shown = show(admin)
    shown.press("Ctrl+Return", new_person(shown))
    shown.table.setFocus()
    shown.press("Return")
    dialog = shown.dialog()
    dialog.form.set_value("position_title", "管家")
    shown.press("Ctrl+Return", dialog)
    assert staff_of(shown, "1009").position_title == "管家"


def test_everybody_changes_their_own_password(show: Show, admin: Actor) -> None:
    shown = show(admin)
    section = shown.section("password")
    for name, text in (("current", "wrong"), ("new", "Neu-2027-wort"), ("again", "Neu-2027-worx")):
        section.form.set_value(name, text)
    assert shown.page.commit()
    assert section.form.editor("again").widget.accessibleDescription()
    section.form.set_value("again", "Neu-2027-wort")
    assert shown.page.commit()
    assert section.form.values()["current"] == "", "a wrong password is asked again"
    section.form.set_value("current", "Boss-2026-x")
    assert shown.page.commit()
    assert not any(section.form.values().values())
    assert shown.notices[-1].tone == "good"
    result = shown.database.write(SYSTEM, accounts.sign_in, "0001", "Neu-2027-wort").value
    assert result.who().staff_id == admin.staff_id


# -- groups --------------------------------------------------------------------------------------------


def test_a_built_in_group_is_only_shown(show: Show, admin: Actor) -> None:
    shown = show(admin)
    section = shown.section("groups")
    assert section.table.current().is_builtin
    shown.press("E")
    assert QApplication.activeModalWidget() is None
    assert not section._edit.isEnabled()


def test_a_copied_group_has_the_rights_that_were_ticked(show: Show, admin: Actor) -> None:
    shown = show(admin)
    section = shown.section("groups")
    section.table.go_to(next(row.id for row in section.table.shown if row.code == "clerk"))
    shown.press("K")
    dialog = shown.dialog()
    dialog.form.set_value("name", "夜班")
    dialog.boxes[Right.EXPORT].click()
    dialog.boxes[Right.REVEAL].click()
    shown.press("Ctrl+Return", dialog)
    made = next(row for row in shown.database.read(group_rows) if row.name == "夜班")
    assert Right.EXPORT in made.rights
    assert Right.REVEAL not in made.rights
    assert section.table.current().id == made.id


def test_the_rights_of_an_own_group_are_edited(show: Show, admin: Actor) -> None:
    shown = show(admin)
    section = shown.section("groups")
    shown.press("K")
    dialog = shown.dialog()
    dialog.form.set_value("name", "夜班")
    shown.press("Ctrl+Return", dialog)
    section.table.setFocus()
    shown.press("E")
    dialog = shown.dialog()
    had = dialog.boxes[Right.LOG_READ].isChecked()
    dialog.boxes[Right.LOG_READ].click()
    shown.press("Ctrl+Return", dialog)
    made = next(row for row in shown.database.read(group_rows) if row.name == "夜班")
    assert (Right.LOG_READ in made.rights) is not had


def test_rights_beyond_ones_own_are_off(show: Show, clerk: Actor) -> None:
    lesser = Actor(clerk.staff_id, clerk.staff_no, clerk.name, frozenset({Right.STAFF}), "own")
    shown = show(lesser)
    shown.section("groups")
    shown.press("N")
    dialog = shown.dialog()
    assert dialog.boxes[Right.STAFF].isEnabled()
    assert not dialog.boxes[Right.RESTORE].isEnabled()
    dialog.reject()


# -- departments and tags ------------------------------------------------------------------------------


def test_departments_change_places_with_alt_and_arrows(show: Show, admin: Actor) -> None:
    shown = show(admin)
    section = shown.section("departments")
    before = [row.name for row in section.table.shown]
    shown.press("Alt+Down")
    after = [row.name for row in section.table.shown]
    assert after[:2] == [before[1], before[0]]
    assert section.table.current().name == before[0]
    shown.press("Alt+Up")
    assert [row.name for row in section.table.shown] == before


def test_a_department_in_use_is_not_deleted(show: Show, admin: Actor) -> None:
    shown = show(admin)
    section = shown.section("departments")
    count = len(section.table.shown)
    shown.press("Delete")
    shown.press("Ctrl+Return", shown.dialog())
    assert len(section.table.shown) == count
    assert shown.notices[-1].tone == "bad"


def test_tags_are_made_renamed_and_deleted(show: Show, admin: Actor) -> None:
    shown = show(admin)
    section = shown.section("tags")
    shown.press("N", section.table)
    dialog = shown.dialog()
    dialog.form.set_value("name", "老年客户")
    shown.press("Ctrl+Return", dialog)
    assert section.table.current().name == "老年客户"
    section.table.setFocus()
    shown.press("E")
    dialog = shown.dialog()
    dialog.form.set_value("category", "关怀")
    shown.press("Ctrl+Return", dialog)
    assert section.table.current().category == "关怀"
    section.table.setFocus()
    shown.press("Delete")
    shown.press("Ctrl+Return", shown.dialog())
    assert not section.table.shown
