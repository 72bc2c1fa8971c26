"""Sends a PDF to a printer of this machine, each printer with its own form, offset and scale.

Two ways, by what the system offers:

* **CUPS (Linux)**: the PDF itself goes to ``lp``. Text stays text down to the printer's driver, which turns
  it into dots at the printer's own resolution; nothing is scaled. CUPS queues the job: this returns at once.
* **Elsewhere (Windows)**: Qt's printer, whose GDI takes no PDF. Each page is drawn by pdfium at exactly the
  printer's resolution. On continuous forms (dot-matrix) it is drawn without soft edges and in pure black and
  white, so that no grey turns into a faint pattern of dots; a 24-pin driver rasters a TrueType text likewise.

Offset and scale are put into the PDF before, so both ways print alike. Nothing here needs the UI thread.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pypdfium2
import pypdfium2.raw as pdfium
from PySide6.QtCore import QMarginsF, QRectF, QSizeF
from PySide6.QtGui import QImage, QPageLayout, QPageSize, QPainter
from PySide6.QtPrintSupport import QPrinter, QPrinterInfo

from models.errors import DomainError
from views.documents.forms import FORMS, MM
from views.preview.pdf_pages import PDFIUM_LOCK, PdfPages

CUPS_TIMEOUT = 60.0
"""Seconds that ``lp`` may take to accept a job."""
_HIGHEST_RESOLUTION = 600
_BLACK_BELOW = 150  # of 255: darker than this is ink on a dot-matrix printer


@dataclass(frozen=True)
class PrinterInfo:
    """A printer of the system."""

    name: str
    description: str
    is_default: bool


@dataclass(frozen=True)
class PrinterProfile:
    """How one printer prints one form: moved right and down by mm, scaled around the upper left corner."""

    printer: str
    form: str
    offset_x: float = 0.0
    offset_y: float = 0.0
    scale: float = 1.0

    @property
    def is_neutral(self) -> bool:
        """Whether the profile changes nothing."""
        return self.offset_x == 0 and self.offset_y == 0 and self.scale == 1


def _lp() -> str | None:
    """The CUPS command, if the system has it."""
    return shutil.which("lp") if os.name == "posix" else None


def _run(command: list[str], data: bytes | None = None) -> subprocess.CompletedProcess[bytes]:
    environment = {**os.environ, "LC_ALL": "C.UTF-8"}
    return subprocess.run(  # noqa: S603 - a fixed command, no shell
        command, input=data, capture_output=True, timeout=CUPS_TIMEOUT, env=environment, check=False
    )


def list_printers() -> list[PrinterInfo]:
    """The system's printers, the default one first; empty if there are none. May take a moment: not on the UI
    thread."""
    lpstat = shutil.which("lpstat") if _lp() else None
    found = _cups_printers(lpstat) if lpstat else _qt_printers()
    return sorted(found, key=lambda printer: (not printer.is_default, printer.name))


def _cups_printers(lpstat: str) -> list[PrinterInfo]:
    try:
        names = _run([lpstat, "-e"]).stdout.decode("utf-8", "replace").split("\n")
        default = _run([lpstat, "-d"]).stdout.decode("utf-8", "replace").partition(":")[2].strip()
    except (OSError, subprocess.TimeoutExpired):
        return []
    return [PrinterInfo(name, name, name == default) for name in (n.strip() for n in names) if name]


def _qt_printers() -> list[PrinterInfo]:
    default = QPrinterInfo.defaultPrinterName()
    return [
        PrinterInfo(
            info.printerName(), info.description() or info.printerName(), info.printerName() == default
        )
        for info in QPrinterInfo.availablePrinters()
    ]


def adjusted(pdf: bytes, profile: PrinterProfile) -> bytes:
    """*pdf* with what is on its pages moved and scaled by the profile; the pages' size stays.

    ``DomainError("pdf-damaged")`` if it is no PDF.
    """
    if profile.is_neutral:
        return pdf
    with PDFIUM_LOCK:
        try:
            document = pypdfium2.PdfDocument(pdf)
        except pypdfium2.PdfiumError as error:
            raise DomainError("pdf-damaged") from error
        for number in range(len(document)):
            page = document[number]
            width, height = page.get_size()
            down = height * (1 - profile.scale) - profile.offset_y * MM
            matrix = pdfium.FS_MATRIX(profile.scale, 0, 0, profile.scale, profile.offset_x * MM, down)
            clip = pdfium.FS_RECTF(0, height, width, 0)
            pdfium.FPDFPage_TransFormWithClip(page.raw, matrix, clip)
        with tempfile.SpooledTemporaryFile(max_size=1 << 24) as out:
            document.save(out)
            document.close()
            out.seek(0)
            return out.read()


def print_pdf(
    pdf: bytes,
    profile: PrinterProfile,
    *,
    title: str,
    progress: Callable[[int, int], None] | None = None,
) -> None:
    """Print all pages of *pdf* on ``profile.printer``.

    *progress* is told (pages done, pages) and may raise to stop between pages. Raises ``DomainError``:
    ``no-printer``, ``printer-missing``, ``printer-refused``, ``printer-timeout``, ``pdf-damaged``. Call it
    after the printing's record is committed; whether paper came out, only the person at the printer sees.
    """
    if not profile.printer:
        raise DomainError("no-printer")
    ready = adjusted(pdf, profile)
    command = _lp()
    if command:
        _print_by_cups(command, ready, profile.printer, title)
    else:
        _print_by_qt(ready, profile, title, progress)


def _print_by_cups(command: str, pdf: bytes, printer: str, title: str) -> None:
    pages = PdfPages(pdf)
    width, height = pages.size_mm(0)
    pages.close()
    options = [f"media=Custom.{width:.1f}x{height:.1f}mm", "print-scaling=none", "fit-to-page=false"]
    arguments = [command, "-d", printer, "-t", title[:120] or "qiantai"]
    for option in options:
        arguments += ["-o", option]
    try:
        result = _run([*arguments, "-"], pdf)
    except subprocess.TimeoutExpired as error:
        raise DomainError("printer-timeout", seconds=int(CUPS_TIMEOUT)) from error
    except OSError as error:
        raise DomainError("printer-refused", printer=printer, reason=error.strerror or str(error)) from error
    if result.returncode:
        reason = result.stderr.decode("utf-8", "replace").strip().removeprefix("lp: ")
        code = "printer-missing" if "does not exist" in reason else "printer-refused"
        raise DomainError(code, printer=printer, reason=reason)


def _print_by_qt(
    pdf: bytes, profile: PrinterProfile, title: str, progress: Callable[[int, int], None] | None
) -> None:
    if profile.printer not in QPrinterInfo.availablePrinterNames():
        raise DomainError("printer-missing", printer=profile.printer)
    printer = QPrinter(QPrinter.PrinterMode.HighResolution)
    printer.setPrinterName(profile.printer)
    printer.setDocName(title)
    form = FORMS.get(profile.form)
    paint(printer, pdf, is_pure=form is not None and form.is_continuous, progress=progress)


def paint(
    printer: QPrinter,
    pdf: bytes,
    *,
    is_pure: bool,
    progress: Callable[[int, int], None] | None = None,
) -> None:
    """Draw the pages on a Qt printer, each on paper of the page's own size, as large as they are.

    *is_pure* draws in black and white only. ``DomainError("printer-refused")`` if the printer does not begin.
    """
    pages = PdfPages(pdf)
    printer.setFullPage(True)
    _set_paper(printer, pages, 0)
    painter = QPainter()
    if not painter.begin(printer):
        raise DomainError("printer-refused", printer=printer.printerName(), reason="QPrinter")
    try:
        for number in range(len(pages)):
            if number:
                _set_paper(printer, pages, number)
                printer.newPage()
            resolution = min(printer.resolution(), _HIGHEST_RESOLUTION)
            image = pages.image(number, resolution, is_crisp=is_pure)
            width, height = (value / 25.4 * printer.resolution() for value in pages.size_mm(number))
            painter.drawImage(QRectF(0, 0, width, height), _pure(image) if is_pure else image)
            if progress:
                progress(number + 1, len(pages))
    finally:
        painter.end()
        pages.close()


def _set_paper(printer: QPrinter, pages: PdfPages, number: int) -> None:
    width, height = pages.size_mm(number)
    size = QPageSize(
        QSizeF(width, height), QPageSize.Unit.Millimeter, "", QPageSize.SizeMatchPolicy.ExactMatch
    )
    printer.setPageLayout(
        QPageLayout(size, QPageLayout.Orientation.Portrait, QMarginsF(), QPageLayout.Unit.Millimeter)
    )


def _pure(image: QImage) -> QImage:
    """Black and white without dithering: what is darker than a limit is ink."""
    grey = image.constBits()
    table = bytes(0 if value < _BLACK_BELOW else 255 for value in range(256))
    data = bytes(grey).translate(table)
    hard = QImage(data, image.width(), image.height(), image.bytesPerLine(), QImage.Format.Format_Grayscale8)
    return hard.convertToFormat(QImage.Format.Format_Mono)


def save_pdf(pdf: bytes, path: Path) -> None:
    """Write the file whole or not at all; ``DomainError("pdf-not-saved")`` says why not."""
    try:
        handle, temporary = tempfile.mkstemp(prefix=".qiantai-", suffix=".pdf", dir=path.parent)
        try:
            with os.fdopen(handle, "wb") as out:
                out.write(pdf)
            Path(temporary).chmod(0o600)
            Path(temporary).replace(path)
        except BaseException:
            Path(temporary).unlink(missing_ok=True)
            raise
    except OSError as error:
        raise DomainError("pdf-not-saved", path=str(path), reason=error.strerror or str(error)) from error
