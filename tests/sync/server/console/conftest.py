"""A planted console, one for each test that may change it and one for all that only look."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from sync.server.database import HqDatabase
from tests.sync.server.console.planting import Planted
from tests.sync.server.console.visitor import World, fill


@pytest.fixture(scope="session")
def filled_file(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Planted]:
    """Filled once: passwords alone take longer than most tests here."""
    path = tmp_path_factory.mktemp("filled") / "hq.db"
    return path, fill(f"sqlite:///{path}")


@pytest.fixture
def world(tmp_path: Path, hq_kind: str, hq_url: str, filled_file: tuple[Path, Planted]) -> Iterator[World]:
    if hq_kind == "sqlite":
        path, planted = filled_file
        shutil.copy(path, tmp_path / "hq.db")
    else:
        planted = fill(hq_url)
    made = World(tmp_path, HqDatabase(hq_url), planted)
    yield made
    made.close()


@pytest.fixture(scope="module")
def looked_at(tmp_path_factory: pytest.TempPathFactory, filled_file: tuple[Path, Planted]) -> Iterator[World]:
    """For tests that change nothing but sessions."""
    folder = tmp_path_factory.mktemp("console")
    shutil.copy(filled_file[0], folder / "hq.db")
    made = World(folder, HqDatabase(f"sqlite:///{folder / 'hq.db'}"), filled_file[1])
    yield made
    made.close()
