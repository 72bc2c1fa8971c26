"""Names are read as people read them, and found by every reading."""

from __future__ import annotations

import subprocess
import sys

import pytest

from models.search import pinyin
from models.search.surnames import COMPOUND, SINGLE


@pytest.mark.parametrize(
    ("name", "spoken"),
    [
        ("单梅", "shàn méi"), ("仇英", "qiú yīng"), ("解晓东", "xiè xiǎo dōng"), ("查良镛", "zhā liáng yōng"),
        ("区伟明", "ōu wěi míng"), ("翟志刚", "zhái zhì gāng"), ("曾国强", "zēng guó qiáng"),
        ("盖鸣晖", "gě míng huī"), ("卜建国", "bǔ jiàn guó"), ("朴信惠", "piáo xìn huì"),
        ("缪斯", "miào sī"), ("覃海", "qín hǎi"), ("种伟", "chóng wěi"), ("乐嘉", "yuè jiā"),
        ("员晓", "yùn xiǎo"), ("华罗", "huà luó"), ("任伟", "rén wěi"), ("那英", "nā yīng"),
        ("宁静", "níng jìng"), ("葛优", "gě yōu"), ("纪伟", "jǐ wěi"), ("黑伟", "hè wěi"),
        ("折伟", "shé wěi"), ("召伟", "shào wěi"),
        ("冼星海", "xiǎn xīng hǎi"), ("尉迟恭", "yù chí gōng"), ("尉伟", "wèi wěi"), ("万俟卨", "mò qí xiè"),
        ("澹台明", "tán tái míng"), ("长孙无忌", "zhǎng sūn wú jì"), ("单于小明", "chán yú xiǎo míng"),
        ("令狐冲", "líng hú chōng"), ("鲜于枢", "xiān yú shū"), ("爱新觉罗玄烨", "ài xīn jué luó xuán yè"),
        ("吕丽", "lǚ lì"), ("王Tom", "wáng tom"), ("张 三", "zhāng sān"), ("Smith", ""),
    ],
)  # fmt: skip
def test_a_surname_is_said_as_a_surname(name: str, spoken: str) -> None:
    assert pinyin.spoken(name) == spoken


def test_a_company_has_no_surname() -> None:
    assert pinyin.spoken("单车行", is_company=True).split()[0] == "dān"
    assert pinyin.syllable_forms(pinyin.units("重庆小面有限公司"))[0].startswith("chongqing")


def test_every_surname_of_the_table_is_among_the_readings_of_its_characters() -> None:
    listed = [*((name, (reading,)) for name, reading in SINGLE.items()), *COMPOUND.items()]
    assert len(listed) > 200
    for name, readings in listed:
        assert len(name) == len(readings)
        for unit, reading in zip(pinyin.units(name), readings, strict=True):
            assert unit.readings[0] == pinyin.toneless(reading)[0], name


def test_everyday_readings_find_the_name_as_well() -> None:
    pieces = pinyin.units("单梅")
    assert pinyin.syllable_forms(pieces)[0] == "shanmei"
    assert "danmei" in pinyin.syllable_forms(pieces)
    assert pinyin.initial_forms(pieces)[0] == "sm"
    assert "dm" in pinyin.initial_forms(pieces)


def test_an_umlaut_is_typed_in_three_ways() -> None:
    assert pinyin.units("吕")[0].readings[:3] == ("lv", "lyu", "lu")


def test_a_long_name_has_not_too_many_readings() -> None:
    pieces = pinyin.units("朴解单乐重长朴解单乐重长")
    assert len(pinyin.syllable_forms(pieces)) <= pinyin.MOST_COMBINATIONS
    assert len(pinyin.initial_forms(pieces)) <= pinyin.MOST_COMBINATIONS


@pytest.mark.parametrize(
    ("letters", "covered"),
    [("zsf", (0, 3)), ("zhangsf", (0, 3)), ("zhsf", (0, 3)), ("sanf", (1, 3)), ("zhangs", (0, 2)),
     ("f", (2, 3)), ("zsanfeng", (0, 3)), ("zhan", (0, 1)), ("xyz", None), ("zsff", None)],
)  # fmt: skip
def test_letters_cover_the_characters_they_stand_for(letters: str, covered: tuple[int, int] | None) -> None:
    assert pinyin.align(letters, pinyin.units("张三丰")) == covered


def test_folding_keeps_every_place() -> None:
    assert pinyin.fold("ＡＢ㎡单") == "ab㎡单"
    assert pinyin.name_places("张 三·丰") == ("张三丰", [0, 2, 4])


def test_pypinyin_is_not_imported_before_a_name_is_read() -> None:
    code = "import sys, models.search.query, models.search.index; sys.exit('pypinyin' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
