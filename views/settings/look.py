"""外观: light or dark, the size of the text, the language. Each choice counts at once, the language later."""

from __future__ import annotations

from typing import ClassVar

from PySide6.QtCore import Qt
from PySide6.QtGui import QKeySequence
from PySide6.QtWidgets import QGridLayout, QPushButton

from resources.translations import LANGUAGES, N_, language
from resources.translations import gettext as _
from views.context import AppContext
from views.settings.section import Section
from views.widgets.chip_bar import Chip, ChipBar
from views.widgets.panel import label

SCHEMES = (
    Chip("system", N_("随系统"), "◐"),
    Chip("light", N_("浅色"), "○"),
    Chip("dark", N_("深色"), "●"),
)
SIZES = (
    Chip("0.9", N_("小")),
    Chip("1.0", N_("标准")),
    Chip("1.15", N_("稍大")),
    Chip("1.3", N_("大")),
    Chip("1.5", N_("特大")),
)


class LookSection(Section):
    title = N_("外观")
    hint = N_("只影响这台电脑。Tab 到一行，用 ← → 选择，马上生效。")
    has_primary: ClassVar[bool] = False

    def __init__(self, context: AppContext) -> None:
        super().__init__(context)
        self.schemes, self.sizes = ChipBar(SCHEMES), ChipBar(SIZES)
        self.languages = ChipBar([Chip(code, name) for code, name in LANGUAGES.items()])
        self.languages.choose(language())
        self.note = label("", "warn", wraps=True)
        grid = QGridLayout()
        grid.setContentsMargins(0, 10, 0, 0)
        grid.setHorizontalSpacing(18)
        grid.setVerticalSpacing(14)
        rows = ((_("配色"), self.schemes), (_("文字大小"), self.sizes), (_("语言"), self.languages))
        for line, (words, chips) in enumerate(rows):
            name = label(words, name="fieldLabel")
            chips.setAccessibleName(words)
            chips.chosen.connect(lambda _key: self._apply())
            grid.addWidget(name, line, 0)
            grid.addWidget(chips, line, 1)
        grid.setColumnStretch(1, 1)
        self.body.addLayout(grid)
        self.body.addWidget(self.note)
        self.body.addStretch(1)
        schemes = [chip.key for chip in SCHEMES]
        self.add_command(_("换配色"), "D", lambda: self._next(self.schemes, schemes))
        self.add_command(_("文字大一档"), "+", lambda: self._step_size(1)).setShortcuts(
            [QKeySequence("+"), QKeySequence("=")]
        )
        self.add_command(_("文字小一档"), "-", lambda: self._step_size(-1))
        self.add_command(_("换语言"), "L", lambda: self._next(self.languages, list(LANGUAGES)))
        self.show_commands(self.commands)

    def refresh(self) -> None:
        assert self.context.desk is not None
        scheme, size, _language = self.context.desk.look()
        self.schemes.choose(scheme)
        self.sizes.choose(min((chip.key for chip in SIZES), key=lambda key: abs(float(key) - size)))
        self._show_note()

    def focus_inside(self) -> None:
        """To the scheme in force."""
        chosen = [chip for chip in self.schemes.findChildren(QPushButton) if chip.isChecked()]
        if chosen:
            chosen[0].setFocus(Qt.FocusReason.TabFocusReason)

    def _apply(self) -> None:
        assert self.context.desk is not None
        self.context.desk.set_look(
            self.schemes.current, float(self.sizes.current), self.languages.current or language()
        )
        self._show_note()

    def _show_note(self) -> None:
        """Only the language waits for the next start."""
        waits = self.languages.current != language()
        self.note.setText(_("⚠ 语言在下次启动程序后生效。") if waits else "")

    def _next(self, chips: ChipBar, keys: list[str]) -> None:
        chips.choose(keys[(keys.index(chips.current) + 1) % len(keys)])
        self._apply()

    def _step_size(self, by: int) -> None:
        keys = [chip.key for chip in SIZES]
        place = keys.index(self.sizes.current) + by
        if 0 <= place < len(keys):
            self.sizes.choose(keys[place])
            self._apply()
