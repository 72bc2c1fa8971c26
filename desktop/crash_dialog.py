"""What people see of a crash report: what happened in plain words, the report, the earlier ones; the work
goes on."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import (
    QDialog,
    QHBoxLayout,
    QListWidget,
    QListWidgetItem,
    QPlainTextEdit,
    QVBoxLayout,
    QWidget,
)

from desktop.crash_reports import CrashReports, Report
from resources.translations import gettext as _
from views.formats import Formats
from views.widgets.panel import button, label

LIST_WIDTH = 170


class CrashDialog(QDialog):
    """All reports, newest first; it stands beside the window and stops nobody."""

    def __init__(self, reports: CrashReports, formats: Formats, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._reports, self._formats = reports, formats
        self.setWindowTitle(_("错误报告"))
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.resize(760, 460)
        self.list = QListWidget(self)
        self.list.setFixedWidth(LIST_WIDTH)
        self.list.setAccessibleName(_("已有的报告"))
        self.text = QPlainTextEdit(self)
        self.text.setReadOnly(True)
        self.text.setAccessibleName(_("报告内容"))
        outer = QVBoxLayout(self)
        outer.setContentsMargins(16, 14, 16, 14)
        outer.addWidget(label(_("程序遇到了一个错误，窗口仍可继续使用"), name="heading"))
        outer.addWidget(
            label(
                _("已保存的内容不受影响。报告里没有姓名、电话等个人信息，可以交给系统管理员。"),
                "muted",
                wraps=True,
            )
        )
        row = QHBoxLayout()
        row.addWidget(self.list)
        row.addWidget(self.text, 1)
        outer.addLayout(row, 1)
        buttons = QHBoxLayout()
        buttons.addStretch(1)
        buttons.addWidget(button(_("复制报告"), self.copy))
        buttons.addWidget(button(_("关闭"), self.accept, keys="Esc", is_primary=True))
        outer.addLayout(buttons)
        self.list.currentItemChanged.connect(self._on_chosen)
        self.reload()
        reports.reported.connect(lambda _report: self.reload())

    def reload(self) -> None:
        """Read the list again and show the newest."""
        self.list.clear()
        for report in self._reports.reports():
            item = QListWidgetItem(self._formats.moment(report.made_at), self.list)
            item.setToolTip(report.headline)
            item.setData(Qt.ItemDataRole.UserRole, report)
        self.list.setCurrentRow(0)

    def copy(self) -> None:
        """Put the report shown on the clipboard."""
        QGuiApplication.clipboard().setText(self.text.toPlainText())

    def _on_chosen(self, item: QListWidgetItem | None, _previous: QListWidgetItem | None) -> None:
        if item is None:
            self.text.setPlainText("")
            return
        report: Report = item.data(Qt.ItemDataRole.UserRole)
        self.text.setPlainText(report.path.read_text(encoding="utf-8"))
