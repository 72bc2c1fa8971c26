from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.rules.room_code import RoomCode, RoomIndex, candidates, compose, parse, sort_key

SAME_ROOM = [
    "3-2-1502", "3#2-1502", "3栋2单元1502", "三号楼二单元1502室", "3号楼二单元1502室", "３－２－１５０２",
    "3 2 1502", "3/2/1502", "３＃２－１５０２", "3幢2单元1502号", "3#楼2单元1502", "三栋二单元一五零二",
    "3号2单元1502房", "3栋2单元15层02室", "3栋2单元15楼1502", "3-2-15-02", " 3 - 2 - 1502 ", "03-02-1502",
    "幸福里3栋2单元1502", "3#2#1502", "3.2.1502", "3 栋 2 单元 1502 室", "3—2—1502", "3号楼2门1502",
]  # fmt: skip


@pytest.mark.parametrize("text", SAME_ROOM)
def test_every_spelling_reads_as_the_same_room(text: str) -> None:
    assert candidates(text)[0].canonical == "3-2-1502"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("321502", "3-2-1502"),
        ("5-0-102", "5-0-102"),
        ("12-1-2603", "12-1-2603"),
        ("十二栋一单元2603", "12-1-2603"),
        ("二十一号楼1单元101", "21-1-101"),
        ("A座1502", "A-0-1502"),
        ("a座2单元1502室", "A-2-1502"),
        ("A-2-1502", "A-2-1502"),
        ("A21502", "A-2-1502"),
        ("11-1-0803", "11-1-0803"),
        ("3-2-1502A", "3-2-1502A"),
        ("3栋1502", "3-0-1502"),
        ("B1栋2单元301", "B1-2-301"),
    ],
)
def test_most_plausible_reading(text: str, expected: str) -> None:
    assert candidates(text)[0].canonical == expected


@pytest.mark.parametrize(
    "text",
    ["", "吴学文", "1502", "漏水", "3栋", "2单元1502", "3栋2单元", "15层", "---", "x" * 100, "3-2-1-5-02"],
)
def test_what_is_no_whole_code_has_no_reading(text: str) -> None:
    assert candidates(text) == []


def test_ambiguous_run_gives_every_reading_and_the_archive_decides() -> None:
    readings = {code.canonical for code in candidates("1211502")}
    assert {"12-1-1502", "1-21-1502", "12-11-502"} <= readings
    assert parse("1211502") is None
    assert RoomIndex(["12-1-1502", "3-2-1502"]).find("1211502") == ["12-1-1502"]
    assert RoomIndex(["12-1-1502", "1-21-1502"]).find("1211502") == ["12-1-1502", "1-21-1502"]


def test_index_ignores_leading_zeros_and_a_missing_unit() -> None:
    rooms = RoomIndex(["11-1-0803", "3-1-1502", "3-2-1502", "5-0-102", "东区3-1-201"])
    assert rooms.find("11-1-803") == ["11-1-0803"]
    assert rooms.find("111803") == ["11-1-0803"]
    assert rooms.find("1110803") == ["11-1-0803"]
    assert rooms.find("3栋1502") == ["3-1-1502", "3-2-1502"]
    assert rooms.find("32-1502") == ["3-2-1502"]
    assert rooms.find("3栋21502") == ["3-2-1502"]
    assert rooms.find("50102") == ["5-0-102"]
    assert rooms.find("东区3栋1单元201") == ["东区3-1-201"]
    assert rooms.find("9-9-999") == []


@given(st.integers(1, 99), st.integers(0, 9), st.integers(1, 40), st.integers(1, 30))
def test_canonical_form_reads_back_as_itself(building: int, unit: int, floor: int, place: int) -> None:
    code = RoomCode(str(building), str(unit), f"{floor}{place:02d}")
    assert parse(code.canonical) == code
    for text in (
        f"{building}栋{unit}单元{code.number}室",
        f"{building}#{unit}-{code.number}",
        f"{building}{unit}{code.number}",
    ):
        assert code in candidates(text)


@given(st.text(max_size=30))
def test_no_text_breaks_the_parser(text: str) -> None:
    for code in candidates(text):
        assert code.building
        assert code.number


def test_compose_takes_cells_with_and_without_marks() -> None:
    assert compose("3栋", "2单元", "1502室").canonical == "3-2-1502"
    assert compose("3.0", "2.0", "1502.0").canonical == "3-2-1502"
    assert compose("5", "", "102").canonical == "5-0-102"
    assert compose("3", "2", "3-2-1502").canonical == "3-2-1502"
    assert compose("A座", "无", "1502").canonical == "A-0-1502"
    with pytest.raises(ValueError, match="building"):
        compose("", "2", "1502")


def test_floor_and_riser() -> None:
    assert RoomCode("3", "2", "1502").floor == 15
    assert RoomCode("3", "2", "02").floor is None
    assert RoomCode("3", "2", "1502").riser == RoomCode("3", "2", "1602").riser == "3-2-02"
    assert RoomCode("3", "2", "1502").riser != RoomCode("3", "1", "1602").riser
    assert RoomCode("11", "1", "0803").riser == RoomCode("11", "1", "1203").riser


def test_order_is_the_one_people_count_in() -> None:
    codes = ["10-1-101", "2-1-1001", "2-1-101", "A-1-101", "2-0-101", "2-1-101A"]
    assert sorted(codes, key=sort_key) == [
        "2-0-101",
        "2-1-101",
        "2-1-101A",
        "2-1-1001",
        "10-1-101",
        "A-1-101",
    ]
