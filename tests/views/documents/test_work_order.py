"""The work order on paper, read back from the PDF."""

from __future__ import annotations

import io
from collections import Counter
from dataclasses import replace
from pathlib import Path
from typing import Any, cast

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
from tests.views.documents.samples import FULL, LONG, RARE_NAMES, SAMPLES, USUAL, ZONE
from views.documents.data import MaterialLine, WorkOrderData
from views.documents.forms import FORMS
from views.documents.work_order import render_work_orders

SHEETS = [key for key, form in FORMS.items() if not form.is_roll]
CONTINUOUS = [key for key, form in FORMS.items() if form.is_continuous]


def rendered(job: WorkOrderData, form: str = "A5", copies: tuple[str, ...] = ("crew",)) -> bytes:
    return render_work_orders([job], form, copies=copies, zone=ZONE).pdf


@pytest.mark.parametrize("language", ["zh_CN", "en"])
@pytest.mark.parametrize("sample", SAMPLES)
@pytest.mark.parametrize("form", FORMS)
def test_ink_stays_inside_the_margins(form: str, sample: str, language: str) -> None:
    translations.use(language)
    pdf = rendered(SAMPLES[sample], form)
    top, right, bottom, left = FORMS[form].margins
    slack = 0.3  # half the frame's line, and what a glyph leans over its width
    for character, ink in character_places(pdf):
        assert ink.left >= left - slack, (character, ink)
        assert ink.right >= right - slack, (character, ink)
        assert ink.top >= top - slack, (character, ink)
        assert ink.bottom >= bottom - slack, (character, ink)
    for number in range(len(sizes_mm(pdf))):
        box = ink_box(pdf, number)
        assert min(box.left - left, box.right - right, box.top - top, box.bottom - bottom) > -0.5


@pytest.mark.parametrize("form", SHEETS)
def test_the_page_is_as_large_as_the_form(form: str) -> None:
    for width, height in sizes_mm(rendered(LONG, form)):
        assert width == pytest.approx(FORMS[form].width, abs=0.05)
        assert height == pytest.approx(FORMS[form].height, abs=0.05)


def test_a_roll_is_as_long_as_the_text() -> None:
    (short,) = sizes_mm(rendered(USUAL, "80"))
    (long,) = sizes_mm(rendered(replace(USUAL, matter="漏水。" * 300), "80"))
    assert short[0] == long[0] == pytest.approx(80, abs=0.05)
    assert short[1] < 250 < long[1]


@pytest.mark.parametrize("form", CONTINUOUS)
@pytest.mark.parametrize("language", ["zh_CN", "en"])
def test_dot_matrix_forms_have_large_type_and_only_black(form: str, language: str) -> None:
    translations.use(language)
    pdf = rendered(FULL, form, ("stub", "crew", "owner"))
    assert min(font_sizes(pdf)) >= 9
    assert greys(pdf) == {(0, 0, 0)}


@pytest.mark.parametrize("form", FORMS)
def test_everything_given_is_on_the_paper(form: str) -> None:
    text = squeezed(text_of(rendered(FULL, form)))
    for value in (
        FULL.number,
        FULL.room_code,
        FULL.phone,
        FULL.address,
        FULL.category,
        FULL.matter,
        FULL.expectation,
        FULL.department,
        FULL.handler_phone,
        FULL.task,
        FULL.contact_phone,
        FULL.resolution,
        "角阀",
        "0.5卷",
        "36.00",
        "72.50",
        "柒拾贰元伍角整",
        "2026-11-2109:12",
        "09:33",
        "11:05",
        "09:57前",
        "✓已修复",
        "✓保修",
        "✓满意",
        "✓已解决",
        "补打",
        "第2次打印",
        "建设工程质量管理条例第四十条",
        "打单周敏2026-11-2109:14",
    ):
        assert squeezed(value) in text, value


def test_names_with_rare_characters_copy_as_they_were_typed() -> None:
    for form in FORMS:
        report = render_work_orders([FULL], form, copies=(), zone=ZONE)
        assert RARE_NAMES in text_of(report.pdf)
        assert report.missing == ()


