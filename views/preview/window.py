"""The preview window: pages, printer, form and copies, then print or save.

It knows no data and no printer: it shows PDF bytes and tells its owner what is wanted. When form or copies
change it emits ``changed``; the owner renders again and calls ``show_pdf``. ``print_asked`` and
``save_asked`` carry the choice; the owner commits the printing's record, prints, and then calls ``finish`` or
``fail``.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import QSignalBlocker, Qt, Signal
from PySide6.QtGui import QCloseEvent, QKeySequence, QShortcut
from PySide6.QtWidgets import QCheckBox, QComboBox, QDialog, QFileDialog, QHBoxLayout, QVBoxLayout, QWidget

from resources.translations import gettext as _
from views.preview.pages_view import FIT_PAGE, FIT_WIDTH, PagesView
from views.preview.pdf_pages import PdfPages
from views.widgets.look import set_tone
from views.widgets.panel import button, label

_SHOWN_MISSING = 12


@dataclass(frozen=True)
class Choice:
    """What can be chosen, as (key, words), and what is chosen at first. No ``copies``: there are none."""

    printers: tuple[tuple[str, str], ...] = ()
    printer: str = ""
    forms: tuple[tuple[str, str], ...] = ()
    form: str = ""
    copies: tuple[tuple[str, str], ...] = ()
    chosen_copies: tuple[str, ...] = ()


@dataclass(frozen=True)
class Wanted:
    """What the user has chosen: names as given in ``Choice``."""

    printer: str
    form: str
    copies: tuple[str, ...]


class PreviewWindow(QDialog):
    """Shows *pdf*; keys: F9 or Ctrl+P print, Ctrl+S save, Esc close, PgUp/PgDn page, Ctrl + − 0 zoom."""

    changed = Signal(object)  # Wanted
    print_asked = Signal(object)  # Wanted
    save_asked = Signal(object, str)  # Wanted, path

    def __init__(
        self,
        pdf: bytes,
        choice: Choice,
        *,
        title: str = "",
        file_name: str = "",
        missing: Sequence[str] = (),
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self.setWindowTitle(title or _("打印预览"))
        self.resize(1040, 720)
        self.setWindowFlag(Qt.WindowType.WindowMaximizeButtonHint)
        self.file_name = file_name or "slip.pdf"
        self._pages: PdfPages | None = None
        self.view = PagesView()
        self.printer_box = self._combo(_("打印机"), choice.printers, choice.printer)
        self.form_box = self._combo(_("纸张"), choice.forms, choice.form)
        self.copy_boxes = self._checks(choice)
        self.message = label("", "muted", wraps=True)
        self.place = label("", "muted")
        self._build()
        self._bind_keys()
        self.view.moved.connect(self._show_place)
        self.form_box.currentIndexChanged.connect(self._on_changed)
        for box in self.copy_boxes.values():
            box.toggled.connect(self._on_changed)
        self.show_pdf(pdf, missing)
        self.view.setFocus()

    def _combo(self, name: str, entries: Sequence[tuple[str, str]], chosen: str) -> QComboBox:
        box = QComboBox()
        box.setAccessibleName(name)
        for key, words in entries:
            box.addItem(words, key)
        box.setCurrentIndex(max(0, box.findData(chosen)))
        box.setMinimumContentsLength(12)
        return box

    def _checks(self, choice: Choice) -> dict[str, QCheckBox]:
        boxes: dict[str, QCheckBox] = {}
        for key, words in choice.copies:
            boxes[key] = QCheckBox(words)
            boxes[key].setChecked(key in choice.chosen_copies)
        return boxes

    def _build(self) -> None:
        self.print_button = button(_("打印"), self._ask_print, keys="F9", is_primary=True)
        self.save_button = button(_("另存 PDF"), self._ask_save, keys="Ctrl+S")
        self.close_button = button(_("关闭"), self.reject, keys="Esc")
        top = QHBoxLayout()
        top.setSpacing(8)
        for name, box in ((_("打印机"), self.printer_box), (_("纸张"), self.form_box)):
            if box.count():
                top.addWidget(label(name, "muted"))
                top.addWidget(box)
        for check in self.copy_boxes.values():
            top.addWidget(check)
        top.addStretch(1)
        for made in (self.close_button, self.save_button, self.print_button):
            top.addWidget(made)
        bottom = QHBoxLayout()
        bottom.setSpacing(6)
        bottom.addWidget(self.message, 1)
        bottom.addWidget(self.place)
        for words, run in (
            ("−", lambda: self.view.step_zoom(is_larger=False)),
            ("+", lambda: self.view.step_zoom(is_larger=True)),
            (_("整宽"), lambda: self.view.set_zoom(FIT_WIDTH)),
            (_("整页"), lambda: self.view.set_zoom(FIT_PAGE)),
        ):
            bottom.addWidget(button(words, run))
        layout = QVBoxLayout(self)
        layout.setContentsMargins(12, 10, 12, 10)
        layout.setSpacing(8)
        layout.addLayout(top)
        layout.addWidget(self.view, 1)
        layout.addLayout(bottom)
        self.print_button.setEnabled(self.printer_box.count() > 0)
        if not self.printer_box.count():
            self.fail(_("这台电脑没有可用的打印机。可以先另存为 PDF。"))

    def _bind_keys(self) -> None:
        for keys, run in (
            ("F9", self._ask_print),
            ("Ctrl+P", self._ask_print),
            ("Ctrl+S", self._ask_save),
            ("PgDown", lambda: self.view.go_to(self.view.current_page + 1)),
            ("PgUp", lambda: self.view.go_to(self.view.current_page - 1)),
            ("Home", lambda: self.view.go_to(0)),
            ("End", lambda: self.view.go_to(self.view.page_count - 1)),
            ("Ctrl++", lambda: self.view.step_zoom(is_larger=True)),
            ("Ctrl+=", lambda: self.view.step_zoom(is_larger=True)),
            ("Ctrl+-", lambda: self.view.step_zoom(is_larger=False)),
            ("Ctrl+0", lambda: self.view.set_zoom(FIT_WIDTH)),
        ):
            QShortcut(QKeySequence(keys), self, run)

    @property
    def wanted(self) -> Wanted:
        """What is chosen now."""
        copies = tuple(key for key, box in self.copy_boxes.items() if box.isChecked())
        return Wanted(self.printer_box.currentData() or "", self.form_box.currentData() or "", copies)

    def show_pdf(self, pdf: bytes, missing: Sequence[str] = ()) -> None:
        """Show another PDF; *missing* characters are told. ``DomainError("pdf-damaged")`` if it is none."""
        pages = PdfPages(pdf)
        self.view.set_pages(pages)
        if self._pages is not None:
            self._pages.close()
        self._pages = pages
        if missing:
            shown = " ".join(dict.fromkeys(missing[:_SHOWN_MISSING]))
            text = _("这些字没有字形，纸上印成 □，请手写补上：{characters}").format(characters=shown)
            self._tell(text, "warn")
        elif self.printer_box.count():
            self._tell("", "muted")
        self._show_place()

    def set_busy(self, text: str) -> None:
        """While printing: the buttons rest and *text* says what is going on."""
        self._enable(is_enabled=False)
        self._tell(text, "muted")

    def finish(self, text: str) -> None:
        """Printing or saving is done."""
        self._enable(is_enabled=True)
        self._tell(text, "good")

    def fail(self, text: str) -> None:
        """It did not work; *text* says why, and everything can be tried again."""
        self._enable(is_enabled=True)
        self._tell(text, "bad")

    def _enable(self, *, is_enabled: bool) -> None:
        self.print_button.setEnabled(is_enabled and self.printer_box.count() > 0)
        self.save_button.setEnabled(is_enabled)
        for box in (self.printer_box, self.form_box, *self.copy_boxes.values()):
            box.setEnabled(is_enabled)

    def _tell(self, text: str, tone: str) -> None:
        self.message.setText(text)
        set_tone(self.message, tone)

    def _show_place(self) -> None:
        text = _("第 {k} 页，共 {n} 页，{zoom}%")
        page = self.view.current_page + 1 if self.view.page_count else 0
        self.place.setText(text.format(k=page, n=self.view.page_count, zoom=round(self.view.zoom * 100)))

    def _on_changed(self) -> None:
        if self.copy_boxes and not self.wanted.copies:  # at least one copy is printed
            first = next(iter(self.copy_boxes.values()))
            with QSignalBlocker(first):
                first.setChecked(True)
        self.changed.emit(self.wanted)

    def _ask_print(self) -> None:
        if self.print_button.isEnabled():
            self.print_asked.emit(self.wanted)

    def _ask_save(self) -> None:
        if not self.save_button.isEnabled():
            return
        path, _filter = QFileDialog.getSaveFileName(self, _("另存 PDF"), self.file_name, "PDF (*.pdf)")
        if path:
            self.save_asked.emit(self.wanted, path if path.lower().endswith(".pdf") else path + ".pdf")

    def done(self, result: int) -> None:
        """Close and give the PDF's memory back."""
        self._release()
        super().done(result)

    def closeEvent(self, event: QCloseEvent) -> None:
        self._release()
        super().closeEvent(event)

    def _release(self) -> None:
        self.view.set_pages(None)
        if self._pages is not None:
            self._pages.close()
            self._pages = None
