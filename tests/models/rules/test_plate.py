from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.rules.plate import display, is_plate, plate_key


@pytest.mark.parametrize(
    "text", ["粤B·7A21K", "粤b7a21k", "粤B 7A21K", "粤B-7A21K", "粤B•7A21K", "粤Ｂ７Ａ２１Ｋ"]
)
def test_one_plate_in_many_spellings(text: str) -> None:
    assert plate_key(text) == "粤B7A21K"
    assert display(text) == "粤B·7A21K"


def test_letters_no_plate_has_are_the_digits_they_look_like() -> None:
    assert plate_key("粤BO121I") == "粤B01211"
    assert plate_key("京OA1234") == "京OA1234"


def test_which_texts_are_plates() -> None:
    assert all(is_plate(text) for text in ("粤B7A21K", "粤BD12345", "京A1234警", "粤Z1234港", "WJ粤1234"))
    assert not any(is_plate(text) for text in ("", "粤B", "7A21K", "粤B7A21K99", "无", "3-2-1502"))
    assert display("临时牌 12") == "临时牌12"


@given(st.text(max_size=12))
def test_a_key_is_its_own_key(text: str) -> None:
    assert plate_key(plate_key(text)) == plate_key(text)
