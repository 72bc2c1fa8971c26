"""How many batches of 500 new tickets one process of headquarters takes a second, over HTTP, on SQLite and on
PostgreSQL (which a wheel brings: it runs on this machine beside it). The bodies are made beforehand. Told by
the processor time of headquarters, which other work on the machine does not change, and by the clock."""

from __future__ import annotations

import tempfile
import time
from pathlib import Path

import msgspec
import requests

from sync import protocol
from sync.client.local import CHAIN, CURSOR, LINK, Plain
from sync.client.push import pack
from sync.protocol import MEDIA_TYPE, PROTOCOL, SCHEMA, ZSTD, SyncReply, SyncRequest
from tests.benchmarks.measure import Report
from tests.benchmarks.sync_tickets import add_estate, add_tickets
from tests.benchmarks.sync_world import World, processor_time
from tests.sync.parts import HqProcess, TestDesk
from tests.sync.postgres import running_postgres

ROWS = 500
BATCHES = 60


def run(report: Report) -> None:
    with tempfile.TemporaryDirectory() as folder:
        _measure(report, "SQLite", HqProcess(Path(folder)), 100)
    with tempfile.TemporaryDirectory() as folder, running_postgres() as server:
        hq = HqProcess(Path(folder), database_url=server.database())
        _measure(report, "PostgreSQL (fsync off)", hq, 40)


def _measure(report: Report, name: str, hq: HqProcess, limit: int) -> None:
    world = World.make(hq.folder, hq)
    try:
        desk = world.desk()
        add_estate(desk.database)
        desk.sync()
        desk.sync()
        add_tickets(desk.database, ROWS * BATCHES)
        bodies = _bodies(desk)
        session = requests.Session()
        token = desk.tokens.token
        headers = {"content-type": MEDIA_TYPE, "content-encoding": ZSTD, "authorization": f"Bearer {token}"}
        assert hq._process is not None
        used, started = processor_time(hq._process.pid), time.perf_counter()
        for body in bodies:
            answer = session.post(f"{hq.url}/v1/sync", data=body, headers=headers)
            answer.raise_for_status()
        spent = time.perf_counter() - started
        session.close()
        last = msgspec.msgpack.decode(answer.content, type=SyncReply)
        if last.refused:
            raise RuntimeError(f"refused: {last.refused[:3]}")
        used = processor_time(hq._process.pid) - used
        rate = len(bodies) / used
        report.add(
            f"{name}: batches of {ROWS} a second of its processor",
            f"{rate:.0f} (by the clock {BATCHES / spent:.0f})",
            limit=f"≥ {limit}", passed=rate >= limit,
        )  # fmt: skip
    finally:
        world.close()


def _bodies(desk: TestDesk) -> list[bytes]:
    """The requests that carry the desk's outbox, 500 rows each, as its engine would send them one by one."""
    bodies: list[bytes] = []
    with desk.database.reading() as session:
        plain = Plain(session)
        epoch = plain.fact(LINK)["epoch"]
        stood, cursor = plain.fact(CHAIN), int(plain.fact(CURSOR))
        number, after = int(stood["number"]), str(stood["hash"])
    while True:
        with desk.database.working("benchmark.batch") as work:
            plain = Plain(work.session)
            sent = pack(plain, ROWS)
            if sent is None:
                return bodies
            plain.run("DELETE FROM outbox WHERE lseq <= ?", (sent.upto,))
        number += 1
        request = SyncRequest(
            protocol=PROTOCOL, schema=SCHEMA, epoch=epoch, push=number, after=after, cursor=cursor,
            batch=msgspec.Raw(sent.body),
        )  # fmt: skip
        after = sent.name
        cursor += len(sent.keys)  # where the answer to it leaves the desk: each row has a number of its own
        bodies.append(protocol.compress(protocol.encode(request))[0])
