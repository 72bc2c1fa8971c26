"""Filters as chips with counts: one is chosen, arrows go along them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QFont, QFontMetrics, QKeyEvent
from PySide6.QtWidgets import QButtonGroup, QPushButton, QSizePolicy, QWidget

from resources.translations import gettext as _
from views.widgets.flow_layout import FlowLayout
from views.widgets.look import set_tone

CHIP_FRAME = 26
"""Pixels of border and padding beside the words of a chip."""


@dataclass(frozen=True)
class Chip:
    """``title`` is Chinese marked with ``N_``; ``symbol`` and ``tone`` as of a state (``▲``, ``bad``)."""

    key: str
    title: str
    symbol: str = ""
    tone: str = ""


class ChipBar(QWidget):
    """Chips in a row that wraps when it is narrow. One that counts none has no tone: nothing is wrong."""

    chosen = Signal(str)

    def __init__(self, chips: Sequence[Chip], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._chips = {chip.key: chip for chip in chips}
        self._buttons: dict[str, QPushButton] = {}
        self._group = QButtonGroup(self)
        self._group.setExclusive(True)
        self._flow = FlowLayout(self, spacing=6)
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Minimum)
        for chip in chips:
            self._add(chip)
        if chips:
            self._buttons[chips[0].key].setChecked(True)

    def _add(self, chip: Chip) -> None:
        button = QPushButton(self)
        button.setObjectName("chip")
        button.setCheckable(True)
        button.setAutoDefault(False)
        button.clicked.connect(lambda _on=False, key=chip.key: self.chosen.emit(key))
        self._group.addButton(button)
        self._buttons[chip.key] = button
        self._flow.addWidget(button)
        self._word(chip, None)

    def _word(self, chip: Chip, count: int | None) -> None:
        button = self._buttons[chip.key]
        words = f"{chip.symbol} {_(chip.title)}".strip()
        text = words if count is None else f"{words} {count:,}"
        if button.text() != text:
            button.setText(text)
            self._leave_room(button)
        set_tone(button, "" if count == 0 else chip.tone)
        button.setAccessibleName(_(chip.title) if count is None else f"{_(chip.title)} {count}")

    @staticmethod
    def _leave_room(button: QPushButton) -> None:
        """The chosen chip is bold: as wide as it needs then, so that choosing moves nothing."""
        font = QFont(button.font())
        font.setWeight(QFont.Weight.DemiBold)
        button.setMinimumWidth(QFontMetrics(font).horizontalAdvance(button.text()) + CHIP_FRAME)

    def set_counts(self, counts: Mapping[str, int]) -> None:
        """Show these counts; chips not named show none."""
        for key, chip in self._chips.items():
            self._word(chip, counts.get(key))

    def choose(self, key: str) -> None:
        """Choose a chip without a signal."""
        self._buttons[key].setChecked(True)

    @property
    def current(self) -> str:
        return next((key for key, button in self._buttons.items() if button.isChecked()), "")

    def keyPressEvent(self, event: QKeyEvent) -> None:
        keys = list(self._buttons)
        steps = {Qt.Key.Key_Left: -1, Qt.Key.Key_Right: 1}
        step = steps.get(Qt.Key(event.key()))
        if step is None or not keys:
            super().keyPressEvent(event)
            return
        key = keys[(keys.index(self.current or keys[0]) + step) % len(keys)]
        self._buttons[key].setFocus(Qt.FocusReason.TabFocusReason)
        self._buttons[key].click()
