"""Printing from the window: preview, choice of printer, form and copies; record, commit, then paper."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from PySide6.QtCore import QObject
from PySide6.QtWidgets import QWidget

from desktop import printing
from desktop.papers import CALLBACK_SHEET, WORK_ORDER, Paper, issue, preview
from models import parameters as p
from models.database import read_parameters
from models.errors import DomainError
from models.queries.printer_profiles import PrinterSetting, printer_settings
from models.queries.work_orders import ticket_number
from models.services.printing import USUAL_COPIES
from resources.terms import label
from resources.translations import N_
from resources.translations import gettext as _
from views import error_messages
from views.context import Notice, Preferences, PrintRequest
from views.documents.data import COPIES, RenderReport
from views.documents.forms import FORMS
from views.file_places import last_folder, remember
from views.preview.window import Choice, PreviewWindow, Wanted
from views.tasks import Door, Progress, TaskRunner

PRINTER_KEY = "print/printer"
COPIES_KEY = "print/copies"
_TITLES = {WORK_ORDER: N_("派工单"), CALLBACK_SHEET: N_("回访单")}


@dataclass(frozen=True)
class _Prepared:
    """What the preview opens with."""

    report: RenderReport
    printers: tuple[printing.PrinterInfo, ...]
    settings: dict[str, PrinterSetting]
    paper: Paper
    file_name: str


class PrintService(QObject):
    """`request` is the context's ``print_request``. One preview at a time."""

    def __init__(
        self,
        tasks: TaskRunner,
        preferences: Preferences,
        notify: Callable[[Notice], None],
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._tasks = tasks
        self._preferences = preferences
        self._notify = notify
        self.window: PreviewWindow | None = None

    def request(self, owner: QWidget, request: PrintRequest) -> None:
        """Print, or show first: with ``is_preview`` False and a known printer it goes straight to paper."""
        if not request.ids or self.window is not None:
            return
        saved = self._preferences.get(COPIES_KEY, list(USUAL_COPIES))
        copies = tuple(copy for copy in saved if copy in COPIES)
        paper = Paper(request.document, request.ids, request.form, copies)
        printer = str(self._preferences.get(PRINTER_KEY, ""))
        if not request.is_preview and printer:
            self._tasks.long(
                self, _to_printer, paper, printer, title=_("打印"),
                on_done=self._on_printed, on_error=self._on_failed,
            )  # fmt: skip
            return
        self._tasks.long(
            self, _prepare, paper, printer, title=_("准备打印预览"),
            on_done=lambda ready: self._show(owner, ready), on_error=self._on_failed,
        )  # fmt: skip

    def _show(self, owner: QWidget, ready: _Prepared) -> None:
        if self.window is not None:  # asked for twice before the first one stood
            return
        printers = (("", _("（只保存 PDF）")), *((one.name, one.description) for one in ready.printers))
        saved = str(self._preferences.get(PRINTER_KEY, ""))
        default = next((one.name for one in ready.printers if one.is_default), "")
        names = {one.name for one in ready.printers}
        has_copies = ready.paper.document == WORK_ORDER
        choice = Choice(
            printers=printers,
            printer=saved if saved in names else default,
            forms=tuple((form.key, form.name) for form in FORMS.values()),
            form=ready.paper.form,
            copies=tuple((copy, label("print.copy", copy)) for copy in COPIES) if has_copies else (),
            chosen_copies=ready.paper.copies,
        )
        window = PreviewWindow(
            ready.report.pdf, choice, file_name=str(last_folder(self._preferences) / ready.file_name),
            missing=[glyph.character for glyph in ready.report.missing], parent=owner.window(),
        )  # fmt: skip
        window.changed.connect(lambda wanted: self._rerender(window, ready.paper, wanted))
        window.print_asked.connect(lambda wanted: self._print(window, ready.paper, wanted))
        window.save_asked.connect(lambda wanted, path: self._save(window, ready.paper, wanted, path))
        self.window = window
        window.finished.connect(self._on_closed)
        window.open()

    def _on_closed(self) -> None:
        if self.window is not None:
            self.window.deleteLater()
            self.window = None

    def _rerender(self, window: PreviewWindow, paper: Paper, wanted: Wanted) -> None:
        window.set_busy(_("正在排版…"))
        self._tasks.long(
            window, _preview_again, _chosen(paper, wanted), title=_("排版"),
            on_done=lambda report: self._on_rendered(window, report),
            on_error=lambda error: window.fail(error_messages.message(error)),
        )  # fmt: skip

    def _on_rendered(self, window: PreviewWindow, report: RenderReport) -> None:
        window.finish("")
        window.show_pdf(report.pdf, [glyph.character for glyph in report.missing])

    def _print(self, window: PreviewWindow, paper: Paper, wanted: Wanted) -> None:
        self._remember(wanted)
        window.set_busy(_("正在打印…"))
        self._tasks.long(
            window, _to_printer, _chosen(paper, wanted), wanted.printer, title=_("打印"),
            on_done=lambda report: self._on_done(window, report),
            on_error=lambda error: window.fail(error_messages.message(error)),
        )  # fmt: skip

    def _save(self, window: PreviewWindow, paper: Paper, wanted: Wanted, path: str) -> None:
        self._remember(wanted)
        remember(self._preferences, Path(path))
        window.set_busy(_("正在保存…"))
        self._tasks.long(
            window, _to_file, _chosen(paper, wanted), Path(path), title=_("保存 PDF"),
            on_done=lambda _report: window.finish(_("已保存：{path}").format(path=path)),
            on_error=lambda error: window.fail(error_messages.message(error)),
        )  # fmt: skip

    def _remember(self, wanted: Wanted) -> None:
        self._preferences.set(PRINTER_KEY, wanted.printer)
        if wanted.copies:
            self._preferences.set(COPIES_KEY, list(wanted.copies))

    def _on_done(self, window: PreviewWindow, report: RenderReport) -> None:
        window.accept()
        self._on_printed(report)

    def _on_printed(self, report: RenderReport) -> None:
        self._notify(Notice(_("已送往打印机，共 {n} 页").format(n=report.pages), "good"))

    def _on_failed(self, error: DomainError) -> None:
        self._notify(Notice(error_messages.message(error), "bad", seconds=0))


def _chosen(paper: Paper, wanted: Wanted) -> Paper:
    return Paper(paper.document, paper.ids, wanted.form, wanted.copies)


# -- on the job lane ---------------------------------------------------------------------------------


def _prepare(door: Door, progress: Progress, paper: Paper, printer: str) -> _Prepared:
    settings = {setting.printer: setting for setting in door.read(printer_settings)}
    form = paper.form or (settings[printer].form if printer in settings else "")
    form = form if form in FORMS else str(door.read(read_parameters).get(p.DEFAULT_FORM))
    wanted = Paper(paper.document, paper.ids, form, paper.copies)
    progress.check()
    printers = tuple(printing.list_printers())
    return _Prepared(preview(door, wanted), printers, settings, wanted, _file_name(door, wanted))


def _file_name(door: Door, paper: Paper) -> str:
    """The number of what is printed, how many there are if several."""
    if len(paper.ids) > 1:
        return _("{document} {n} 张.pdf").format(document=_(_TITLES[paper.document]), n=len(paper.ids))
    number = paper.ids[0] if paper.document == CALLBACK_SHEET else door.read(ticket_number, paper.ids[0])
    return f"{number or paper.document}.pdf"


def _preview_again(door: Door, progress: Progress, paper: Paper) -> RenderReport:
    progress.check()
    return preview(door, paper)


def _to_printer(door: Door, progress: Progress, paper: Paper, printer: str) -> RenderReport:
    """The printer is looked for first, so that a missing one leaves no printing on record."""
    if not printer:
        raise DomainError("no-printer")
    if printer not in {one.name for one in printing.list_printers()}:
        raise DomainError("printer-missing", printer=printer)
    settings = {setting.printer: setting for setting in door.read(printer_settings)}
    setting = settings.get(printer)
    if not paper.form:
        form = setting.form if setting else str(door.read(read_parameters).get(p.DEFAULT_FORM))
        paper = Paper(paper.document, paper.ids, form, paper.copies)
    profile = printing.PrinterProfile(printer, paper.form)
    if setting is not None:
        profile = printing.PrinterProfile(
            printer, paper.form, setting.offset_x / 100, setting.offset_y / 100, setting.scale / 10_000
        )
    progress.check()
    report = issue(door, paper)
    title = " ".join((_(_TITLES.get(paper.document, "")), str(len(paper.ids))))
    printing.print_pdf(report.pdf, profile, title=title, progress=_counted(progress))
    return report


def _to_file(door: Door, progress: Progress, paper: Paper, path: Path) -> RenderReport:
    progress.check()
    report = issue(door, paper)
    printing.save_pdf(report.pdf, path)
    return report


def _counted(progress: Progress) -> Any:
    """Once the record is there the paper must come: Cancel no longer stops between pages."""

    def tell(done: int, total: int) -> None:
        if not progress.is_cancelled:
            progress.step(done, total, _("正在打印…"))

    return tell
