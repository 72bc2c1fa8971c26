"""The window: rail, the one box, the pages, the status line, and the keys that work everywhere.

It imports nothing of the models at start, so that it is on screen before the database is opened; `start`
fills it after sign-in. A page is made when it is first shown.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import shiboken6
from PySide6.QtCore import QByteArray, QSize, Qt, Signal
from PySide6.QtGui import QCloseEvent, QKeyEvent, QKeySequence, QShortcut
from PySide6.QtWidgets import QDialog, QHBoxLayout, QMainWindow, QStackedWidget, QVBoxLayout, QWidget

from desktop.navigation import History, NavigationRail, PageSpec, Stop
from desktop.status_line import StatusLine
from resources.translations import gettext as _
from views import error_messages
from views.context import Notice, Preferences
from views.widgets.notice_bar import NoticeBar
from views.widgets.panel import button, label
from views.widgets.progress_panel import ProgressPanel
from views.widgets.sync_badge import SyncState

if TYPE_CHECKING:
    from models.errors import DomainError
    from views.context import AppContext
    from views.help.shortcuts import Shortcuts
    from views.help.viewer import HelpViewer
    from views.page import Page
    from views.tasks import Job
    from views.widgets.search_box import Hit, SearchBox

SMALLEST = QSize(660, 370)
"""A screen of 1366 × 768 at 200 % leaves 683 × 384."""
USUAL = QSize(1366, 768)
BOX_WIDTH = 720
INTAKE = "intake"
SYNC = "sync"


@dataclass(frozen=True)
class Search:
    """The one box: the query behind it and how an answer is shown."""

    find: Callable[..., Sequence[Any]]
    present: Callable[[Any], Hit]


class MainWindow(QMainWindow):
    """`navigate` and `notify` go into the `AppContext`, then `start` takes that context and the pages."""

    lock_wanted = Signal()
    """Ctrl+L: lock the window until somebody signs in."""
    closing = Signal()
    """The window is closing; everything has been remembered."""

    def __init__(self, preferences: Preferences, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._preferences = preferences
        self._context: AppContext | None = None
        self._specs: dict[str, PageSpec] = {}
        self._pages: dict[str, Page] = {}
        self._history = History()
        self._help: HelpViewer | None = None
        self._goes_with_page = False
        self._aside: list[tuple[QDialog, bool]] = []
        self.search_box: SearchBox | None = None
        self.rail = NavigationRail(self)
        self.notices = NoticeBar(self)
        self.progress = ProgressPanel(self)
        self.status = StatusLine(on_keys=self.show_shortcuts, on_help=self.show_help)
        self.stack = QStackedWidget(self)
        self._new_ticket = button(_("新工单"), self._on_new_ticket, keys="F2", is_primary=True)
        self._print = button(_("打印"), self._on_print, keys="F9")
        self.setWindowTitle(_("前台"))
        self.setMinimumSize(SMALLEST)
        self._lay_out()
        self._bind_keys()
        self._restore_size()
        self.rail.chosen.connect(self._choose)
        self.status.badge.clicked.connect(lambda _on=False: self._choose(SYNC))

    # -- filling -----------------------------------------------------------------------------------

    def start(self, context: AppContext, pages: Sequence[PageSpec], search: Search, first: str = "") -> None:
        """Show *pages*, as far as the user may see them, and open *first* (or the one that was open last)."""
        self.stop()
        self._context = context
        allowed = [spec for spec in pages if spec.right is None or context.may(spec.right)]
        self._specs = {spec.key: spec for spec in allowed}
        self.rail.show_pages(allowed)
        self._bind_pages(allowed)
        self._make_box(context, search)
        context.tasks.failed.connect(self._on_failed)
        context.tasks.job_started.connect(self._on_job_started)
        self.status.show_place(context.place, context.user)
        title = " · ".join(part for part in (context.place.site_name, _("前台")) if part)
        self.setWindowTitle(title)
        last = self._preferences.get("window/page", "")
        wanted = first or (last if last in self._specs else next(iter(self._specs), ""))
        if wanted:
            self._choose(wanted)

    def stop(self) -> None:
        """Take the pages away (sign-out, lock)."""
        if self._context is not None:
            self._context.tasks.failed.disconnect(self._on_failed)
            self._context.tasks.job_started.disconnect(self._on_job_started)
        for page in self._pages.values():
            self.stack.removeWidget(page)
            page.deleteLater()
        for shortcut in self.findChildren(QShortcut, "pageKey"):
            shortcut.setParent(None)
            shortcut.deleteLater()
        if self.search_box is not None:
            self.search_box.close_popup()
            self._top.removeWidget(self.search_box)
            self.search_box.deleteLater()
            self.search_box = None
        for dialog, _is_modal in self._aside:
            if shiboken6.isValid(dialog):
                dialog.deleteLater()
        self._aside = []
        self._pages, self._specs, self._context = {}, {}, None
        self._history = History()

    # -- covering ------------------------------------------------------------------------------------

    def cover(self, widget: QWidget) -> None:
        """Put *widget* over everything (signing in, a lock); keys of the window are off until `uncover`."""
        self._set_dialogs_aside()
        self._drop_cover()
        self._layers.addWidget(widget)
        self._layers.setCurrentWidget(widget)
        self._set_keys(is_on=False)

    def uncover(self) -> None:
        """Show the pages again, the focus where it was."""
        self._drop_cover()
        self._set_keys(is_on=True)
        page = self.current_page()
        if page is not None:
            page.setFocus(Qt.FocusReason.OtherFocusReason)
        aside, self._aside = self._aside, []
        for dialog, is_modal in aside:
            if shiboken6.isValid(dialog):
                dialog.open() if is_modal else dialog.show()

    def _set_dialogs_aside(self) -> None:
        """Nothing stands over a cover: dialogs wait, with what was typed in them, until `uncover`."""
        for dialog in self.findChildren(QDialog):
            if dialog.isVisible():
                self._aside.append((dialog, dialog.isModal()))
                dialog.hide()

    @property
    def covering(self) -> QWidget | None:
        """What covers the pages now."""
        shown = self._layers.currentWidget()
        return None if shown is self._canvas else shown

    def _drop_cover(self) -> None:
        shown = self.covering
        if shown is not None:
            self._layers.removeWidget(shown)
            shown.deleteLater()
        self._layers.setCurrentWidget(self._canvas)

    def _set_keys(self, *, is_on: bool) -> None:
        if self.search_box is not None:
            self.search_box.close_popup()
        for shortcut in self.findChildren(QShortcut):
            if shortcut.parent() is self and shortcut.key() != QKeySequence("F1"):
                shortcut.setEnabled(is_on)

    # -- for the context -----------------------------------------------------------------------------

    def navigate(self, page: str, **arguments: Any) -> None:
        """Show the page named *page* with *arguments*; an unknown or forbidden one says so. Esc leaves it."""
        self._show_if_allowed(Stop(page, arguments, is_entered=True))

    def _choose(self, page: str) -> None:
        self._show_if_allowed(Stop(page))

    def _show_if_allowed(self, stop: Stop) -> None:
        if stop.page not in self._specs:
            self.notify(Notice(_("您不能打开这一页，或没有这一页。"), "warn"))
            return
        current = self.current_page()
        if current is not None and current.key != stop.page and not current.can_leave():
            return
        self._show(stop)

    def notify(self, notice: Notice, *, is_of_page: bool = True) -> None:
        """Say something without stopping anybody. What a page says goes with it when another is shown,
        except that something was done."""
        self._goes_with_page = is_of_page and notice.tone != "good"
        self.notices.say(notice)

    def show_sync(self, state: SyncState) -> None:
        self.status.badge.show_state(state)
        self.rail.set_badge(SYNC, str(state.conflicts) if state.conflicts else "")

    def current_page(self) -> Page | None:
        return next((page for page in self._pages.values() if page is self.stack.currentWidget()), None)

    def page(self, key: str) -> Page | None:
        """The page if it has been made already."""
        return self._pages.get(key)

    # -- pages -----------------------------------------------------------------------------------------

    def _show(self, stop: Stop) -> None:
        self._history.visit(stop)
        page = self._made(stop.page)
        self.rail.mark(stop.page)
        was_current = self.stack.currentWidget() is page
        if not was_current and self._goes_with_page:
            self.notices.dismiss()
        self.stack.setCurrentWidget(page)
        self._preferences.set("window/page", stop.page)
        if stop.arguments:
            page.open(**stop.arguments)
        if not was_current:
            page.setFocus(Qt.FocusReason.OtherFocusReason)

    def _made(self, key: str) -> Page:
        page = self._pages.get(key)
        if page is None:
            assert self._context is not None
            page = self._specs[key].factory(self._context)
            page.badge_changed.connect(lambda text, key=key: self.rail.set_badge(key, text))
            page.other_badge_changed.connect(self.rail.set_badge)
            self._pages[key] = page
            self.stack.addWidget(page)
        return page

    # -- keys ------------------------------------------------------------------------------------------

    def _bind_keys(self) -> None:
        keys: Mapping[str, Callable[[], object]] = {
            "F1": self.show_help,
            "F2": self._on_new_ticket,
            "F3": self._on_box,
            "Ctrl+F": self._on_box,
            "F5": self._on_refresh,
            "F9": self._on_print,
            "Ctrl+Return": self._on_commit,
            "Ctrl+Enter": self._on_commit,
            "Esc": self._on_escape,
            "Alt+Left": self._on_back,
            "Alt+Right": self._on_forward,
            "Ctrl+/": self.show_shortcuts,
            "Ctrl+Z": self.notices.undo,
            "Ctrl+L": self.lock_wanted.emit,
        }
        for keys_, run in keys.items():
            QShortcut(QKeySequence(keys_), self, run)

    def _bind_pages(self, specs: Sequence[PageSpec]) -> None:
        for spec in specs:
            is_digit = len(spec.shortcut) == 1 and spec.shortcut.isdigit()
            keys = f"Ctrl+{spec.shortcut}" if is_digit else spec.shortcut
            if keys and keys != "F2":
                shortcut = QShortcut(QKeySequence(keys), self)
                shortcut.setObjectName("pageKey")
                shortcut.activated.connect(lambda key=spec.key: self._choose(key))

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Bare digits go to pages, and ``?`` shows the keys, where nobody is typing."""
        if self.covering is not None:
            super().keyPressEvent(event)
            return
        text = event.text()
        by_digit = {spec.shortcut: spec.key for spec in self._specs.values() if len(spec.shortcut) == 1}
        if text in by_digit and not event.modifiers() & Qt.KeyboardModifier.ControlModifier:
            self._choose(by_digit[text])
        elif text in ("?", "？"):
            self.show_shortcuts()
        else:
            super().keyPressEvent(event)

    def _on_new_ticket(self) -> None:
        self.navigate(INTAKE)

    def _on_box(self) -> None:
        if self.search_box is not None:
            self.search_box.setFocus(Qt.FocusReason.ShortcutFocusReason)
            self.search_box.selectAll()

    def _on_refresh(self) -> None:
        page = self.current_page()
        if page is not None:
            page.refresh()

    def _on_print(self) -> None:
        page = self.current_page()
        if page is not None and not page.print_current():
            self.notify(Notice(_("这里没有选中可以打印的内容。"), "info"))

    def _on_commit(self) -> None:
        page = self.current_page()
        if page is not None:
            page.commit()

    def _on_escape(self) -> None:
        """Out of the innermost thing; out of the page only where one was brought to it by another."""
        page = self.current_page()
        if page is not None and page.step_back():
            return
        if self.search_box is not None and self.search_box.hasFocus() and page is not None:
            page.setFocus(Qt.FocusReason.OtherFocusReason)
            return
        self._go(self._history.leave)

    def _on_back(self) -> None:
        page = self.current_page()
        if page is None or not page.step_back():
            self._go(self._history.back)

    def _on_forward(self) -> None:
        self._go(self._history.forward)

    def _go(self, step: Callable[[], Stop | None]) -> None:
        page = self.current_page()
        if page is not None and not page.can_leave():
            return
        stop = step()
        if stop is not None:
            self._show(stop)

    # -- help ------------------------------------------------------------------------------------------

    def show_help(self) -> None:
        """F1: the help page of where you are."""
        from views.help.viewer import HelpViewer

        if self._help is None:
            self._help = HelpViewer(self)
        cover, page = self.covering, self.current_page()
        if cover is not None:
            self._help.open_topic(str(getattr(cover, "help_topic", "sign_in")))
        else:
            self._help.open_topic(page.topic if page is not None else "start")

    @property
    def help(self) -> HelpViewer | None:
        return self._help

    def shortcuts(self) -> Shortcuts:
        """All keys that work now: of the window, of the pages, of the page that is open."""
        from views.help.shortcuts import Shortcuts, window_keys

        page = self.current_page()
        pages = [(spec.shortcut, _(spec.title)) for spec in self._specs.values() if spec.shortcut]
        own = [
            (action.shortcut().toString(QKeySequence.SequenceFormat.NativeText), action.text())
            for action in (page.actions() if page is not None else [])
            if not action.shortcut().isEmpty()
        ]
        title = _(self._specs[page.key].title) if page is not None and page.key in self._specs else ""
        return Shortcuts(window=window_keys(), pages=pages, page_title=title, page=own)

    def show_shortcuts(self) -> None:
        """Ctrl+/ or ?: the overview of keys."""
        from views.help.shortcuts import ShortcutOverview

        overview = ShortcutOverview(self.shortcuts(), self)
        overview.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        overview.open()

    # -- what comes back -------------------------------------------------------------------------------

    def _on_failed(self, error: DomainError) -> None:
        self.notify(Notice(error_messages.message(error), "bad", seconds=0))

    def _on_job_started(self, job: Job) -> None:
        self.progress.add(job)

    def _on_hit(self, hit: Hit) -> None:
        self.navigate(hit.page, **hit.arguments)

    def _on_hit_ticket(self, hit: Hit) -> None:
        self.navigate(INTAKE, **hit.ticket_arguments)

    # -- building ----------------------------------------------------------------------------------------

    def _lay_out(self) -> None:
        self._top = QHBoxLayout()
        self._top.setSpacing(8)
        self._gap = label()
        self._top.addWidget(self._gap, 1)
        self._top.addWidget(self._new_ticket)
        self._top.addWidget(self._print)
        inner = QVBoxLayout()
        inner.setContentsMargins(14, 10, 14, 10)
        inner.setSpacing(8)
        inner.addLayout(self._top)
        inner.addWidget(self.progress)
        inner.addWidget(self.stack, 1)
        right = QVBoxLayout()
        right.setContentsMargins(0, 0, 0, 0)
        right.setSpacing(0)
        right.addLayout(inner, 1)
        right.addWidget(self.status)
        canvas = QWidget(self)
        canvas.setObjectName("canvas")
        row = QHBoxLayout(canvas)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(0)
        row.addWidget(self.rail)
        row.addLayout(right, 1)
        self.notices.float_over(self.stack)
        self._layers = QStackedWidget(self)
        self._layers.addWidget(canvas)
        self._canvas = canvas
        self.setCentralWidget(self._layers)

    def _make_box(self, context: AppContext, search: Search) -> None:
        from views.widgets.search_box import SearchBox

        box = SearchBox(context.tasks, search.find, search.present, self._canvas)
        box.setMaximumWidth(BOX_WIDTH)
        box.opened.connect(self._on_hit)
        box.ticket_wanted.connect(self._on_hit_ticket)
        self._top.insertWidget(0, box, 4)
        QWidget.setTabOrder(self.rail, box)
        self.search_box = box

    def restyle(self) -> None:
        """The theme changed: redraw what was drawn in its colours."""
        if self.search_box is not None:
            self.search_box.restyle()

    def _restore_size(self) -> None:
        saved = self._preferences.get("window/geometry", "")
        if not saved or not self.restoreGeometry(QByteArray.fromBase64(QByteArray(str(saved).encode()))):
            screen = self.screen().availableSize()
            self.resize(USUAL.boundedTo(screen))

    def closeEvent(self, event: QCloseEvent) -> None:
        geometry = self.saveGeometry().toBase64().toStdString()
        self._preferences.set("window/geometry", geometry)
        self.closing.emit()
        super().closeEvent(event)
