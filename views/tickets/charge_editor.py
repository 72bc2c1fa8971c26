"""Materials and labour as on the crew's paper: a small table, the labour, and the total as it grows."""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QHeaderView, QLineEdit, QTableWidget, QTableWidgetItem, QVBoxLayout, QWidget

from models.rules.money import amount, to_capitals
from models.services.charges import Line
from resources.translations import gettext as _
from resources.translations import pgettext
from views.formats import Formats
from views.widgets import typed_values
from views.widgets.editors import Editor
from views.widgets.panel import label

NAME, SPEC, QUANTITY, UNIT, PRICE, AMOUNT = range(6)
SHOWN_ROWS = 3
_WIDTHS = {SPEC: 92, QUANTITY: 64, UNIT: 52, PRICE: 74, AMOUNT: 78}


class ChargeEditor(Editor):
    """``value()``: the charge `Line` objects typed, those without a name left out."""

    def __init__(self, parent: QWidget, formats: Formats) -> None:
        holder = QWidget(parent)
        self._formats = formats
        self.table = QTableWidget(SHOWN_ROWS, AMOUNT + 1, holder)
        self.labour = QLineEdit(holder)
        self.labour.setPlaceholderText(_("人工费（元）"))
        self.labour.setAccessibleName(_("人工费（元）"))
        self.total = label("", "muted", wraps=True)
        super().__init__(holder)
        self._is_filling = False
        self._set_up()
        column = QVBoxLayout(holder)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(5)
        column.addWidget(self.table)
        column.addWidget(self.labour)
        column.addWidget(self.total)
        holder.setFocusProxy(self.table)
        self.table.cellChanged.connect(lambda *_cell: self._on_typed())
        self.labour.textChanged.connect(lambda _text: self._on_typed())
        self._show_total()

    def _set_up(self) -> None:
        titles = (_("名称"), _("规格"), _("数量"), pgettext("charge", "单位"), _("单价"), _("金额"))
        self.table.setHorizontalHeaderLabels(titles)
        self.table.setAccessibleName(_("材料"))
        self.table.verticalHeader().hide()
        self.table.setTabKeyNavigation(True)
        self.table.setEditTriggers(QTableWidget.EditTrigger.AllEditTriggers)
        header = self.table.horizontalHeader()
        header.setSectionResizeMode(NAME, QHeaderView.ResizeMode.Stretch)
        for column, width in _WIDTHS.items():
            self.table.setColumnWidth(column, width)
        row = self.table.fontMetrics().height() + 12
        self.table.verticalHeader().setDefaultSectionSize(row)
        self.table.setFixedHeight(row * SHOWN_ROWS + header.sizeHint().height() + 6)
        for at in range(SHOWN_ROWS):
            self._freeze_amount(at)

    def _freeze_amount(self, row: int) -> None:
        item = QTableWidgetItem("")
        item.setFlags(Qt.ItemFlag.ItemIsEnabled)
        item.setTextAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        self.table.setItem(row, AMOUNT, item)

    # -- values ----------------------------------------------------------------------------------------

    def value(self) -> Any:
        return self._read()[0]

    def set_value(self, value: Any) -> None:
        self._is_filling = True
        lines = [line for line in value or () if line.kind == "material"]
        self.table.setRowCount(max(SHOWN_ROWS, len(lines) + 1))
        for row, line in enumerate(lines):
            quantity, price = self._formats.quantity(line.quantity), f"{line.unit_price / 100:.2f}"
            cells = (line.name, line.spec or "", quantity, line.unit or "", price)
            for column, text in enumerate(cells):
                self.table.setItem(row, column, QTableWidgetItem(text))
            self._freeze_amount(row)
        labour = sum(line.unit_price for line in value or () if line.kind == "labour")
        self.labour.setText(f"{labour / 100:.2f}" if labour else "")
        self._is_filling = False
        self._on_typed()

    def problem(self) -> str:
        return self._read()[1]

    def sum(self) -> int:
        """The total of what is typed, in fen."""
        return sum(amount(line.quantity, line.unit_price) for line in self.value())

    def _text(self, row: int, column: int) -> str:
        item = self.table.item(row, column)
        return item.text().strip() if item is not None else ""

    def _read(self) -> tuple[list[Line], str]:
        lines, problem = [], ""
        for row in range(self.table.rowCount()):
            texts = [self._text(row, column) for column in range(AMOUNT)]
            if not any(texts):
                continue
            try:
                quantity = typed_values.scaled(texts[QUANTITY], 3)
                price = typed_values.scaled(texts[PRICE], 2)
            except ValueError:
                quantity, price = -1, -1
            quantity = 1000 if quantity is None else quantity
            if not texts[NAME] or quantity <= 0 or price is None or price < 0:
                problem = problem or _("第 {n} 行：要有名称、大于 0 的数量和单价").format(n=row + 1)
                continue
            lines.append(
                Line(texts[NAME], price, quantity, spec=texts[SPEC] or None, unit=texts[UNIT] or None)
            )
        try:
            labour = typed_values.scaled(self.labour.text(), 2) or 0
        except ValueError:
            labour = -1
        if labour < 0:
            problem = problem or _("人工费不是金额")
        elif labour:
            lines.append(Line(_("人工费"), labour, kind="labour"))
        return lines, problem

    def _on_typed(self) -> None:
        if self._is_filling:
            return
        self._is_filling = True
        self._show_amounts()
        last = self.table.rowCount() - 1
        if any(self._text(last, column) for column in range(AMOUNT)):
            self.table.insertRow(last + 1)
            self._freeze_amount(last + 1)
        self._is_filling = False
        self._show_total()
        self.changed.emit()

    def _show_amounts(self) -> None:
        for row in range(self.table.rowCount()):
            try:
                quantity = typed_values.scaled(self._text(row, QUANTITY), 3)
                price = typed_values.scaled(self._text(row, PRICE), 2)
            except ValueError:
                price = None
            quantity = 1000 if price is not None and quantity is None else quantity
            item = self.table.item(row, AMOUNT)
            if item is not None:
                item.setText("" if price is None else f"{amount(quantity or 0, price) / 100:,.2f}")

    def _show_total(self) -> None:
        total = self.sum()
        self.total.setText(
            _("合计 {money}  大写 {capitals}").format(
                money=self._formats.money(total), capitals=to_capitals(total)
            )
        )
