"""Single cells, notes and headers, as people write them."""

from __future__ import annotations

from datetime import date, datetime

import pytest

from models.spreadsheets import codes, headers, people, values, vocabulary
from models.spreadsheets.fields import BY_KEY
from models.spreadsheets.reading import Cell
from models.spreadsheets.values import Doubt
from resources.terms import TERMS


@pytest.mark.parametrize(
    ("cell", "expected"),
    [
        ("　王　芳　", "王 芳"),
        ("a\u200bb\ufeff", "ab"),
        ("\xa0x\xa0", "x"),
        (3.0, "3"),
        (94.56, "94.56"),
        (True, "是"),
        ("无", None),
        (" - ", None),
        ("NULL", None),
        ("", None),
        ("无锡", "无锡"),
    ],
)
def test_text(cell: Cell, expected: str | None) -> None:
    assert values.text(cell) == expected


@pytest.mark.parametrize(
    ("cell", "expected"),
    [
        (3.0, 3),
        ("３", 3),
        ("3层", 3),
        ("负一层", -1),
        ("-2", -2),
        ("B1", -1),
        ("15F", 15),
        ("3.0", 3),
        ("", None),
    ],
)
def test_whole(cell: Cell, expected: int | None) -> None:
    assert values.whole(cell) == expected


@pytest.mark.parametrize("cell", ["三十几", "1-2", "3.5", date(2020, 1, 1)])
def test_whole_doubts(cell: Cell) -> None:
    with pytest.raises(Doubt):
        values.whole(cell)


@pytest.mark.parametrize(
    ("cell", "expected"),
    [(94.56, 9456), ("94.565", 9457), ("1,200㎡", 120000), ("８８．５平", 8850), (0, None), ("88 m2", 8800)],
)
def test_area(cell: Cell, expected: int | None) -> None:
    assert values.area(cell) == expected


@pytest.mark.parametrize("cell", ["九十", -3, 1e9, "nan", "inf"])
def test_area_doubts(cell: Cell) -> None:
    with pytest.raises(Doubt):
        values.area(cell)


@pytest.mark.parametrize(
    ("cell", "expected"),
    [
        (datetime.fromisoformat("2020-02-29T10:00:00"), date(2020, 2, 29)),
        ("1985年6月", date(1985, 6, 1)),
        ("1985.06", date(1985, 6, 1)),
        ("12/31/2019", date(2019, 12, 31)),
        ("2020-02-29T08:00:00", date(2020, 2, 29)),
        ("0000-00-00", None),
        (0, None),
    ],
)
def test_day(cell: Cell, expected: date | None) -> None:
    assert values.day(cell) == expected


@pytest.mark.parametrize("cell", ["2021-02-29", "20201345", "昨天", 5, "99999999", date(1, 1, 1)])
def test_day_doubts(cell: Cell) -> None:
    with pytest.raises(Doubt):
        values.day(cell)


@pytest.mark.parametrize(
    ("note", "expected"),
    [
        ("9901 家用小汽车 9902 客车 9903 货车", {"9901": "家用小汽车", "9902": "客车", "9903": "货车"}),
        ("H出租S出售", {"H": "出租", "S": "出售"}),
        (
            "住宅 110\n办公室 120\n宿舍  119\n如果不够请联系管理员",
            {"110": "住宅", "120": "办公室", "119": "宿舍"},
        ),
        ("1、男 2、女", {"1": "男", "2": "女"}),
        ("男:1,女:0", {"1": "男", "0": "女"}),
        ("0=空置；1=已入住；10=出租", {"0": "空置", "1": "已入住", "10": "出租"}),
        (
            " 2001 已入住\n2002 未销售\n注意：1、未销售表示没有关系\n2、未入住 已交房",
            {"2001": "已入住", "2002": "未销售"},
        ),
        ("目前填写为10102", {}),
        ("单元编号 一单元填写 1 二单元填写 2", {}),
        ("业主真实手机号，11位", {}),
        ("联系电话13800001234", {}),
    ],
)
def test_meanings_in_notes(note: str, expected: dict[str, str]) -> None:
    assert codes.pairs(note) == expected


@pytest.mark.parametrize(
    ("header", "field", "slot"),
    [
        ("＊业主姓名（必填）", "resident.name", ""),
        ("房 号/室号", "room.number", ""),
        ("建筑面积㎡", "room.building_area", ""),
        ("联系电话2", "phone.number", ""),
        ("租户姓名", "resident.name", "tenant"),
        ("租户联系电话", "phone.number", "tenant"),
        ("承租人", "resident.name", "tenant"),
        ("家属电话", "phone.number", "family"),
        ("业主身份证号码", "resident.id_number", ""),
        ("房屋建筑面积", "room.building_area", ""),
        ("月亮", "", ""),
        ("租金", "", ""),
        ("", "", ""),
    ],
)
def test_headers(header: str, field: str, slot: str) -> None:
    assert headers.meaning_of(header, frozenset({"room", "resident"})) == (field, slot)


@pytest.mark.parametrize(
    ("sheet", "field"), [("parking", "parking.size"), ("room", "room.building_area"), ("pet", "")]
)
def test_a_vague_header_means_what_its_sheet_is_about(sheet: str, field: str) -> None:
    assert headers.meaning_of("面积", frozenset({sheet}))[0] == field


def test_every_term_of_the_archive_can_be_written_as_a_word_and_as_its_code() -> None:
    for key, words in TERMS.items():
        if key in BY_KEY and key != "resident.status":
            for code, label in words.items():
                assert vocabulary.meaning(key, label, {}) == code
                assert vocabulary.meaning(key, code, {}) == code


@pytest.mark.parametrize(
    ("cell", "names"),
    [
        ("张三、李四", ["张三", "李四"]),
        ("张三 李四", ["张三", "李四"]),
        ("张　三", ["张三"]),
        ("欧阳 娜娜", ["欧阳娜娜"]),
        ("李和平", ["李和平"]),
        ("买买提·艾力", ["买买提·艾力"]),
        ("John Smith", ["John Smith"]),
        ("张三（已故）", ["张三"]),
        ("北京天地（集团）有限公司", ["北京天地（集团）有限公司"]),
        ("天地公司、海角公司", ["天地公司", "海角公司"]),
        ("空置", []),
        ("/", []),
    ],
)
def test_names(cell: str, names: list[str]) -> None:
    assert [person.name for person in people.split_names(cell)] == names


def test_names_with_more_in_the_cell() -> None:
    first, second = people.split_names("王五(租户) 13900000001，赵六（住院中）")
    assert (first.role, [phone.digits for phone in first.phones]) == ("tenant", ["13900000001"])
    assert (second.role, second.remark) == ("", "住院中")
    with pytest.raises(Doubt):
        people.split_names("12345")


@pytest.mark.parametrize(
    ("cell", "digits"),
    [
        (13900000001.0, ["13900000001"]),
        ("+86 139-0000-0001", ["13900000001"]),
        ("139 0000 0001 / 0951-5023412转8", ["13900000001", "09515023412"]),
        ("１３９" + "０" * 7 + "１", ["13900000001"]),
        ("13900000001(妻)", ["13900000001"]),
        ("妻13900000001", ["13900000001"]),
        ("18999999999", []),
        ("无", []),
    ],
)
def test_phones(cell: Cell, digits: list[str]) -> None:
    assert [phone.digits for phone in people.read_phones(cell)] == digits


@pytest.mark.parametrize("cell", ["139****0001", "1.38E+10", "不知道", "12"])
def test_phone_doubts(cell: str) -> None:
    with pytest.raises(Doubt):
        people.read_phones(cell)
