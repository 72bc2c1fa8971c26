"""Printing from the window: a preview records nothing, saving and printing record first."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication, QFileDialog

from desktop.beside import Beside
from models.queries.ticket_detail import ticket_detail
from models.services import intake
from models.services.intake import Request
from models.work import SYSTEM
from tests.desktop.running import CTRL, Running, Start
from tests.desktop.test_printing import a_command
from tests.views.documents.reading import text_of
from views.context import PrintRequest
from views.preview.window import PreviewWindow


class Office:
    """The program with one ticket, and hands for its preview."""

    def __init__(self, running: Running, monkeypatch: pytest.MonkeyPatch, folder: Path) -> None:
        self.running, self._patch, self.folder = running, monkeypatch, folder
        running.sign_in()
        desk = running.application.desk
        assert desk is not None
        self.database = desk.database
        request = Request(matter="路灯不亮", place="南门", caller_name="张先生", caller_phone="13800001234")
        self.ticket_id = self.database.write(SYSTEM, intake.create, request).value.ticket_id

    @property
    def beside(self) -> Beside:
        assert self.running.application.beside is not None
        return self.running.application.beside

    @property
    def is_closed(self) -> bool:
        """Whether no preview is open."""
        prints = self.beside._prints
        return prints is None or prints.window is None

    def ask(self, **options: Any) -> None:
        self.beside.context.print_request(
            self.running.window, PrintRequest("work-order", (self.ticket_id,), **options)
        )

    def preview(self) -> PreviewWindow:
        def found() -> Any:
            shown = (one for one in QApplication.topLevelWidgets() if isinstance(one, PreviewWindow))
            return next((one for one in shown if one.isVisible()), None)

        self.running.until(found)
        window: PreviewWindow = found()
        window.activateWindow()
        self.running.until(window.isActiveWindow)
        return window

    def save(self, preview: PreviewWindow, path: Path) -> str:
        """Ctrl+S into that file; what the preview then says."""
        self._patch.setattr(QFileDialog, "getSaveFileName", staticmethod(lambda *_a, **_k: (str(path), "")))
        self.running.press(Qt.Key.Key_S, CTRL, on=preview)
        self.running.until(preview.save_button.isEnabled)
        return preview.message.text()

    @property
    def prints(self) -> list[tuple[int, str, str]]:
        found = self.database.read(ticket_detail, self.ticket_id).prints
        return [(one.serial, one.form, one.by) for one in found]


@pytest.fixture
def office(start: Start, profile: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Office:
    monkeypatch.setenv("PATH", str(tmp_path / "no printers"))
    return Office(start(profile), monkeypatch, tmp_path)


def test_a_preview_records_nothing_and_saving_records_first(office: Office) -> None:
    office.ask()
    preview = office.preview()
    assert preview.view.page_count == 3
    number = office.database.read(ticket_detail, office.ticket_id).number
    assert Path(preview.file_name).name == f"{number}.pdf"
    assert Path(preview.file_name).is_absolute()
    assert office.prints == []
    path = office.folder / "order.pdf"
    assert office.save(preview, path).startswith("已保存")
    assert office.prints == [(1, "A5", "王敏")]
    assert "补打" not in text_of(path.read_bytes()).replace(" ", "")
    assert office.save(preview, path).startswith("已保存")
    assert "补打" in text_of(path.read_bytes()).replace(" ", "")
    assert [serial for serial, _form, _by in office.prints] == [1, 2]
    office.running.press(Qt.Key.Key_Escape, on=preview)
    office.running.until(lambda: office.is_closed)


def test_another_form_is_shown_and_kept(office: Office) -> None:
    office.ask(form="A4")
    preview = office.preview()
    assert preview.wanted.form == "A4"
    preview.form_box.setCurrentIndex(preview.form_box.findData("241x139.7"))
    office.running.until(preview.save_button.isEnabled)
    office.save(preview, office.folder / "order.pdf")
    assert office.prints == [(1, "241x139.7", "王敏")]
    preview.reject()


def test_asked_twice_there_is_one_preview(office: Office) -> None:
    office.ask()
    office.ask()
    office.preview()
    office.running.settle()
    shown = [one for one in QApplication.topLevelWidgets() if isinstance(one, PreviewWindow)]
    assert len([one for one in shown if one.isVisible()]) == 1
    office.preview().reject()
    office.running.until(lambda: office.is_closed)
    office.ask()
    office.preview().reject()


def test_a_file_that_cannot_be_written_is_said_and_can_be_tried_again(office: Office) -> None:
    office.ask()
    preview = office.preview()
    said = office.save(preview, Path("/nonexistent/order.pdf"))
    assert "PDF 没有存下" in said
    assert office.save(preview, office.folder / "order.pdf").startswith("已保存")
    preview.reject()


def test_without_a_printer_it_says_so_and_records_nothing(office: Office) -> None:
    office.ask()
    preview = office.preview()
    office.running.press(Qt.Key.Key_F9, on=preview)
    office.running.until(lambda: "没有可用的打印机" in preview.message.text())
    assert office.prints == []
    preview.reject()


@pytest.mark.skipif(os.name != "posix", reason="CUPS is where POSIX is")
def test_paper_goes_to_the_printer_that_was_used_last(
    office: Office, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "bin"
    folder.mkdir()
    a_command(folder, "lp", "(here / 'job.pdf').write_bytes(sys.stdin.buffer.read())\n")
    a_command(folder, "lpstat", "print('system default destination: 针打' if '-d' in sys.argv else '针打')")
    monkeypatch.setenv("PATH", str(folder))
    office.ask()
    preview = office.preview()
    assert preview.wanted.printer == "针打"
    office.running.press(Qt.Key.Key_F9, on=preview)
    office.running.until(lambda: (folder / "job.pdf").exists() and office.is_closed)
    assert [serial for serial, _form, _by in office.prints] == [1]
    (folder / "job.pdf").unlink()
    office.ask(is_preview=False)
    office.running.until((folder / "job.pdf").exists)
    office.running.settle()
    assert [serial for serial, _form, _by in office.prints] == [1, 2]

    (folder / "lpstat").unlink()
    a_command(folder, "lpstat", "print('')")
    office.ask(is_preview=False)
    office.running.settle()
    assert [serial for serial, _form, _by in office.prints] == [1, 2], "a printer that is gone prints nothing"
