from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.rules.money import amount, parse, parse_quantity, quantity_text, to_capitals, to_text

CAPITALS = {
    0: "零元整", 1: "壹分", 10: "壹角整", 12: "壹角贰分", 100: "壹元整", 105: "壹元零伍分", 150: "壹元伍角整",
    1000: "壹拾元整", 1005: "壹拾元零伍分", 1050: "壹拾元伍角整",
    11000: "壹佰壹拾元整", 10100: "壹佰零壹元整",
    140950: "壹仟肆佰零玖元伍角整", 600714: "陆仟零柒元壹角肆分", 168032: "壹仟陆佰捌拾元叁角贰分",
    10700053: "壹拾万零柒仟元伍角叁分", 1640902: "壹万陆仟肆佰零玖元零贰分", 32504: "叁佰贰拾伍元零肆分",
    1000000: "壹万元整", 1000100: "壹万零壹元整", 1010000: "壹万零壹佰元整", 10000000000: "壹亿元整",
    10000000100: "壹亿零壹元整", 10001000000: "壹亿零壹万元整", 10010000000: "壹亿零壹拾万元整",
    1_0000_0000_0000_00: "壹万亿元整", 1_0001_0000_0000_00: "壹万零壹亿元整",
    1_2000_0000_0000_00: "壹万贰仟亿元整",
    1_0000_0001_0000_00: "壹万亿零壹万元整", -3500: "负叁拾伍元整",
}  # fmt: skip


@pytest.mark.parametrize(("fen", "text"), CAPITALS.items())
def test_capitals(fen: int, text: str) -> None:
    assert to_capitals(fen) == text


def _read(text: str) -> int:
    """Reads capitals back to fen, by itself: what the two must agree on."""
    digits = {sign: value for value, sign in enumerate("零壹贰叁肆伍陆柒捌玖")}
    places = {"拾": 10, "佰": 100, "仟": 1000}
    fen, total, group, digit = 0, 0, 0, 0
    for sign in text.removesuffix("整"):
        if sign in digits:
            digit = digits[sign]
        elif sign in places:
            group, digit = group + digit * places[sign], 0
        elif sign in "万亿":
            scale = 10_000 if sign == "万" else 10**8
            total, group, digit = (
                (total + group + digit) * scale if sign == "亿" else total + (group + digit) * scale,
                0,
                0,
            )
        elif sign == "元":
            fen, total, group, digit = (total + group + digit) * 100, 0, 0, 0
        elif sign == "角":
            fen, digit = fen + digit * 10, 0
        elif sign == "分":
            fen, digit = fen + digit, 0
    return fen


@given(st.integers(0, 10**17))
def test_capitals_read_back(fen: int) -> None:
    text = to_capitals(fen)
    assert _read(text) == fen
    assert "零零" not in text
    assert ("整" in text) == (fen % 10 == 0)


def test_an_amount_without_a_name_is_an_error() -> None:
    with pytest.raises(ValueError, match="too large"):
        to_capitals(10**18)


@given(st.integers(-(10**12), 10**12))
def test_text_reads_back(fen: int) -> None:
    assert parse(to_text(fen, with_sign=False)) == fen


def test_what_people_type() -> None:
    assert [parse(text) for text in ("35", "¥35.5", "￥35.50", "1,234.50元", "３５", "0.1")] == [
        3500, 3550, 3550, 123450, 3500, 10,
    ]  # fmt: skip
    assert to_text(123456) == "¥1,234.56"
    assert to_text(-5) == "-¥0.05"
    for wrong in ("", "abc", "1.234", "1e5", "NaN", "--1", "1" * 30):
        with pytest.raises(ValueError, match="money"):
            parse(wrong)


def test_amount_rounds_half_a_fen_up() -> None:
    assert amount(1500, 333) == 500  # 4.995
    assert amount(1000, 3500) == 3500
    assert amount(500, 1) == 1
    assert amount(499, 1) == 0
    assert amount(-1500, 333) == -500


def test_quantities() -> None:
    assert [parse_quantity(text) for text in ("2", "1.5", "0.125", "１")] == [2000, 1500, 125, 1000]
    assert [quantity_text(value) for value in (2000, 1500, 125, 0, -1500)] == [
        "2",
        "1.5",
        "0.125",
        "0",
        "-1.5",
    ]
    for wrong in ("-1", "0.0001", "x", "inf", ""):
        with pytest.raises(ValueError, match="quantity"):
            parse_quantity(wrong)
