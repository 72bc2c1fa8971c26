"""A bug leaves a report without personal data, and the window goes on."""

from __future__ import annotations

import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import QtMsgType, qCritical
from PySide6.QtWidgets import QPushButton
from pytestqt.qtbot import QtBot

from desktop.crash_dialog import CrashDialog
from desktop.crash_reports import KEPT_REPORTS, CrashReports, Report
from views.formats import Formats


@pytest.fixture
def reports(qtbot: QtBot, tmp_path: Path) -> Iterator[CrashReports]:
    made = CrashReports(tmp_path / "crash")
    made._folder.mkdir()
    yield made
    made.uninstall()


def fault(words: str = "吴学文 13812345678") -> BaseException:
    try:
        try:
            raise KeyError(words)
        except KeyError as error:
            raise ValueError(f"cannot save {words}") from error
    except ValueError as error:
        return error


def test_a_report_says_where_but_nothing_that_people_typed(reports: CrashReports) -> None:
    report = reports.report(fault())
    assert report is not None
    text = report.path.read_text(encoding="utf-8")
    assert "ValueError" in text
    assert "KeyError" in text
    assert "test_crash_reports.py" in text
    assert "Python 3" in text
    assert "吴学文" not in text
    assert "13812345678" not in text
    assert str(Path.home()) not in text


def test_the_same_fault_again_at_once_is_written_once(reports: CrashReports) -> None:
    assert reports.report(fault()) is not None
    assert reports.report(fault()) is None
    assert len(reports.reports()) == 1


def test_old_reports_are_thinned_out(reports: CrashReports) -> None:
    for number in range(KEPT_REPORTS + 5):
        (reports._folder / f"20260101-{number:06d}.report.txt").write_text("x\n", encoding="utf-8")
    newest = reports.report(fault())
    kept = reports.reports()
    assert len(kept) == KEPT_REPORTS
    assert kept[0] == newest


@pytest.mark.qt_no_exception_capture
def test_a_fault_in_a_slot_is_caught_and_the_window_goes_on(
    qtbot: QtBot, reports: CrashReports, monkeypatch: pytest.MonkeyPatch
) -> None:
    button = QPushButton()
    qtbot.addWidget(button)
    seen: list[Report] = []
    reports.reported.connect(seen.append)

    def fail() -> None:
        raise ZeroDivisionError

    button.clicked.connect(lambda _on=False: fail())
    monkeypatch.setattr(sys, "stderr", None)
    reports.install()
    button.click()
    qtbot.waitUntil(lambda: len(seen) == 1)
    assert seen[0].headline.startswith("ZeroDivisionError")
    button.setText("weiter")
    assert button.text() == "weiter"


def test_a_fault_in_a_thread_reaches_the_window_thread(qtbot: QtBot, reports: CrashReports) -> None:
    seen: list[bool] = []
    reports.reported.connect(
        lambda _report: seen.append(threading.current_thread() is threading.main_thread())
    )
    reports.install()

    def fail() -> None:
        raise ZeroDivisionError

    thread = threading.Thread(target=fail)
    thread.start()
    thread.join()
    qtbot.waitUntil(lambda: seen == [True])


def test_the_hooks_are_put_back(reports: CrashReports) -> None:
    before = (sys.excepthook, threading.excepthook)
    reports.install()
    assert sys.excepthook != before[0]
    reports.uninstall()
    assert (sys.excepthook, threading.excepthook) == before


@pytest.mark.no_qt_log
def test_critical_words_of_qt_are_noted_without_the_words(
    reports: CrashReports, capsys: pytest.CaptureFixture[str]
) -> None:
    reports.install()
    qCritical("吴学文")
    reports.uninstall()
    log = (reports._folder / "faults.log").read_text(encoding="utf-8")
    assert QtMsgType.QtCriticalMsg.name in log
    assert "吴学文" not in log


def test_a_folder_that_cannot_be_written_makes_no_second_fault(qtbot: QtBot, tmp_path: Path) -> None:
    blocked = tmp_path / "file"
    blocked.write_text("x", encoding="utf-8")
    assert CrashReports(blocked / "crash").report(fault()) is None


def test_the_dialog_shows_the_newest_report_and_the_earlier_ones(qtbot: QtBot, reports: CrashReports) -> None:
    reports.report(fault())
    dialog = CrashDialog(reports, Formats())
    qtbot.addWidget(dialog)
    dialog.show()
    assert "ValueError" in dialog.text.toPlainText()
    try:
        raise ZeroDivisionError
    except ZeroDivisionError as error:
        reports.report(error)
    qtbot.waitUntil(lambda: dialog.list.count() == 2)
    assert "ZeroDivisionError" in dialog.text.toPlainText()
