"""导入: file → meaning of columns → rehearsal → result. Nothing is written before the last step."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from PySide6.QtCore import Qt, QTimer
from PySide6.QtGui import QDragEnterEvent, QDropEvent
from PySide6.QtWidgets import QFileDialog, QHBoxLayout, QStackedWidget, QVBoxLayout

from models.errors import DomainError
from models.spreadsheets.applying import ImportResult
from models.spreadsheets.jobs import open_workbook, rehearse_import
from models.spreadsheets.mapping import Mapping
from models.spreadsheets.plan import ImportPlan
from models.spreadsheets.reading import Workbook
from models.spreadsheets.rejects import Written, suspects
from resources.translations import N_
from resources.translations import gettext as _
from views import error_messages
from views.archive_import.jobs import run_import, save_rejects
from views.archive_import.mapping_view import MappingView
from views.archive_import.rehearsal_view import RehearsalView
from views.archive_import.result_view import ResultView
from views.archive_import.start_view import StartView, ask_take_back
from views.context import AppContext, Notice
from views.file_places import last_folder, remember
from views.page import Page
from views.widgets.look import set_tone
from views.widgets.panel import Panel, button, label
from views.widgets.tone import Tone

FOLDER_KEY = "import/folder"
STAGES = (N_("选择文件"), N_("列的含义"), N_("预演"), N_("结果"))
FILE, COLUMNS, REHEARSAL, RESULT = range(4)
ENDINGS = (".xlsx", ".xlsm", ".xls", ".csv")


class ImportPage(Page):
    """``open(path=…)`` begins with a file."""

    key, title = "import", N_("导入")

    def __init__(self, context: AppContext) -> None:
        super().__init__(context)
        self.setAcceptDrops(True)
        self.start = StartView(context, self, self.choose_file)
        self.columns = MappingView(context, self)
        self.rehearsal = RehearsalView(context, self)
        self.result = ResultView(
            self, save_rejects=self.choose_rejects, take_back=self.take_back, again=self.start_again
        )
        self.stack = QStackedWidget()
        for view in (self.start, self.columns, self.rehearsal, self.result):
            self.stack.addWidget(view)
        self._result: ImportResult | None = None
        self._is_busy = False
        self._lay_out()
        self.add_command(_("选择文件"), "O", self.choose_file)
        self.add_command(_("保存列对应"), "Ctrl+S", self._save_mapping)
        self.add_command(_("存疑的也导入"), "Q", self._toggle_suspects)
        self.add_command(_("选中的行不导入 / 恢复"), "K", self._toggle_skip)
        self.add_command(_("保存拒绝和存疑的行"), "W", self.choose_rejects)
        self.add_command(_("整批撤回"), "Z", self.take_back)
        self._go(FILE)

    def _lay_out(self) -> None:
        panel = Panel(padding=18, spacing=10)
        head = QHBoxLayout()
        head.setSpacing(14)
        head.addWidget(label(_("导入档案"), name="pageTitle"))
        self._stage_labels = [label("") for _stage in STAGES]
        for stage in self._stage_labels:
            head.addWidget(stage)
        head.addStretch(1)
        self.file_label = label("", "muted")
        head.addWidget(self.file_label)
        self.back_button = button(_("上一步"), self.step_back, keys="Esc")
        self.next_button = button(_("下一步"), self.commit, keys="Ctrl+Enter", is_primary=True)
        head.addWidget(self.back_button)
        head.addWidget(self.next_button)
        panel.body.addLayout(head)
        panel.body.addWidget(self.stack, 1)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(panel)

    # -- the page --------------------------------------------------------------------------------------

    def refresh(self) -> None:
        self.start.refresh()

    def open(self, **arguments: Any) -> None:
        if arguments.get("path"):
            self.read_file(Path(arguments["path"]))

    def commit(self) -> bool:
        """Ctrl+Enter: the next step."""
        if self._is_busy:
            return True
        steps = (self.choose_file, self.rehearse, self.write, self.start_again)
        steps[self.stage]()
        return True

    def step_back(self) -> bool:
        """Esc: one step back; the result leads to the beginning."""
        if self._is_busy or self.stage == FILE:
            return False
        self._go(FILE if self.stage == RESULT else self.stage - 1)
        return True

    @property
    def stage(self) -> int:
        return self.stack.currentIndex()

    def _go(self, stage: int) -> None:
        self.stack.setCurrentIndex(stage)
        for at, (words, shown) in enumerate(zip(STAGES, self._stage_labels, strict=True)):
            sign = "✓" if at < stage else str(at + 1)
            shown.setText(f"{sign} {_(words)}")
            set_tone(shown, str(Tone.ACCENT if at == stage else Tone.GOOD if at < stage else Tone.MUTED))
        self._show_buttons()
        view = self.stack.currentWidget()
        if self.isVisible() and view is not None:
            view.setFocus(Qt.FocusReason.OtherFocusReason)

    def _show_buttons(self) -> None:
        stage = self.stage
        self.back_button.setVisible(stage in (COLUMNS, REHEARSAL))
        self.next_button.setVisible(stage in (COLUMNS, REHEARSAL))
        words = _("预演") if stage == COLUMNS else _("导入")
        self.next_button.setText(f"{words}  Ctrl+Enter")
        self.next_button.setAccessibleName(words)
        self.back_button.setEnabled(not self._is_busy)
        plan = self.rehearsal.plan
        has_work = stage == COLUMNS or (plan is not None and not plan.is_empty)
        self.next_button.setEnabled(not self._is_busy and has_work)

    def _busy(self, is_busy: bool) -> None:
        self._is_busy = is_busy
        self.start.choose_button.setEnabled(not is_busy)
        self._show_buttons()

    def _failed(self, error: DomainError) -> None:
        self._busy(False)
        self.context.notify(Notice(error_messages.message(error), "bad", seconds=0))

    def _cancelled(self) -> None:
        self._busy(False)
        self.context.notify(Notice(_("已取消，档案没有任何改动"), "info"))

    # -- file ------------------------------------------------------------------------------------------

    def choose_file(self) -> None:
        if self._is_busy:
            return
        folder = str(last_folder(self.context.preferences, FOLDER_KEY))
        kinds = " ".join(f"*{ending}" for ending in ENDINGS)
        path, _kind = QFileDialog.getOpenFileName(
            self, _("选择要导入的表格"), folder, f"{_('表格文件')} ({kinds})"
        )
        if path:
            self.read_file(Path(path))

    def read_file(self, path: Path) -> None:
        """Open a workbook and guess what its columns mean."""
        if self._is_busy:
            return
        remember(self.context.preferences, path, FOLDER_KEY)
        self._busy(True)
        self.context.tasks.long(
            self, open_workbook, path, title=_("打开 {file}").format(file=path.name),
            on_done=self._on_read, on_error=self._failed, on_cancelled=self._cancelled,
        )  # fmt: skip

    def _on_read(self, found: tuple[Workbook, Mapping]) -> None:
        self._busy(False)
        workbook, mapping = found
        self.file_label.setText(workbook.file_name)
        self.columns.show_workbook(workbook, mapping)
        self._go(COLUMNS)

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        if _dropped(event) is not None:
            event.acceptProposedAction()

    def dropEvent(self, event: QDropEvent) -> None:
        path = _dropped(event)
        if path is not None:
            event.acceptProposedAction()
            QTimer.singleShot(0, self, lambda: self.read_file(path))

    # -- rehearsal and import --------------------------------------------------------------------------

    def rehearse(self) -> None:
        workbook = self.columns.workbook
        if workbook is None:
            return
        self._busy(True)
        self.context.tasks.long(
            self, rehearse_import, workbook, self.columns.mapping,
            title=_("预演 {file}").format(file=workbook.file_name),
            on_done=self._on_rehearsed, on_error=self._failed, on_cancelled=self._cancelled,
        )  # fmt: skip

    def _on_rehearsed(self, plan: ImportPlan) -> None:
        self.rehearsal.show_plan(plan)
        self._busy(False)
        self._go(REHEARSAL)

    def write(self) -> None:
        """Import what the rehearsal showed, after a backup."""
        plan = self.rehearsal.plan
        if plan is None or plan.is_empty:
            return
        self._busy(True)
        desk = self.context.desk
        self.context.tasks.long(
            self, run_import, plan, title=_("导入 {file}").format(file=plan.workbook.file_name),
            with_suspects=self.rehearsal.with_suspects, skip=self.rehearsal.skip,
            back_up=desk.back_up if desk is not None else None,
            on_done=self._on_written, on_error=self._failed, on_cancelled=self._cancelled,
        )  # fmt: skip

    def _on_written(self, result: ImportResult) -> None:
        self._result = result
        self.result.show_result(result, self.rehearsal.plan or result.plan)
        self.start.refresh()
        self._busy(False)
        self._go(RESULT)

    def start_again(self) -> None:
        self.file_label.setText("")
        self._go(FILE)
        self.start.refresh()

    # -- afterwards ------------------------------------------------------------------------------------

    def choose_rejects(self) -> None:
        """W: refused and doubtful rows as a workbook with their reasons."""
        if self.stage != RESULT or not self.result.rejects_button.isEnabled() or self._result is None:
            return
        source = self._result.plan.workbook.path
        proposed = source.with_name(f"{source.stem}-{_('未导入')}.xlsx")
        path, _kind = QFileDialog.getSaveFileName(
            self, _("保存拒绝和存疑的行"), str(proposed), _("表格文件 (*.xlsx)")
        )
        if path:
            self.write_rejects(Path(path))

    def write_rejects(self, path: Path) -> None:
        plan = self.rehearsal.plan
        if plan is None:
            return
        left_out = self._result.plan.skipped if self._result is not None else suspects(plan)

        def done(written: Written) -> None:
            words = _("未导入 {n} 行、已导入请核对 {check} 行，存到 {path}").format(
                n=written.left_out, check=written.to_check, path=path
            )
            self.context.notify(Notice(words, "good", seconds=15))

        self.context.tasks.long(
            self, save_rejects, plan, path, left_out, title=_("保存拒绝和存疑的行"),
            on_done=done, on_error=self._failed,
        )  # fmt: skip

    def take_back(self) -> None:
        """Z: the import just made, or the one chosen in the list of earlier ones."""
        if self.stage == FILE:
            self.start.take_back()
        elif self.stage == RESULT and self._result is not None and self._result.batch_id is not None:
            name = self._result.plan.workbook.file_name
            ask_take_back(self.context, self, self._result.batch_id, name, self.start_again)

    def _save_mapping(self) -> None:
        if self.stage == COLUMNS:
            self.columns.save_as()

    def _toggle_suspects(self) -> None:
        if self.stage == REHEARSAL:
            self.rehearsal.suspects.toggle()

    def _toggle_skip(self) -> None:
        if self.stage == REHEARSAL:
            self.rehearsal.toggle_skip()


def _dropped(event: QDropEvent) -> Path | None:
    """The one spreadsheet file that is dragged here."""
    urls = event.mimeData().urls()
    paths = [Path(url.toLocalFile()) for url in urls if url.isLocalFile()]
    return paths[0] if len(paths) == 1 and paths[0].suffix.lower() in ENDINGS else None
