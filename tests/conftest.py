"""What every test stands on: an offscreen screen, an empty home, no network, repeatable chance.

The parts are real ones (a real encrypted file, real Qt); only the world around them is made small.
"""

from __future__ import annotations

import os
import shutil
import socket
import sys
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, settings

from models.database import Database, MakeStamps
from models.entities.organisation import Staff
from models.entities.synced import new_id
from models.rules.rights import Right, builtin_group
from models.work import SYSTEM, Actor, Identity, Work
from sync.clock import Clock

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
os.environ["PYTHON_KEYRING_BACKEND"] = "keyring.backends.null.Keyring"
os.environ["TZ"] = "Asia/Shanghai"  # a desk's wall clock; the machine's own zone must not decide a test
if hasattr(time, "tzset"):
    time.tzset()

settings.register_profile(
    "ci", derandomize=True, deadline=None, print_blob=True, suppress_health_check=[HealthCheck.too_slow]
)
settings.register_profile("explore", deadline=None, max_examples=2_000)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "ci"))


class NetworkForbidden(AssertionError):
    """A test tried to reach a machine other than this one."""


def _is_loopback(host: object) -> bool:
    name = host.decode() if isinstance(host, bytes) else str(host)
    if name in {"localhost", "", "None"}:
        return True
    try:
        return ip_address(name.split("%")[0]).is_loopback
    except ValueError:
        return False


def _check_name(host: object) -> None:
    """Answer names under `.invalid` as a resolver without them would; forbid every other one."""
    if str(host).endswith(".invalid"):
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")
    if not _is_loopback(host) and str(host) not in {"0.0.0.0", "::"}:
        raise NetworkForbidden(f"a test asked for the address of {host!r}")


def _watch_sockets(event: str, arguments: tuple[Any, ...]) -> None:
    """Audit hook: let tests talk to loopback and to local sockets only."""
    if event in {"socket.connect", "socket.sendto"}:
        address = arguments[1]
        if isinstance(address, tuple) and not _is_loopback(address[0]):
            raise NetworkForbidden(f"a test tried to reach {address!r}")
    elif event in {"socket.getaddrinfo", "socket.gethostbyname"}:
        _check_name(arguments[0])


sys.addaudithook(_watch_sockets)  # sees what C code and threads do as well, which patching would not


@pytest.fixture(autouse=True)
def home(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty home of the test's own; nothing of the person's who runs the tests is read or written."""
    folder = tmp_path_factory.mktemp("home")
    runtime = folder / "runtime"
    runtime.mkdir(mode=0o700)
    places = {
        "HOME": folder,
        "USERPROFILE": folder,
        "APPDATA": folder / "AppData" / "Roaming",
        "LOCALAPPDATA": folder / "AppData" / "Local",
        "XDG_CONFIG_HOME": folder / ".config",
        "XDG_DATA_HOME": folder / ".local" / "share",
        "XDG_STATE_HOME": folder / ".local" / "state",
        "XDG_CACHE_HOME": folder / ".cache",
        "XDG_RUNTIME_DIR": runtime,
    }
    for name, place in places.items():
        monkeypatch.setenv(name, str(place))
    for name in [name for name in os.environ if name.startswith("QIANTAI_")]:
        monkeypatch.delenv(name)
    return folder


# --- a real encrypted file ---------------------------------------------------------------------------------

KEY = bytes(range(32))
"""The key of every test's file."""

FIRST_MOMENT = datetime(2026, 11, 20, 2, 0, tzinfo=UTC)
"""A Friday, 10:00 at the desk, within working hours."""


class DeskClock:
    """The time that services are told: it stands still until a test moves it."""

    def __init__(self) -> None:
        self.now = FIRST_MOMENT

    def __call__(self) -> datetime:
        return self.now

    def advance(self, **duration: float) -> datetime:
        """Move on by `timedelta(**duration)`; the new time."""
        self.now += timedelta(**duration)
        return self.now


def stamps_of(clock: DeskClock) -> MakeStamps:
    """The real source of stamps, telling the test's time: alike in every run."""

    def wall() -> int:
        return int(clock().timestamp() * 1000)

    return lambda desk_no, last: Clock(desk_no, last, wall=wall)


MakeDatabase = Callable[..., Database]


@pytest.fixture
def clock() -> DeskClock:
    """The clock of every database that the test makes."""
    return DeskClock()


@pytest.fixture(scope="session")
def database_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A new, empty, encrypted file with the newest schema: made once, copied for each test."""
    path = tmp_path_factory.mktemp("template") / "desk.db"
    Database.create(path, KEY, stamps_of(DeskClock())).close()
    return path


@pytest.fixture
def make_database(database_template: Path, tmp_path: Path, clock: DeskClock) -> Iterator[MakeDatabase]:
    """Makes further desks: `make_database("b.db", desk_no=1, desk_letter="B", site_id=...)`.

    Each is a new installation (own nonce); without `site_id` each has a site of its own.
    """
    opened: list[Database] = []

    def make(
        name: str = "desk.db", *, desk_no: int = 0, desk_letter: str = "A", site_id: str | None = None
    ) -> Database:
        path = tmp_path / name
        shutil.copy2(database_template, path)
        database = Database.open(path, KEY, stamps_of(clock))
        opened.append(database)
        database.clock = clock
        database.become(Identity(site_id or new_id(), desk_no, desk_letter, new_id()))
        return database

    yield make
    for database in opened:
        database.close()


@pytest.fixture
def database(make_database: MakeDatabase) -> Database:
    """The desk's file: empty but for its identity."""
    return make_database()


def _employ(work: Work, staff_no: str, name: str) -> str:
    return work.add(Staff(staff_no=staff_no, name=name, must_change_password=False)).id


@pytest.fixture
def actor(database: Database) -> Actor:
    """王敏, 1001: a real row of `database`, with every right."""
    staff_id = database.write(SYSTEM, _employ, "1001", "王敏").value
    return Actor(staff_id, "1001", "王敏", frozenset(Right), "admin")


@pytest.fixture
def clerk(database: Database) -> Actor:
    """李娜, 1002: a real row of `database`, with the rights of a 客服专员 only."""
    staff_id = database.write(SYSTEM, _employ, "1002", "李娜").value
    return Actor(staff_id, "1002", "李娜", builtin_group("clerk").rights, "clerk")
