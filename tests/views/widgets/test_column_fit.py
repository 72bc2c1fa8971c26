"""How columns give way: the stretched one first, then in proportion, then they are left out."""

from __future__ import annotations

from views.widgets.column_fit import Share, fitted

NUMBER, CALLER, MATTER, STATE = Share(100, 100), Share(60, 40), Share(100, 60, is_stretched=True), Share(90)
ALL = (NUMBER, CALLER, MATTER, STATE)


def test_room_left_over_goes_to_the_stretched_one() -> None:
    assert fitted(ALL, 500) == [100, 60, 250, 90]


def test_the_stretched_one_gives_way_first() -> None:
    assert fitted(ALL, 320) == [100, 60, 70, 90]


def test_then_those_that_may() -> None:
    assert fitted(ALL, 300) == [100, 50, 60, 90]


def test_then_the_first_is_left_out_and_the_others_breathe() -> None:
    assert fitted(ALL, 280) == [0, 60, 130, 90]


def test_the_others_are_never_cut() -> None:
    assert fitted(ALL, 0) == [0, 0, 60, 90]
