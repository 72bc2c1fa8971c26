"""What headquarters lost is asked for in the desks' next rounds, once of each desk."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import Any

import pytest

from models.errors import DomainError
from sync.client.attachment_care import ASK_EVERY_S, ASK_SOON_S
from sync.client.attachments import Attachments
from sync.client.engine import Engine
from sync.server import blob_upkeep
from sync.server.blobs import BlobStore
from sync.server.lacks import AGAIN_S, Lacks
from tests.sync.client.test_attachment_care import CONTENT, Place, at_hq, places, spoil
from tests.sync.parts import TestHq

__all__ = ["places"]  # a fixture


@dataclass
class AskedLink:
    """Counts how often headquarters is asked what it wants."""

    link: Any
    asked: int = 0

    def blobs_wanted(self, after: str) -> list[str]:
        self.asked += 1
        names: list[str] = self.link.blobs_wanted(after)
        return names

    def __getattr__(self, name: str) -> Any:
        return getattr(self.link, name)


def counted(place: Place) -> AskedLink:
    """From now on; the place's regular hour of asking is long over."""
    link = AskedLink(place.desk.link)
    place.transfers = Attachments(place.desk.database, place.store, place.hours, ask_after_s=0)
    place.desk.engine = Engine(place.desk.database, link, attachments=place.transfers)
    place.sync()
    link.asked = 0
    return link


@pytest.mark.both_databases
def test_what_nobody_has_any_more_is_asked_for_once_of_each_desk(
    hq: TestHq, site: str, places: tuple[Place, Place]
) -> None:
    first, second = places
    _, blob = first.attach(CONTENT)
    for place in (first, second):
        place.sync()
    links = [counted(place) for place in places]
    for _ in range(3):
        for place in places:
            place.later(ASK_SOON_S)
    assert [link.asked for link in links] == [0, 0], "nothing is missing"
    first.store.path(blob.sha256).unlink()
    spoil(at_hq(hq, site, blob.sha256))
    with pytest.raises(DomainError):
        second.transfers.fetch(second.desk.link, blob.sha256)
    for _ in range(3):
        for place in places:
            place.later(ASK_SOON_S)
    assert [link.asked for link in links] == [2, 2], "once through, to its end"
    first.store.put_bytes(CONTENT)
    hq.blobs.lacks._monotonic = lambda: time.monotonic() + AGAIN_S
    with pytest.raises(DomainError):
        second.transfers.fetch(second.desk.link, blob.sha256)
    first.later(ASK_SOON_S)
    assert second.transfers.fetch(second.desk.link, blob.sha256).read_bytes() == CONTENT


def test_a_loss_found_by_another_process_is_known_to_all_once_one_desk_has_asked(
    hq: TestHq, site: str, places: tuple[Place, Place]
) -> None:
    first, second = places
    _, blob = first.attach(CONTENT)
    for place in (first, second):
        place.sync()
    counted(first)
    spoil(at_hq(hq, site, blob.sha256))
    command = BlobStore(hq.blobs.folder)
    assert blob_upkeep.check(hq.store.database, command, site).damaged == (blob.sha256,)
    first.later(ASK_SOON_S)
    assert not at_hq(hq, site, blob.sha256).exists(), "headquarters' own process has not heard of it"
    second.later(ASK_EVERY_S)
    first.later(ASK_SOON_S)
    assert at_hq(hq, site, blob.sha256).read_bytes() == CONTENT


def test_what_is_lost_while_a_desk_is_told_what_is_wanted_is_asked_for_again() -> None:
    lacks = Lacks()
    lacks.lost("site")

    def look() -> list[str]:
        lacks.lost("site")
        return []

    assert lacks.told("site", 1, look) == []
    assert lacks.is_to_ask("site", 1)
    assert lacks.told("site", 1, lambda: ["one"]) == ["one"]
    assert not lacks.is_to_ask("site", 1)
    assert lacks.is_to_ask("site", 2)
    assert lacks.told("site", 2, list) == []
    assert not lacks.is_to_ask("site", 3)
