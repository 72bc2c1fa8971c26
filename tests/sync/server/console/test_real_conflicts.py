"""The console over what real desks sent up: rows as headquarters writes them, not as tests plant them."""

from __future__ import annotations

from collections.abc import Iterator
from io import BytesIO
from pathlib import Path

import openpyxl
import pytest
from sqlalchemy import update

from models.entities import Ticket
from sync.server.console import accounts
from sync.server.tables import hq_account
from tests.sync.parts import TestDesk, TestHq, settle
from tests.sync.server.console.planting import Planted
from tests.sync.server.console.visitor import NOW, PASSWORD, World

pytestmark = pytest.mark.both_databases


@pytest.fixture
def shared(hq: TestHq, site: str, two: tuple[TestDesk, TestDesk], tmp_path: Path) -> Iterator[World]:
    """Two desks edited one ticket while they were apart."""
    first, second = two
    ticket = first.add_ticket("A-261122-0001")
    settle(first, second)
    first.edit(Ticket, ticket, priority="urgent", matter="厨房水管漏水，很急")
    second.edit(Ticket, ticket, priority="critical", caller_name="王女士")
    settle(first, second)
    database = hq.store.database
    with database.administering() as connection:
        for name, role in (("anna", "administrator"), ("vera", "viewer")):
            accounts.add(connection, name, role, NOW, password=PASSWORD)
        connection.execute(update(hq_account).values(must_change=0))
    world = World(tmp_path, database, Planted((site,), (ticket,)))
    yield world
    world.client.__exit__(None, None, None)


def test_a_site_with_an_open_conflict_has_its_page(shared: World) -> None:
    for language, words in (("zh-CN", ("紧急程度", "特急")), ("en", ("Priority", "Critical"))):
        anna = shared.visitor("anna", language)
        answer = anna.get(f"/sites/{shared.planted.sites[0]}")
        assert answer.status_code == 200, answer.text
        for word in words:
            assert word in answer.text
        ticket = anna.get(f"/sites/{shared.planted.sites[0]}/tickets/{shared.planted.tickets[0]}")
        assert ticket.status_code == 200, ticket.text
        assert "A-261122-0001" in ticket.text


def test_a_real_conflict_goes_into_the_workbook(shared: World) -> None:
    answer = shared.visitor("anna").get(f"/sites/{shared.planted.sites[0]}/conflicts.xlsx")
    assert answer.status_code == 200, answer.text
    rows = list(openpyxl.load_workbook(BytesIO(answer.content)).worksheets[0].values)
    assert any("紧急" in map(str, row) for row in rows), rows
