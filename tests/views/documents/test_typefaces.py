"""Faces on paper: every character finds its face, and copies as what it is."""

from __future__ import annotations

import re
import shutil
import subprocess
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import pytest

from models.errors import DomainError
from resources import fonts
from tests.views.documents.reading import text_of
from tests.views.documents.samples import USUAL, ZONE
from views import error_messages
from views.documents.sheet import Paper, Sheet
from views.documents.typefaces import printable, to_unicode_map, typefaces
from views.documents.work_order import render_work_orders

GB_NAMES = "喆堃婳𬭎𬴊𣲗𬱖𬍡㛃䶮"
FALLBACK = "𠮷𡧛한글"


def page_with(texts: list[str], *, bold: bool = False) -> bytes:
    with typefaces().lock:
        paper = Paper("t", "zh_CN")
        sheet = Sheet(paper, 842)
        for number, text in enumerate(texts):
            sheet.text(40, 60 + number * 20, text, 12, bold=bold)
        paper.add_page(595, 842, sheet.ink)
        return paper.finish()


@pytest.mark.parametrize("bold", [False, True])
@pytest.mark.parametrize("text", [GB_NAMES, FALLBACK, "A𬭎B𠮷C한D", "①②③□✓¥·—…“”（）"])
def test_text_copies_as_it_is(text: str, bold: bool) -> None:
    assert text in text_of(page_with([text], bold=bold))


def test_all_characters_of_many_subsets_copy_right() -> None:
    """More than 256 characters, so that several subsets and blocks of the map are used."""
    texts = ["".join(chr(code) for code in range(start, start + 40)) for start in range(0x4E00, 0x5300, 40)]
    texts += ["".join(chr(code) for code in range(start, start + 8)) for start in range(0x2CB4E, 0x2CB4F)]
    found = text_of(page_with(texts[:32]))
    for text in texts[:32]:
        assert text in found


def test_another_reader_copies_the_same(tmp_path: Path) -> None:
    reader = shutil.which("pdftotext")
    if reader is None:
        pytest.skip("pdftotext is not installed")
    path = tmp_path / "t.pdf"
    path.write_bytes(page_with([GB_NAMES, FALLBACK]))
    said = subprocess.run([reader, "-enc", "UTF-8", str(path), "-"], capture_output=True, check=True).stdout
    assert GB_NAMES in said.decode()
    assert FALLBACK in said.decode()


def test_the_map_writes_pairs_beyond_the_plane_and_blocks_of_a_hundred() -> None:
    text = to_unicode_map("F", [0x41, 0x2CB4E, *range(0x4E00, 0x4E00 + 198)])
    assert "<00> <0041>" in text
    assert "<01> <D872DF4E>" in text
    assert re.findall(r"(\d+) beginbfchar", text) == ["100", "100"]


def test_every_character_has_a_width_and_ignorable_ones_have_none() -> None:
    face = typefaces().regular
    assert face.glyph("漏").width == pytest.approx(1.0)
    assert face.glyph("𠮷").face > 0
    assert face.glyph("\u200b").width == 0
    assert face.glyph("\ufe0f").drawn == ""
    assert face.glyph("\t").drawn == " "
    assert face.width("甲\u200b乙", 10) == pytest.approx(20)


def test_a_missing_character_is_a_box_and_is_told_once_for_each_document() -> None:
    with typefaces().lock:
        paper = Paper("t", "zh_CN")
        sheet = Sheet(paper, 842)
        for line in range(2):
            sheet.text(40, 20 + line * 20, "王\U0010ffff", 12)
        assert paper.take_missing() == ["\U0010ffff"]
        assert paper.take_missing() == []
        sheet.text(40, 80, "王\U0010ffff", 12)
        assert paper.take_missing() == ["\U0010ffff"]
        paper.add_page(595, 842, sheet.ink)
        assert text_of(paper.finish()).count("王□") == 3


def test_accents_are_joined_and_line_ends_are_one_kind() -> None:
    assert printable("e\u0301\r\na\rb") == "é\na\nb"
    assert printable("﨑𠮷") == "﨑𠮷"


def test_only_our_faces_are_embedded() -> None:
    fonts = set(re.findall(rb"/BaseFont /([A-Za-z+-]+)", page_with([GB_NAMES])))
    assert fonts
    assert all(b"+NotoSans" in font for font in fonts)


def test_without_fonts_the_user_is_told_what_to_run(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    typefaces.cache_clear()
    try:
        with monkeypatch.context() as patch:
            patch.setattr(fonts, "folder_candidates", lambda: (tmp_path,))
            with pytest.raises(DomainError) as caught:
                typefaces()
        assert caught.value.code == "fonts-not-built"
        assert "python -m resources.fonts" in error_messages.message(caught.value)
    finally:
        typefaces.cache_clear()


def test_threads_that_print_at_once_do_not_disturb_each_other() -> None:
    jobs = [replace(USUAL, number=str(number), matter=chr(0x6100 + number) * 30) for number in range(12)]
    alone = [render_work_orders([job], "A5", zone=ZONE).pdf for job in jobs]
    with ThreadPoolExecutor(4) as pool:
        together = list(pool.map(lambda job: render_work_orders([job], "A5", zone=ZONE).pdf, jobs))
    assert together == alone
