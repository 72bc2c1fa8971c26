"""The box finds what people mean, best first, and shows no more than it may."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest

from models.entities import Phone, Resident, Room, Ticket, Vehicle
from models.search.hits import Hit, HitKind, Matched, masked_phone
from models.search.query import prepare
from tests.models.search.conftest import Estate


def marked(hit: Hit) -> list[str]:
    """The highlighted pieces of a hit."""
    return [hit.title[a:b] for a, b in hit.title_spans] + [hit.detail[a:b] for a, b in hit.detail_spans]


@pytest.mark.parametrize(
    "typed",
    [
        "3-2-1502",
        "321502",
        "3#2-1502",
        "3栋2单元1502",
        "三号楼二单元1502室",
        "3-1502",
        "３－２－１５０２",
        " 3-2-1502 ",
    ],
)
def test_a_room_is_found_in_any_spelling(estate: Estate, typed: str) -> None:
    room_id = estate.room("3-2-1502")
    estate.room("32-1-502")
    estate.room("13-2-1502")
    resident_id = estate.resident("单梅", room_id, "13812345678")
    first, *others = estate.find(typed)
    assert (first.kind, first.id, first.title) == (HitKind.ROOM, room_id, "3-2-1502")
    assert first.resident_id == resident_id
    assert (HitKind.RESIDENT, resident_id) in [(hit.kind, hit.id) for hit in others]


def test_a_room_brings_its_open_tickets(estate: Estate) -> None:
    room_id = estate.room("3-2-1502")
    open_id = estate.ticket("A-261120-0001", "漏水", room_id=room_id)
    done_id = estate.ticket("A-261120-0002", "堵塞", room_id=room_id, state="archived")
    found = [hit.id for hit in estate.find("3-2-1502")]
    assert open_id in found
    assert done_id not in found
    estate.change(Ticket, open_id, state="archived")
    assert open_id not in [hit.id for hit in estate.find("3-2-1502")]


def test_half_a_code_finds_while_it_is_typed(estate: Estate) -> None:
    for code in ("3-2-1501", "3-2-1502", "3-1-1502", "30-1-101"):
        estate.room(code)
    assert estate.titles("3栋2单元15") == ["3-2-1501", "3-2-1502"]
    assert estate.titles("3栋") == ["3-1-1502", "3-2-1501", "3-2-1502"]
    assert set(estate.titles("1502")) == {"3-2-1502", "3-1-1502"}


def test_leading_zeros_do_not_matter(estate: Estate) -> None:
    estate.room("11-1-0803")
    for typed in ("11-1-803", "11-1-0803", "1110803", "111803", "803", "0803"):
        assert estate.titles(typed)[0] == "11-1-0803", typed


@pytest.mark.parametrize(
    ("typed", "matched", "pieces"),
    [
        ("单梅", Matched.NAME, ["单梅"]),
        ("梅", Matched.NAME, ["梅"]),
        ("sm", Matched.INITIALS, ["单梅", "shàn méi"]),
        ("shanmei", Matched.PINYIN, ["单梅", "shàn méi"]),
        ("shan mei", Matched.PINYIN, ["单梅", "shàn méi"]),
        ("SHANM", Matched.PINYIN, ["单梅", "shàn méi"]),
        ("danmei", Matched.PINYIN, ["单梅", "shàn méi"]),
        ("mei", Matched.PINYIN, ["梅", "méi"]),
        ("5678", Matched.PHONE, ["5678"]),
        ("138 1234 5678", Matched.PHONE, ["138****5678"]),
        ("+86 13812345678", Matched.PHONE, ["138****5678"]),
        ("1381", Matched.PHONE, ["138****"]),
        ("345678", Matched.PHONE, ["****5678"]),
        ("YZ0001", Matched.CUSTOMER_NO, ["YZ0001"]),
    ],
)
def test_a_person_is_found_and_the_reason_marked(
    estate: Estate, typed: str, matched: Matched, pieces: list[str]
) -> None:
    resident_id = estate.resident("单梅", estate.room("3-2-1502"), "138-1234-5678", customer_no="YZ0001")
    estate.resident("王伟", estate.room("4-1-101"), "13999990000")
    hits = estate.find(typed)
    assert [(hit.id, hit.matched) for hit in hits] == [(resident_id, matched)]
    assert marked(hits[0]) == pieces
    assert "3-2-1502" in hits[0].detail


def test_no_hit_shows_a_whole_phone(estate: Estate) -> None:
    room_id = estate.room("3-2-1502")
    estate.resident("单梅", room_id, "13812345678", "010-62345678")
    for typed in ("3-2-1502", "sm", "单", "5678", "13812345678", "62345678", "1234"):
        for hit in estate.find(typed):
            assert "12345678" not in hit.title + hit.detail
            assert "62345678" not in hit.title + hit.detail


def test_masked_places_are_never_told_apart() -> None:
    assert masked_phone("13812345678", "2345") == ("138****5678", ((3, 7),))
    assert masked_phone("13812345678", None) == ("138****5678", ())
    assert masked_phone("01062345678", "5678") == ("010****5678", ((7, 11),))
    assert masked_phone("13812345678", "999") == ("138****5678", ())


def test_compound_surnames_and_rare_readings(estate: Estate) -> None:
    estate.resident("尉迟恭")
    estate.resident("石梅")
    estate.resident("丹梅")
    assert estate.titles("yuchi") == ["尉迟恭"]
    assert estate.titles("ycg") == ["尉迟恭"]
    assert estate.titles("danmei")[0] == "丹梅"


def test_people_who_live_here_come_before_those_who_moved_out(estate: Estate) -> None:
    room_id = estate.room("3-2-1502")
    estate.resident("张伟", room_id, to_on=date(2020, 1, 1))
    current = estate.resident("张伟", room_id, role="tenant")
    former, now = estate.find("张伟")[1], estate.find("张伟")[0]
    assert now.id == current
    assert now.is_current
    assert not former.is_current
    assert [hit.id for hit in estate.find("3-2-1502") if hit.kind is HitKind.RESIDENT] == [current]


def test_a_name_beside_its_home(estate: Estate) -> None:
    for code in ("3-2-1502", "3-1-101", "5-1-1502"):
        estate.resident("张伟", estate.room(code))
    for typed in ("张伟 3-2-1502", "zw 3-2-1502", "3-2 张", "张 3栋2单元"):
        first = estate.find(typed)[0]
        assert (first.kind, first.detail[:8]) == (HitKind.RESIDENT, "3-2-1502"), typed


def test_plates(estate: Estate) -> None:
    owner = estate.resident("单梅", estate.room("3-2-1502"))
    vehicle_id = estate.vehicle("粤B·7A21K", owner)
    for typed in ("粤B7A21K", "粤b·7a21k", "B7A21K", "7A21K", "21k", "粤B7A"):
        hit = estate.find(typed)[0]
        assert (hit.kind, hit.id, hit.resident_id) == (HitKind.VEHICLE, vehicle_id, owner), typed
    assert marked(estate.find("7A21K")[0]) == ["7A21K"]


def test_ticket_numbers(estate: Estate) -> None:
    wanted = estate.ticket("B-261120-0042", "厨房漏水")
    estate.ticket("B-261120-0421", "客厅漏水")
    other_day = estate.ticket("A-261119-0042", "阳台漏水", received_at=datetime(2026, 11, 19, 1, tzinfo=UTC))
    for typed in ("B-261120-0042", "b2611200042", "261120-0042", "B42"):
        assert estate.find(typed)[0].id == wanted, typed
    assert {hit.id for hit in estate.find("42") if hit.kind is HitKind.TICKET} == {wanted, other_day}
    assert marked(estate.find("0042")[0]) == ["42"]


def test_words_of_a_ticket_open_ones_first_then_the_newest(estate: Estate) -> None:
    day = datetime(2026, 11, 1, tzinfo=UTC)
    old_open = estate.ticket("A-261101-0001", "厨房漏水", received_at=day)
    closed = [
        estate.ticket(f"A-261102-{n:04d}", "客厅漏水", state="archived", received_at=day + timedelta(days=n))
        for n in range(1, 20)
    ]
    hits = estate.find("漏")
    assert [hit.id for hit in hits] == [old_open, *reversed(closed[-11:])]
    assert marked(hits[0]) == ["漏"]
    assert estate.find("厨房漏水")[0].id == old_open
    assert marked(estate.find("漏水 厨房")[0]) == ["厨房", "漏水"]


def test_a_long_text_is_cut_around_the_word(estate: Estate) -> None:
    estate.ticket("A-261101-0001", "业主来电" * 20 + "阳台渗水" + "请尽快处理" * 20)
    (hit,) = estate.find("渗水")
    assert marked(hit) == ["渗水"]
    assert len(hit.detail) < 60


def test_every_kind_that_is_meant_is_among_the_answers(estate: Estate) -> None:
    for floor in range(10, 30):
        room_id = estate.room(f"{floor}-1-1502")
        estate.resident(f"王{floor}", room_id, f"138000{floor}1502")
    estate.vehicle("京A·A1502")
    estate.ticket("A-261120-1502", "漏水")
    assert {hit.kind for hit in estate.find("1502")} == set(HitKind)
    assert len(estate.find("1502")) == 12


def test_preparing_answers_nothing_and_changes_nothing(estate: Estate) -> None:
    estate.resident("单梅")
    estate.database.read(prepare)
    assert estate.titles("dm") == ["单梅"]


def test_what_is_deleted_is_gone(estate: Estate) -> None:
    room_id = estate.room("3-2-1502")
    resident_id = estate.resident("单梅", room_id)
    phone_id = estate.add(Phone(resident_id=resident_id, number="13812345678", digits="13812345678"))
    vehicle_id = estate.vehicle("粤B·7A21K", resident_id)
    ticket_id = estate.ticket("A-261120-0042", "厨房漏水")
    for typed, kind, row_id in (
        ("5678", Phone, phone_id), ("7A21K", Vehicle, vehicle_id), ("漏水", Ticket, ticket_id),
        ("sm", Resident, resident_id), ("3-2-1502", Room, room_id),
    ):  # fmt: skip
        assert estate.find(typed), typed
        estate.delete(kind, row_id)
        assert estate.find(typed) == [], typed


def test_an_edit_is_found_at_once_and_the_old_text_no_more(estate: Estate) -> None:
    resident_id = estate.resident("单梅")
    estate.change(Resident, resident_id, name="解梅")
    assert estate.titles("shanmei") == []
    assert estate.titles("xiemei") == ["解梅"]


@pytest.mark.parametrize(
    "typed",
    [
        "",
        "   ",
        "。",
        "'",
        '"',
        "%",
        "_",
        "*",
        "a",
        "1",
        "😀",
        "\x00",
        "NEAR(",
        "漏\x00水",
        "-" * 500,
        "漏" * 500,
        "𠮷",
        "ﷺ",
    ],
)
def test_odd_text_breaks_nothing(estate: Estate, typed: str) -> None:
    estate.ticket("A-261120-0042", "厨房漏水")
    estate.resident("单梅", estate.room("3-2-1502"))
    assert isinstance(estate.find(typed), list)
    assert estate.find("单梅"), "what could be found before still can be"