def test_a_character_without_glyph_is_a_box_and_told() -> None:
    job = replace(USUAL, caller="王\U0002a6a5\U0010ffff", matter="\U0002a6a5")
    report = render_work_orders([job, USUAL], "A5", copies=("crew",), zone=ZONE)
    assert "王□□" in text_of(report.pdf)
    assert [(glyph.code_point, glyph.number) for glyph in report.missing] == [
        ("U+2A6A5", USUAL.number),
        ("U+10FFFF", USUAL.number),
    ]


def test_missing_characters_are_told_for_each_document() -> None:
    jobs = [replace(USUAL, number=number, caller="\U0002a6a5") for number in ("A-1", "A-2")]
    report = render_work_orders(jobs, "A5", copies=(), zone=ZONE)
    assert [glyph.number for glyph in report.missing] == ["A-1", "A-2"]


def test_each_copy_is_a_page_with_its_name() -> None:
    pages = page_texts(rendered(USUAL, "A5", ("stub", "crew", "owner", "finance")))
    assert len(pages) == 4
    for page, name in zip(pages, ("① 存根联", "② 维修联", "③ 业主联", "④ 财务联"), strict=True):
        assert name in page
        assert USUAL.number in page


def test_an_unknown_copy_or_form_is_refused() -> None:
    with pytest.raises(KeyError):
        rendered(USUAL, "A5", ("blue",))
    with pytest.raises(KeyError):
        rendered(USUAL, "A3")


def test_only_a_second_printing_says_so() -> None:
    assert "补打" not in text_of(rendered(USUAL))
    assert "补打 · 第 3 次" in text_of(rendered(replace(USUAL, printing_no=3)))


@pytest.mark.parametrize("form", SHEETS)
def test_usual_and_empty_slips_take_one_page(form: str) -> None:
    assert len(page_texts(rendered(USUAL, form))) == 1
    assert len(page_texts(rendered(SAMPLES["empty"], form))) == 1


@pytest.mark.parametrize("form", SHEETS)
def test_long_text_goes_on_overleaf_under_its_number(form: str) -> None:
    pages = page_texts(rendered(LONG, form))
    assert len(pages) > 1
    for number, page in enumerate(pages, 1):
        assert LONG.number in page
        assert f"第 {number} 页，共 {len(pages)} 页" in page
        assert ("（续页）" in page) == (number > 1)
    assert "转续页" in pages[0]
    assert "报修内容（续）" in squeezed("".join(pages[1:]))


@pytest.mark.parametrize("form", FORMS)
def test_materials_are_all_there_in_order(form: str) -> None:
    text = squeezed(text_of(rendered(LONG, form)))
    places = [text.find(f"DN{number}") for number in range(1, 24)]
    assert -1 not in places
    for line in LONG.materials:
        assert line.name in text


SPECIAL = [chr(code) for code in range(0x9000, 0x9100) if chr(code) not in repr(USUAL)]
MIXED = st.text(
    st.one_of(
        st.sampled_from(SPECIAL),
        st.sampled_from("，。！？；：（）《》“”%-/ \n\r\tabcWX019.,()"),
        st.sampled_from("𬭎𠮷\u0301é한글\u200b"),
    ),
    max_size=400,
)


def special(text: str) -> str:
    return "".join(character for character in text if character in SPECIAL_SET)


SPECIAL_SET = frozenset(SPECIAL)


@settings(max_examples=200)
@given(
    text=MIXED,
    field=st.sampled_from(["matter", "resolution", "address", "task", "remark"]),
    form=st.sampled_from([*FORMS]),
)
def test_no_character_of_any_text_is_lost(text: str, field: str, form: str) -> None:
    empty = WorkOrderData(ticket_id="", number="")
    before = Counter(text_of(rendered(empty, form)))
    pdf = rendered(replace(empty, **dict[str, Any]({field: text})), form)
    found = text_of(pdf)
    assert special(found) == special(text)
    for character in "，。！？；：《》WXbc𬭎𠮷한":
        assert Counter(found)[character] - before[character] >= text.count(character)


