"""The callback sheet on paper, as a table for many and as a form for one."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from resources import translations
from tests.views.documents.reading import (
    character_places,
    font_sizes,
    greys,
    ink_box,
    page_texts,
    sizes_mm,
    squeezed,
    text_of,
)
from tests.views.documents.samples import LINES, RARE_NAMES, SHEET, ZONE
from views.documents.callback_sheet import render_callback_sheet
from views.documents.data import CallbackLine, CallbackSheetData
from views.documents.forms import FORMS

SHEETS = [key for key, form in FORMS.items() if not form.is_roll]
HEADINGS = ("日期", "单号", "房号", "受访人", "回访内容", "意见", "建议", "回访人", "备注")
LONG = replace(SHEET, lines=(LINES[0], replace(LINES[1], content="很长的内容，" * 700), LINES[2]))


def rendered(sheet: CallbackSheetData, form: str, *, is_single: bool = False) -> bytes:
    return render_callback_sheet(sheet, form, is_single=is_single, zone=ZONE).pdf


@pytest.mark.parametrize("form", SHEETS)
def test_every_job_is_there_and_every_page_has_the_headings(form: str) -> None:
    pages = page_texts(rendered(SHEET, form))
    assert len(pages) > 1
    for number, page in enumerate(pages, 1):
        assert all(word in squeezed(page) for word in HEADINGS)
        assert SHEET.sheet_no in page
        assert f"第 {number} 页，共 {len(pages)} 页" in page
    text = squeezed("".join(pages))
    for line in LINES:
        assert text.count(line.number) == 1, "a row is whole, on one page only"
        assert line.room_code in text
    assert text.count(squeezed(RARE_NAMES)) == len(LINES) // 4
    assert text.count("□不满意") == len(LINES)
    assert text.count("18909711443") == len(LINES), "a phone is not broken"
    assert text.count("统筹岗郑岚") == 1


@pytest.mark.parametrize("language", ["zh_CN", "en"])
@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("kind", ["table", "single", "long", "empty"])
def test_ink_stays_inside_the_margins(form: str, kind: str, language: str) -> None:
    translations.use(language)
    sheet = {"long": LONG, "empty": CallbackSheetData("", "")}.get(kind, SHEET)
    pdf = rendered(sheet, form, is_single=kind == "single")
    margins = FORMS[form].margins
    for character, ink in character_places(pdf):
        edges = (ink.top, ink.right, ink.bottom, ink.left)
        assert all(edge >= margin - 0.3 for edge, margin in zip(edges, margins, strict=True)), (
            character,
            ink,
        )
    box = ink_box(pdf)
    edges = (box.top, box.right, box.bottom, box.left)
    assert all(edge > margin - 0.5 for edge, margin in zip(edges, margins, strict=True))


@pytest.mark.parametrize("form", [key for key, form in FORMS.items() if form.is_continuous])
def test_dot_matrix_forms_have_large_type_and_only_black(form: str) -> None:
    for is_single in (False, True):
        pdf = rendered(SHEET, form, is_single=is_single)
        assert min(font_sizes(pdf)) >= 9
        assert greys(pdf) == {(0, 0, 0)}


def test_a4_is_turned_for_the_table_and_not_for_the_single_form() -> None:
    assert sizes_mm(rendered(SHEET, "A4"))[0] == (pytest.approx(297, abs=0.05), pytest.approx(210, abs=0.05))
    upright = sizes_mm(rendered(SHEET, "A4", is_single=True))[0]
    assert upright == (pytest.approx(210, abs=0.05), pytest.approx(297, abs=0.05))


@pytest.mark.parametrize("form", FORMS)
def test_a_single_form_is_a_page_for_each_customer(form: str) -> None:
    pages = page_texts(rendered(SHEET, form, is_single=True))
    assert len(pages) == len(LINES)
    for page, line in zip(pages, LINES, strict=True):
        for value in (
            line.number,
            line.room_code,
            line.interviewee,
            line.phone,
            line.content,
            "更换角阀",
            "李强",
        ):
            assert squeezed(value) in squeezed(page)


def test_a_row_higher_than_a_page_goes_on_under_its_number() -> None:
    pages = page_texts(rendered(LONG, "A5"))
    assert "".join(pages).count("很") == 700
    assert "很" in pages[0], "it begins on the page where it stands"
    holding = [page for page in pages if "很长的内容" in squeezed(page)]
    assert all(LINES[1].number in squeezed(page) for page in holding)
    assert sum(squeezed(page).count(LINES[0].number) for page in pages) == 1


SPECIAL = [chr(code) for code in range(0x9000, 0x9100)]


@settings(max_examples=60)
@given(
    texts=st.lists(
        st.text(st.sampled_from([*SPECIAL[:60], *"，。“”ab 1-\n"]), max_size=300), min_size=1, max_size=6
    ),
    form=st.sampled_from([*FORMS]),
    field=st.sampled_from(["content", "suggestion", "remark", "interviewee", "number"]),
    is_single=st.booleans(),
)
def test_no_character_is_lost(texts: list[str], form: str, field: str, is_single: bool) -> None:
    lines = tuple(replace(CallbackLine(), **dict[str, Any]({field: text})) for text in texts)
    sheet = CallbackSheetData("", "", lines=lines)
    found = [c for c in text_of(rendered(sheet, form, is_single=is_single)) if c in SPECIAL]
    given_ones = [c for c in "".join(texts) if c in SPECIAL]
    if field == "number":  # the number is said again where its row goes on
        assert set(found) == set(given_ones)
    else:
        assert found == given_ones


def test_an_empty_sheet_has_rows_for_the_pen() -> None:
    text = text_of(rendered(CallbackSheetData("", ""), "A5"))
    assert text.count("□满意") == 3
