"""Printing: the profile moves ink, CUPS gets the PDF, Qt gets crisp pages, faults are told."""

from __future__ import annotations

import os
import stat
import sys
from pathlib import Path

import pypdfium2
import pytest
from PySide6.QtPrintSupport import QPrinter

from desktop import printing
from desktop.printing import PrinterProfile, adjusted, list_printers, paint, print_pdf, save_pdf
from models.errors import DomainError
from tests.views.documents.reading import ink_box, sizes_mm, text_of
from tests.views.documents.samples import USUAL, ZONE
from views.documents.calibration import render_calibration
from views.documents.work_order import render_work_orders

posix_only = pytest.mark.skipif(os.name != "posix", reason="CUPS is where POSIX is")
FORM = "241x139.7"


@pytest.fixture(scope="module")
def slip() -> bytes:
    return render_work_orders([USUAL], FORM, copies=("stub", "crew"), zone=ZONE).pdf


def a_command(folder: Path, name: str, body: str) -> None:
    path = folder / name
    path.write_text(
        f"#!{sys.executable}\nimport sys, pathlib, time\nhere = pathlib.Path({str(folder)!r})\n{body}\n"
    )
    path.chmod(path.stat().st_mode | stat.S_IXUSR)


@pytest.fixture
def cups(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with ``lp`` and ``lpstat`` of our own, alone on the path: real processes, no real printer."""
    folder = tmp_path / "bin"
    folder.mkdir()
    a_command(
        folder,
        "lp",
        "(here / 'arguments').write_text('\\n'.join(sys.argv[1:]))\n"
        "(here / 'job.pdf').write_bytes(sys.stdin.buffer.read())\n",
    )
    a_command(
        folder,
        "lpstat",
        "print('system default destination: 针打' if '-d' in sys.argv else 'A-laser\\n针打')",
    )
    monkeypatch.setenv("PATH", str(folder))
    return folder


def test_a_profile_moves_ink_right_and_down(slip: bytes) -> None:
    before = ink_box(slip, dots=300)
    after = ink_box(adjusted(slip, PrinterProfile("p", FORM, offset_x=2.0, offset_y=-1.5)), dots=300)
    assert after.left - before.left == pytest.approx(2.0, abs=0.1)
    assert before.right - after.right == pytest.approx(2.0, abs=0.1)
    assert after.top - before.top == pytest.approx(-1.5, abs=0.1)
    assert sizes_mm(adjusted(slip, PrinterProfile("p", FORM, offset_x=2.0))) == sizes_mm(slip)


def test_a_scale_grows_from_the_upper_left_corner() -> None:
    page = render_calibration("A5").pdf
    before, after = (
        ink_box(page, dots=300),
        ink_box(adjusted(page, PrinterProfile("p", "A5", scale=0.97)), dots=300),
    )
    assert after.left == pytest.approx(before.left * 0.97, abs=0.1)
    assert after.top == pytest.approx(before.top * 0.97, abs=0.1)
    assert 210 - after.right == pytest.approx((210 - before.right) * 0.97, abs=0.1)


def test_text_stays_text_when_moved(slip: bytes) -> None:
    moved = adjusted(slip, PrinterProfile("p", FORM, offset_x=1, scale=1.01))
    assert USUAL.matter in text_of(moved).replace("\r\n", "")


def test_a_profile_that_changes_nothing_leaves_the_file_alone(slip: bytes) -> None:
    assert adjusted(slip, PrinterProfile("p", FORM)) is slip


@posix_only
def test_cups_gets_the_pdf_with_its_size_and_no_scaling(slip: bytes, cups: Path) -> None:
    print_pdf(slip, PrinterProfile("针打", FORM), title="B-261121-0042")
    assert (cups / "job.pdf").read_bytes() == slip
    arguments = (cups / "arguments").read_text().split("\n")
    assert arguments[arguments.index("-d") + 1] == "针打"
    assert arguments[arguments.index("-t") + 1] == "B-261121-0042"
    assert "media=Custom.241.3x139.7mm" in arguments
    assert "print-scaling=none" in arguments


@posix_only
def test_cups_printers_are_listed_default_first(cups: Path) -> None:
    printers = list_printers()
    assert [(printer.name, printer.is_default) for printer in printers] == [
        ("针打", True),
        ("A-laser", False),
    ]


@posix_only
def test_what_cups_refuses_is_told(slip: bytes, cups: Path) -> None:
    a_command(cups, "lp", "sys.exit('lp: The printer or class does not exist.')")
    with pytest.raises(DomainError) as caught:
        print_pdf(slip, PrinterProfile("gone", FORM), title="x")
    assert (caught.value.code, caught.value.values["printer"]) == ("printer-missing", "gone")
    a_command(cups, "lp", "sys.exit('lp: Forbidden')")
    with pytest.raises(DomainError) as caught:
        print_pdf(slip, PrinterProfile("针打", FORM), title="x")
    assert (caught.value.code, caught.value.values["reason"]) == ("printer-refused", "Forbidden")


@posix_only
def test_a_printing_system_that_hangs_is_left(
    slip: bytes, cups: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(printing, "CUPS_TIMEOUT", 0.3)
    a_command(cups, "lp", "time.sleep(20)")
    with pytest.raises(DomainError) as caught:
        print_pdf(slip, PrinterProfile("针打", FORM), title="x")
    assert caught.value.code == "printer-timeout"


def test_no_printer_is_told(slip: bytes) -> None:
    with pytest.raises(DomainError) as caught:
        print_pdf(slip, PrinterProfile("", FORM), title="x")
    assert caught.value.code == "no-printer"


def test_a_printer_that_is_gone_is_told(slip: bytes, qapp: object, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "")
    with pytest.raises(DomainError) as caught:
        print_pdf(slip, PrinterProfile("gone", FORM), title="x")
    assert caught.value.code == "printer-missing"


@pytest.mark.parametrize("is_pure", [True, False])
def test_qt_prints_each_page_as_large_as_it_is(
    slip: bytes, is_pure: bool, tmp_path: Path, qapp: object
) -> None:
    target = tmp_path / "out.pdf"
    printer = QPrinter(QPrinter.PrinterMode.HighResolution)
    printer.setOutputFormat(QPrinter.OutputFormat.PdfFormat)
    printer.setOutputFileName(str(target))
    printer.setResolution(180)
    done: list[tuple[int, int]] = []
    paint(printer, slip, is_pure=is_pure, progress=lambda page, pages: done.append((page, pages)))
    assert done == [(1, 2), (2, 2)]
    printed = target.read_bytes()
    for size in sizes_mm(printed):
        assert size == (pytest.approx(241.3, abs=0.4), pytest.approx(139.7, abs=0.4))
    before, after = ink_box(slip), ink_box(printed)
    for edge in ("left", "top", "right", "bottom"):
        assert getattr(after, edge) == pytest.approx(getattr(before, edge), abs=0.5)
    image = pypdfium2.PdfDocument(printed)[0].render(scale=180 / 72, grayscale=True).to_pil()
    counts = image.histogram()
    softness = sum(counts[60:200]) / sum(counts[:200])
    assert (softness < 0.15) == is_pure, "dot-matrix pages are black and white"


def test_printing_can_be_stopped_between_pages(slip: bytes, tmp_path: Path, qapp: object) -> None:
    printer = QPrinter(QPrinter.PrinterMode.HighResolution)
    printer.setOutputFormat(QPrinter.OutputFormat.PdfFormat)
    printer.setOutputFileName(str(tmp_path / "out.pdf"))
    printer.setResolution(90)

    class Stop(Exception):
        pass

    def stop(_page: int, _pages: int) -> None:
        raise Stop

    with pytest.raises(Stop):
        paint(printer, slip, is_pure=True, progress=stop)


def test_what_is_no_pdf_is_told(qapp: object) -> None:
    with pytest.raises(DomainError) as caught:
        adjusted(b"<html>", PrinterProfile("p", FORM, offset_x=1))
    assert caught.value.code == "pdf-damaged"


def test_saving_is_whole_or_not_at_all(slip: bytes, tmp_path: Path) -> None:
    path = tmp_path / "维修派工单.pdf"
    save_pdf(slip, path)
    assert path.read_bytes() == slip
    with pytest.raises(DomainError) as caught:
        save_pdf(slip, tmp_path / "absent" / "x.pdf")
    assert caught.value.code == "pdf-not-saved"
    assert [entry.name for entry in tmp_path.iterdir()] == [path.name]
