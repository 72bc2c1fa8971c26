"""What every page is given: the frozen context that the composition root builds after sign-in."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Protocol

from views.formats import Formats

if TYPE_CHECKING:
    from pathlib import Path

    from PySide6.QtWidgets import QWidget

    from models.rules.rights import Right
    from models.services.blob_store import BlobStore
    from models.work import Actor
    from sync.status import SyncStatus
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


@dataclass(frozen=True)
class KeyWhere:
    """Where the database key is: the operating system's *store* by name, or the file *path*."""

    store: str = ""
    path: Path | None = None


class DeskControl(Protocol):
    """What a page may ask of the program around it: where things lie, how sync stands, the look."""

    @property
    def profile_folder(self) -> Path: ...

    @property
    def attachments(self) -> BlobStore: ...

    @property
    def sync_status(self) -> SyncStatus: ...

    @property
    def sync_status_changed(self) -> Any:
        """The signal that carries each new `SyncStatus`."""

    def agree_to_mass_deletion(self) -> None: ...

    def enrol(self, url: str, code: str) -> str:
        """Enrol at headquarters; the letter this desk now has. On a worker; raises `DomainError`."""

    def move_headquarters(self, url: str) -> None:
        """The same headquarters answers at another address. On a worker; raises `DomainError`."""

    def fetch_attachment(self, sha256: str, progress: Callable[[int, int], None] | None = None) -> Path:
        """The content of an attachment, fetched from headquarters if it is not here or damaged. *progress*
        hears bytes done and in all, and may raise to stop. On a worker."""

    def back_up(self, progress: Any) -> Path:
        """Make a verified backup now. On a worker; raises `DomainError`."""

    @property
    def backups_folder(self) -> Path: ...

    def key_where(self) -> KeyWhere:
        """On a worker; raises `DomainError`."""

    def write_recovery_file(self, path: Path, passphrase: str) -> None:
        """The database key under a passphrase, so that a backup can be opened elsewhere. On a worker."""

    def look(self) -> tuple[str, float, str]:
        """Scheme (``system``, ``light``, ``dark``), text size (1.0 is normal), language."""

    def set_look(self, scheme: str, text_size: float, language: str) -> None: ...

    def list_printers(self) -> list[str]:
        """Names of the system's printers, the default one first. On a worker."""

    def print_calibration(self, printer: str, form: str, out: Path | None) -> None:
        """The calibration page on a printer as its profile says, or as a PDF file. On a worker."""

    def lock(self) -> None: ...


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
    desk: DeskControl | None = None
    """None where there is no program around the pages (tests)."""

    def may(self, right: Right) -> bool:
        """Whether the user has *right*, to show or hide a control. The services decide again, and for
        good."""
        return self.user.may(right)
