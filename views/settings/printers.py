"""打印机: the form, offset and scale of each printer of this computer, and the page that measures them."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from models.queries.printer_profiles import PrinterSetting, printer_settings
from models.services import printer_profiles
from resources.translations import N_
from resources.translations import gettext as _
from views.archive.dialogs import Call, ask, call
from views.context import AppContext, DeskControl
from views.documents.forms import DEFAULT_FORM, FORMS
from views.settings.files import ask_for_file
from views.settings.section import TableSection
from views.tasks import Door, Progress
from views.widgets.column import Align, Column
from views.widgets.form import Field, Kind
from views.widgets.tone import Tone


@dataclass(frozen=True)
class PrinterRow:
    """``is_there``: the system knows the printer. ``is_set``: a profile was kept for it."""

    setting: PrinterSetting
    is_there: bool
    is_default: bool
    is_set: bool


def _rows(session: Any, desk: DeskControl) -> list[PrinterRow]:
    kept = {setting.printer: setting for setting in printer_settings(session)}
    there = desk.list_printers()
    names = [*there, *(name for name in kept if name not in there)]
    return [
        PrinterRow(
            kept.get(name, PrinterSetting(name, DEFAULT_FORM)), name in there,
            is_default=name == (there[0] if there else ""), is_set=name in kept,
        )
        for name in names
    ]  # fmt: skip


def _state(row: PrinterRow) -> str:
    if not row.is_there:
        return _("系统里没有这台打印机")
    words = _("已设定") if row.is_set else _("未设定，按默认打印")
    return f"{words} · {_('系统默认')}" if row.is_default else words


def _state_tone(row: PrinterRow) -> Tone:
    return Tone.WARN if not row.is_there else Tone.GOOD if row.is_set else Tone.MUTED


COLUMNS: tuple[Column[PrinterRow], ...] = (
    Column("printer", N_("打印机"), 180, text=lambda row: row.setting.printer, is_bold=True),
    Column("form", N_("纸张"), 130, text=lambda row: _form_name(row.setting.form)),
    Column(
        "x", N_("右移 mm"), 80, text=lambda row: f"{row.setting.offset_x / 100:+.2f}", alignment=Align.RIGHT
    ),
    Column(
        "y", N_("下移 mm"), 80, text=lambda row: f"{row.setting.offset_y / 100:+.2f}", alignment=Align.RIGHT
    ),
    Column(
        "scale", N_("缩放 %"), 80, text=lambda row: f"{row.setting.scale / 100:.2f}", alignment=Align.RIGHT
    ),
    Column(
        "state", N_("状态"), 190, text=_state, tone=_state_tone, is_stretched=True,
        symbol=lambda row: "⚠" if not row.is_there else "✓" if row.is_set else "○",
    ),
)  # fmt: skip


def _form_name(key: str) -> str:
    return FORMS[key].name if key in FORMS else key


def _print_calibration(_door: Door, progress: Progress, desk: DeskControl, *args: Any) -> None:
    progress.step(0, 0, _("校准页"))
    desk.print_calibration(*args)


class PrintersSection(TableSection[PrinterRow]):
    title = N_("打印机与纸张")
    hint = N_("每台打印机记住自己的纸张、偏移和缩放，只属于这台电脑。先打校准页，用尺量，再填偏移和缩放。")

    def __init__(self, context: AppContext) -> None:
        super().__init__(context)
        self.body.addWidget(
            self.make_table(COLUMNS, "printers", key=lambda row: row.setting.printer), 1
        )  # fmt: skip
        self.table.empty.say(
            _("这台电脑还没有打印机"), _("在系统里装好打印机后按 F5；没有打印机也可以把单据存成 PDF")
        )
        self._edit = self.add_command(_("设定"), "E", self.with_current(self.edit))
        self._print = self.add_command(_("打印校准页"), "C", self.with_current(self.print_page))
        self._save = self.add_command(_("校准页存为 PDF"), "P", self.save_page)
        self.show_commands(self.commands)

    @property
    def desk(self) -> DeskControl:
        assert self.context.desk is not None
        return self.context.desk

    def refresh(self) -> None:
        self.context.tasks.read_latest(self, "printers", _rows, self.desk, on_done=self.show_rows)

    def opened(self) -> None:
        self._edit.trigger()

    def follow(self) -> None:
        row = self.table.current()
        self._edit.setEnabled(row is not None)
        self._print.setEnabled(row is not None and row.is_there)

    def edit(self, row: PrinterRow) -> None:
        fields = (
            Field("form", N_("纸张"), Kind.CHOICE, choices=[(key, form.name) for key, form in FORMS.items()]),
            Field("offset_x", N_("右移 mm"), Kind.AREA, is_required=True, note=N_("偏右就填负数")),
            Field("offset_y", N_("下移 mm"), Kind.AREA, is_required=True, is_beside=True,
                  note=N_("偏下就填负数")),
            Field("scale", N_("缩放 %"), Kind.AREA, is_required=True, note=N_("量得 L 毫米：原值 × 100 ÷ L")),
        )  # fmt: skip

        def save(values: dict[str, Any], _expected: dict[str, Any]) -> Call:
            return call(printer_profiles.keep, PrinterSetting(row.setting.printer, **values))

        setting = row.setting
        ask(
            self.context, row.setting.printer, fields, save, parent=self, width=480,
            defaults={
                "form": setting.form, "offset_x": setting.offset_x, "offset_y": setting.offset_y,
                "scale": setting.scale,
            },
            on_done=lambda _value: self.refresh(),
        )  # fmt: skip

    def print_page(self, row: PrinterRow) -> None:
        self.context.tasks.long(
            self, _print_calibration, self.desk, row.setting.printer, row.setting.form, None,
            title=_("打印校准页"), on_error=self.refuse,
            on_done=lambda _value: self.say(_("校准页已送往 {printer}").format(printer=row.setting.printer)),
        )  # fmt: skip

    def save_page(self) -> None:
        row = self.table.current()
        printer = row.setting.printer if row is not None else ""
        form = row.setting.form if row is not None else DEFAULT_FORM

        def write(path: Path) -> None:
            self.context.tasks.long(
                self, _print_calibration, self.desk, printer, form, path, title=_("校准页存为 PDF"),
                on_error=self.refuse,
                on_done=lambda _value: self.say(_("校准页已存到 {path}").format(path=path)),
            )  # fmt: skip

        ask_for_file(self, _("校准页存为 PDF"), f"calibration-{form}.pdf", "PDF (*.pdf)", write)
