"""The help window: topics at the left, the page at the right; it stays open beside the work."""

from __future__ import annotations

from PySide6.QtCore import QSize, Qt, QUrl
from PySide6.QtGui import (
    QFont,
    QTextBlockFormat,
    QTextCharFormat,
    QTextCursor,
    QTextDocument,
)
from PySide6.QtWidgets import QDialog, QHBoxLayout, QListWidget, QListWidgetItem, QTextBrowser, QWidget

from resources import help as pages
from resources.translations import gettext as _
from resources.translations import language

USUAL = QSize(820, 600)
LIST_WIDTH = 190
LIST_FRAME = 14
"""Pixels of border and padding around the titles."""
LINE_HEIGHT = 130
"""Per cent of the font's own."""


def _set_type(document: QTextDocument, font: QFont) -> None:
    """Give the text air between its lines and headings of moderate size."""
    base = max(font.pixelSize(), 12)
    block = document.begin()
    while block.isValid():
        cursor = QTextCursor(block)
        level = block.blockFormat().headingLevel()
        shape = QTextBlockFormat()
        shape.setLineHeight(LINE_HEIGHT, QTextBlockFormat.LineHeightTypes.ProportionalHeight.value)
        shape.setTopMargin({0: 2, 1: 0}.get(level, 14))
        shape.setBottomMargin({0: 4, 1: 8}.get(level, 4))
        cursor.mergeBlockFormat(shape)
        if level:
            letters = QTextCharFormat()
            heading = QFont(font)
            heading.setPixelSize(base + (7 if level == 1 else 2))
            heading.setWeight(QFont.Weight.DemiBold)
            letters.setFont(heading)
            cursor.select(QTextCursor.SelectionType.BlockUnderCursor)
            cursor.setCharFormat(letters)  # a merge would keep Markdown's own size
        block = block.next()


class HelpViewer(QDialog):
    """`open_topic` shows a topic; links between pages are topics too, other links are not followed."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle(_("帮助"))
        self.resize(USUAL)
        self.topic = ""
        self.list = QListWidget(self)
        self.list.setAccessibleName(_("帮助主题"))
        self.text = QTextBrowser(self)
        self.text.setOpenLinks(False)
        self.text.setAccessibleName(_("帮助内容"))
        self.text.document().setDocumentMargin(14)
        row = QHBoxLayout(self)
        row.setContentsMargins(10, 10, 10, 10)
        row.addWidget(self.list)
        row.addWidget(self.text, 1)
        for topic, title in pages.topics(language()).items():
            item = QListWidgetItem(title, self.list)
            item.setData(Qt.ItemDataRole.UserRole, topic)
        self.list.setFixedWidth(max(LIST_WIDTH, self.list.sizeHintForColumn(0) + LIST_FRAME))
        self.list.currentItemChanged.connect(self._on_chosen)
        self.text.anchorClicked.connect(self._on_link)

    def open_topic(self, topic: str) -> None:
        """Show the page of *topic* and come to the front."""
        self._load(topic)
        self.show()
        self.raise_()
        self.activateWindow()

    def _load(self, topic: str) -> None:
        path = pages.page(topic, language())
        self.topic = path.stem
        self.text.setMarkdown(path.read_text(encoding="utf-8"))
        _set_type(self.text.document(), self.font())
        for place in range(self.list.count()):
            item = self.list.item(place)
            if item.data(Qt.ItemDataRole.UserRole) == self.topic and item is not self.list.currentItem():
                self.list.setCurrentItem(item)

    def _on_chosen(self, item: QListWidgetItem | None, _previous: QListWidgetItem | None) -> None:
        if item is not None and item.data(Qt.ItemDataRole.UserRole) != self.topic:
            self._load(item.data(Qt.ItemDataRole.UserRole))

    def _on_link(self, url: QUrl) -> None:
        if not url.scheme() and url.path().endswith(".md"):
            self._load(url.path().rsplit("/", 1)[-1].removesuffix(".md"))
