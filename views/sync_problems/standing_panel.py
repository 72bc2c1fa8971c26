"""How it stands, at the top of the page: in a word, why, what to do, and with which headquarters."""

from __future__ import annotations

from PySide6.QtGui import QAction
from PySide6.QtWidgets import QHBoxLayout, QProgressBar

from models.queries.double_numbers import NumberTrouble
from models.queries.sync_state import Link
from resources.translations import gettext as _
from sync.status import SyncStatus
from views.context import AppContext
from views.sync_light import percent_of
from views.sync_problems.wording import number_words, standing
from views.widgets.action_bar import ActionBar
from views.widgets.look import set_tone
from views.widgets.panel import Panel, label


class StandingPanel(Panel):
    """`show_status` and `show_link` fill it."""

    def __init__(self, context: AppContext) -> None:
        super().__init__(padding=14, spacing=5)
        self._context = context
        self.symbol = label(name="pageTitle")
        self.title = label(name="pageTitle")
        self.sentence = label(wraps=True)
        self.advice = label("", "muted", wraps=True)
        self.tie = label("", "muted", wraps=True)
        self.numbers = label("", wraps=True)
        self.numbers.setVisible(False)
        set_tone(self.numbers, "warn")
        self.bar = ActionBar()
        head = QHBoxLayout()
        head.addWidget(self.symbol)
        head.addWidget(self.title)
        head.addSpacing(10)
        head.addWidget(self.bar, 1)
        self.body.addLayout(head)
        self.filling = QProgressBar()
        self.filling.setRange(0, 100)
        self.filling.setTextVisible(False)
        self.filling.setAccessibleName(_("首次下载"))
        for widget in (self.sentence, self.filling, self.advice, self.numbers, self.tie):
            self.body.addWidget(widget)
        self._link = Link()

    def show_status(self, status: SyncStatus, actions: list[QAction]) -> None:
        """The status in words, with what can be done about it."""
        stands = standing(status, self._context.formats, self._context.clock())
        self.symbol.setText(stands.symbol)
        self.title.setText(stands.title)
        for widget in (self.symbol, self.title):
            set_tone(widget, stands.tone)
        self.sentence.setText(stands.sentence)
        percent = percent_of(status.progress)
        self.filling.setVisible(percent is not None)
        self.filling.setValue(percent or 0)
        self.advice.setText(stands.advice)
        self.advice.setVisible(bool(stands.advice))
        self.bar.set_actions(actions)
        self._show_tie(status)

    def show_link(self, link: Link, status: SyncStatus) -> None:
        """Which headquarters, and who this desk is there."""
        self._link = link
        self._show_tie(status)

    def show_numbers(self, trouble: NumberTrouble) -> None:
        """Which slips bear a number that is another ticket's now, and which numbers two tickets bear."""
        self.numbers.setText("\n".join(number_words(trouble)))
        self.numbers.setVisible(bool(self.numbers.text()))

    def _show_tie(self, status: SyncStatus) -> None:
        formats, now = self._context.formats, self._context.clock()
        told = []
        if self._link.address:
            told.append(_("总部 {address}").format(address=self._link.address))
            told.append(_("本机是前台 {letter}").format(letter=self._link.letter))
        last = formats.near(status.last_at, now) if status.last_at is not None else ""
        if last and last not in f"{self.title.text()} {self.sentence.text()}":
            told.append(_("上次同步 {at}").format(at=last))
        if status.next_at is not None:
            at = formats.local(status.next_at).strftime("%H:%M:%S")
            told.append(_("{at} 自动再试").format(at=at))
        self.tie.setText(" · ".join(told))
        self.tie.setVisible(bool(told))