@settings(max_examples=40)
@given(
    unit=st.text(st.sampled_from([*SPECIAL[:40], *"，。！ab ", "\n"]), min_size=3, max_size=60),
    form=st.sampled_from([*FORMS]),
    field=st.sampled_from(["matter", "address", "caller", "site_name", "warranty_note"]),
)
def test_five_thousand_characters_are_all_printed_inside_the_margins(
    unit: str, form: str, field: str
) -> None:
    text = (unit * (5000 // len(unit) + 1))[:5000]
    if field in ("site_name", "warranty_note"):  # the head and the foot of every page: kept to a paragraph
        text = text[:150].replace("\n", "").strip()
    pdf = rendered(replace(USUAL, **dict[str, Any]({field: text})), form)
    count = len(page_texts(pdf))
    found = special(text_of(pdf))
    if field in ("site_name", "warranty_note"):
        assert found == special(text) * count
    else:
        assert found == special(text)
    top, right, bottom, left = FORMS[form].margins
    for _character, ink in character_places(pdf):
        assert min(ink.left - left, ink.right - right, ink.top - top, ink.bottom - bottom) > -0.3


TEXT_FIELDS = (
    "caller", "caller_role", "phone", "room_code", "address", "category", "priority", "matter", "expectation",
    "appointment", "department", "handler", "handler_phone", "task", "contact", "contact_phone",
    "unfinished_reason", "resolution", "callback_by", "remark", "warranty_note",
)  # fmt: skip


@settings(max_examples=60)
@given(
    texts=st.dictionaries(
        st.sampled_from(TEXT_FIELDS),
        st.text(st.sampled_from([*SPECIAL[:40], *"，。（）ab 1-"]), max_size=160),
        min_size=3,
    ),
    form=st.sampled_from([*FORMS]),
    language=st.sampled_from(["zh_CN", "en"]),
)
def test_any_mixture_of_long_fields_is_printed_inside_the_margins(
    texts: dict[str, str], form: str, language: str
) -> None:
    translations.use(language)
    pdf = rendered(replace(USUAL, **cast("dict[str, Any]", texts)), form)
    pages = len(page_texts(pdf))
    found = Counter(special(text_of(pdf)))
    wanted = Counter(special("".join(texts.values())))
    assert not wanted - found, "nothing is lost"
    assert set(found) == set(wanted)
    assert pages < 40
    top, right, bottom, left = FORMS[form].margins
    for character, ink in character_places(pdf):
        edges = (ink.left - left, ink.right - right, ink.top - top, ink.bottom - bottom)
        assert min(edges) > -0.3, (character, ink)


def test_a_note_too_long_for_the_foot_is_text_overleaf() -> None:
    pdf = rendered(replace(USUAL, warranty_note="保修说明，" * 1000))
    assert text_of(pdf).count("说") == 1000
    assert min(ink.bottom for _character, ink in character_places(pdf)) > 6.7


def test_numbers_of_materials_stay_on_one_line() -> None:
    job = replace(USUAL, materials=(MaterialLine("水泵", "", 12_500, "台", 1_234_500, 123_456_789),))
    assert "1,234,567.89" in text_of(rendered(job))


def test_other_kinds_have_their_own_titles() -> None:
    assert "投诉处理单" in text_of(rendered(replace(USUAL, kind="complaint")))
    assert "服务派工单" in text_of(rendered(replace(USUAL, kind="help")))


def test_english_has_no_chinese_label() -> None:
    translations.use("en")
    job = WorkOrderData(
        ticket_id="", number="B-261121-0042", printing_no=2, printed_by="Zhou", total_fen=None
    )
    text = text_of(rendered(job, "A4", ("stub", "owner")))
    assert not [character for character in text if "\u4e00" <= character <= "\u9fff"]
    assert "Repair work order" in text
    assert "REPRINT" in text


def test_the_file_goes_to_a_path_and_to_a_stream(tmp_path: Path) -> None:
    path = tmp_path / "slip.pdf"
    stream = io.BytesIO()
    first = render_work_orders([USUAL], "A5", path, zone=ZONE)
    second = render_work_orders([USUAL], "A5", stream, zone=ZONE)
    assert path.read_bytes() == first.pdf == second.pdf == stream.getvalue()
    assert first.pages == 3


def test_a_slip_is_small_and_a_batch_shares_its_fonts() -> None:
    one = len(rendered(USUAL))
    jobs = [replace(USUAL, number=f"B-261121-{number:04}") for number in range(50)]
    fifty = len(render_work_orders(jobs, "A5", copies=("crew",), zone=ZONE).pdf)
    assert one <= 60_000
    assert len(rendered(FULL, "A5", ("stub", "crew", "owner"))) <= 60_000
    assert fifty < one + 50 * 5_000
