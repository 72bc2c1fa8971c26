"""The page of residents: one person whole, forms, reveal, batch edit, erasure, export."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest
from openpyxl import load_workbook
from PySide6.QtWidgets import QApplication

from models.queries.residents import ResidentFilter, resident_detail, resident_keys, resident_rows
from models.services import occupancies, residents
from tests.views.archive_desk import Desk, words_of
from views.archive.pickers import PickEditor, TagsEditor
from views.exports.dialog import ExportDialog
from views.residents.page import ResidentsPage
from views.tasks import threaded_runner


@pytest.fixture
def page(desk: Desk) -> ResidentsPage:
    made = desk.show(ResidentsPage)
    made.open(resident_id=desk.estate.owner)
    return made


def test_a_person_is_shown_whole_and_masked(page: ResidentsPage) -> None:
    words = words_of(page.detail)
    for expected in ("吴学文", "★ 重要客户", "189****1443", "3-2-1501", "业主", "教师", "1949-12-31"):
        assert expected in words
    assert "18912341443" not in words and "11010519491231002X" not in words


def test_phones_and_papers_are_revealed_and_logged(desk: Desk, page: ResidentsPage) -> None:
    desk.press(page, "S")
    desk.press(page, "U")
    words = words_of(page.detail)
    assert "18912341443" in words and "0755-88886666" in words and "11010519491231002X" in words
    assert len(desk.logged("phones.reveal_phone")) == 2
    assert desk.logged("residents.reveal_id_number") == ["吴学文"]


def test_a_resident_is_made(desk: Desk, page: ResidentsPage) -> None:
    desk.press(page, "N")
    dialog = desk.dialog()
    dialog.form.set_value("name", "仇立新")
    desk.confirm(dialog)
    assert "请至少留一个联系方式" in words_of(dialog)
    dialog.form.set_value("phones", "13800001111，13900002222")
    dialog.form.set_value("tags", ("老年客户", "独居"))
    desk.confirm(dialog)
    assert page.person is not None and page.person.name == "仇立新"
    assert [phone.masked for phone in page.person.phones] == ["138****1111", "139****2222"]
    assert sorted(tag.name for tag in page.person.tags) == ["独居", "老年客户"]
    assert page.table.current_key() == page.person.id


def test_an_edit_keeps_the_masked_number_as_it_is(desk: Desk, page: ResidentsPage) -> None:
    desk.press(page, "E")
    dialog = desk.dialog()
    assert "1231" not in str(dialog.form.values()["id_number"])
    dialog.form.set_value("hobbies", "钓鱼")
    desk.confirm(dialog)
    found = desk.read(resident_detail, desk.estate.owner)
    assert found.hobbies == "钓鱼"
    assert desk.do(residents.reveal_id_number, desk.estate.owner) == "11010519491231002X"


def test_phones_are_added_ordered_and_deleted(desk: Desk, page: ResidentsPage) -> None:
    desk.press(page, "P")
    dialog = desk.dialog()
    dialog.form.set_value("number", "abc")
    desk.confirm(dialog)
    assert "这不像电话号码" in words_of(dialog)
    dialog.form.set_value("number", "13700003333")
    dialog.form.set_value("label", "配偶")
    desk.confirm(dialog)
    assert page.person is not None
    last = page.person.phones[-1]
    page.dialogs.edit_phone(page.person, last)
    dialog = desk.dialog()
    dialog.form.set_value("is_first", True)
    desk.confirm(dialog)
    assert page.person.phones[0].masked == "137****3333"
    page.dialogs.edit_phone(page.person, page.person.phones[1])
    desk.delete(desk.dialog())
    assert [phone.masked for phone in page.person.phones] == ["137****3333", "0755****6666"]


def test_tags_are_given_and_taken(desk: Desk, page: ResidentsPage) -> None:
    desk.press(page, "G")
    dialog = desk.dialog()
    editor = dialog.form.editor("tags")
    assert isinstance(editor, TagsEditor)
    editor.line.insert("老年客户、养犬户")
    desk.confirm(dialog)
    assert page.person is not None
    assert {tag.name for tag in page.person.tags} == {"老年客户", "养犬户"}
    desk.press(page, "G")
    dialog = desk.dialog()
    dialog.form.set_value("tags", ("养犬户",))
    desk.confirm(dialog)
    assert [tag.name for tag in page.person.tags] == ["养犬户"]
    box = page.filters["tag_id"]
    box.setCurrentIndex(box.findText("养犬户 1"))
    assert list(page.model.keys) == [desk.estate.owner]


def test_somebody_moves_into_another_room(desk: Desk, page: ResidentsPage) -> None:
    desk.press(page, "R")
    dialog = desk.dialog()
    picker = dialog.form.editor("room_id")
    assert isinstance(picker, PickEditor)
    picker.line.insert("3栋2单元1502")
    assert picker.offered() == ["3-2-1502"]
    desk.confirm(dialog)
    assert "请从列表中选择" in words_of(dialog)
    picker.choose(0)
    desk.confirm(dialog)
    assert page.person is not None
    assert {stay.room_code for stay in page.person.occupancies} == {"3-2-1501", "3-2-1502"}


def test_filters_find_former_and_key_customers(desk: Desk, page: ResidentsPage) -> None:
    page.chips._buttons["key"].click()
    assert list(page.model.keys) == [desk.estate.owner]
    stay = desk.read(resident_detail, desk.estate.tenant).occupancies[0]
    desk.context.tasks.write(page, occupancies.end_occupancy, stay.id, date(2026, 11, 1))
    page.chips._buttons["former"].click()
    assert list(page.model.keys) == [desk.estate.tenant]
    page.open(resident_id=desk.estate.owner)
    assert page.chips.current == "all" and page.table.current_key() == desk.estate.owner


def test_many_residents_are_changed_at_once(desk: Desk, page: ResidentsPage) -> None:
    page.table.selectAll()
    desk.press(page, "B")
    dialog = desk.dialog()
    desk.confirm(dialog)
    assert "没有选择要改的内容" in words_of(dialog)
    dialog.form.set_value("level", "prospect")
    dialog.form.set_value("add", ("商业租户",))
    desk.confirm(dialog)
    rows = desk.read(resident_rows, desk.read(resident_keys, ResidentFilter()))
    assert {(row.level, row.tags) for row in rows} == {("prospect", ("商业租户",))}
    assert "2 位" in desk.notices[-1].text
    assert len(desk.logged("batch.resident")) == 2


def test_erasing_needs_moving_out_a_reason_and_a_yes(desk: Desk, page: ResidentsPage) -> None:
    desk.press(page, "Ctrl+Del")
    dialog = desk.dialog()
    desk.confirm(dialog)
    assert "请填写原因" in words_of(dialog)
    dialog.form.set_value("reason", "本人 11 月 20 日当面提出")
    desk.confirm(dialog)
    assert "请先确认" in words_of(dialog)
    dialog.form.set_value("is_sure", True)
    desk.confirm(dialog)
    assert "请先办理迁出" in words_of(dialog)
    stay = desk.read(resident_detail, desk.estate.owner).occupancies[0]
    desk.do(occupancies.end_occupancy, stay.id, date(2026, 11, 1))
    desk.confirm(dialog)
    assert desk.read(resident_detail, desk.estate.owner).name == "已注销"
    assert "吴学文" not in words_of(page.detail)


def test_a_ticket_begins_with_person_and_room(desk: Desk, page: ResidentsPage) -> None:
    desk.press(page, "T")
    expected = {"resident_id": desk.estate.owner, "room_id": desk.estate.room}
    assert desk.gone_to == [("intake", expected)]


@pytest.mark.parametrize(("masked", "shown"), [(True, "189****1443"), (False, "18912341443")])
def test_the_list_leaves_as_a_workbook(
    desk: Desk, page: ResidentsPage, tmp_path: Path, masked: bool, shown: str
) -> None:
    desk.press(page, "X")
    dialog = QApplication.activeModalWidget()
    assert isinstance(dialog, ExportDialog)
    dialog.form.set_value("path", str(tmp_path / "nowhere" / "x.xlsx"))
    desk.confirm(dialog)
    assert "没有这个文件夹" in words_of(dialog)
    dialog.form.set_value("path", str(tmp_path / "住户"))
    dialog.form.set_value("masked", masked)
    desk.confirm(dialog)
    book = load_workbook(tmp_path / "住户.xlsx")
    cells = [str(cell.value) for row in book.worksheets[0].iter_rows() for cell in row]
    book.close()
    assert any(shown in cell for cell in cells)
    assert "2 行" in desk.notices[-1].text
    assert len(desk.logged("export")) == 1


def test_a_record_is_opened_while_the_list_is_still_read(desk: Desk) -> None:
    """With real threads: the answers come later and in any order."""
    runner = threaded_runner(desk.database, actor=desk.actor)
    desk.context = replace(desk.context, tasks=runner)
    page = desk.show(ResidentsPage)
    page.chips.choose("prospect")  # hides the person
    page.open(resident_id=desk.estate.tenant)
    desk.qtbot.waitUntil(lambda: page.table.current_key() == desk.estate.tenant)
    desk.qtbot.waitUntil(lambda: page.person is not None and page.person.id == desk.estate.tenant)
    assert page.chips.current == "all"
    page.table.go_to(desk.estate.owner)
    desk.qtbot.waitUntil(lambda: page.person is not None and page.person.id == desk.estate.owner)
    runner.close()
