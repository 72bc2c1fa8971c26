"""The keys of a clerk on the tickets page."""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from tests.views.tickets.ticket_desk import dialog_of, settle
from views.tickets.page import TicketsPage


def shown(page: TicketsPage, ticket_id: str | None = None) -> TicketsPage:
    page.show()
    page.activateWindow()
    settle()
    if ticket_id is not None:
        page.open(ticket_id=ticket_id)
    settle()
    page.table.setFocus()
    settle()
    return page


def press(page: TicketsPage, key: Qt.Key) -> None:
    page.activateWindow()
    page.table.setFocus()
    settle()
    QTest.keyClick(page.table, key)
    settle()


def confirm(dialog: Any) -> None:
    QTest.keyClick(dialog, Qt.Key.Key_Return, Qt.KeyboardModifier.ControlModifier)
    settle()


def answer(page: TicketsPage, key: Qt.Key, **values: Any) -> None:
    """Press the key, fill the form that opens, Ctrl+Enter."""
    press(page, key)
    dialog = dialog_of(page)
    for name, value in values.items():
        dialog.form.set_value(name, value)
    confirm(dialog)
