"""The composition root of the window: builds everything once, in the order that shows something soonest.

First the empty window is painted; only then are the database and the business code imported and opened, on
a worker. Signing in builds the context, fills the window and starts the services that live beside it.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from PySide6.QtCore import QObject, QTimer
from PySide6.QtWidgets import QApplication

from desktop.crash_reports import CrashReports
from desktop.main_window import MainWindow
from desktop.paths import Profile
from desktop.preferences import FilePreferences
from desktop.qt_words import speak
from desktop.quiet_start import QuietStart
from desktop.theme import Scheme, Theme, load_rare_fonts
from models.errors import DomainError
from resources import translations
from resources.translations import gettext as _
from sync.status import ENROL_ANEW
from views import error_messages
from views.sign_in.waiting import Waiting
from views.tasks import TaskRunner, threaded_runner

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from desktop.beside import Beside
    from desktop.desk import Desk
    from desktop.newcomers import Newcomers
    from desktop.opening import Entrance
    from models.services.backup import BackupInfo
    from models.work import Actor
    from views.sign_in.cover import Cover
    from views.sign_in.stopped import StoppedCover

SCHEME_KEY = "look/scheme"
TEXT_SIZE_KEY = "look/text-size"
LANGUAGE_KEY = "look/language"
STAFF_KEY = "sign-in/staff-no"


class Application(QObject):
    """One profile in one window. ``sign_in_as``: a staff number that is signed in without a password, for
    the demonstration only."""

    def __init__(
        self,
        qt: QApplication,
        profile: Profile,
        *,
        language: str | None = None,
        sign_in_as: str | None = None,
    ) -> None:
        super().__init__()
        self._quiet = QuietStart(self)
        self._qt = qt
        self.profile = profile
        self._sign_in_as = sign_in_as
        self.preferences = FilePreferences(profile.preferences, self)
        translations.use(language or str(self.preferences.get(LANGUAGE_KEY, translations.SOURCE_LANGUAGE)))
        self.qt_words = speak(qt, translations.language())
        self.crash_reports = CrashReports(profile.crash_reports, self)
        self.crash_reports.install()
        self.theme = Theme(qt, self)
        self.theme.apply(
            Scheme(str(self.preferences.get(SCHEME_KEY, Scheme.SYSTEM.value))),
            float(self.preferences.get(TEXT_SIZE_KEY, 1.0)),
        )
        self.window = MainWindow(self.preferences)
        self.theme.changed.connect(self.window.restyle)
        self.crash_reports.reported.connect(self._on_crash_report)
        self.tasks: TaskRunner | None = None
        self.desk: Desk | None = None
        self.beside: Beside | None = None
        self.newcomers: Newcomers | None = None
        self.user: Actor | None = None
        self._setup: Callable[[], Desk] | None = None
        self.window.lock_wanted.connect(self.lock)
        self.window.closing.connect(self.close)

    # -- opening -----------------------------------------------------------------------------------

    def start(self) -> None:
        """Paint the window, then open."""
        self._waiting = Waiting()
        self.window.cover(self._waiting)
        self.window.show()
        QTimer.singleShot(0, self._after_first_paint)

    def _after_first_paint(self) -> None:
        self._qt.processEvents()
        load_rare_fonts()
        if self.profile.database.exists():
            self._open()
        else:
            self._ask_for_site()

    def _open(self) -> None:
        tasks = threaded_runner(self._opened_store, on_crash=self._on_bug)
        self._close_desk()
        self.tasks = tasks
        tasks.became_idle.connect(self._on_idle)
        tasks.read(self, _entrance, on_done=self._on_opened, on_error=self._on_not_opened)

    def _opened_store(self) -> Any:
        """Runs on a worker: make the profile as was asked for, or open the one there is."""
        from desktop.desk import open_desk
        from desktop.opening import fill, is_unfilled

        desk = self._setup() if self._setup is not None else open_desk(self.profile)
        try:
            if is_unfilled(desk):
                fill(desk, is_whole=False)
        except BaseException:
            desk.close()
            raise
        self.desk, self._setup = desk, None
        return desk.database

    def _on_not_opened(self, error: DomainError) -> None:
        """Say so on the first-start card that asked for it; else show the card that helps on."""
        from views.sign_in.stopped import DAMAGED, KEYLESS, StoppedCover

        self._setup = None
        cover = self.window.covering
        if isinstance(cover, Waiting) and error.code in ENROL_ANEW:  # before its site's people came
            self._ask_to_enrol(error)
            return
        is_new_trouble = isinstance(cover, StoppedCover) and error.code in DAMAGED | KEYLESS
        if isinstance(cover, Waiting) or is_new_trouble:
            stopped = StoppedCover(error, self._backups())
            stopped.retry_wanted.connect(self.start)
            stopped.restore_wanted.connect(self._restore)
            stopped.key_wanted.connect(self._recover_key)
            self._show_cover(stopped)
        elif cover is not None:
            cast("Cover", cover).failed(error)

    def _backups(self) -> list[BackupInfo]:
        from models.services.backup import list_backups

        try:
            return list_backups(self.profile.backups)
        except DomainError:  # the folder cannot be read: a file can still be chosen
            return []

    def _restore(self, backup: Path) -> None:
        """Nobody can sign in to a file that does not open: whoever holds its key may restore it."""
        from desktop.rescue import restored_desk

        self._setup = lambda: restored_desk(self.profile, backup)
        self._open()

    def _recover_key(self, file: Path, passphrase: str) -> None:
        from desktop.rescue import recovered_desk

        self._setup = lambda: recovered_desk(self.profile, file, passphrase)
        self._open()

    def _on_opened(self, there: Entrance) -> None:
        self._site_name = there.site
        if self._sign_in_as is not None:
            self._sign_in_without_password(self._sign_in_as)
        elif there.has_people:
            self.ask_to_sign_in()
        elif there.is_enrolled:
            self._ask_for_first_person()
        else:  # `qiantai init` made it empty
            self._ask_for_site()

    # -- the first start ---------------------------------------------------------------------------

    def _ask_for_site(self) -> None:
        from views.sign_in.first_run import NewSiteCover

        cover = NewSiteCover()
        cover.wanted.connect(self._set_up)
        cover.other_wanted.connect(self._ask_to_enrol)
        self._show_cover(cover)

    def _ask_to_enrol(self, error: DomainError | None = None) -> None:
        """With an *error* of a desk that is enrolled already: only a new code is asked for."""
        from views.sign_in.first_run import EnrolCover

        cover = EnrolCover(is_again=error is not None)
        cover.wanted.connect(self._join)
        cover.other_wanted.connect(self._ask_for_site)
        self._show_cover(cover)
        if error is not None:
            cover.failed(error)

    def _set_up(self, values: dict[str, Any]) -> None:
        from desktop.opening import NewSite, set_up_site

        self._setup = lambda: set_up_site(self.profile, NewSite(**values))
        self._open()

    def _join(self, values: dict[str, Any]) -> None:
        from desktop.opening import Joining, join

        self._setup = lambda: join(self.profile, Joining(values["url"], values["code"]), is_whole=False)
        self._open()

    def _ask_for_first_person(self) -> None:
        """Of a site of which headquarters has no more than the name; other desks may bring people first."""
        from desktop.newcomers import Newcomers
        from views.sign_in.first_run import FirstPersonCover

        assert self.tasks is not None
        assert self.desk is not None
        cover = FirstPersonCover(self.tasks, self._site_name)
        cover.made.connect(self._on_first_person)
        self.newcomers = Newcomers(self.desk, self._on_bug, self)
        self.newcomers.came.connect(self._on_newcomers)
        self.newcomers.sync.status_changed.connect(cover.show_status)
        self.newcomers.start()
        self._show_cover(cover)

    def _on_first_person(self, staff_no: str) -> None:
        if self.newcomers is not None:
            self.newcomers.sync.trigger()
        self.preferences.set(STAFF_KEY, staff_no)
        self.ask_to_sign_in()

    def _on_newcomers(self) -> None:
        from views.sign_in.first_run import FirstPersonCover

        if isinstance(self.window.covering, FirstPersonCover):
            self.ask_to_sign_in()

    # -- signing in --------------------------------------------------------------------------------

    def ask_to_sign_in(self, *, is_lock: bool = False) -> None:
        from views.sign_in.sign_in import SignInCover

        assert self.tasks is not None
        staff_no = self.user.staff_no if self.user is not None else str(self.preferences.get(STAFF_KEY, ""))
        cover = SignInCover(self.tasks, self._site_name, staff_no=staff_no, is_lock=is_lock)
        cover.signed_in.connect(self._on_signed_in)
        cover.password_change_wanted.connect(self._ask_for_new_password)
        self._show_cover(cover)

    def _ask_for_new_password(self, staff_no: str, current: str) -> None:
        from views.sign_in.sign_in import NewPasswordCover

        assert self.tasks is not None
        cover = NewPasswordCover(self.tasks, staff_no, current)
        cover.signed_in.connect(self._on_signed_in)
        self._show_cover(cover)

    def _sign_in_without_password(self, staff_no: str) -> None:
        from models.services.accounts import actor_of_number

        assert self.tasks is not None
        self.tasks.read(self, actor_of_number, staff_no, on_done=self._on_signed_in)

    def _show_cover(self, cover: Cover | StoppedCover) -> None:
        self._quiet.end()
        self.window.cover(cover)
        cover.ready()

    def _on_signed_in(self, actor: Actor) -> None:
        """Fill the window for a new person; the same one after a lock finds everything as it was."""
        assert self.tasks is not None
        is_same = self.user is not None and self.user.staff_id == actor.staff_id
        self.user = actor
        self.tasks.actor = actor
        self.preferences.set(STAFF_KEY, actor.staff_no)
        if self.beside is None or not is_same or self.beside.context.user != actor:
            self._fill_window(actor)
        self.window.uncover()

    def _fill_window(self, actor: Actor) -> None:
        from desktop.beside import Beside
        from desktop.pages import all_pages

        assert self.tasks is not None
        assert self.desk is not None
        self._stop_beside()
        self.beside = Beside(self, self.desk, self.tasks, actor)
        self.window.start(self.beside.context, all_pages(), self.beside.search())
        self.beside.start()

    def come_to_front(self) -> None:
        """A second start asked for this window."""
        self.window.showNormal()
        self.window.activateWindow()

    # -- locking and leaving -----------------------------------------------------------------------

    def lock(self) -> None:
        """Cover everything until the same person, or another one, signs in; nothing typed is lost."""
        if self.user is not None and self.window.covering is None:
            self.ask_to_sign_in(is_lock=True)

    def _on_idle(self) -> None:
        """The first page has its data: the start is over."""
        if self.user is not None:
            self._quiet.end()

    def close(self) -> None:
        """Stop what runs, finish what was asked for, close the file."""
        self._quiet.end()
        self.preferences.save()
        self._close_desk()
        if self.qt_words is not None:
            self._qt.removeTranslator(self.qt_words)
            self.qt_words = None
        self.crash_reports.uninstall()

    def _stop_beside(self) -> None:
        for running in (self.newcomers, self.beside):
            if running is not None:
                running.stop()
        self.newcomers = self.beside = None

    def _close_desk(self) -> None:
        self._stop_beside()
        if self.tasks is not None:
            self.tasks.close()
            self.tasks = None
        if self.desk is not None:
            self.desk.close()
            self.desk = None

    def set_look(self, scheme: str, text_size: float, language: str) -> None:
        """From the settings page; the language counts from the next start."""
        self.preferences.set(SCHEME_KEY, scheme)
        self.preferences.set(TEXT_SIZE_KEY, text_size)
        self.preferences.set(LANGUAGE_KEY, language)
        self.theme.apply(scheme, text_size)

    # -- what went wrong ---------------------------------------------------------------------------

    def _on_bug(self, error: BaseException) -> None:
        self.crash_reports.report(error)

    def _on_crash_report(self, _report: object) -> None:
        from desktop.crash_dialog import CrashDialog
        from views.formats import Formats

        if self.window.isVisible() and self.window.findChild(CrashDialog) is None:
            dialog = CrashDialog(self.crash_reports, Formats(), self.window)
            dialog.open()


def run(folder: Path | None, *, language: str | None = None, sign_in_as: str | None = None) -> int:
    """Open the window on the profile at *folder*; the exit status of the program."""
    import sys

    from desktop.paths import open_profile
    from desktop.single_instance import SingleInstance

    qt = QApplication.instance() or QApplication(sys.argv[:1])
    assert isinstance(qt, QApplication)
    qt.setApplicationName("qiantai")
    qt.setDesktopFileName("qiantai")
    try:
        profile = open_profile(folder)
    except DomainError as error:
        _say_before_the_window(error)
        return 1
    single = SingleInstance(profile.lock)
    if not single.acquire():
        return 0
    application = Application(qt, profile, language=language, sign_in_as=sign_in_as)
    single.woken.connect(application.come_to_front)
    end_on_interrupt(qt)
    application.start()
    try:
        return qt.exec()
    finally:
        single.release()


def _entrance(session: Session) -> Entrance:
    """The business code is imported on the worker that opens the file: the window answers meanwhile."""
    from desktop.opening import entrance

    return entrance(session)


def end_on_interrupt(qt: QApplication) -> None:
    """Ctrl+C in the terminal, or being told to end, closes the window as its button does: Python must get a
    turn to hear it."""
    import signal

    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_signal: qt.closeAllWindows())
    turn = QTimer(qt)
    turn.timeout.connect(lambda: None)
    turn.start(400)


def _say_before_the_window(error: DomainError) -> None:
    """Nobody who starts the program by its icon sees standard error."""
    from PySide6.QtWidgets import QMessageBox

    box = QMessageBox(QMessageBox.Icon.Critical, _("前台"), error_messages.message(error))
    box.exec()
