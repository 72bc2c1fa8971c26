from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.rules.personal_data import (
    has_valid_check_digit,
    id_digits,
    id_facts,
    is_phone,
    is_placeholder_id,
    is_placeholder_phone,
    mask_id,
    mask_ids_in,
    mask_phone,
    mask_phones_in,
    phone_digits,
    split_phones,
)


@pytest.mark.parametrize(
    "text",
    ["18909711443", "189 0971 1443", "+86 189-0971-1443", "0086 18909711443", "8618909711443",
     "１８９０９７１１４４３", "18909711443.0", "（189）09711443", " 18909711443 转 12"],
)  # fmt: skip
def test_one_phone_in_many_spellings(text: str) -> None:
    assert phone_digits(text) == "18909711443"


def test_landlines_short_numbers_and_nonsense() -> None:
    assert phone_digits("0755-8612 3456") == "075586123456"
    assert all(
        is_phone(number) for number in ("18909711443", "075586123456", "86123456", "4001234567", "10086")
    )
    assert not any(is_phone(number) for number in ("", "123", "11909711443", "189097114430"))


def test_several_phones_in_one_cell() -> None:
    assert split_phones("18909711443，13800002207 / 0755-86123456") == [
        "18909711443",
        "13800002207",
        "0755-86123456",
    ]
    assert split_phones("18909711443 13800002207") == ["18909711443", "13800002207"]
    assert split_phones(" ") == []


def test_placeholders_mean_unknown() -> None:
    assert all(is_placeholder_phone(n) for n in ("18999999999", "13800138000", "00000000", "11111111111", ""))
    assert not any(is_placeholder_phone(n) for n in ("18909711443", "18999999991", "10086"))
    assert is_placeholder_id("111111111111111111")
    assert is_placeholder_id("11111111111111111X")
    assert is_placeholder_id("")
    assert not is_placeholder_id("632126199109162056")


def test_masks() -> None:
    assert mask_phone("189 0971 1443") == "189****1443"
    assert mask_phone("0755-86123456") == "0755****3456"
    assert mask_phone("86123456") == "****3456"
    assert mask_phone("10086") == "1****"
    assert mask_phone("") == ""
    assert mask_id("632126199109162056") == "632126********2056"
    assert mask_id("E12345678") == "*******78"
    assert mask_id("AB12") == "****"
    assert mask_phones_in("请打18909711443，单号2611210042") == "请打189****1443，单号2611210042"


@given(st.text(max_size=30))
def test_a_mask_never_shows_more_than_seven_digits(text: str) -> None:
    assert sum(sign.isdigit() for sign in mask_phone(text)) <= 8
    assert len(phone_digits(text)) < 8 or mask_phone(text) != phone_digits(text)


@given(st.integers(0, 999_999), st.dates(date(1930, 1, 1), date(2020, 1, 1)), st.integers(0, 999))
def test_the_check_digit_catches_every_single_typing_error(area: int, born: date, order: int) -> None:
    stem = f"{area:06d}{born:%Y%m%d}{order:03d}"
    valid = [stem + check for check in "0123456789X" if has_valid_check_digit(stem + check)]
    assert len(valid) == 1
    number = valid[0]
    for place in range(17):
        wrong = number[:place] + str((int(number[place]) + 1) % 10) + number[place + 1 :]
        assert not has_valid_check_digit(wrong)
    facts = id_facts(number)
    assert facts is not None
    assert facts.birth_on == born
    assert facts.gender == ("male" if order % 2 else "female")


def test_identity_numbers_of_both_lengths() -> None:
    old = id_facts("632126910916205")
    assert old is not None
    assert old.birth_on == date(1991, 9, 16)
    assert id_facts("632126199113162056") is None
    assert id_facts("E12345678") is None
    assert id_digits(" 63212619910916205x ") == "63212619910916205X"
    assert not has_valid_check_digit("1234")


def test_identity_numbers_in_a_sentence_lose_their_birth_date() -> None:
    assert mask_ids_in("证件632126198001012056，来访") == "证件632126********2056，来访"
    assert mask_ids_in("11010519491231002x") == "110105********002x"
    assert mask_ids_in("单号2611210042，运单1234567890123456789") == "单号2611210042，运单1234567890123456789"
