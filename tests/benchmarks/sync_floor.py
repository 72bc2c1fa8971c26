"""The floor under synchronisation: the same rows in the same tables with the same indexes, moved by plain
``executemany`` and plain HTTP. No outbox, no stamps, no merge, no checks, no sums, nothing acknowledged.

    python -m tests.benchmarks.sync_floor FILE READY    # its server, in a process of its own
"""

from __future__ import annotations

import os
import subprocess
import sys
import threading
import time
from collections.abc import Sequence
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from io import BytesIO
from pathlib import Path
from typing import Any

import msgspec
import requests
import zstandard
from sqlalchemy.dialects import sqlite
from sqlalchemy.schema import CreateIndex, CreateTable
from sqlcipher3 import dbapi2

from models.entities import Ticket
from sync.client.columns import local_tables
from sync.server.database import SQLITE_SETTINGS
from sync.server.tables import HEAD, SITE_TABLES
from tests.benchmarks.dataset import KEY

ROWS = 2_000
"""Rows in one request."""
LOCAL = local_tables()["ticket"]
REMOTE = SITE_TABLES["ticket"]
LOCAL_NAMES = ("id", "site_id", "stamp", "field_stamps", "extra", "deleted", *LOCAL.columns)
REMOTE_NAMES = (*HEAD, *REMOTE.columns)
EDIT = "UPDATE ticket SET state = ?, handler_id = ?, due_at = ? WHERE site_id = ? AND id = ?"


def insertion(names: Sequence[str]) -> str:
    return f"INSERT INTO ticket ({', '.join(names)}) VALUES ({', '.join('?' * len(names))})"


def opened(path: Path, key: bytes | None) -> Any:
    """A plain or an encrypted file, with the settings of headquarters'."""
    connection = dbapi2.connect(str(path), isolation_level=None, check_same_thread=False)
    if key is not None:
        connection.execute(f"PRAGMA key = \"x'{key.hex()}'\"")
    for pragma in SQLITE_SETTINGS:
        connection.execute(f"PRAGMA {pragma}")
    return connection


def local_file(path: Path, key: bytes | None) -> Any:
    """The desk's ticket table and its indexes; no triggers, and parents are not looked for."""
    connection = opened(path, key)
    _create(connection, Ticket.__table__)
    return connection


def remote_file(path: Path) -> Any:
    """Headquarters' ticket table and its indexes."""
    connection = opened(path, None)
    _create(connection, REMOTE.table)
    return connection


def _create(connection: Any, table: Any) -> None:
    dialect = sqlite.dialect()
    connection.execute(str(CreateTable(table).compile(dialect=dialect)))
    for index in sorted(table.indexes, key=lambda one: str(one.name)):
        connection.execute(str(CreateIndex(index).compile(dialect=dialect)))


def put(connection: Any, statement: str, rows: Sequence[Sequence[Any]]) -> None:
    connection.execute("BEGIN IMMEDIATE")
    connection.executemany(statement, rows)
    connection.execute("COMMIT")


def packed(rows: Any) -> bytes:
    return zstandard.ZstdCompressor(level=1).compress(msgspec.msgpack.encode(rows))


def unpacked(body: bytes) -> Any:
    return msgspec.msgpack.decode(zstandard.ZstdDecompressor().decompress(body))


# -- the server ---------------------------------------------------------------------------------------


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    wbufsize = -1
    server: _Server

    def log_message(self, *_: object) -> None:
        pass

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["content-length"]))
        database = self.server.database
        if self.path == "/rows":
            put(database, insertion(REMOTE_NAMES), unpacked(body))
        elif self.path == "/edits":
            put(database, EDIT, unpacked(body))
        self._answer(b"ok")

    def do_GET(self) -> None:
        path, _, after = self.path.partition("?")
        if path == "/rows":
            chosen = f"SELECT {', '.join(LOCAL_NAMES)}, seq FROM ticket "
            chosen += "WHERE site_id = (SELECT site_id FROM ticket LIMIT 1) AND seq > ? ORDER BY seq LIMIT ?"
            rows = self.server.database.execute(chosen, (int(after), ROWS)).fetchall()
            self._answer(packed(rows))
        elif path == "/snapshot":
            self._answer(self.server.snapshot)
        elif path == "/make":
            self.server.snapshot = self._make()
            self._answer(b"ok")
        else:
            self._answer(b"{}")

    def _make(self) -> bytes:
        """``VACUUM INTO`` and zstd."""
        target = self.server.path.with_suffix(".snapshot")
        target.unlink(missing_ok=True)
        self.server.database.execute("VACUUM INTO ?", (str(target),))
        return zstandard.ZstdCompressor(level=1).compress(target.read_bytes())

    def _answer(self, body: bytes) -> None:
        self.send_response(200)
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    snapshot = b""

    def __init__(self, path: Path) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.path = path
        self.database = remote_file(path)


