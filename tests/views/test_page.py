"""A page refreshes when it is seen, and only for what concerns it."""

from __future__ import annotations

from typing import ClassVar

import pytest
from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot

from views.context import AppContext
from views.page import Page


class Counting(Page):
    key, title = "counting", "数"
    concerns: ClassVar[frozenset[str]] = frozenset({"ticket"})
    refreshed = 0

    def refresh(self) -> None:
        self.refreshed += 1


@pytest.fixture
def page(qtbot: QtBot, context: AppContext) -> Counting:
    made = Counting(context)
    qtbot.addWidget(made)
    return made


def test_first_shown_first_asked(page: Counting) -> None:
    assert page.refreshed == 0
    page.show()
    assert page.refreshed == 1


def test_visible_refreshes_now(page: Counting) -> None:
    page.show()
    page.context.tasks.announce(frozenset({"ticket", "room"}))
    assert page.refreshed == 2


def test_hidden_refreshes_when_shown_and_only_once(page: Counting) -> None:
    page.show()
    page.hide()
    for _change in range(3):
        page.context.tasks.announce(frozenset({"ticket"}))
    assert page.is_stale
    assert page.refreshed == 1
    page.show()
    assert page.refreshed == 2


def test_what_does_not_concern_it_leaves_it_alone(page: Counting) -> None:
    page.show()
    page.context.tasks.announce(frozenset({"room"}))
    page.hide()
    page.show()
    assert page.refreshed == 1


def test_a_command_runs_by_its_key_while_the_focus_is_in_the_page(page: Counting, qtbot: QtBot) -> None:
    done: list[int] = []
    action = page.add_command("进展", "P", lambda: done.append(1))
    with qtbot.waitActive(page):
        page.show()
        page.activateWindow()
    page.setFocus()
    qtbot.keyClick(page, Qt.Key.Key_P)
    assert done == [1]
    assert action in page.actions()
    assert "P" in action.toolTip()
