"""Traps of the libraries that once cost a crash or a file: an upgrade that brings one back is noticed."""

from __future__ import annotations

import sys

import pytest
from PySide6.QtCore import QObject, QPoint
from PySide6.QtWidgets import QWidget
from pytestqt.qtbot import QtBot
from sqlcipher3 import dbapi2

from models.database import OLDEST_SAFE_SQLITE

CALLS = 300


@pytest.mark.skipif(sys.version_info >= (3, 12), reason="None is immortal there")
def test_calls_into_qt_lose_no_reference(qtbot: QtBot) -> None:
    """PySide6 6.12.0 loses a reference to None on many calls and ends the process after some 7,000: so the
    calls here are few enough to fail instead."""
    widget = QWidget()
    qtbot.addWidget(widget)
    calls = (
        widget.update,
        lambda: widget.move(QPoint(1, 2)),
        widget.parent,
        lambda: widget.setProperty("name", None),
        lambda: widget.property("name"),
        widget.focusWidget,
        lambda: QObject.parent(widget),
    )
    before = sys.getrefcount(None)
    for call in calls:
        for _ in range(CALLS):
            call()
    assert abs(sys.getrefcount(None) - before) < CALLS // 2


def test_sqlite_has_the_fix_for_files_damaged_by_a_wal_reset() -> None:
    assert dbapi2.sqlite_version_info >= OLDEST_SAFE_SQLITE


def test_the_driver_encrypts() -> None:
    with dbapi2.connect(":memory:") as connection:
        assert connection.execute("PRAGMA cipher_version").fetchone() is not None
    connection.close()
