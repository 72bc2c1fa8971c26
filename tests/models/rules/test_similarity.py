from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from models.rules.similarity import Request, is_leak, likeness, overlap, same_riser_leaks, similar, words

NOW = datetime(2026, 11, 21, 9, 12, tzinfo=UTC)
NEW = Request("new", "3-2-1502", None, "water", "repair", "厨房水槽下方漏水，已蔓延到走廊", NOW)


def test_the_same_leak_told_again_is_like_the_open_one() -> None:
    again = replace(NEW, ticket_id="old", matter="麻烦尽快，厨房水槽渗水", category_id=None)
    other_matter = replace(NEW, ticket_id="door", matter="入户门锁打不开", category_id="door")
    other_room = replace(NEW, ticket_id="far", room_code="3-2-1602")
    assert [one.ticket_id for one in similar(NEW, [again, other_matter, other_room])] == ["old"]


def test_a_request_is_not_like_itself() -> None:
    assert similar(NEW, [NEW]) == []


def test_public_places_are_compared_by_their_words() -> None:
    lamp = Request("a", None, "3栋电梯厅", "lamp", "repair", "路灯不亮", NOW)
    assert similar(lamp, [replace(lamp, ticket_id="b", place="3栋1层电梯厅", matter="灯坏了")])
    assert not similar(lamp, [replace(lamp, ticket_id="c", place="地下车库")])


@given(st.text(max_size=40), st.text(max_size=40))
def test_overlap_is_symmetric_and_between_none_and_all(one: str, other: str) -> None:
    assert overlap(one, other) == overlap(other, one)
    assert 0 <= overlap(one, other) <= 1
    assert not words(one) or overlap(one, one) == 1
    assert 0 <= likeness(replace(NEW, matter=one), replace(NEW, matter=other)) <= 1


def test_leaks_on_one_riser_within_an_hour_may_be_one_event() -> None:
    above = replace(NEW, ticket_id="above", room_code="3-2-1602", matter="卫生间顶部渗水")
    later = replace(above, ticket_id="later", received_at=NOW - timedelta(minutes=61))
    beside = replace(above, ticket_id="beside", room_code="3-2-1601")
    dry = replace(above, ticket_id="dry", matter="灯不亮")
    assert same_riser_leaks(NEW, [above, later, beside, dry, NEW], timedelta(hours=1)) == ["above"]
    assert same_riser_leaks(replace(NEW, matter="门锁"), [above], timedelta(hours=1)) == []
    assert same_riser_leaks(replace(NEW, room_code=None), [above], timedelta(hours=1)) == []
    assert is_leak("空调外机滴水到楼下")
    assert not is_leak("水压小")
