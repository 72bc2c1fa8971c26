"""Answers of the search as lines of the box."""

from __future__ import annotations

from dataclasses import replace

import pytest

from desktop.found import present
from models.search.hits import Hit as Found
from models.search.hits import HitKind, Matched
from resources.terms import codes

BASE = Found(
    HitKind.RESIDENT,
    "1",
    "单梅",
    "11-1-0803 · 业主",
    Matched.NAME,
    1.0,
    room_id="r",
    resident_id="1",
    title_spans=((0, 1),),
    detail_spans=((0, 2),),
)


def test_every_kind_has_a_word() -> None:
    assert set(codes("search.kind")) == {kind.value for kind in HitKind}


@pytest.mark.parametrize(
    ("kind", "page", "arguments"),
    [
        (HitKind.RESIDENT, "residents", {"resident_id": "x"}),
        (HitKind.ROOM, "rooms", {"room_id": "x"}),
        (HitKind.TICKET, "tickets", {"ticket_id": "x"}),
        (HitKind.VEHICLE, "rooms", {"room_id": "r"}),
    ],
)
def test_enter_opens_its_page(kind: HitKind, page: str, arguments: dict[str, str]) -> None:
    hit = present(replace(BASE, kind=kind, id="x"))
    assert (hit.page, hit.arguments) == (page, arguments)
    assert hit.ticket_arguments == {"room_id": "r", "resident_id": "1"}


def test_a_vehicle_without_a_room_opens_its_keeper() -> None:
    hit = present(replace(BASE, kind=HitKind.VEHICLE, room_id=None))
    assert (hit.page, hit.arguments) == ("residents", {"resident_id": "1"})
    assert hit.ticket_arguments == {"resident_id": "1"}


def test_marks_are_taken_over_and_who_moved_out_is_said() -> None:
    hit = present(BASE)
    assert list(hit.title.spans) == [(0, 1)]
    assert list(hit.detail.spans) == [(0, 2)]
    assert hit.reason.text == ""
    assert present(replace(BASE, is_current=False)).reason.text == "已迁出"
