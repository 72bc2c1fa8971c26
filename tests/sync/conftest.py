"""Fixtures over `tests.sync.parts`."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from sync.server.blobs import BlobStore
from sync.server.database import HqDatabase
from sync.server.store import Store
from tests.sync.parts import HqProcess, TestDesk, TestHq, settle
from tests.sync.postgres import Postgres, running_postgres

BOTH = ("sqlite", "postgresql")


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """``pytest.mark.both_databases``: whatever has a headquarters runs on either of its databases."""
    if "hq_kind" in metafunc.fixturenames and metafunc.definition.get_closest_marker("both_databases"):
        metafunc.parametrize("hq_kind", BOTH, indirect=True)


@pytest.fixture(scope="session")
def postgres() -> Iterator[Postgres]:
    with running_postgres() as server:
        yield server


@pytest.fixture
def hq_kind(request: pytest.FixtureRequest) -> str:
    return str(getattr(request, "param", "sqlite"))


@pytest.fixture
def hq_url(hq_kind: str, tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[str]:
    """An empty headquarters' database of the kind ``hq_kind``; PostgreSQL starts only for whoever asks."""
    if hq_kind == "sqlite":
        yield f"sqlite:///{tmp_path / 'hq.db'}"
        return
    server: Postgres = request.getfixturevalue("postgres")
    url = server.database()
    yield url
    server.drop(url)


@pytest.fixture
def hq_copy(request: pytest.FixtureRequest) -> Callable[[str], str]:
    """Copies a closed headquarters' database; gives the URL of the copy."""

    def copy(url: str) -> str:
        if url.startswith("sqlite:///"):
            path = Path(url.removeprefix("sqlite:///"))
            target = path.with_name(f"copy-{path.name}")
            target.write_bytes(path.read_bytes())
            return f"sqlite:///{target}"
        server: Postgres = request.getfixturevalue("postgres")
        return server.copy(url)

    return copy


@pytest.fixture
def hq(tmp_path: Path, hq_url: str) -> Iterator[TestHq]:
    database = HqDatabase(hq_url)
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
def hq_process(tmp_path: Path, hq_url: str) -> Iterator[HqProcess]:
    process = HqProcess(tmp_path, database_url=hq_url)
    process.start()
    yield process
    process.stop()
