"""A headquarters' database of every version that was ever landed is brought up: nothing is lost, whoever knew
a token or a code still knows it; and an upgraded schema is the schema of a new database."""

from __future__ import annotations

import base64
import json
import re
import shutil
from pathlib import Path
from typing import Any

import pytest
import zstandard
from sqlalchemy import Connection, Engine, inspect, select, text

from models.errors import DomainError
from sync.protocol import PROTOCOL, SCHEMA, EnrolRequest, SyncRequest
from sync.server import migrations
from sync.server.database import HqDatabase
from sync.server.pull import rows_by_id, sums_of_rows
from sync.server.store import Store
from sync.server.tables import METADATA, hq_site
from tests.sync.postgres import Postgres
from tests.sync.versions.keep_hq import NOW, contents, row_id

KEPT = Path(__file__).parents[2] / "data" / "versions"
pytestmark = pytest.mark.both_databases


@pytest.fixture(params=sorted(folder.name for folder in KEPT.iterdir()))
def kept(request: pytest.FixtureRequest) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((KEPT / request.param / "hq.json").read_text(encoding="utf-8"))
    return {**found, "version": request.param}


@pytest.fixture
def old_url(kept: dict[str, Any], hq_kind: str, tmp_path: Path, request: pytest.FixtureRequest) -> str:
    """The database as the old version left it. On PostgreSQL, which it could use too, from its first schema
    and the same rows."""
    if hq_kind == "sqlite":
        packed = (KEPT / kept["version"] / "hq.db.zst").read_bytes()
        (tmp_path / "hq.db").write_bytes(zstandard.ZstdDecompressor().decompress(packed))
        return f"sqlite:///{tmp_path / 'hq.db'}"
    server: Postgres = request.getfixturevalue("postgres")
    url = server.empty()
    engine = engine_of(url)
    with engine.begin() as connection:
        migrations.upgrade(connection, None, migrations.FIRST)
        connection.execute(text(f"DROP TABLE {migrations.VERSION_TABLE}"))
        for name, rows in kept["tables"].items():
            for row in rows:
                values = {key: stored(value) for key, value in row.items()}
                places = ", ".join(f":{key}" for key in values)
                names = ", ".join(f'"{key}"' for key in values)
                connection.execute(text(f"INSERT INTO {name} ({names}) VALUES ({places})"), values)
    engine.dispose()
    return url


def stored(value: Any) -> Any:
    return base64.b64decode(value["base64"]) if isinstance(value, dict) else value


def engine_of(url: str) -> Engine:
    """Without preparing anything."""
    from sqlalchemy import create_engine
    from sqlcipher3 import dbapi2

    if url.startswith("sqlite"):
        return create_engine(url, module=dbapi2)
    return create_engine(url.replace("postgresql:", "postgresql+psycopg:"))


def opened(url: str) -> Store:
    return Store(HqDatabase(url), lambda: NOW + 200_000)


def test_every_row_is_there_and_the_sums_are_right(
    kept: dict[str, Any], old_url: str, tmp_path: Path
) -> None:
    store = opened(old_url)
    assert store.database.epoch == kept["epoch"]
    with store.database.surveying() as connection:
        now = contents(connection)
        assert migrations.version_of(connection) == migrations.HEAD
    renamed = {("hq_site", "id"): "site_id"}
    for name, rows in kept["tables"].items():
        old = [{renamed.get((name, key), key): value for key, value in row.items()} for row in rows]
        known = [{key: row[key] for key in old[0]} for row in now[name]] if old else now[name]
        assert sorted(map(repr, map(by_name, known))) == sorted(map(repr, map(by_name, old))), name
    for site in kept["secrets"]["sites"]:
        with store.database.surveying() as connection:
            this = hq_site.c.site_id == site
            digest = connection.execute(select(hq_site.c.digest).where(this)).scalar_one()
        assert store.recount(site) == digest & ((1 << 64) - 1)
    store.database.close()
    if store.database.is_sqlite:  # and the file as it was lies beside
        engine = engine_of(f"sqlite:///{tmp_path / f'hq.db.before-{migrations.HEAD}'}")
        with engine.connect() as connection:
            assert contents(connection) == kept["tables"]
        engine.dispose()


def by_name(row: dict[str, Any]) -> dict[str, Any]:
    return dict(sorted(row.items()))


def test_old_tokens_and_codes_still_count(kept: dict[str, Any], old_url: str) -> None:
    store, secrets = opened(old_url), kept["secrets"]
    desks = {name: secrets["tokens"][name] for name in ("A", "B", "other")}
    assert [store.desk(token).letter for token in desks.values()] == ["A", "B", "A"]
    assert store.desk(desks["other"]).site_id == secrets["sites"][1]
    push, last = secrets["pushes"]["A"]
    request = SyncRequest(PROTOCOL, SCHEMA, epoch=kept["epoch"], push=push, after=last)
    _, reply = store.round(desks["A"], request)
    theirs = {row[0]: dict(zip(table.columns, row[5:], strict=True))
              for table in reply.rows if table.table == "building" for row in table.rows}  # fmt: skip
    edited = {patch.id: patch.values for patch in reply.patches} | theirs
    assert edited[row_id(1)]["name"] == "壹号楼"
    assert row_id(500) not in theirs, "another site's"
    with pytest.raises(DomainError) as caught:
        store.desk(secrets["tokens"]["C"])
    assert caught.value.code == "desk-revoked"
    for code, wrong in (("used", "enrol-code-used"), ("expired", "enrol-code-expired")):
        with pytest.raises(DomainError) as caught:
            store.enrol(EnrolRequest(PROTOCOL, SCHEMA, secrets["codes"][code], "n", "neu"))
        assert caught.value.code == wrong
    for code, letter in (("unused", "D"), ("unused-other", "B")):
        answer = store.enrol(EnrolRequest(PROTOCOL, SCHEMA, secrets["codes"][code], "n", "neu"))
        assert answer.letter == letter
        assert store.desk(answer.token).site_id == answer.site_id
    store.database.close()


