"""The preview window, used by mouse and keys."""

from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QWheelEvent
from PySide6.QtWidgets import QApplication, QFileDialog
from pytestqt.qtbot import QtBot

from models.errors import DomainError
from tests.views.documents.samples import LONG, USUAL, ZONE
from views.documents.work_order import render_work_orders
from views.preview.pages_view import FIT_PAGE
from views.preview.pdf_pages import PdfPages
from views.preview.window import Choice, PreviewWindow, Wanted

CHOICE = Choice(
    printers=(("laser", "激光"), ("dots", "针打")),
    printer="dots",
    forms=(("A5", "A5"), ("241x93.1", "241 × 93.1 mm")),
    form="A5",
    copies=(("stub", "存根联"), ("crew", "维修联"), ("owner", "业主联")),
    chosen_copies=("stub", "crew", "owner"),
)


@pytest.fixture(scope="module")
def slip() -> bytes:
    return render_work_orders([USUAL], "A5", zone=ZONE).pdf


@pytest.fixture
def window(slip: bytes, qtbot: QtBot) -> PreviewWindow:
    made = PreviewWindow(slip, CHOICE, title="预览", file_name="B-261121-0042.pdf")
    qtbot.addWidget(made)
    made.show()
    qtbot.waitExposed(made)
    return made


def test_it_shows_the_pages_and_where_one_is(window: PreviewWindow) -> None:
    assert window.view.page_count == 3
    assert window.place.text().startswith("第 1 页，共 3 页")
    shown = window.view.grab().toImage()
    dark = sum(
        shown.pixelColor(x, y).lightness() < 100
        for x in range(0, shown.width(), 3)
        for y in range(0, shown.height(), 3)
    )
    assert dark > 500, "ink is on the screen"


def test_keys_go_through_the_pages(window: PreviewWindow, qtbot: QtBot) -> None:
    for key, page in (
        (Qt.Key.Key_PageDown, 1),
        (Qt.Key.Key_PageDown, 2),
        (Qt.Key.Key_PageUp, 1),
        (Qt.Key.Key_Home, 0),
        (Qt.Key.Key_End, 2),
    ):
        qtbot.keyClick(window, key)
        assert window.view.current_page == page


def test_zoom_by_keys_and_wheel(window: PreviewWindow, qtbot: QtBot) -> None:
    window.view.set_zoom(1.0)
    qtbot.keyClick(window, Qt.Key.Key_Plus, Qt.KeyboardModifier.ControlModifier)
    assert window.view.zoom == 1.25
    qtbot.keyClick(window, Qt.Key.Key_Minus, Qt.KeyboardModifier.ControlModifier)
    assert window.view.zoom == 1.0
    at = QPointF(50, 50)
    wheel = QWheelEvent(
        at,
        at,
        QPoint(),
        QPoint(0, 120),
        Qt.MouseButton.NoButton,
        Qt.KeyboardModifier.ControlModifier,
        Qt.ScrollPhase.NoScrollPhase,
        False,
    )
    QApplication.sendEvent(window.view.viewport(), wheel)
    assert window.view.zoom == 1.25
    assert "125%" in window.place.text()
    window.view.set_zoom(FIT_PAGE)
    assert window.view.zoom < 1.25
    qtbot.keyClick(window, Qt.Key.Key_0, Qt.KeyboardModifier.ControlModifier)
    fitting = window.view.zoom
    window.resize(window.width() + 200, window.height())
    QApplication.processEvents()
    assert window.view.zoom > fitting, "it goes with the window"


def test_f9_asks_for_what_is_chosen(window: PreviewWindow, qtbot: QtBot) -> None:
    window.printer_box.setCurrentIndex(0)
    window.copy_boxes["stub"].click()
    with qtbot.waitSignal(window.print_asked) as asked:
        qtbot.keyClick(window, Qt.Key.Key_F9)
    assert asked.args == [Wanted("laser", "A5", ("crew", "owner"))]


def test_another_form_is_asked_for_and_shown(window: PreviewWindow, qtbot: QtBot) -> None:
    with qtbot.waitSignal(window.changed) as changed:
        window.form_box.setCurrentIndex(1)
    assert changed.args == [Wanted("dots", "241x93.1", ("stub", "crew", "owner"))]
    report = render_work_orders([LONG], "241x93.1", copies=("crew",), zone=ZONE)
    window.show_pdf(report.pdf)
    assert window.view.page_count == report.pages > 3


def test_one_copy_always_stays(window: PreviewWindow) -> None:
    for box in window.copy_boxes.values():
        box.click()
    assert window.wanted.copies == ("stub",)


def test_printing_rests_the_buttons_and_a_fault_gives_them_back(window: PreviewWindow, qtbot: QtBot) -> None:
    window.set_busy("正在打印")
    with qtbot.assertNotEmitted(window.print_asked):
        qtbot.keyClick(window, Qt.Key.Key_F9)
    window.fail("打印机没有纸")
    assert window.print_button.isEnabled()
    assert window.message.text() == "打印机没有纸"
    window.finish("已送打印机")
    assert window.message.property("tone") == "good"


def test_missing_characters_are_told(window: PreviewWindow, slip: bytes) -> None:
    window.show_pdf(slip, ["\U0002a6a5"])
    assert "\U0002a6a5" in window.message.text()
    assert window.message.property("tone") == "warn"
    window.show_pdf(slip)
    assert window.message.text() == ""


def test_without_printers_only_saving_is_left(slip: bytes, qtbot: QtBot) -> None:
    window = PreviewWindow(slip, Choice())
    qtbot.addWidget(window)
    window.show()
    assert not window.print_button.isEnabled()
    assert window.save_button.isEnabled()
    with qtbot.assertNotEmitted(window.print_asked):
        qtbot.keyClick(window, Qt.Key.Key_F9)


def test_saving_asks_where_and_adds_the_ending(
    window: PreviewWindow, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_arguments: (str(tmp_path / "slip"), ""))
    with qtbot.waitSignal(window.save_asked) as asked:
        qtbot.keyClick(window, Qt.Key.Key_S, Qt.KeyboardModifier.ControlModifier)
    assert asked.args == [window.wanted, str(tmp_path / "slip.pdf")]


def test_escape_closes_and_nothing_is_drawn_after(window: PreviewWindow, qtbot: QtBot) -> None:
    qtbot.keyClick(window, Qt.Key.Key_Escape)
    assert not window.isVisible()
    assert window.view.page_count == 0


def test_what_is_no_pdf_is_a_known_fault() -> None:
    with pytest.raises(DomainError) as caught:
        PdfPages(b"no pdf")
    assert caught.value.code == "pdf-damaged"


def test_a_long_roll_is_drawn_coarser_rather_than_too_large(qtbot: QtBot) -> None:
    pdf = render_work_orders([LONG], "80", copies=("crew",), zone=ZONE).pdf
    window = PreviewWindow(pdf, CHOICE)
    qtbot.addWidget(window)
    window.show()
    window.view.set_zoom(4.0)
    assert not window.view.grab().isNull()
