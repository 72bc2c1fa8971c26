"""What every page is given: the frozen context that the composition root builds after sign-in."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Protocol

from views.formats import Formats

if TYPE_CHECKING:
    from PySide6.QtWidgets import QWidget

    from models.rules.rights import Right
    from models.work import Actor
    from views.tasks import TaskRunner


class Preferences(Protocol):
    """Local state of the screens (sizes, columns, the last page); never travels. Values are plain JSON."""

    def get(self, key: str, default: Any = None) -> Any: ...

    def set(self, key: str, value: Any) -> None: ...


class MemoryPreferences:
    """Preferences that are forgotten: for tests and for a profile that cannot be written."""

    def __init__(self) -> None:
        self._values: dict[str, Any] = {}

    def get(self, key: str, default: Any = None) -> Any:
        return self._values.get(key, default)

    def set(self, key: str, value: Any) -> None:
        self._values[key] = value


@dataclass(frozen=True)
class Notice:
    """A message for the bar under the box: it never stops the work. ``undo`` puts an undo button on it.

    ``tone``: ``info``, ``good``, ``warn`` or ``bad``. ``seconds`` = 0 stays until closed.
    """

    text: str
    tone: str = "info"
    undo: Callable[[], None] | None = None
    seconds: int = 8


@dataclass(frozen=True)
class PrintRequest:
    """What a page wants printed: the document (``work-order``, ``callback-sheet`` …) and the ids of its
    rows."""

    document: str
    ids: tuple[str, ...]
    title: str = ""
    form: str = ""
    is_preview: bool = True


@dataclass(frozen=True)
class Place:
    """Where the program runs, for the status bar and for pages that name it."""

    site_id: str = ""
    site_name: str = ""
    desk_letter: str = ""


def _now() -> datetime:
    return datetime.now(UTC)


def _nowhere(_page: str, **_arguments: Any) -> None:
    """Navigation where there is no window."""


def _unsaid(_notice: Notice) -> None:
    """Notices where there is no window."""


def _unprinted(_owner: QWidget, _request: PrintRequest) -> None:
    """Printing where there is no printer service."""


def _unsynced() -> None:
    """Synchronising where there is no sync service."""


@dataclass(frozen=True)
class AppContext:
    """``tasks`` is the door to data; ``navigate("tickets", ticket_id=…)`` opens a page with arguments;
    ``notify(Notice(…))`` says something without stopping anybody; ``clock`` gives aware UTC time."""

    tasks: TaskRunner
    user: Actor
    clock: Callable[[], datetime] = _now
    navigate: Callable[..., None] = _nowhere
    notify: Callable[[Notice], None] = _unsaid
    preferences: Preferences = field(default_factory=MemoryPreferences)
    formats: Formats = field(default_factory=Formats)
    place: Place = field(default_factory=Place)
    print_request: Callable[[QWidget, PrintRequest], None] = _unprinted
    sync_now: Callable[[], None] = _unsynced

    def may(self, right: Right) -> bool:
        """Whether the user has *right*, to show or hide a control. The services decide again, and for
        good."""
        return self.user.may(right)