def test_an_upgrade_cut_short_changes_nothing(
    kept: dict[str, Any], old_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Cut(Exception):
        pass

    def cut(*_: object) -> None:
        raise Cut

    monkeypatch.setattr(migrations, "update", cut)
    with pytest.raises(Cut):
        opened(old_url)
    engine = engine_of(old_url)
    with engine.connect() as connection:
        assert contents(connection) == kept["tables"]
    engine.dispose()


# -- the schema ---------------------------------------------------------------------------------------


def schema_of(connection: Connection) -> dict[str, Any]:
    """What the database itself says of its tables."""
    found = inspect(connection)
    return {
        name: {
            "columns": {
                column["name"]: (repr(column["type"]), column["nullable"], str(column["default"]))
                for column in found.get_columns(name)
            },
            "key": found.get_pk_constraint(name)["constrained_columns"],
            "unique": sorted(map(str, (one["column_names"] for one in found.get_unique_constraints(name)))),
            "indexes": sorted(
                (str(one["name"]), one["column_names"], bool(one["unique"]), condition_of(one))
                for one in found.get_indexes(name)
                if not one.get("duplicates_constraint")
            ),
        }
        for name in found.get_table_names()
    }


def condition_of(index: Any) -> str:
    """Of a partial index, as each database words it."""
    options = index.get("dialect_options", {})
    words = str(options.get("sqlite_where", options.get("postgresql_where", "")))
    return re.sub(r"::\w+|[()\s]", "", words)


def test_an_upgraded_schema_is_that_of_a_new_database(old_url: str, hq_url: str) -> None:
    schemas = []
    for url in (old_url, hq_url):
        database = HqDatabase(url)
        with database.surveying() as connection:
            schemas.append(schema_of(connection))
        database.close()
    assert schemas[0] == schemas[1]
    assert set(schemas[0]) == {*METADATA.tables, migrations.VERSION_TABLE}


def test_the_migrations_say_what_the_tables_say(old_url: str) -> None:
    from alembic.autogenerate import compare_metadata
    from alembic.migration import MigrationContext

    HqDatabase(old_url).close()
    engine = engine_of(old_url)
    with engine.connect() as connection:
        options = {"version_table": migrations.VERSION_TABLE}
        assert compare_metadata(MigrationContext.configure(connection, opts=options), METADATA) == []
    engine.dispose()


@pytest.mark.parametrize("found", ["9999", "schema"])
def test_a_newer_database_is_refused_and_left_untouched(hq_url: str, found: str) -> None:
    HqDatabase(hq_url).close()
    engine = engine_of(hq_url)
    with engine.begin() as connection:
        if found == "schema":
            connection.execute(text("UPDATE hq_state SET value = '99' WHERE key = 'schema'"))
        else:
            connection.execute(text(f"UPDATE {migrations.VERSION_TABLE} SET version_num = '{found}'"))
    with engine.connect() as connection:
        before = contents(connection), schema_of(connection)
    with pytest.raises(DomainError) as caught:
        HqDatabase(hq_url)
    assert caught.value.code == "database-newer"
    with engine.connect() as connection:
        assert (contents(connection), schema_of(connection)) == before
    engine.dispose()


NEXT = '''
"""a field of the next version"""

import sqlalchemy as sa
from alembic import op

revision = "9000"
down_revision = "{head}"
branch_labels = depends_on = None


def upgrade() -> None:
    op.add_column("building", sa.Column("lift_count", sa.BigInteger()))
'''


def test_a_field_kept_in_extra_moves_into_its_new_column(
    kept: dict[str, Any], old_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A desk newer than headquarters sent it; then headquarters is upgraded as well."""
    folder = tmp_path / "migrations"
    shutil.copytree(migrations.FOLDER, folder)
    (folder / "versions" / "9000_next.py").write_text(NEXT.format(head=migrations.HEAD), encoding="utf-8")
    opened(old_url).database.close()
    monkeypatch.setattr(migrations, "FOLDER", folder)
    monkeypatch.setattr(migrations, "HEAD", "9000")
    store = opened(old_url)
    site = kept["secrets"]["sites"][0]
    with store.database.reading(site) as connection:
        chosen = text("SELECT lift_count, extra FROM building WHERE site_id = :site AND id = :id")
        assert tuple(connection.execute(chosen, {"site": site, "id": row_id(77)}).one()) == (4, None)
        chosen = text("SELECT count(*) FROM building WHERE lift_count IS NULL AND site_id = :site")
        assert connection.execute(chosen, {"site": site}).scalar_one() == 40
        assert sums_of_rows(connection, site)["building"].total()
        assert rows_by_id(connection, site, [("building", row_id(77))])[1] == []
    store.database.close()
