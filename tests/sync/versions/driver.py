"""A desk of whatever version of the program stands first on the path, driven by lines of JSON.

Run as a script with the tree of that version in PYTHONPATH; it uses only what every version has. Each line
in is ``[command, *arguments]``, each line out ``{"ok": value}`` or ``{"fault": code}``.
"""

from __future__ import annotations

import json
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from models.database import Database
from models.entities import Building, Ticket
from models.entities.synced import synced_tables
from models.errors import DomainError
from models.work import SYSTEM
from sync.client.engine import Engine
from sync.client.enrol import connect, enrol
from sync.client.transport import Address
from sync.clock import Clock

KINDS: dict[str, Any] = {"building": Building, "ticket": Ticket}
KEY = bytes(range(32))


@dataclass
class FileTokens:
    """The token in a file beside the database."""

    path: Path

    def save(self, token: str) -> None:
        self.path.write_text(token, encoding="utf-8")

    def load(self) -> str | None:
        return self.path.read_text(encoding="utf-8") if self.path.exists() else None

    def forget(self) -> None:
        self.path.unlink(missing_ok=True)


class Desk:
    """One file and its link."""

    def __init__(self, path: str) -> None:
        file = Path(path)
        self.tokens = FileTokens(file.with_suffix(".token"))
        opened = Database.open if file.exists() else Database.create
        self.database = opened(file, KEY, Clock)

    def enrol(self, url: str, code: str) -> str:
        return enrol(self.database, self.tokens, Address(url), code).letter

    def sync(self) -> dict[str, Any]:
        link = connect(self.database, self.tokens)
        try:
            report = Engine(self.database, link).run_once()
        finally:
            link.close()
        return {"pushed": report.pushed, "pulled": report.pulled, "refused": report.refused,
                "equal": report.is_equal, "repaired": report.is_repaired}  # fmt: skip

    def add(self, kind: str, values: dict[str, Any]) -> str:
        def change(work: Any) -> str:
            extra = {"received_at": work.now} if kind == "ticket" else {}
            return str(work.add(KINDS[kind](**values, **extra)).id)

        return self.database.write(SYSTEM, change).value

    def edit(self, kind: str, row_id: str, values: dict[str, Any]) -> None:
        def change(work: Any) -> None:
            row = work.get(KINDS[kind], row_id)
            for name, value in values.items():
                setattr(row, name, value)

        self.database.write(SYSTEM, change)

    def delete(self, kind: str, row_id: str) -> None:
        self.database.write(SYSTEM, lambda work: work.delete(work.get(KINDS[kind], row_id)))

    def rows(self) -> dict[str, dict[str, dict[str, Any]]]:
        """{table: {id: {column: value}}} of everything that travels."""
        found: dict[str, dict[str, dict[str, Any]]] = {}
        with self.database.reading() as session:
            for table in synced_tables():
                rows = session.connection().exec_driver_sql(f"SELECT * FROM {table.name}").mappings()
                found[table.name] = {row["id"]: _plain(dict(row)) for row in rows}
        return found

    def pending(self) -> int:
        with self.database.reading() as session:
            return int(session.connection().exec_driver_sql("SELECT count(*) FROM outbox").scalar_one())


def _plain(row: dict[str, Any]) -> dict[str, Any]:
    """Stamps without the entries that say nothing."""
    stamps = json.loads(row["field_stamps"]) if row["field_stamps"] else {}
    row["field_stamps"] = {n: at for n, at in stamps.items() if at != row["stamp"] and n != "deleted"}
    return row


def main() -> None:
    desk = Desk(sys.argv[1])
    for line in sys.stdin:
        command, *arguments = json.loads(line)
        try:
            answer = {"ok": getattr(desk, command)(*arguments)}
        except DomainError as error:
            answer = {"fault": error.code}
        print(json.dumps(answer), flush=True)
    desk.database.close()


if __name__ == "__main__":
    main()
