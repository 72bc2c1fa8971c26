"""The interrupted requests, on top of the form: each with the keys that continue or discard it."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from PySide6.QtWidgets import QWidget

from models.queries.drafts import DraftItem
from resources.translations import gettext as _
from views.context import AppContext
from views.intake.form import draft_words
from views.widgets.card import Card, Piece

MOST_KEYS = 5
MATTER_LENGTH = 24


class DraftList(Card):
    """`show_drafts` fills it; it hides when there is none."""

    def __init__(
        self,
        context: AppContext,
        on_open: Callable[[int], object],
        on_discard: Callable[[int], object],
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._context, self._on_open, self._on_discard = context, on_open, on_discard
        self.items: tuple[DraftItem, ...] = ()
        self.hide()

    def show_drafts(self, items: Sequence[DraftItem]) -> None:
        self.items = tuple(items)
        self.setVisible(bool(items))
        head = [Piece(_("未完成的受理 {n}").format(n=len(items)), "warn", is_bold=True)]
        shown = [self._line(place, item) for place, item in enumerate(items[:MOST_KEYS])]
        more = len(items) - MOST_KEYS
        rest = [[Piece(_("另有 {n} 份，处理完上面的再显示").format(n=more), "muted")]] if more > 0 else []
        self.show_lines([head, *shown, *rest], tone="warn")

    def _line(self, place: int, item: DraftItem) -> list[Piece]:
        whose, matter = draft_words(item.data.get("typed", {}))
        near = self._context.formats.near(item.updated_at, self._context.clock())
        number = place + 1
        return [
            Piece(near, "muted"),
            Piece(whose or _("未选住户")),
            Piece(matter[:MATTER_LENGTH] or _("还没写内容"), "" if matter else "muted"),
            Piece(_("继续 Alt+{n}").format(n=number), run=lambda: self._on_open(place)),
            Piece(_("放弃 Alt+Shift+{n}").format(n=number), run=lambda: self._on_discard(place)),
        ]
