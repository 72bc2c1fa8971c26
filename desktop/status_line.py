"""The line at the bottom: which site, which desk, who; saved, synchronised, backed up."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QHBoxLayout, QLabel, QWidget

from resources.terms import TERMS
from resources.terms import label as term
from resources.translations import gettext as _
from views.widgets.look import set_tone
from views.widgets.panel import label, link
from views.widgets.sync_badge import SyncBadge

if TYPE_CHECKING:
    from models.work import Actor
    from views.context import Place

LEAST_PLACE = 60
"""Pixels that are left of the place on a very narrow screen; its tool tip has it in full."""


class _Place(QLabel):
    """Site, desk and person; gives way to the light and ends in an ellipsis."""

    def minimumSizeHint(self) -> QSize:
        return QSize(min(LEAST_PLACE, self.sizeHint().width()), super().minimumSizeHint().height())

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setPen(self.palette().windowText().color())
        area = self.contentsRect()
        words = self.fontMetrics().elidedText(self.text(), Qt.TextElideMode.ElideRight, area.width())
        painter.drawText(area, Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter, words)


class StatusLine(QWidget):
    """``show_place``, ``badge.show_state`` and ``show_backup`` fill it."""

    def __init__(self, *, on_keys: Callable[[], object], on_help: Callable[[], object]) -> None:
        super().__init__()
        self.setObjectName("statusBar")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.place = _Place()
        self.backup = label()
        self.badge = SyncBadge(self)
        self.keys = link(_("快捷键 Ctrl+/"), on_keys)
        self.help = link(_("帮助 F1"), on_help)
        row = QHBoxLayout(self)
        row.setContentsMargins(14, 2, 10, 2)
        row.setSpacing(8)
        row.addWidget(self.place)
        row.addStretch(1)
        row.addWidget(self.badge)
        row.addWidget(self.backup)
        row.addSpacing(6)
        row.addWidget(self.keys)
        row.addWidget(self.help)

    def show_place(self, place: Place, user: Actor) -> None:
        """Which desk of which site, and who; what is empty is left out."""
        group = user.group_name or user.group
        if user.group in TERMS["permission_group"]:
            group = term("permission_group", user.group)
        who = user.name
        if group and group != who:
            who = _("{person}（{group}）").format(person=who, group=group)
        where = _("前台 {letter}").format(letter=place.desk_letter) if place.desk_letter else ""
        self.place.setText(" · ".join(part for part in (place.site_name, where, who) if part))
        self.place.setToolTip(self.place.text())

    def show_backup(self, words: str, tone: str = "") -> None:
        """When the last verified backup was made, in words with a symbol."""
        self.backup.setText(words)
        set_tone(self.backup, tone)
