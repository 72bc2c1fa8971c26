"""The columns of one sheet and what each is imported as: a combo of fields a column, codes with their
meaning."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any

from PySide6.QtCore import QSignalBlocker, Qt, Signal
from PySide6.QtGui import QStandardItem, QStandardItemModel, QWheelEvent
from PySide6.QtWidgets import QComboBox, QHeaderView, QTableWidget, QTableWidgetItem, QWidget

from models.spreadsheets.fields import BY_KEY, EXTRA, FIELDS, IGNORED, SLOT_FIELDS, SLOTS, Reads
from models.spreadsheets.guards import column_letters
from models.spreadsheets.mapping import ColumnMapping, SheetMapping
from models.spreadsheets.reading import Sheet
from models.spreadsheets.values import shown
from resources.terms import label as term
from resources.translations import N_
from resources.translations import gettext as _
from views.archive_import.lines import SPREADSHEET_NAMES

HEADINGS = (N_("列"), N_("表头"), N_("示例"), N_("导入为"), N_("属于"), N_("代码的含义"))
FIELD, SLOT, CODES = 3, 4, 5
SAMPLES = 3
SLOT_WORDS: Mapping[str, str] = {
    "": N_("本人"),
    "tenant": N_("租户"),
    "family": N_("家庭成员"),
    "merchant": N_("商户"),
    "coowner": N_("共有人"),
}
KEY_ROLE = Qt.ItemDataRole.UserRole
_PAIR = re.compile(r"\s*([^=＝\s]+)\s*[=＝]\s*(.+?)\s*$")


class QuietCombo(QComboBox):
    """The wheel scrolls the table, not the choice, unless the box has the keyboard."""

    def wheelEvent(self, event: QWheelEvent) -> None:
        if self.hasFocus():
            super().wheelEvent(event)
        else:
            event.ignore()


def field_model(parent: QWidget) -> QStandardItemModel:
    """Every field that a column can mean, with whose it is; shared by all combos."""
    model = QStandardItemModel(parent)
    tables = {spread: table for table, spread in SPREADSHEET_NAMES.items()}
    offered = [(IGNORED, _("不导入"))]
    for field in FIELDS:
        table = tables.get(field.entity, field.entity)
        offered.append((field.key, f"{term('table', table)} · {_(field.label)}"))
    offered.append((EXTRA, _("住户 · 附加信息（原样保留）")))
    for key, words in offered:
        item = QStandardItem(words)
        item.setData(key, KEY_ROLE)
        model.appendRow(item)
    return model


def codes_text(codes: Mapping[str, str]) -> str:
    return "；".join(f"{code}={word}" for code, word in codes.items())


def read_codes_text(text: str) -> dict[str, str]:
    """``2001=已入住；2002=空置`` → {"2001": "已入住", …}; what is no pair is left out."""
    pairs = (_PAIR.match(part) for part in re.split(r"[;；\n]", text))
    return {pair.group(1): pair.group(2) for pair in pairs if pair is not None}


def samples(sheet: Sheet, of: SheetMapping, column: int) -> str:
    """The first values under the header."""
    found: list[str] = []
    for row in range(of.first_data_row, len(sheet.rows)):
        text = shown(sheet.cell(row, column)).strip()
        if text and text not in found:
            found.append(text)
        if len(found) == SAMPLES or row > of.first_data_row + 200:
            break
    return "、".join(found)


class ColumnTable(QTableWidget):
    """`show_sheet` fills it; each correction is told."""

    corrected = Signal(int, object)
    """Column (from 0), and the changed fields of its `ColumnMapping`."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(0, len(HEADINGS), parent)
        self.setHorizontalHeaderLabels([_(heading) for heading in HEADINGS])
        self.setAccessibleName(_("列的含义"))
        self.setShowGrid(False)
        self.setSelectionBehavior(QTableWidget.SelectionBehavior.SelectRows)
        self.setSelectionMode(QTableWidget.SelectionMode.SingleSelection)
        self.setTabKeyNavigation(False)
        self.verticalHeader().hide()
        self.verticalHeader().setDefaultSectionSize(self.fontMetrics().height() + 17)
        header = self.horizontalHeader()
        header.setHighlightSections(False)
        header.setDefaultAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
        for column, width in enumerate((36, 150, 190, 210, 96, 200)):
            self.setColumnWidth(column, width)
        header.setSectionResizeMode(CODES, QHeaderView.ResizeMode.Stretch)
        self._fields = field_model(self)
        self._keys = [self._fields.item(row).data(KEY_ROLE) for row in range(self._fields.rowCount())]
        self._columns: Sequence[ColumnMapping] = ()
        self.itemChanged.connect(self._on_item_changed)

    def show_sheet(self, sheet: Sheet | None, of: SheetMapping | None) -> None:
        """Show the columns of a sheet; none where it has no header."""
        place = self.currentRow()
        with QSignalBlocker(self):
            self.clearContents()
            self._columns = of.columns if of is not None else ()
            self.setRowCount(len(self._columns))
            for row, each in enumerate(self._columns):
                example = samples(sheet, of, each.column) if sheet is not None and of is not None else ""
                self._fill(row, each, example)
        if self._columns:
            self.setCurrentCell(min(max(place, 0), len(self._columns) - 1), FIELD)

    def combo(self, column: int, which: int = FIELD) -> QComboBox:
        """The combo of a column of the sheet (from 0): `FIELD` or `SLOT`."""
        row = next(at for at, each in enumerate(self._columns) if each.column == column)
        box = self.cellWidget(row, which)
        assert isinstance(box, QComboBox)
        return box

    def _fill(self, row: int, each: ColumnMapping, example: str) -> None:
        for at, text in enumerate((column_letters(each.column), each.header, example)):
            item = QTableWidgetItem(text.replace("\n", " "))
            item.setFlags(Qt.ItemFlag.ItemIsSelectable | Qt.ItemFlag.ItemIsEnabled)
            item.setToolTip(text)
            if at != 1:
                item.setForeground(self.palette().placeholderText())
            self.setItem(row, at, item)
        fields = QuietCombo(self)
        fields.setModel(self._fields)
        fields.setMaxVisibleItems(18)
        fields.setCurrentIndex(self._keys.index(each.field) if each.field in self._keys else 0)
        fields.setAccessibleName(f"{each.header} {_('导入为')}")
        fields.activated.connect(partial(self._on_field, row))
        self.setCellWidget(row, FIELD, fields)
        slots = QuietCombo(self)
        for slot in ("", *SLOTS):
            slots.addItem(_(SLOT_WORDS[slot]), slot)
        slots.setCurrentIndex(max(slots.findData(each.slot), 0))
        slots.setAccessibleName(f"{each.header} {_('属于')}")
        slots.setEnabled(each.field in SLOT_FIELDS)
        slots.activated.connect(partial(self._on_slot, row))
        self.setCellWidget(row, SLOT, slots)
        self._put_codes(row, each)

    def _put_codes(self, row: int, each: ColumnMapping) -> None:
        codes = QTableWidgetItem(codes_text(each.codes))
        codes.setToolTip(codes.text())
        has_codes = each.field in BY_KEY and BY_KEY[each.field].reads is Reads.WORD
        flags = Qt.ItemFlag.ItemIsSelectable | Qt.ItemFlag.ItemIsEnabled
        codes.setFlags(flags | Qt.ItemFlag.ItemIsEditable if has_codes else flags)
        if has_codes and not codes.text():
            codes.setToolTip(_("代码=含义，用分号分开，例如 2001=已入住；2002=空置"))
        self.setItem(row, CODES, codes)

    def _on_field(self, row: int, index: int) -> None:
        key = self._keys[index]
        changes: dict[str, Any] = {"field": key}
        if key not in SLOT_FIELDS:
            changes["slot"] = ""
        self.corrected.emit(self._columns[row].column, changes)

    def _on_slot(self, row: int, _index: int) -> None:
        box = self.cellWidget(row, SLOT)
        assert isinstance(box, QComboBox)
        self.corrected.emit(self._columns[row].column, {"slot": box.currentData()})

    def _on_item_changed(self, item: QTableWidgetItem) -> None:
        if item.column() == CODES:
            codes = read_codes_text(item.text())
            self.corrected.emit(self._columns[item.row()].column, {"codes": codes})
