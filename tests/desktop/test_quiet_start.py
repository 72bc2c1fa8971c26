"""The collector rests during the start and works again after it."""

from __future__ import annotations

import gc
from collections.abc import Iterator

import pytest
from PySide6.QtCore import QObject
from pytestqt.qtbot import QtBot

from desktop.quiet_start import QuietStart


@pytest.fixture(autouse=True)
def collector() -> Iterator[None]:
    gc.enable()
    yield
    gc.enable()


def test_it_rests_until_the_end(qtbot: QtBot) -> None:
    owner = QObject()
    quiet = QuietStart(owner)
    assert not gc.isenabled()
    quiet.end()
    assert gc.isenabled()
    assert gc.get_freeze_count() == 0, "what is no longer used can still be collected"


def test_a_collector_that_others_stopped_stays_stopped(qtbot: QtBot) -> None:
    owner = QObject()
    gc.disable()
    QuietStart(owner).end()
    assert not gc.isenabled()


def test_ending_twice_changes_nothing(qtbot: QtBot) -> None:
    owner = QObject()
    quiet = QuietStart(owner)
    quiet.end()
    gc.disable()
    quiet.end()
    assert not gc.isenabled()
