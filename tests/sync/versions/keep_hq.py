"""Make the headquarters' database that is kept of each version: ``PYTHONPATH=<its tree> python keep_hq.py
FOLDER``. Written for 0.1.0, whose calls it uses.

Two sites; desks that are active, revoked, and enrolled but silent; codes used, unused and expired; rows new,
edited, deleted and in conflict, and a field that only a newer program knows. What it must hold after any
later program has opened it, and the secrets, lie beside it (`hq.json`).
"""

from __future__ import annotations

import base64
import json
import sys
from pathlib import Path
from typing import Any

import msgspec
import zstandard
from sqlalchemy import Connection, inspect

from sync import protocol
from sync.protocol import PROTOCOL, SCHEMA, Batch, EnrolRequest, Patch, SyncRequest, TableRows, batch_hash
from sync.server import auth
from sync.server.database import HqDatabase
from sync.server.store import Store
from sync.server.tables import SITE_TABLES

NOW = 1_795_000_000_000
COLUMNS = list(SITE_TABLES["building"].columns)


def stamp(seconds: int, desk: int) -> int:
    return ((NOW + seconds * 1000) << 19) | desk


def row_id(number: int) -> str:
    return f"{0x019AF000_0000_7000_8000_000000000000 + number * 0x9E37:032x}"


def building(number: int, at: int, **values: Any) -> list[Any]:
    known = {"code": str(number), "name": f"{number}栋", "position": number, "note": None, **values}
    return [row_id(number), at, None, None, None, *(known[name] for name in COLUMNS)]


class Desk:
    """One that speaks for itself."""

    def __init__(self, store: Store, code: str, name: str) -> None:
        self.store, self.push, self.hash, self.cursor = store, 0, "", 0
        self.token = store.enrol(EnrolRequest(PROTOCOL, SCHEMA, code, f"nonce-{name}", name, "0.1.0")).token

    def send(self, rows: list[TableRows], patches: list[Patch]) -> None:
        body = protocol.encode(Batch(rows, patches))
        request = SyncRequest(
            PROTOCOL, SCHEMA, self.cursor, -1, self.store.database.epoch, 2_000, self.push + 1, self.hash,
            batch=msgspec.Raw(body), version="0.1.0",
        )  # fmt: skip
        reply = self.store.sync(self.store.desk(self.token), request)
        assert reply.refused == []
        self.push, self.hash, self.cursor = self.push + 1, batch_hash(body), reply.cursor


def fill(store: Store) -> dict[str, Any]:
    now = store.clock.now()
    with store.database.writing() as connection:  # type: ignore[call-arg]
        sites = [auth.add_site(connection, name, now) for name in ("阳光花园", "月亮湾")]
        codes = [auth.issue_code(connection, site, now) for site in (sites[0],) * 4 + (sites[1],) * 2]  # type: ignore[arg-type]
        late = auth.issue_code(connection, sites[1], now - 30 * auth.DAY_MS)  # type: ignore[arg-type]
    first, second, gone = (Desk(store, code, f"前台{code[:2]}") for code in codes[:3])
    other = Desk(store, codes[4], "月亮湾前台")
    with store.database.writing() as connection:  # type: ignore[call-arg]
        auth.revoke(connection, sites[0], "C", now)
    rows = [building(number, stamp(number, 1)) for number in range(1, 41)]
    first.send([TableRows("building", COLUMNS, rows)], [])
    lifted = [*building(77, stamp(50, 2)), 4]
    second.send([TableRows("building", [*COLUMNS, "lift_count"], [lifted])], [])
    edit, replaced = {"name": "一号楼"}, {"name": stamp(1, 1)}
    first.send([], [Patch("building", row_id(1), edit, {"name": stamp(60, 1)}, replaced)])
    at = {"deleted": stamp(71, 2)}
    second.send([], [
        Patch("building", row_id(1), {"name": "壹号楼"}, {"name": stamp(70, 2)}, replaced),
        Patch("building", row_id(2), at, at, {"deleted": stamp(2, 1)}),
    ])  # fmt: skip
    other.send([TableRows("building", COLUMNS, [building(500, stamp(5, 1), note="别的项目")])], [])
    return {
        "sites": sites,
        "tokens": {"A": first.token, "B": second.token, "C": gone.token, "other": other.token},
        "pushes": {"A": [first.push, first.hash], "B": [second.push, second.hash]},
        "codes": {"used": codes[0], "unused": codes[3], "unused-other": codes[5], "expired": late},
    }


def contents(connection: Connection) -> dict[str, list[dict[str, Any]]]:
    """Every row of every table as it lies there, bytes as base64."""
    found = {}
    for name in sorted(inspect(connection).get_table_names()):
        rows = connection.exec_driver_sql(f"SELECT * FROM {name}").mappings()
        plain = [{key: _plain(value) for key, value in row.items()} for row in rows]
        found[name] = sorted(plain, key=lambda row: json.dumps(row, ensure_ascii=False))
    return found


def _plain(value: Any) -> Any:
    return {"base64": base64.b64encode(value).decode()} if isinstance(value, bytes) else value


def main(folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / "hq.db"
    database = HqDatabase(f"sqlite:///{path}")
    secrets = fill(Store(database, lambda: NOW + 100_000))
    with database.reading() as connection:  # type: ignore[call-arg]
        kept = {"secrets": secrets, "epoch": database.epoch, "tables": contents(connection)}
    database.close()
    packed = zstandard.ZstdCompressor(level=19).compress(path.read_bytes())
    path.with_suffix(".db.zst").write_bytes(packed)
    path.unlink()
    text = json.dumps(kept, ensure_ascii=False, indent=1)
    (folder / "hq.json").write_text(text + "\n", encoding="utf-8")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
