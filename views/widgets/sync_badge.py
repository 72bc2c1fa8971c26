"""The sync light in words: 已存本机 / 待同步 N / 已同步 hh:mm / 冲突 N / 连不上（why）."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from PySide6.QtCore import QEvent, QSize, Qt
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QPushButton, QSizePolicy, QWidget

from resources.translations import gettext as _
from views.widgets.look import set_tone

ROUND_WORDS = 26
"""Pixels of the button around its words: its padding and border."""


class Light(StrEnum):
    LOCAL = "local"
    """Saved on this computer; no headquarters is set up."""
    PENDING = "pending"
    RUNNING = "running"
    SYNCED = "synced"
    CONFLICT = "conflict"
    OFFLINE = "offline"
    STOPPED = "stopped"
    """Headquarters answers, and will not have this desk until somebody acts."""


@dataclass(frozen=True)
class SyncState:
    """``pending`` and ``conflicts`` are counts; ``at`` the words of the last good round (``10:41``);
    ``reason`` why headquarters cannot be reached, translated and short enough for the status line;
    ``sentence`` the same in full, for the tool tip; ``percent`` how much of a first download is done."""

    light: Light = Light.LOCAL
    pending: int = 0
    conflicts: int = 0
    at: str = ""
    reason: str = ""
    sentence: str = ""
    percent: int | None = None

    @property
    def tone(self) -> str:
        tones = {
            Light.SYNCED: "good",
            Light.CONFLICT: "warn",
            Light.OFFLINE: "warn",
            Light.STOPPED: "bad",
            Light.PENDING: "accent",
        }
        return tones.get(self.light, "muted")

    @property
    def symbol(self) -> str:
        symbols = {
            Light.SYNCED: "●",
            Light.CONFLICT: "⚠",
            Light.OFFLINE: "○",
            Light.STOPPED: "×",
            Light.RUNNING: "⇅",
        }
        return symbols.get(self.light, "◐" if self.light is Light.PENDING else "■")

    def words(self, reason: str | None = None) -> str:
        """The light in words, without its symbol; with *reason* in place of its own (empty: without one)."""
        pending = _("待同步 {n}").format(n=self.pending)
        if self.light in (Light.OFFLINE, Light.STOPPED):
            why = self.reason if reason is None else reason
            if self.light is Light.OFFLINE:
                words = _("连不上（{reason}）").format(reason=why) if why else _("连不上")
            else:
                words = _("同步已停（{reason}）").format(reason=why) if why else _("同步已停")
            return f"{words} · {pending}" if self.pending else words
        if self.light is Light.CONFLICT:
            return _("冲突 {n}").format(n=self.conflicts)
        if self.light is Light.PENDING:
            return pending
        if self.light is Light.RUNNING and self.percent is not None:
            return _("首次下载 {percent} %").format(percent=self.percent)
        if self.light is Light.RUNNING:
            return _("正在同步 {n}").format(n=self.pending) if self.pending else _("正在同步")
        return _("已同步 {at}").format(at=self.at) if self.light is Light.SYNCED else _("已存本机")

    def explanation(self) -> str:
        """One sentence for the tool tip: what it means for the person at the desk."""
        sentences = {
            Light.LOCAL: _("已保存在本机；还没有登记总部"),
            Light.PENDING: _("已保存在本机，等待送往总部"),
            Light.RUNNING: _("正在与总部交换数据，可以照常工作"),
            Light.SYNCED: _("本机与总部一致"),
            Light.CONFLICT: _("有两处同时修改，请到“同步”页查看"),
            Light.OFFLINE: _("已保存在本机，连上总部后会自动送出"),
            Light.STOPPED: _("已保存在本机；要有人处理，请到“同步”页查看"),
        }
        if self.percent is not None:
            return _("正在从总部下载本项目的数据，可以照常工作")
        return f"{self.sentence}\n{sentences[self.light]}" if self.sentence else sentences[self.light]


class SyncBadge(QPushButton):
    """The light in the status bar; a click opens the sync page. Where room is short it shortens the reason,
    never what the state is and how much waits."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setSizePolicy(QSizePolicy.Policy.Maximum, QSizePolicy.Policy.Fixed)
        self.state = SyncState()
        self.show_state(self.state)

    def show_state(self, state: SyncState) -> None:
        self.state = state
        self.setToolTip(f"{state.words()}\n{state.explanation()}")
        self.setAccessibleName(state.words())
        self.setAccessibleDescription(state.explanation())
        set_tone(self, state.tone)
        self.updateGeometry()
        self._fit()

    def sizeHint(self) -> QSize:
        return QSize(self._width_of(self.state.words()), super().sizeHint().height())

    def minimumSizeHint(self) -> QSize:
        return QSize(self._width_of(self.state.words("")), super().minimumSizeHint().height())

    def _width_of(self, words: str) -> int:
        return self.fontMetrics().horizontalAdvance(f"{self.state.symbol} {words}") + ROUND_WORDS

    def _fit(self) -> None:
        """Show as much of the reason as there is room for."""
        words = self.state.words()
        lacking = self._width_of(words) - self.width()
        if lacking > 0 and self.state.reason:
            metrics = self.fontMetrics()
            room = metrics.horizontalAdvance(self.state.reason) - lacking
            short = metrics.elidedText(self.state.reason, Qt.TextElideMode.ElideRight, max(room, 0))
            words = self.state.words(short if len(short) > 1 else "")
        self.setText(f"{self.state.symbol} {words}")

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._fit()

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() in (QEvent.Type.FontChange, QEvent.Type.StyleChange):
            self.updateGeometry()
            self._fit()
