"""备份与密钥: the last backup, a new one now, where the key is, and the recovery file for the safe."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from PySide6.QtCore import QUrl
from PySide6.QtGui import QDesktopServices, QResizeEvent
from PySide6.QtWidgets import QHBoxLayout, QLineEdit, QPushButton, QSizePolicy, QWidget

from models import parameters as p
from models.database import read_parameters
from models.errors import DomainError
from models.services import backup
from models.services.backup import BackupInfo, BackupStatus
from resources.translations import N_
from resources.translations import gettext as _
from views.context import AppContext, DeskControl, KeyWhere
from views.file_places import documents
from views.settings.files import ask_for_file
from views.settings.section import LOW, TableSection
from views.tasks import Door, Progress
from views.widgets.card import Card, Line, Piece
from views.widgets.column import Align, Column
from views.widgets.dialog import FormDialog
from views.widgets.editors import Editor, TextEditor
from views.widgets.form import Field, Kind
from views.widgets.panel import label
from views.widgets.tone import Tone

SHORTEST_PASSPHRASE = 12
REASONS = {
    backup.AUTO: N_("自动"),
    backup.MANUAL: N_("手动"),
    backup.BEFORE_IMPORT: N_("导入前"),
    "before-restore": N_("恢复前"),
    "before-upgrade": N_("升级前"),
}


@dataclass(frozen=True)
class _Found:
    status: BackupStatus
    backups: list[BackupInfo]
    key: KeyWhere
    overdue_hours: int


def _found(session: Any, desk: DeskControl, now: datetime) -> _Found:
    values = read_parameters(session)
    hours = values.get(p.BACKUP_OVERDUE_HOURS)
    status = backup.status(session, now, values.get(p.BACKUP_MINUTES), hours)
    return _Found(status, backup.list_backups(desk.backups_folder), desk.key_where(), hours)


def _back_up(_door: Door, progress: Progress, desk: DeskControl) -> Path:
    return desk.back_up(progress)


def _write_recovery(_door: Door, progress: Progress, desk: DeskControl, path: Path, words: str) -> Path:
    progress.check()
    desk.write_recovery_file(path, words)
    return path


def _size(info: BackupInfo) -> str:
    return f"{info.size / 1e6:.1f} MB" if info.size >= 100_000 else f"{info.size / 1e3:.1f} kB"


class BackupsSection(TableSection[BackupInfo]):
    title = N_("备份与密钥")
    hint = N_(
        "程序会自动备份，每份都读到最后一页核对过才算数。恢复：关闭程序，运行 qiantai restore，见帮助 F1。"
    )

    def __init__(self, context: AppContext) -> None:
        super().__init__(context)
        self.card = Card()
        self.card.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)
        self.body.addWidget(self.card)
        self.list_heading = label(_("已有的备份"), name="sectionHeading")
        self.body.addWidget(self.list_heading)
        table = self.make_table(self._columns(), "backups", key=lambda info: info.path.name)
        table.empty.say(_("还没有备份"), _("按 B 现在就备份一次"))
        self.body.addWidget(table, 1)
        self._make = self.add_command(_("立即备份"), "B", self.make)
        self._key = self.add_command(_("密钥恢复文件"), "K", self.ask_for_recovery)
        self._folder = self.add_command(_("打开备份文件夹"), "O", self.open_folder)
        self.show_commands(self.commands)

    def _columns(self) -> list[Column[BackupInfo]]:
        moment = self.context.formats.moment
        return [
            Column(
                "made_at", N_("时间"), 140, text=lambda row: moment(row.made_at), sort="made_at",
                is_bold=True,
            ),
            Column(
                "reason", N_("缘由"), 120, sort="reason",
                text=lambda row: _(REASONS.get(row.reason, row.reason)),
            ),
            Column("size", N_("大小"), 90, text=_size, sort="size", alignment=Align.RIGHT),
            Column(
                "file", N_("文件名"), 260, text=lambda row: row.path.name, is_stretched=True,
                tone=lambda _row: Tone.MUTED,
            ),
        ]  # fmt: skip

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self.list_heading.setVisible(self.height() >= LOW)

    @property
    def desk(self) -> DeskControl:
        assert self.context.desk is not None
        return self.context.desk

    def refresh(self) -> None:
        self.context.tasks.read_latest(
            self, "backups", _found, self.desk, self.context.clock(), on_done=self._show, on_error=self.refuse
        )

    def _show(self, found: _Found) -> None:
        at = found.status.last_at
        last = self.context.formats.moment(at) if at is not None else ""
        if at is None:
            first: Line = [Piece(f"▲ {_('还没有备份过')}", "bad", is_bold=True)]
        elif found.status.is_overdue:
            words = _("上次备份 {at}，已超过 {n} 小时").format(at=last, n=found.overdue_hours)
            first = [Piece(f"▲ {words}", "bad", is_bold=True)]
        else:
            words = _("上次备份 {at}").format(at=last)
            first = [Piece(f"✓ {words}", "good", is_bold=True)]
        folder = [Piece(_("备份文件夹"), "muted"), Piece(str(self.desk.backups_folder))]
        self.card.show_lines(
            [first, folder, *_key_lines(found.key)], tone="warn" if found.status.is_overdue else ""
        )
        self.show_rows(found.backups)

    # -- commands --------------------------------------------------------------------------------------

    def make(self) -> None:
        self._make.setEnabled(False)
        self.context.tasks.long(
            self, _back_up, self.desk, title=_("备份"), on_done=self._made, on_error=self._not_made,
            on_cancelled=self._cancelled,
        )  # fmt: skip

    def _made(self, path: Path) -> None:
        self._make.setEnabled(True)
        self.say(_("备份已完成并核对：{name}").format(name=path.name))
        self.refresh()

    def _not_made(self, error: DomainError) -> None:
        self._make.setEnabled(True)
        self.refuse(error)

    def _cancelled(self) -> None:
        self._make.setEnabled(True)
        self.say(_("备份已取消，没有留下文件"))

    def open_folder(self) -> None:
        QDesktopServices.openUrl(QUrl.fromLocalFile(str(self.desk.backups_folder)))

    def ask_for_recovery(self) -> None:
        day = self.context.formats.day(self.context.clock())
        RecoveryDialog(self, f"qiantai-recovery-{day}.json").open()

    def written(self, path: Path) -> None:
        self.say(_("密钥恢复文件已写到 {path}，请与口令分开保管").format(path=path))


def _key_lines(key: KeyWhere) -> list[Line]:
    if key.path is None:
        where = _("系统密钥库（{store}）").format(store=key.store)
        return [[Piece(_("数据密钥"), "muted"), Piece(f"✓ {where}")]]
    warning = _("⚠ 这台电脑没有可用的系统密钥库：能读这个文件夹的人就能读数据，请管好电脑账号。")
    return [
        [Piece(_("数据密钥"), "muted"), Piece(_("文件 {path}").format(path=key.path))],
        [Piece(warning, "warn")],
    ]


class PathEditor(TextEditor):
    """A path, typed or chosen with the button beside it."""

    def __init__(self, parent: QWidget, name: str) -> None:
        super().__init__(parent, max_length=1000)
        self._name = name
        self.widget = QWidget(parent)
        self.browse = QPushButton(_("选择…"), self.widget)
        self.browse.setAutoDefault(False)
        self.browse.clicked.connect(lambda _on=False: self._choose())
        row = QHBoxLayout(self.widget)
        row.setContentsMargins(0, 0, 0, 0)
        row.addWidget(self.line, 1)
        row.addWidget(self.browse)
        self.widget.setFocusProxy(self.line)

    def _choose(self) -> None:
        ask_for_file(self.widget, _("密钥恢复文件"), self._name, "JSON (*.json)", self._chosen)

    def _chosen(self, path: Path) -> None:
        self.line.setText(str(path))


class RecoveryDialog(FormDialog):
    """The passphrase twice and where the file goes."""

    def __init__(self, section: BackupsSection, name: str) -> None:
        self._section = section

        def path_editor(parent: QWidget) -> Editor:
            return PathEditor(parent, name)

        fields = (
            Field(
                "path", N_("存到"), Kind.OWN, make=path_editor, is_required=True,
                note=N_("最好是 U 盘，不要和备份放在一起"),
            ),
            Field(
                "words", N_("口令"), Kind.SECRET, is_required=True, check=_long_enough,
                note=N_("至少 12 个字，可以是一句话"),
            ),
            Field("again", N_("再输一次"), Kind.SECRET, is_required=True, check=self._same),
        )  # fmt: skip
        super().__init__(_("密钥恢复文件"), fields, self._send, section, confirm=_("写入文件"), width=580)
        hint = label(
            _("换电脑或重装系统后，要用它和口令才能打开备份。忘了口令，谁也打不开。"), "muted", wraps=True
        )
        self.body.insertWidget(0, hint)
        self.form.set_values({"path": str(documents() / name)})
        self.form.focus("words")

    def _same(self, value: str) -> str | None:
        return None if value == self.form.values()["words"] else _("两次输入的口令不一样")

    def _send(self, values: dict[str, Any], _dialog: FormDialog) -> None:
        section = self._section
        section.context.tasks.long(
            self, _write_recovery, section.desk, Path(values["path"]).expanduser(), values["words"],
            title=_("密钥恢复文件"), on_done=self._written, on_error=self.failed,
        )  # fmt: skip

    def _written(self, path: Path) -> None:
        for name in ("words", "again"):
            editor = self.form.editor(name).widget
            if isinstance(editor, QLineEdit):
                editor.clear()
        self.accept()
        self._section.written(path)


def _long_enough(value: str) -> str | None:
    if len(value) >= SHORTEST_PASSPHRASE:
        return None
    return _("口令至少要 {shortest} 个字。").format(shortest=SHORTEST_PASSPHRASE)
