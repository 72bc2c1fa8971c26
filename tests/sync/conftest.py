"""Fixtures over `tests.sync.parts`."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from sync.server.blobs import BlobStore
from sync.server.database import HqDatabase
from sync.server.store import Store
from tests.sync.parts import HqProcess, TestDesk, TestHq, settle


@pytest.fixture
def hq(tmp_path: Path) -> Iterator[TestHq]:
    database = HqDatabase(f"sqlite:///{tmp_path / 'hq.db'}")
    headquarters = TestHq(tmp_path, Store(database), BlobStore(tmp_path / "hq-blobs"))
    yield headquarters
    headquarters.close()


@pytest.fixture
def site(hq: TestHq) -> str:
    return hq.add_site()


@pytest.fixture
def two(hq: TestHq, site: str) -> tuple[TestDesk, TestDesk]:
    """Two desks of one site, past their first round."""
    first, second = hq.desk(site), hq.desk(site)
    settle(first, second)
    return first, second


@pytest.fixture
def hq_process(tmp_path: Path) -> Iterator[HqProcess]:
    process = HqProcess(tmp_path)
    process.start()
    yield process
    process.stop()
