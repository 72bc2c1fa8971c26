"""The import page: both real samples through the window, corrections, cancel, rejects, taking back."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from openpyxl import Workbook, load_workbook
from PySide6.QtCore import QMimeData, QPointF, Qt, QUrl
from PySide6.QtGui import QDropEvent
from PySide6.QtWidgets import QApplication

from models.errors import Cancelled
from models.queries.residents import ResidentFilter, resident_keys
from models.queries.rooms import RoomFilter, room_keys
from models.services import rooms
from models.spreadsheets.applying import imports
from models.spreadsheets.mapping import mapping_names
from tests.views.archive_desk import Desk, words_of
from views.archive.dialogs import Question
from views.archive_import.column_table import CODES, read_codes_text
from views.archive_import.page import COLUMNS, FILE, REHEARSAL, RESULT, ImportPage
from views.tasks import Job

SAMPLES = Path("/work/shared/samples")
LINKED, FLAT = SAMPLES / "estate-linked-sheets-2020.xlsx", SAMPLES / "rooms-flat.xlsx"
needs_samples = pytest.mark.skipif(not LINKED.exists(), reason="the sample workbooks are not on this machine")


@pytest.fixture
def page(desk: Desk) -> ImportPage:
    return desk.show(ImportPage)


@pytest.fixture
def foreign(tmp_path: Path) -> Path:
    """A workbook in another language: nothing of it is known."""
    book = Workbook()
    sheet = book.worksheets[0]
    for row in (
        ["Haus", "Tür", "Bewohner", "Fon", "Zustand"],
        ["7", "101", "张三", "13800138001", "A"],
        ["7", "102", "李四", "13800138002", "B"],
        ["7", None, None, None, "B"],
    ):
        sheet.append(row)
    path = tmp_path / "foreign.xlsx"
    book.save(path)
    return path


def rooms_there(desk: Desk) -> int:
    return len(desk.read(room_keys, RoomFilter()))


def correct(page: ImportPage, column: int, field: str) -> None:
    """Choose a field in the combo of a column, as a click in its list does."""
    box = page.columns.columns.combo(column)
    row = next(at for at in range(box.count()) if box.itemData(at) == field)
    box.setCurrentIndex(row)
    box.activated.emit(row)


def point_at_header(page: ImportPage, row: int) -> None:
    """Choose the row of the header, as Excel counts."""
    box = page.columns.header_row
    box.setCurrentIndex(box.findData(row))
    box.activated.emit(box.currentIndex())


@needs_samples
@pytest.mark.parametrize(("path", "rooms_new"), [(LINKED, 8), (FLAT, 1)])
def test_a_real_workbook_is_imported_and_taken_back(
    desk: Desk, page: ImportPage, path: Path, rooms_new: int
) -> None:
    before, people = rooms_there(desk), len(desk.read(resident_keys, ResidentFilter()))
    page.open(path=path)
    assert page.stage == COLUMNS
    rows_told = page.columns.note.text()
    page.commit()
    assert page.stage == REHEARSAL
    assert rooms_there(desk) == before
    plan = page.rehearsal.plan
    assert plan is not None and sum(plan.counts.values()) == len(plan.rows) == page.rehearsal.model.rowCount()
    shown = plan.mapping.sheets[0].sheet
    assert rows_told.startswith(f"{sum(row.sheet == shown for row in plan.rows)} 行，")
    page.commit()
    assert page.stage == RESULT
    assert rooms_there(desk) - before == rooms_new
    assert f"✓ 已导入 {path.name}" in words_of(page.result)
    desk.press(page, "Z")
    question = QApplication.activeModalWidget()
    assert isinstance(question, Question)
    desk.confirm(question)
    assert rooms_there(desk) == before
    assert len(desk.read(resident_keys, ResidentFilter())) == people
    assert page.stage == FILE
    assert [one.state for one in desk.read(imports)] == ["taken_back"]
    page.start.table.go_to(desk.read(imports)[0].batch_id)
    assert not page.start.undo_button.isEnabled()


@needs_samples
def test_the_second_time_everything_is_the_same(page: ImportPage) -> None:
    for _turn in range(2):
        page.open(path=FLAT)
        page.commit()
        page.commit()
        page.start_again()
    plan = page.rehearsal.plan
    assert plan is not None and plan.is_empty
    assert not page.next_button.isEnabled() or page.stage == FILE


def test_an_unknown_workbook_is_mapped_saved_and_known_again(
    desk: Desk, page: ImportPage, foreign: Path
) -> None:
    page.open(path=foreign)
    point_at_header(page, 1)
    for column, field in enumerate(
        ("building.code", "room.number", "resident.name", "phone.number", "room.state")
    ):
        correct(page, column, field)
    codes = page.columns.columns.item(4, CODES)
    assert codes is not None
    codes.setText("A=已入住；B=空置")
    desk.press(page, "Ctrl+S")
    dialog = desk.dialog()
    dialog.form.set_value("name", "外文表")
    desk.confirm(dialog)
    assert desk.read(mapping_names) == ("外文表",)
    page.start_again()
    page.open(path=foreign)
    box = page.columns.saved
    box.setCurrentIndex(box.findData("外文表"))
    box.activated.emit(box.currentIndex())
    assert page.columns.mapping.sheets[0].columns[4].codes["B"] == "空置"
    page.commit()
    plan = page.rehearsal.plan
    assert plan is not None and plan.counts["refused"] == 1
    page.rehearsal.chips._buttons["refused"].click()
    assert page.rehearsal.model.rowCount() == 1
    QApplication.processEvents()
    assert "有楼号但没有房号" in page.rehearsal.current.text()
    page.step_back()
    page.columns.delete_saved()
    question = QApplication.activeModalWidget()
    assert isinstance(question, Question)
    desk.confirm(question)
    assert desk.read(mapping_names) == ()


def mapped(page: ImportPage, foreign: Path) -> None:
    """Bring the foreign workbook to its rehearsal."""
    page.open(path=foreign)
    point_at_header(page, 1)
    for column, field in enumerate(("building.code", "room.number", "resident.name", "phone.number")):
        correct(page, column, field)
    correct(page, 4, "")
    page.commit()


def test_rows_are_left_out_by_hand(desk: Desk, page: ImportPage, foreign: Path) -> None:
    before = rooms_there(desk)
    mapped(page, foreign)
    page.rehearsal.table.go_to(0)
    desk.press(page, "K")
    assert page.rehearsal.skip == {("Sheet", 2)}
    assert page.rehearsal.model.index(0, 2).data(Qt.ItemDataRole.DisplayRole) == "– 不导入"
    page.commit()
    assert rooms_there(desk) == before + 1
    assert "1 行没有导入" in words_of(page.result)


def test_rejects_come_back_as_a_workbook(desk: Desk, page: ImportPage, foreign: Path, tmp_path: Path) -> None:
    mapped(page, foreign)
    page.commit()
    out = tmp_path / "back.xlsx"
    page.write_rejects(out)
    book = load_workbook(out)
    rows = [[cell.value for cell in row] for row in book.worksheets[0].iter_rows()]
    book.close()
    assert rows[0][:3] == ["Haus", "Tür", "Bewohner"] and rows[1][4] == "B"
    assert "有楼号但没有房号" in str(rows[1])
    assert "未导入 1 行、已导入请核对 0 行" in desk.notices[-1].text


def test_cancel_leaves_nothing(desk: Desk, page: ImportPage, foreign: Path) -> None:
    before = rooms_there(desk)
    mapped(page, foreign)

    def cancel(job: Job) -> None:
        job.cancel()

    desk.context.tasks.job_started.connect(cancel)
    page.commit()
    assert page.stage == REHEARSAL
    assert rooms_there(desk) == before
    assert desk.read(imports) == ()
    assert desk.notices[-1].text == "已取消，档案没有任何改动"
    desk.context.tasks.job_started.disconnect(cancel)
    page.commit()
    assert page.stage == RESULT and rooms_there(desk) == before + 2


class BackingUp:
    """The part of the program around the page that is asked for a backup."""

    def __init__(self, *, is_cancelled: bool = False) -> None:
        self.is_cancelled, self.count = is_cancelled, 0

    def back_up(self, _progress: Any) -> Path:
        self.count += 1
        if self.is_cancelled:
            raise Cancelled
        return Path("backup")


@pytest.mark.parametrize("is_cancelled", [False, True])
def test_a_backup_is_made_before(desk: Desk, foreign: Path, is_cancelled: bool) -> None:
    around = BackingUp(is_cancelled=is_cancelled)
    desk.context = replace(desk.context, desk=around)  # type: ignore[arg-type]
    page = desk.show(ImportPage)
    before = rooms_there(desk)
    mapped(page, foreign)
    page.commit()
    assert around.count == 1
    assert rooms_there(desk) == (before if is_cancelled else before + 2)


def test_what_was_used_since_stays_and_is_told(desk: Desk, page: ImportPage, foreign: Path) -> None:
    before = rooms_there(desk)
    mapped(page, foreign)
    page.commit()
    new = desk.read(room_keys, RoomFilter(text="7-0-101"))[0]
    desk.do(rooms.edit_room, new, {"layout": "两室一厅"})
    page.start_again()
    page.start.table.go_to(desk.read(imports)[0].batch_id)
    desk.qtbot.waitUntil(page.start.undo_button.isEnabled)
    desk.press(page, "Z")
    question = QApplication.activeModalWidget()
    assert isinstance(question, Question)
    desk.confirm(question)
    assert rooms_there(desk) == before + 1
    assert desk.notices[-1].tone == "warn" and "7-0-101" in desk.notices[-1].text


def test_a_file_that_is_no_workbook_is_named(desk: Desk, page: ImportPage, tmp_path: Path) -> None:
    path = tmp_path / "x.xlsx"
    path.write_bytes(b"PK\x03\x04 nothing of the kind")
    page.open(path=path)
    assert page.stage == FILE
    assert desk.notices[-1].tone == "bad" and "x.xlsx" in desk.notices[-1].text


def test_a_file_is_dropped_on_the_page(desk: Desk, page: ImportPage, foreign: Path) -> None:
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(str(foreign))])
    event = QDropEvent(
        QPointF(50, 50), Qt.DropAction.CopyAction, data, Qt.MouseButton.LeftButton,
        Qt.KeyboardModifier.NoModifier,
    )  # fmt: skip
    page.dropEvent(event)
    desk.qtbot.waitUntil(lambda: page.stage == COLUMNS)
    assert page.file_label.text() == "foreign.xlsx"


def test_a_sheet_is_left_out(page: ImportPage, foreign: Path) -> None:
    page.open(path=foreign)
    point_at_header(page, 1)
    item = page.columns.sheets.item(0)
    item.setCheckState(Qt.CheckState.Unchecked)
    assert not page.columns.mapping.sheets[0].is_used
    page.commit()
    plan = page.rehearsal.plan
    assert plan is not None and not plan.rows and not page.next_button.isEnabled()


def test_codes_are_read_as_they_are_written() -> None:
    assert read_codes_text("2001=已入住；2002 = 空置;x\nA＝租") == {
        "2001": "已入住",
        "2002": "空置",
        "A": "租",
    }
