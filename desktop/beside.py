"""What lives beside the window while somebody is signed in: the context, sync, backups, escalation, lock."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QEvent, QObject, QTimer

from desktop.control import Control
from desktop.found import present
from desktop.main_window import Search
from desktop.sync_service import SyncService
from models import parameters as p
from models.entities.synced import Base
from models.errors import DomainError
from models.queries import sync_state
from models.rules.service_time import SITE_ZONE
from models.services import site
from models.work import SYSTEM, Actor
from resources.translations import gettext as _
from sync.status import SyncStatus
from views import error_messages
from views.context import AppContext, Notice, Place
from views.formats import Formats
from views.sync_light import sync_light
from views.tasks import TaskRunner

if TYPE_CHECKING:
    from PySide6.QtWidgets import QWidget
    from sqlalchemy.orm import Session

    from desktop.application import Application
    from desktop.desk import Desk
    from desktop.print_service import PrintService
    from models.services import backup
    from sync.client.engine import Engine
    from views.context import PrintRequest

SWEEP_MS = 60_000
SEARCH_READY_MS = 400
FIRST_ROUND_MS = 700
"""After signing in: the first page comes before the first round."""
BACKUP_LOOK_MS = 60_000
ELSEWHERE_MS = 2_000
"""How often the file is asked whether the command line has written to it: some 20 µs."""
_ANY_TABLE = frozenset(Base.metadata.tables)
_ACTIVITY = frozenset(
    {QEvent.Type.KeyPress, QEvent.Type.MouseButtonPress, QEvent.Type.Wheel, QEvent.Type.MouseMove}
)


class Beside(QObject):
    """Built for one person; `stop` ends it. The window shows what it says."""

    def __init__(self, application: Application, desk: Desk, tasks: TaskRunner, actor: Actor) -> None:
        super().__init__(application)
        self._application = application
        self._desk = desk
        self._tasks = tasks
        self._window = application.window
        self._formats = Formats(SITE_ZONE)
        parameters = desk.database.parameters()
        self._prints: PrintService | None = None
        self._is_announcing = False
        self.sync = SyncService(
            self._engine,
            lambda: desk.database.read(sync_state.counts),
            every_s=float(parameters.get(p.SYNC_SECONDS)),
            clock=_now,
            tie=lambda: desk.database.read(sync_state.tie),
            last_at=desk.database.read(sync_state.last_round_at),
            on_crash=application.crash_reports.report,
            parent=self,
        )
        self.sync.data_changed.connect(self._on_pulled)
        self.sync.status_changed.connect(self._on_status)
        self.sync.tie_changed.connect(self._on_tie)
        tasks.data_changed.connect(self._on_data_changed)
        self.context = self._make_context(actor)
        self._idle = IdleLock(parameters.get(p.IDLE_MINUTES), application.lock, self)
        self._backup_minutes = parameters.get(p.BACKUP_MINUTES)
        self._overdue_hours = parameters.get(p.BACKUP_OVERDUE_HOURS)
        self._timers = [
            self._timer(SWEEP_MS, self._sweep),
            self._timer(BACKUP_LOOK_MS, self._look_at_backups),
            self._timer(ELSEWHERE_MS, self._look_elsewhere),
        ]

    def _make_context(self, actor: Actor) -> AppContext:
        facts = self._desk.database.read(site.facts)
        place = Place(
            site_id=self._desk.database.identity.site_id,
            site_name=(facts.name if facts else ""),
            desk_letter=self._desk.database.identity.desk_letter,
        )
        context = AppContext(
            tasks=self._tasks,
            user=actor,
            clock=_now,
            navigate=self._window.navigate,
            notify=self._window.notify,
            preferences=self._application.preferences,
            formats=self._formats,
            place=place,
            print_request=self._print,
            sync_now=self.sync.trigger,
        )
        return replace(context, desk=Control(self._application, self._desk, self.sync, actor))

    def search(self) -> Search:
        """The one box."""
        return Search(_find, present)

    def start(self) -> None:
        QTimer.singleShot(FIRST_ROUND_MS, self, self.sync.start)
        self._on_status(self.sync.status)
        self._idle.start()
        self._look_elsewhere()
        for timer in self._timers:
            timer.start()
        QTimer.singleShot(SEARCH_READY_MS, self, self._prepare_search)
        QTimer.singleShot(1500, self, self._sweep)
        QTimer.singleShot(4000, self, self._look_at_backups)
        QTimer.singleShot(4000, self, self._watch_network)

    def stop(self) -> None:
        self._idle.stop()
        for timer in self._timers:
            timer.stop()
        self._tasks.data_changed.disconnect(self._on_data_changed)
        self.sync.stop()

    # -- sync ----------------------------------------------------------------------------------------

    def _print(self, owner: QWidget, request: PrintRequest) -> None:
        """Printing is imported at the first print: it brings the makers of PDF with it."""
        if self._prints is None:
            from desktop.print_service import PrintService

            self._prints = PrintService(self._tasks, self._application.preferences, self._window.notify, self)
        self._prints.request(owner, request)

    def _engine(self) -> Engine | None:
        """On the sync thread, which brings in the network."""
        from desktop.opening import engine_of

        self._desk.database.catch_up()
        try:
            return engine_of(self._desk)
        except DomainError as error:
            if error.code == "not-enrolled":
                return None
            raise

    def _on_data_changed(self, changes: frozenset[str]) -> None:
        if changes and not self._is_announcing:
            self.sync.note_commit()

    def _on_pulled(self, changes: frozenset[str]) -> None:
        """Pages show what a round brought; it has nothing to send, so it asks for no round after it."""
        self._is_announcing = True
        try:
            self._tasks.announce(changes)
        finally:
            self._is_announcing = False

    def _on_status(self, status: SyncStatus) -> None:
        self._window.show_sync(sync_light(status, self._formats))

    def _on_tie(self) -> None:
        """The status line names the desk that this is now; pages ask for the rest."""
        letter = self._desk.database.read(sync_state.link).letter
        self.context = replace(self.context, place=replace(self.context.place, desk_letter=letter))
        self._window.status.show_place(self.context.place, self.context.user)
        self._tasks.announce(frozenset({"site"}))

    def _prepare_search(self) -> None:
        """Once, so that the first key in the box finds everything there."""
        self._tasks.read(self, _prepare)

    def _watch_network(self) -> None:
        """Where the system says so, a network that comes up is noticed at once."""
        from PySide6.QtNetwork import QNetworkInformation

        wanted = QNetworkInformation.Feature.Reachability
        if QNetworkInformation.loadBackendByFeatures(wanted):
            QNetworkInformation.instance().reachabilityChanged.connect(self._on_reachability)

    def _on_reachability(self, reached: object) -> None:
        from PySide6.QtNetwork import QNetworkInformation

        if reached is QNetworkInformation.Reachability.Online:
            self.sync.note_network()

    # -- by the clock --------------------------------------------------------------------------------

    def _timer(self, every_ms: int, run: Callable[[], None]) -> QTimer:
        timer = QTimer(self)
        timer.setInterval(every_ms)
        timer.timeout.connect(run)
        return timer

    def _sweep(self) -> None:
        """Raise what waits too long, see which move-in visits have come due, archive what is over."""
        from models.services import archiving, escalation, move_in_visits

        self._tasks.write(self, escalation.sweep, actor=SYSTEM, on_done=self._on_risen)
        self._tasks.write(self, move_in_visits.sweep, actor=SYSTEM)
        self._tasks.write(self, archiving.sweep, actor=SYSTEM)

    def _look_elsewhere(self) -> None:
        """Pages follow what the command line writes beside the window; what of it changed is not known."""
        with suppress(DomainError):  # the file cannot be read just now: it will be
            if self._desk.database.was_written_elsewhere():
                self._tasks.announce(_ANY_TABLE)

    def _on_risen(self, risen: list[Any]) -> None:
        if risen:
            numbers = "、".join(one.number for one in risen[:3])
            text = _("{n} 张工单超时，已升级：{numbers}").format(n=len(risen), numbers=numbers)
            self._window.notify(Notice(text, "warn", seconds=0), is_of_page=False)

    def _look_at_backups(self) -> None:
        from models.services import backup

        self._tasks.read(
            self,
            backup.status,
            _now(),
            self._backup_minutes,
            self._overdue_hours,
            on_done=self._on_backup_status,
        )

    def _on_backup_status(self, status: backup.BackupStatus) -> None:
        self._show_backup(status)
        if status.is_due:
            self._tasks.long(
                self, _back_up, self._desk, title=_("自动备份"),
                on_done=lambda _made: self._look_again(), on_error=self._on_backup_failed,
            )  # fmt: skip

    def _look_again(self) -> None:
        from models.services import backup

        self._tasks.read(
            self, backup.status, _now(), self._backup_minutes, self._overdue_hours, on_done=self._show_backup
        )

    def _show_backup(self, status: backup.BackupStatus) -> None:
        at = self._formats.near(status.last_at, _now())
        if status.is_overdue:
            self._window.status.show_backup(_("▲ 超过 24 小时没有备份"), "bad")
        elif status.last_at is not None:
            self._window.status.show_backup(_("备份 {at} ✓").format(at=at), "good")

    def _on_backup_failed(self, error: DomainError) -> None:
        self._window.status.show_backup(_("▲ 备份失败"), "bad")
        self._window.notify(Notice(error_messages.message(error), "bad", seconds=0), is_of_page=False)


def _find(session: Session, text: str, limit: int) -> Any:
    """`models.search.query.find`, imported by the first question, on its worker."""
    from models.search import query

    return query.find(session, text, limit)


def _prepare(session: Session) -> None:
    from models.search import query

    query.prepare(session)


def _back_up(door: Any, progress: Any, desk: Desk) -> backup.BackupInfo:
    from models.services import backup

    def report(done: int, total: int) -> None:
        progress.step(done, total, _("正在备份"))

    return backup.make(
        desk.database,
        SYSTEM,
        desk.profile.backups,
        backup.AUTO,
        attachments=desk.profile.attachments,
        progress=report,
    )


def _now() -> datetime:
    return datetime.now(UTC)


class IdleLock(QObject):
    """Calls ``lock`` when nobody has touched keyboard or mouse for so many minutes."""

    def __init__(self, minutes: int, lock: Callable[[], None], parent: QObject) -> None:
        super().__init__(parent)
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(minutes * 60_000)
        self._timer.timeout.connect(lock)

    def start(self) -> None:
        from PySide6.QtWidgets import QApplication

        application = QApplication.instance()
        if application is not None:
            application.installEventFilter(self)
        self._timer.start()

    def stop(self) -> None:
        from PySide6.QtWidgets import QApplication

        application = QApplication.instance()
        if application is not None:
            application.removeEventFilter(self)
        self._timer.stop()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() in _ACTIVITY:
            self._timer.start()
        return False
