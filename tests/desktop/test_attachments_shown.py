"""What a page is given when somebody opens an attachment: whole, from here or headquarters, or a reason."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from desktop.control import Control
from desktop.desk import Desk, open_desk
from desktop.opening import Joining, engine_of, enrol_desk
from desktop.paths import open_profile
from models.errors import DomainError
from models.services import attachments, intake
from models.work import SYSTEM
from sync.protocol import CHUNK
from tests.sync.parts import HqProcess

CONTENT = bytes(range(256)) * 8_192


@pytest.fixture
def desk(profile_template: Path, tmp_path: Path) -> Iterator[Desk]:
    opened = open_desk(open_profile(Path(shutil.copytree(profile_template, tmp_path / "profile"))))
    yield opened
    opened.close()


@pytest.fixture
def control(desk: Desk) -> Control:
    around: Any = None
    return Control(around, desk, around, SYSTEM)


def attach(desk: Desk, control: Control, content: bytes = CONTENT) -> str:
    blob = control.attachments.put_bytes(content)
    taken = desk.database.write(SYSTEM, intake.create, intake.Request(matter="漏水", place="南门")).value
    desk.database.write(SYSTEM, attachments.add, taken.ticket_id, blob, name="现场.jpg")
    return blob.sha256


def spoil(path: Path) -> None:
    with path.open("r+b") as file:
        file.seek(1_000)
        file.write(b"\xff\xff\xff")


def test_without_headquarters_the_reason_is_said(desk: Desk, control: Control) -> None:
    name = attach(desk, control)
    assert control.fetch_attachment(name).read_bytes() == CONTENT
    spoil(control.attachments.path(name))
    with pytest.raises(DomainError) as caught:
        control.fetch_attachment(name)
    assert caught.value.code == "blob-damaged"
    with pytest.raises(DomainError) as caught:
        control.fetch_attachment("ab" * 32)
    assert caught.value.code == "blob-missing"


def test_what_this_disk_spoiled_comes_from_headquarters(desk: Desk, control: Control, tmp_path: Path) -> None:
    folder = tmp_path / "hq"
    folder.mkdir()
    hq = HqProcess(folder)
    hq.start()
    hq.add_site("春江花园")
    enrol_desk(desk, Joining(hq.url, hq.code("春江花园")), SYSTEM)
    name = attach(desk, control)
    assert engine_of(desk).run_once().uploaded == 1
    spoil(control.attachments.path(name))
    seen: list[tuple[int, int]] = []
    path = control.fetch_attachment(name, lambda done, total: seen.append((done, total)))
    assert path.read_bytes() == CONTENT
    assert seen == [(CHUNK, 2 * CHUNK), (2 * CHUNK, 2 * CHUNK)]
    unsent = attach(desk, control, CONTENT[:5_000])
    spoil(control.attachments.path(unsent))
    with pytest.raises(DomainError) as caught:
        control.fetch_attachment(unsent)
    assert caught.value.code == "blob-damaged", "headquarters has not got it either"
    with pytest.raises(DomainError) as caught:
        control.fetch_attachment("ab" * 32)
    assert caught.value.code == "blob-unknown"
    hq.stop()
