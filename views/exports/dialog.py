"""The one dialog that lets a list leave as a workbook: what, which rows, masked or in full, where to."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFileDialog, QHBoxLayout, QLineEdit, QWidget

from models.rules.rights import Right
from models.spreadsheets.exporting import KINDS, export_list
from models.spreadsheets.listing import LISTS
from resources.translations import N_
from resources.translations import gettext as _
from views import error_messages
from views.context import AppContext, Notice
from views.file_places import last_folder, remember
from views.widgets.dialog import Dialog
from views.widgets.editors import Choices, Editor
from views.widgets.form import Field, Form, Kind
from views.widgets.panel import button, label

ARCHIVE = "archive"
FOLDER_KEY = "export/folder"
ALL, LISTED, SELECTED = "all", "listed", "selected"


@dataclass(frozen=True)
class Exportable:
    """What a page offers: the list's kind, the ids of the rows it shows and of those selected."""

    kind: str
    listed: Sequence[str] = ()
    selected: Sequence[str] = ()


class PathEditor(Editor):
    """A file to write: a line and a button that opens the system's dialog."""

    def __init__(self, parent: QWidget) -> None:
        holder = QWidget(parent)
        super().__init__(holder)
        row = QHBoxLayout(holder)
        row.setContentsMargins(0, 0, 0, 0)
        self.line = QLineEdit(holder)
        self.line.textChanged.connect(lambda _text: self.changed.emit())
        row.addWidget(self.line, 1)
        row.addWidget(button(_("浏览…"), self._browse))
        holder.setFocusProxy(self.line)

    def value(self) -> Any:
        return self.line.text().strip()

    def set_value(self, value: Any) -> None:
        self.line.setText(str(value or ""))

    def _browse(self) -> None:
        path, _kind = QFileDialog.getSaveFileName(
            self.widget, _("导出到"), self.line.text(), _("表格文件 (*.xlsx)")
        )
        if path:
            self.line.setText(path)


FIELDS = (
    Field("kind", N_("导出内容"), Kind.CHOICE, mnemonic="N"),
    Field("rows", N_("范围"), Kind.CHOICE, mnemonic="R"),
    Field("masked", N_("电话和证件号"), Kind.CHOICE, mnemonic="M"),
    Field("path", N_("文件名"), Kind.OWN, is_required=True, make=PathEditor, mnemonic="P"),
)


class ExportDialog(Dialog):
    """Opens itself with `open`; the export runs as a job with progress and Cancel after the dialog closed."""

    def __init__(self, context: AppContext, offer: Exportable, parent: QWidget) -> None:
        super().__init__(_("导出"), parent, confirm=_("导出"), width=560)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self._context, self._offer, self._page = context, offer, parent
        self.form = Form(FIELDS, self, formats=context.formats)
        self.form.set_choices("kind", self._kinds())
        self.form.set_values({"kind": offer.kind})
        self.body.addWidget(self.form)
        self._columns = label("", "muted", wraps=True)
        self.body.addWidget(self._columns)
        self.body.addWidget(label(_("导出写入操作日志；文本列保持文本，表头固定。"), "muted", wraps=True))
        self.form.edited.connect(self._on_edited)
        self._follow_kind()
        self.form.focus("path")

    def _kinds(self) -> Choices:
        offered = [self._offer.kind, ARCHIVE]
        return [(kind, _(KINDS[kind].title)) for kind in dict.fromkeys([*offered, *KINDS])]

    def _on_edited(self, name: str) -> None:
        if name == "kind":
            self._follow_kind()

    def _follow_kind(self) -> None:
        """Ranges, reveal and the proposed file follow what is exported."""
        kind = str(self.form.values()["kind"])
        self.form.set_choices("rows", self._ranges(kind))
        if self.form.values()["rows"] is None:
            self.form.set_value("rows", self._ranges(kind)[0][0])
        may = self._may_reveal(kind)
        self.form.set_choices("masked", [(True, _("打码")), *([(False, _("完整"))] if may else [])])
        self.form.set_shown("masked", KINDS[kind].has_personal)
        day = self._context.formats.day(self._context.clock())
        self.form.set_value("path", str(self._folder() / f"{_(KINDS[kind].title)}-{day}.xlsx"))
        found = LISTS.get(kind)
        titles = [_(title) for title, _kind in found.columns] if found is not None else []
        words = _("列：{titles}").format(titles="、".join(titles)) if titles else ""
        self._columns.setText(words or _("每类一张工作表：楼栋、住户、房屋、入住关系、车辆、车位、宠物"))

    def _ranges(self, kind: str) -> list[tuple[Any, str]]:
        found: list[tuple[Any, str]] = []
        if kind == self._offer.kind:
            if len(self._offer.selected) > 1:
                found.append((SELECTED, _("选中的 {n} 行").format(n=len(self._offer.selected))))
            if self._offer.listed:
                found.append((LISTED, _("列表中的 {n} 行").format(n=len(self._offer.listed))))
        return [*found, (ALL, _("全部"))]

    def _may_reveal(self, kind: str) -> bool:
        needs_ids = kind in (ARCHIVE, "residents")
        return self._context.may(Right.REVEAL) and (not needs_ids or self._context.may(Right.REVEAL_ID))

    def _folder(self) -> Path:
        return last_folder(self._context.preferences, FOLDER_KEY)

    def confirmed(self) -> None:
        if not self.form.is_right():
            return
        values = self.form.values()
        path = Path(values["path"])
        if path.suffix.lower() != ".xlsx":
            path = path.with_name(path.name + ".xlsx")
        if not path.parent.is_dir():
            self.form.complain("path", _("没有这个文件夹"))
            return
        ids = {SELECTED: self._offer.selected, LISTED: self._offer.listed}.get(values["rows"])
        remember(self._context.preferences, path, FOLDER_KEY)
        title = _("导出{what}").format(what=_(KINDS[values["kind"]].title))
        notify = self._context.notify
        self._context.tasks.long(
            self._page, export_list, values["kind"], path, title=title,
            ids=list(ids) if ids is not None else None, masked=bool(values["masked"]),
            on_done=partial(_tell, notify, path),
            on_error=lambda error: notify(Notice(error_messages.message(error), "bad", seconds=0)),
            on_cancelled=lambda: notify(Notice(_("导出已取消，没有写出文件"), "info")),
        )  # fmt: skip
        self.accept()


def _tell(notify: Any, path: Path, rows: int) -> None:
    notify(Notice(_("已导出 {n} 行到 {path}").format(n=rows, path=path), "good", seconds=15))


def export(context: AppContext, offer: Exportable, parent: QWidget) -> ExportDialog:
    """Open the dialog over *parent*, a page."""
    dialog = ExportDialog(context, offer, parent)
    dialog.open()
    return dialog
