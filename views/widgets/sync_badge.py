"""The sync light in words: 已存本机 / 待同步 N / 已同步 hh:mm / 冲突 N / 连不上（why）."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from PySide6.QtWidgets import QPushButton, QWidget

from resources.translations import gettext as _
from views.widgets.look import set_tone


class Light(StrEnum):
    LOCAL = "local"
    """Saved on this computer; no headquarters is set up."""
    PENDING = "pending"
    RUNNING = "running"
    SYNCED = "synced"
    CONFLICT = "conflict"
    OFFLINE = "offline"


@dataclass(frozen=True)
class SyncState:
    """``pending`` and ``conflicts`` are counts; ``at`` the words of the last good round (``10:41``);
    ``reason`` the translated reason why headquarters cannot be reached."""

    light: Light = Light.LOCAL
    pending: int = 0
    conflicts: int = 0
    at: str = ""
    reason: str = ""

    @property
    def tone(self) -> str:
        tones = {Light.SYNCED: "good", Light.CONFLICT: "warn", Light.OFFLINE: "warn", Light.PENDING: "accent"}
        return tones.get(self.light, "muted")

    @property
    def symbol(self) -> str:
        symbols = {Light.SYNCED: "●", Light.CONFLICT: "⚠", Light.OFFLINE: "○", Light.RUNNING: "⇅"}
        return symbols.get(self.light, "◐" if self.light is Light.PENDING else "■")

    def words(self) -> str:
        """The light in words, without its symbol."""
        pending = _("待同步 {n}").format(n=self.pending)
        if self.light is Light.OFFLINE:
            words = _("连不上（{reason}）").format(reason=self.reason)
            return f"{words} · {pending}" if self.pending else words
        if self.light is Light.CONFLICT:
            return _("冲突 {n}").format(n=self.conflicts)
        if self.light is Light.PENDING:
            return pending
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
        }
        return sentences[self.light]


class SyncBadge(QPushButton):
    """The light in the status bar; a click opens the sync page."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.state = SyncState()
        self.show_state(self.state)

    def show_state(self, state: SyncState) -> None:
        self.state = state
        self.setText(f"{state.symbol} {state.words()}")
        self.setToolTip(state.explanation())
        self.setAccessibleName(state.words())
        self.setAccessibleDescription(state.explanation())
        set_tone(self, state.tone)
