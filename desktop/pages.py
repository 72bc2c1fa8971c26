"""The pages of the window, declared. Each is imported when it is first shown."""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module
from typing import TYPE_CHECKING, cast

from desktop.navigation import PageSpec
from resources.translations import pgettext

if TYPE_CHECKING:
    from views.context import AppContext
    from views.page import Page


def _later(module: str, name: str) -> Callable[[AppContext], Page]:
    """The page class *name* of *module*, imported at its first showing."""

    def make(context: AppContext) -> Page:
        return cast("Page", getattr(import_module(module), name)(context))

    return make


def all_pages() -> tuple[PageSpec, ...]:
    """In the order of the rail, their titles in the language in use."""
    return (
        PageSpec("today", pgettext("page", "今日"), _later("views.today.page", "TodayPage"), "1", "today"),
        PageSpec(
            "intake", pgettext("page", "受理"), _later("views.intake.page", "IntakePage"), "F2", "intake"
        ),
        PageSpec(
            "tickets", pgettext("page", "工单"), _later("views.tickets.page", "TicketsPage"), "2", "tickets"
        ),
        PageSpec(
            "residents",
            pgettext("page", "住户"),
            _later("views.residents.page", "ResidentsPage"),
            "3",
            "residents",
        ),
        PageSpec("rooms", pgettext("page", "房屋"), _later("views.rooms.page", "RoomsPage"), "4", "rooms"),
        PageSpec(
            "callbacks",
            pgettext("page", "回访"),
            _later("views.callbacks.page", "CallbacksPage"),
            "5",
            "callbacks",
        ),
        PageSpec(
            "sync", pgettext("page", "同步"), _later("views.sync_problems.page", "SyncPage"), "6", "sync"
        ),
        PageSpec(
            "import",
            pgettext("page", "导入"),
            _later("views.archive_import.page", "ImportPage"),
            "",
            "import",
            is_listed=False,
        ),
        PageSpec(
            "settings",
            pgettext("page", "设置"),
            _later("views.settings.page", "SettingsPage"),
            "Ctrl+,",
            "settings",
            is_at_foot=True,
        ),
    )
