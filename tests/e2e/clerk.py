"""The hands of a clerk: steps of a day, each through the real window with keys and clicks."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication, QComboBox, QDialog, QFileDialog

from desktop.desk import Desk
from models.queries.callback_list import CallbackFilter, callback_keys, callback_rows
from models.queries.ticket_list import TicketFilter, ticket_keys, ticket_rows
from resources.terms import codes
from sync.status import SyncState
from tests.desktop.running import CTRL, Running
from views.archive_import.page import COLUMNS, REHEARSAL, RESULT, ImportPage
from views.callbacks.page import CallbacksPage
from views.intake.page import IntakePage
from views.intake.similar_dialog import SimilarDialog
from views.preview.window import PreviewWindow
from views.sync_problems.page import SyncPage
from views.tickets.completing import CompleteDialog
from views.tickets.dispatching import DispatchDialog
from views.tickets.page import TicketsPage

KINDS = ("repair", "complaint", "enquiry", "suggestion", "praise", "help")
ROOMS = ("1-1-1001", "1-1-1011", "1-1-1012", "1-1-1013", "1-1-1014", "1-1-1021")
MATTERS = (
    "厨房水槽下方漏水", "楼道灯不亮", "电梯异响", "门禁刷不开", "卫生间返味", "窗户关不严",
    "邻居深夜装修吵闹", "物业费怎么交", "建议增设快递柜", "保洁阿姨拾金不昧", "车位被占", "可视对讲没声音",
    "阳台地漏堵塞", "绿化带枯枝", "垃圾桶满溢", "热水器跳闸", "入户门锁松动", "墙面起皮",
    "雨水管断裂", "消防通道堵塞", "宠物未牵绳", "水表读数不对", "花洒不出水", "地下车库积水", "暖气不热",
)  # fmt: skip
PAPERS_ON_SAVING = 4


class Day:
    """The clerk's hands: every step goes through the window."""

    def __init__(self, running: Running, papers: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self.running = running
        self.papers = papers
        self._patch = monkeypatch
        self.taken = 0

    # -- looking -----------------------------------------------------------------------------------

    @property
    def desk(self) -> Desk:
        desk = self.running.application.desk
        assert desk is not None
        return desk

    def read(self, query: Callable[..., Any], *args: Any) -> Any:
        return self.desk.database.read(query, *args)

    def tickets(self, group: str = "all") -> list[Any]:
        rows: list[Any] = self.read(ticket_rows, self.read(ticket_keys, TicketFilter(group=group)))
        return rows

    def callbacks(self, group: str) -> list[Any]:
        rows: list[Any] = self.read(callback_rows, self.read(callback_keys, CallbackFilter(group=group)))
        return rows

    def dialog(self, kind: type[QDialog]) -> Any:
        """The open dialog of that kind, once it is there and has the keyboard."""

        def found() -> Any:
            shown = (
                one for one in QApplication.topLevelWidgets() if isinstance(one, kind) and one.isVisible()
            )
            return next(shown, None)

        self.running.until(found)
        dialog = found()
        dialog.activateWindow()
        self.running.until(dialog.isActiveWindow)
        return dialog

    def gone(self, dialog: QDialog) -> None:
        """Wait until the dialog has done its work and the window has the keyboard again."""
        import shiboken6

        self.running.until(lambda: not shiboken6.isValid(dialog) or not dialog.isVisible())
        self.running.activate()
        self.running.settle()

    # -- doing -------------------------------------------------------------------------------------

    def go(self, key: Qt.Key, page: type[Any]) -> Any:
        """To a page by its digit, from where nobody types."""
        window = self.running.window
        window.setFocus()
        self.running.press(key, on=window)
        self.running.until(lambda: isinstance(window.current_page(), page))
        self.running.settle()
        found = window.current_page()
        assert found is not None
        found.setFocus()
        return found

    def bring_in(self, path: Path) -> None:
        """Import a workbook through the import page."""
        self.running.window.navigate("import", path=str(path))
        page = self.running.page(ImportPage)
        self.running.until(lambda: page.stage == COLUMNS)
        self.running.settle()
        self.running.press(Qt.Key.Key_Return, CTRL)
        self.running.until(lambda: page.stage == REHEARSAL)
        self.running.settle()
        self.running.press(Qt.Key.Key_Return, CTRL)
        self.running.until(lambda: page.stage == RESULT)
        self.running.settle()

    def take(self, number: int, *, is_printed: bool = False) -> None:
        """One request: the household by the box, or a public place; the form; the keys that save."""
        kind, matter = KINDS[number % len(KINDS)], MATTERS[number % len(MATTERS)]
        is_public = number % 5 == 4
        if is_public:
            self.running.press(Qt.Key.Key_F2)
        else:
            self.running.press(Qt.Key.Key_F3)
            self.running.keys(ROOMS[number % len(ROOMS)])
            self.running.press(Qt.Key.Key_Return, CTRL)
        self.running.until(lambda: isinstance(self.running.window.current_page(), IntakePage))
        page = self.running.page(IntakePage)
        if not is_public:
            self.running.until(lambda: page.form.values()["household"] is not None)
        self.running.settle()
        box = page.form.editor("kind").widget
        assert isinstance(box, QComboBox)
        box.setFocus()
        self.running.press(Qt.Key.Key_Home, on=box)
        for _ in range(codes("ticket.kind").index(kind)):
            self.running.press(Qt.Key.Key_Down, on=box)
        page.form.editor("matter").text.insertPlainText(f"{matter}（第 {number + 1} 件）")
        if is_public:
            page.form.set_value("place", f"{number + 1} 号门岗")
            page.form.editor("caller_name").set_value("张先生")
        if not page.form.values()["caller_phone"]:
            page.form.focus("caller_phone")
            self.running.keys(f"1380000{number:04}", page.form.editor("caller_phone").widget)
        if kind == "enquiry":
            page.form.editor("answer").text.insertPlainText("已当场说明")
        self.running.press(Qt.Key.Key_Return if is_printed else Qt.Key.Key_S, CTRL)
        self._wait_until_taken(page)
        if is_printed:
            self.save_paper()

    def _wait_until_taken(self, page: IntakePage) -> None:
        """A ticket like it may be open: it is made all the same."""

        def similar() -> Any:
            shown = (one for one in page.findChildren(SimilarDialog) if one.isVisible())
            return next(shown, None)

        self.running.until(lambda: page.form.values()["matter"] == "" or similar() is not None)
        dialog = similar()
        if dialog is not None:
            self.running.click(dialog.confirm_button)
            self.gone(dialog)
            self.running.until(lambda: page.form.values()["matter"] == "")
        self.taken += 1
        self.running.settle()

    def save_paper(self) -> Path:
        """The preview that is open, saved as PDF with its key and closed."""
        path = self.papers / f"{len(list(self.papers.iterdir())):03}.pdf"
        self._patch.setattr(QFileDialog, "getSaveFileName", staticmethod(lambda *_a, **_k: (str(path), "")))
        preview = self.dialog(PreviewWindow)
        self.running.press(Qt.Key.Key_S, CTRL, on=preview)
        self.running.until(lambda: preview.message.text().startswith("已保存"))
        self.running.press(Qt.Key.Key_Escape, on=preview)
        self.gone(preview)
        return path

    def dispatch_all(self) -> None:
        """Select the whole list, send everything out to its department."""
        page = self.go(Qt.Key.Key_2, TicketsPage)
        self.running.press(Qt.Key.Key_A, CTRL, on=page.table)
        self.running.settle()
        self.running.press(Qt.Key.Key_D, on=page.table)
        dialog = self.dialog(DispatchDialog)
        self.running.press(Qt.Key.Key_Return, CTRL, on=dialog)
        self.gone(dialog)

    def print_selection(self) -> Path:
        page = self.go(Qt.Key.Key_2, TicketsPage)
        self.running.press(Qt.Key.Key_A, CTRL, on=page.table)
        self.running.settle()
        self.running.press(Qt.Key.Key_F9)
        return self.save_paper()

    def complete(self, rowid: int, resolution: str) -> None:
        page = self.running.page(TicketsPage)
        self.running.until(lambda: page.table.go_to(rowid))
        self.running.settle()
        self.running.press(Qt.Key.Key_E, on=page.table)
        dialog = self.dialog(CompleteDialog)
        dialog.form.editor("resolution").text.insertPlainText(resolution)
        self.running.press(Qt.Key.Key_Return, CTRL, on=dialog)
        self.gone(dialog)

    def call_back(self) -> Path:
        """One sheet for everything due, then the returned sheet typed in: all content but the last."""
        page = self.go(Qt.Key.Key_5, CallbacksPage)
        self.running.until(lambda: page.model.rowCount() > 0)
        self.running.press(Qt.Key.Key_A, CTRL, on=page.table)
        self.running.settle()
        self.running.press(Qt.Key.Key_M, on=page.table)
        paper = self.save_paper()
        self.running.settle()
        self.running.press(Qt.Key.Key_E, on=page.table)
        table = page.entry.table
        self.running.until(lambda: table.entry.lines)
        self.running.settle()
        lines = len(table.entry.lines)
        for place in range(lines):
            table.go_to(place, "reached")
            for digit in ("1", "2", "3", "1") if place == lines - 1 else ("1", "1", "1"):
                self.running.press(Qt.Key(ord(digit)), on=table)
            table.finish_typing()
        self.running.press(Qt.Key.Key_Return, CTRL, on=table)
        self.running.until(lambda: all(line.outcome for line in table.entry.lines))
        self.running.settle()
        return paper

    def enrol(self, url: str, code: str) -> None:
        page = self.go(Qt.Key.Key_6, SyncPage)
        for name, text in (("url", url), ("code", code)):
            page.enrolment.form.focus(name)
            self.running.keys(text, page.enrolment.form.editor(name).widget)
        self.running.press(Qt.Key.Key_Return, CTRL)
        self.wait_for(SyncState.SYNCED)

    def wait_for(self, state: SyncState) -> None:
        beside = self.running.application.beside
        assert beside is not None
        self.running.until(lambda: beside.sync.status.state is state)

    def sync_now(self, ends: SyncState = SyncState.SYNCED) -> None:
        """As the sync page's command does; the light must end so."""
        beside = self.running.application.beside
        assert beside is not None
        before = beside.sync.status.last_at
        beside.context.sync_now()
        self.running.until(lambda: beside.sync.status.last_at != before, timeout=40_000)
        self.wait_for(ends)
