"""The history of headquarters' schema: one file a change, in order, all that is due in one transaction.

A new database is made whole, with the newest schema, without alembic, which costs 0.8 s to import. Both
ways give the same schema; a test compares them.
"""

from __future__ import annotations

import json
import secrets
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, bindparam, column, inspect, select, table, update
from sqlcipher3 import dbapi2

from models.errors import DomainError
from sync.protocol import SCHEMA
from sync.server import row_security
from sync.server.tables import METADATA, SITE_TABLES, hq_state

HEAD = "0003"
"""The schema this program reads and writes."""
FOLDER = Path(__file__).parent
VERSION_TABLE = "hq_version"
FIRST = "0001"
"""What 0.1.0 made; it did not write its version down."""


def version_of(connection: Connection) -> str | None:
    """The schema of this database; None for one with no schema yet."""
    if inspect(connection).has_table(VERSION_TABLE):
        found = connection.exec_driver_sql(f"SELECT version_num FROM {VERSION_TABLE}").scalar()  # noqa: S608
        return str(found)
    return FIRST if inspect(connection).has_table(hq_state.name) else None


def prepare(engine: Engine) -> str:
    """Make the schema or bring it to `HEAD`; gives the epoch.

    Raises ``DomainError``: ``database-newer`` (left untouched), ``hq-role-missing``.
    """
    with engine.connect() as connection, connection.begin():
        found = version_of(connection)
        _refuse_newer(connection, found)
        stored = _facts(connection) if found is not None else {}
        is_safe = connection.dialect.name == "sqlite" or row_security.is_in_place(connection)
        if found == HEAD and is_safe and stored.get("schema") == str(SCHEMA):
            return stored["epoch"]
    if found not in {None, HEAD} and engine.dialect.name == "sqlite":
        _keep_copy(engine)
    with engine.connect().execution_options(qiantai_write=True) as connection, connection.begin():
        if connection.dialect.name == "postgresql":
            connection.exec_driver_sql("SELECT pg_advisory_xact_lock(7184921)")  # of two that start at once
        return _bring_up(connection)


def _bring_up(connection: Connection) -> str:
    found = version_of(connection)
    _refuse_newer(connection, found)
    if found is None:
        METADATA.create_all(connection)
        connection.exec_driver_sql(
            f"CREATE TABLE {VERSION_TABLE} (version_num VARCHAR(32) NOT NULL,"
            f" CONSTRAINT {VERSION_TABLE}_pkc PRIMARY KEY (version_num))"
        )
        connection.execute(table(VERSION_TABLE, column("version_num")).insert(), {"version_num": HEAD})
    elif found != HEAD:
        upgrade(connection, found)
    if connection.dialect.name == "postgresql":
        row_security.install(connection)
    stored = _facts(connection)
    if "epoch" not in stored:
        stored["epoch"] = secrets.token_hex(8)
        facts = [{"key": "epoch", "value": stored["epoch"]}, {"key": "schema", "value": str(SCHEMA)}]
        connection.execute(hq_state.insert(), facts)
    else:
        connection.execute(update(hq_state).where(hq_state.c.key == "schema").values(value=str(SCHEMA)))
    return stored["epoch"]


def upgrade(connection: Connection, found: str | None, target: str = "head") -> None:
    """From the schema ``found`` on (None: from nothing), inside the caller's transaction."""
    from alembic import command
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(FOLDER))
    config.attributes["connection"] = connection
    if found is not None and not inspect(connection).has_table(VERSION_TABLE):
        command.stamp(config, found)
    before = _columns(connection)
    command.upgrade(config, target)
    for name, present in _columns(connection).items():
        if name in before and (fresh := present - before[name]):
            take_from_extra(connection, name, fresh)


def _facts(connection: Connection) -> dict[str, str]:
    return {str(row[0]): str(row[1]) for row in connection.execute(select(hq_state.c.key, hq_state.c.value))}


def _refuse_newer(connection: Connection, found: str | None) -> None:
    if found is None:
        return
    if found > HEAD:
        raise DomainError("database-newer", found=found, known=HEAD)
    schema = _facts(connection).get("schema", "0")
    if int(schema) > SCHEMA:
        raise DomainError("database-newer", found=schema, known=SCHEMA)


def _keep_copy(engine: Engine) -> None:
    """The file as it is, beside it; one that an upgrade cut short has left is made again."""
    with engine.connect() as connection:
        place = Path(connection.exec_driver_sql("PRAGMA database_list").all()[0][2])
        copy = place.with_name(f"{place.name}.before-{HEAD}")
        copy.unlink(missing_ok=True)
        source: Any = connection.connection.driver_connection
        target = dbapi2.connect(str(copy))
        try:
            source.backup(target)
        finally:
            target.close()


def _columns(connection: Connection) -> Mapping[str, set[str]]:
    found = inspect(connection)
    names = SITE_TABLES.keys() & set(found.get_table_names())
    return {name: {str(one["name"]) for one in found.get_columns(name)} for name in sorted(names)}


def take_from_extra(connection: Connection, name: str, fresh: set[str]) -> None:
    """Fields that newer desks already sent lie in ``extra``: they move into their new column."""
    keys = ("site_id", "id")
    target = table(name, *(column(one) for one in (*keys, "extra", *sorted(fresh))))
    chosen = select(target.c.site_id, target.c.id, target.c.extra).where(target.c.extra.is_not(None))
    for site_id, row_id, packed in connection.execute(chosen).all():
        extra: dict[str, Any] = json.loads(packed)
        values = {one: extra.pop(one) for one in sorted(fresh) if one in extra}
        if values:
            values["extra"] = json.dumps(extra, ensure_ascii=False) if extra else None
            this = (target.c.site_id == bindparam("b_site")) & (target.c.id == bindparam("b_id"))
            connection.execute(update(target).where(this).values(values), {"b_site": site_id, "b_id": row_id})


__all__ = ["FIRST", "FOLDER", "HEAD", "VERSION_TABLE", "prepare", "take_from_extra", "upgrade", "version_of"]
