"""What stands in the window when the file cannot be opened: why, and every way on from there."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QFileDialog, QListWidget, QListWidgetItem, QPushButton, QWidget

from models.errors import DomainError
from models.services.backup import SUFFIX, BackupInfo
from resources.translations import N_
from resources.translations import gettext as _
from views import error_messages
from views.file_places import documents
from views.formats import Formats
from views.sign_in.cover import set_in_middle
from views.widgets.dialog import Dialog, FormDialog
from views.widgets.form import Field, Kind
from views.widgets.panel import Panel, button, label, link

CARD_WIDTH = 520
DAMAGED = frozenset({"database-damaged", "database-wrong-key"})
"""A backup helps."""
KEYLESS = frozenset({"key-lost", "key-wrong", "key-missing", "database-wrong-key"})
"""The recovery file helps."""


class StoppedCover(QWidget):
    """A card: the reason, and a button for each thing that can help. The composition root does them; what
    failed comes back through `failed`."""

    help_topic = "trouble"
    retry_wanted = Signal()
    restore_wanted = Signal(object)
    """The backup's `Path`."""
    key_wanted = Signal(object, str)
    """The recovery file's `Path`, its passphrase."""

    def __init__(
        self, error: DomainError, backups: Sequence[BackupInfo], parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self.setObjectName("canvas")
        self._backups = backups
        self.card = Panel(padding=24, spacing=12)
        self.card.setFixedWidth(CARD_WIDTH)
        title = _("打不开本机数据")
        self.setAccessibleName(title)
        self.card.body.addWidget(label(title, name="pageTitle", wraps=True))
        self.words = label(error_messages.message(error), "muted", wraps=True)
        self.words.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self.card.body.addWidget(self.words)
        self.said = label("", "warn", wraps=True)
        self.said.hide()
        self.card.body.addWidget(self.said)
        self.buttons: list[QPushButton] = []
        if error.code in KEYLESS:
            self._add(_("导入密钥恢复文件…"), self.ask_for_recovery_file)
        if error.code in DAMAGED:
            self._add(_("从备份恢复…"), self.ask_for_backup)
        self._add(_("再试一次"), self._retry)
        set_in_middle(self, self.card)

    def _add(self, text: str, run: Callable[[], object]) -> None:
        made = button(text, run, is_primary=not self.buttons)
        made.setAutoDefault(True)
        self.buttons.append(made)
        self.card.body.addWidget(made)

    def ready(self) -> None:
        self.buttons[0].setFocus()

    def failed(self, error: DomainError) -> None:
        """What was tried did not help; everything can be tried again."""
        self._say(error_messages.message(error))
        self._let(is_on=True)

    def _retry(self) -> None:
        self._begin(_("正在打开本机数据…"))
        self.retry_wanted.emit()

    # -- a backup ----------------------------------------------------------------------------------

    def ask_for_backup(self) -> RestoreDialog:
        dialog = RestoreDialog(self._backups, self.confirm_restore, self)
        dialog.open()
        return dialog

    def confirm_restore(self, backup: Path) -> ConfirmRestore:
        dialog = ConfirmRestore(backup, self._restore, self)
        dialog.open()
        return dialog

    def _restore(self, backup: Path) -> None:
        self._begin(_("正在核对并恢复备份，可能要几分钟…"))
        self.restore_wanted.emit(backup)

    # -- the key -----------------------------------------------------------------------------------

    def ask_for_recovery_file(self) -> None:
        choose_file(self, _("密钥恢复文件"), documents(), "JSON (*.json);;* (*)", self.ask_for_passphrase)

    def ask_for_passphrase(self, file: Path) -> FormDialog:
        fields = (Field("words", N_("口令"), Kind.SECRET, is_required=True, max_length=500),)

        def send(values: dict[str, Any], shown: FormDialog) -> None:
            shown.accept()
            self._begin(_("正在找回密钥…"))
            self.key_wanted.emit(file, values["words"])

        dialog = FormDialog(_("密钥恢复文件"), fields, send, self, confirm=_("找回密钥"))
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.body.insertWidget(0, label(str(file), "muted", wraps=True))
        dialog.open()
        return dialog

    # -- inside ------------------------------------------------------------------------------------

    def _begin(self, sentence: str) -> None:
        self._say(sentence)
        self._let(is_on=False)

    def _say(self, sentence: str) -> None:
        self.said.setText(sentence)
        self.said.show()

    def _let(self, *, is_on: bool) -> None:
        for one in self.buttons:
            one.setEnabled(is_on)


class RestoreDialog(Dialog):
    """The backups of this computer, newest first, or any other file. *chosen* gets the path."""

    def __init__(
        self, backups: Sequence[BackupInfo], chosen: Callable[[Path], object], parent: QWidget
    ) -> None:
        super().__init__(_("从备份恢复"), parent, confirm=_("用这个备份"), width=560)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self._chosen = chosen
        self._folder = backups[0].path.parent if backups else documents()
        none = _("这台电脑的备份文件夹里没有备份，请选择别处的备份文件。")
        self.body.addWidget(label(_("最新的在最上面。") if backups else none, "muted", wraps=True))
        self.list = QListWidget(self)
        self.list.setAccessibleName(_("备份"))
        for info in backups:
            words = f"{Formats().moment(info.made_at)}    {info.size / 1e6:.1f} MB    {info.path.name}"
            item = QListWidgetItem(words, self.list)
            item.setData(Qt.ItemDataRole.UserRole, str(info.path))
        self.list.setCurrentRow(0)
        self.list.setVisible(bool(backups))
        self.list.itemActivated.connect(lambda _item: self.confirmed())
        self.body.addWidget(self.list)
        self.body.addWidget(link(_("选择别处的文件…"), self._choose), 0, Qt.AlignmentFlag.AlignLeft)
        self.confirm_button.setEnabled(bool(backups))
        self.list.setFocus()

    def confirmed(self) -> None:
        self._take(Path(self.list.currentItem().data(Qt.ItemDataRole.UserRole)))

    def _choose(self) -> None:
        choose_file(self, _("备份"), self._folder, f"{_('备份')} (*{SUFFIX});;* (*)", self._take)

    def _take(self, path: Path) -> None:
        chosen = self._chosen
        self.accept()
        chosen(path)


class ConfirmRestore(Dialog):
    """Says what restoring does, before it is done."""

    def __init__(self, backup: Path, run: Callable[[Path], object], parent: QWidget) -> None:
        super().__init__(_("用这个备份恢复？"), parent, confirm=_("恢复"), width=520)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self._backup, self._run = backup, run
        self.body.addWidget(label(backup.name, wraps=True))
        sentence = _(
            "备份以后录入的内容不在其中，要重新录入；现在的数据文件会改名保留。恢复后同步停止，要向总部重新登记。"
        )
        self.body.addWidget(label(sentence, "muted", wraps=True))
        self.confirm_button.setFocus()

    def confirmed(self) -> None:
        run, backup = self._run, self._backup
        self.accept()
        run(backup)


def choose_file(
    parent: QWidget, title: str, folder: Path, kinds: str, run: Callable[[Path], object]
) -> QFileDialog:
    """The system's dialog for an existing file; *run* gets the path when one was chosen."""
    dialog = QFileDialog(parent, title, str(folder), kinds)
    dialog.setFileMode(QFileDialog.FileMode.ExistingFile)
    dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
    dialog.fileSelected.connect(lambda path: run(Path(path)))
    dialog.open()
    return dialog
