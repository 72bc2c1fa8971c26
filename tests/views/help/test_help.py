"""Help: a page in each language, links that lead somewhere, the viewer."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from PySide6.QtCore import Qt, QUrl
from pytestqt.qtbot import QtBot

from resources import help as pages
from resources.translations import LANGUAGES
from views.help.viewer import HelpViewer

FOLDER = Path(pages.__file__).parent
LINK = re.compile(r"\]\(([^)]+)\)")


def test_every_page_is_there_in_every_language() -> None:
    names = {language: {path.name for path in (FOLDER / language).glob("*.md")} for language in LANGUAGES}
    assert names["en"] == names["zh_CN"]


@pytest.mark.parametrize("language", list(LANGUAGES))
def test_pages_begin_with_their_title_and_link_to_pages(language: str) -> None:
    for path in (FOLDER / language).glob("*.md"):
        text = path.read_text(encoding="utf-8")
        assert text.startswith("# "), path
        for target in LINK.findall(text):
            assert (FOLDER / language / target).is_file(), f"{path.name}: {target}"


def test_a_topic_without_a_page_leads_to_the_first_page() -> None:
    assert pages.page("no such topic", "en") == FOLDER / "en" / "start.md"
    assert next(iter(pages.topics("zh_CN"))) == "start"


def test_the_viewer_shows_topics_and_follows_links(qtbot: QtBot) -> None:
    viewer = HelpViewer()
    qtbot.addWidget(viewer)
    viewer.open_topic("lists")
    assert "列表" in viewer.text.toPlainText()
    assert viewer.list.currentItem().data(Qt.ItemDataRole.UserRole) == "lists"
    viewer.text.anchorClicked.emit(QUrl("search.md"))
    assert viewer.topic == "search"
    viewer.text.anchorClicked.emit(QUrl("https://elsewhere.invalid/start.md"))
    assert viewer.topic == "search"
    viewer.list.setCurrentRow(0)
    assert viewer.topic == "start"


@pytest.mark.usefixtures("english")
def test_the_viewer_speaks_english(qtbot: QtBot) -> None:
    viewer = HelpViewer()
    qtbot.addWidget(viewer)
    viewer.open_topic("keys")
    assert "undo" in viewer.text.toPlainText()