def main() -> None:
    path, ready = Path(sys.argv[1]), Path(sys.argv[2])
    server = _Server(path)
    part = ready.with_suffix(".part")
    part.write_text(f"http://127.0.0.1:{server.server_port}")
    part.rename(ready)
    threading.Thread(target=_end_with_parent, args=(os.getppid(),), daemon=True).start()
    server.serve_forever()


def _end_with_parent(parent: int) -> None:
    while os.getppid() == parent:
        time.sleep(1)
    os._exit(0)


class FloorServer:
    """The process, and the session that talks to it."""

    def __init__(self, folder: Path) -> None:
        ready = folder / "floor-ready"
        ready.unlink(missing_ok=True)
        command = [sys.executable, "-m", __name__, str(folder / "floor-hq.db"), str(ready)]
        self.process = subprocess.Popen(command)
        while not ready.exists():
            if self.process.poll() is not None:
                raise RuntimeError("the floor's server did not start")
            time.sleep(0.02)
        self.url = ready.read_text()
        self.session = requests.Session()

    def close(self) -> None:
        self.session.close()
        self.process.terminate()
        self.process.wait(timeout=10)


# -- what the desk's side does ------------------------------------------------------------------------


class Floor:
    """A desk of the floor. ``key`` encrypts its file."""

    def __init__(self, folder: Path, key: bytes | None = KEY) -> None:
        self.folder = folder
        self.key = key
        self.server = FloorServer(folder)
        self.url = self.server.url
        """Where requests go: the counting proxy, when bytes are counted."""
        self.first = local_file(folder / "floor-first.db", key)
        self.second = local_file(folder / "floor-second.db", key)

    def close(self) -> None:
        self.first.close()
        self.second.close()
        self.server.close()

    def fill(self, rows: Sequence[Sequence[Any]]) -> None:
        """Put the rows into the first file (nothing of this is measured)."""
        put(self.first, insertion(LOCAL_NAMES), rows)

    def upload(self) -> None:
        """Read the rows from the file and send them, 2,000 to a request."""
        names = [name if name not in ("seq", "created_seq") else "rowid" for name in REMOTE_NAMES]
        listed = ", ".join("0" if name == "source_desk" else name for name in names)
        after = 0
        while rows := self.first.execute(
            f"SELECT {listed}, rowid FROM ticket WHERE rowid > ? LIMIT ?",
            (after, ROWS),
        ).fetchall():
            after = rows[-1][-1]
            self._post("/rows", [row[:-1] for row in rows])

    def download(self, into: Any = None) -> int:
        """Fetch all rows page by page into the second file (or another one); gives their number."""
        target = into or self.second
        statement, after, count = insertion(LOCAL_NAMES), 0, 0
        while rows := unpacked(self._get(f"/rows?{after}")):
            after = rows[-1][-1]
            count += len(rows)
            put(target, statement, [row[:-1] for row in rows])
        return count

    def edit(self, edits: Sequence[Sequence[Any]]) -> None:
        self._post("/edits", edits)

    def quiet(self) -> None:
        self.server.session.get(f"{self.url}/nothing")

    def make_snapshot(self) -> None:
        self._get("/make")

    def fetch_snapshot(self) -> int:
        """Fetch, unpack to a file, open, count."""
        path = self.folder / "floor-snapshot.db"
        with path.open("wb") as target:
            zstandard.ZstdDecompressor().copy_stream(BytesIO(self._get("/snapshot")), target)
        connection = dbapi2.connect(str(path))
        count = int(connection.execute("SELECT count(*) FROM ticket").fetchone()[0])
        connection.close()
        return count

    def _post(self, path: str, rows: Any) -> None:
        answer = self.server.session.post(self.url + path, data=packed(rows))
        answer.raise_for_status()

    def _get(self, path: str) -> bytes:
        answer = self.server.session.get(self.url + path)
        answer.raise_for_status()
        return answer.content


if __name__ == "__main__":
    main()
