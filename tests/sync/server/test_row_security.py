"""The second wall: what a site's transaction on PostgreSQL can do once the application's own check is gone.

Each statement here asks for another site's rows outright, as a query that forgot its condition, or mixed up
two sites, would. (It is a wall against faults of ours, not against somebody who can run any SQL he likes.)
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from sqlalchemy import (
    BigInteger,
    Connection,
    Double,
    Integer,
    LargeBinary,
    Table,
    delete,
    func,
    insert,
    select,
    text,
)
from sqlalchemy.exc import DBAPIError

from models.entities.synced import new_id
from models.errors import DomainError
from sync.server import auth, row_security
from sync.server.database import HqDatabase
from sync.server.tables import METADATA, SITE_TABLES, hq_audit, tables_of_sites
from sync.server.wording import sentence
from tests.sync.postgres import Postgres

TABLES = tables_of_sites()


def a_row(table: Table, site_id: str, mark: str) -> dict[str, Any]:
    row: dict[str, Any] = {}
    for column in table.c:
        if column.name == "site_id":
            row[column.name] = site_id
        elif isinstance(column.type, (BigInteger, Integer, Double)):
            row[column.name] = 7
        elif isinstance(column.type, LargeBinary):
            row[column.name] = b"x"
        else:
            length = getattr(column.type, "length", None) or 64
            row[column.name] = f"{mark}{column.name}"[:length]
    return row


@pytest.fixture(params=["superuser", "plain owner"])
def url(request: pytest.FixtureRequest, postgres: Postgres) -> Iterator[str]:
    """A database whose URL names a superuser, or one who just owns it."""
    if request.param == "superuser":
        url = postgres.database()
    else:
        role = f"owner{new_id()[-8:]}"
        postgres.run(f"CREATE ROLE {role} LOGIN CREATEROLE")
        if not postgres.run(f"SELECT 1 FROM pg_roles WHERE rolname = '{row_security.ROLE}'"):
            postgres.run(f"CREATE ROLE {row_security.ROLE} NOLOGIN")
        postgres.run(f"GRANT {row_security.ROLE} TO {role}")
        url = postgres.empty(owner=role)
    yield url
    postgres.drop(url)


@pytest.fixture
def sites(url: str) -> Iterator[tuple[HqDatabase, str, str]]:
    """Two sites with a row each in every table."""
    database = HqDatabase(url)
    mine, other = new_id(), new_id()
    with database.administering() as connection:
        for table in TABLES:
            rows = [a_row(table, mine, "m"), a_row(table, other, "o")]
            connection.execute(insert(table), rows)
    yield database, mine, other
    database.close()


def everything(database: HqDatabase, site_id: str) -> dict[str, list[Any]]:
    with database.surveying() as connection:
        return {
            table.name: [
                tuple(row) for row in connection.execute(select(table).where(table.c.site_id == site_id))
            ]
            for table in TABLES
        }


def test_every_table_of_the_sites_is_behind_the_wall(sites: tuple[HqDatabase, str, str]) -> None:
    database, mine, _ = sites
    guarded = text(
        "SELECT c.relname FROM pg_class c JOIN pg_policies p ON p.tablename = c.relname"
        " WHERE c.relrowsecurity AND c.relforcerowsecurity GROUP BY 1 HAVING count(*) = 2"
    )
    with database.surveying() as connection:
        assert set(connection.execute(guarded).scalars()) == {table.name for table in TABLES}
    with_site = {table.name for table in METADATA.tables.values() if "site_id" in table.c}
    assert with_site == {table.name for table in TABLES} | {"hq_directory", "hq_audit"}
    assert SITE_TABLES.keys() < {table.name for table in TABLES}
    with pytest.raises(DBAPIError, match="permission denied"), database.reading(mine) as connection:
        connection.execute(select(hq_audit.c.subject))


def test_reading_gives_nothing_of_another_site(sites: tuple[HqDatabase, str, str]) -> None:
    database, mine, other = sites
    for door in (database.reading, database.writing):
        with door(mine) as connection:
            for table in TABLES:
                theirs = select(func.count()).select_from(table).where(table.c.site_id == other)
                assert connection.execute(theirs).scalar_one() == 0, table.name
                forgotten = connection.execute(select(table.c.site_id)).scalars()
                assert set(forgotten) == {mine}, table.name
            mixed = text("SELECT count(*) FROM ticket t JOIN room r ON r.site_id <> t.site_id")
            assert connection.execute(mixed).scalar_one() == 0


@pytest.mark.parametrize("verb", ["update", "update all", "delete", "delete all", "upsert"])
def test_writing_reaches_no_row_of_another_site(sites: tuple[HqDatabase, str, str], verb: str) -> None:
    database, mine, other = sites
    before = everything(database, other)
    for table in TABLES:
        column = next(column for column in table.c if column.name != "site_id" and not column.primary_key)
        value = a_row(table, mine, "x")[column.name]
        with database.writing(mine) as connection:
            if verb.startswith("update"):
                where = "WHERE site_id = :other" if verb == "update" else ""
                done = connection.execute(
                    text(f'UPDATE {table.name} SET "{column.name}" = :value {where}'),
                    {"value": value, "other": other} if where else {"value": value},
                )
                assert done.rowcount == (0 if where else 1), table.name
            elif verb == "delete":
                assert connection.execute(delete(table).where(table.c.site_id == other)).rowcount == 0
            elif verb == "delete all":
                assert connection.execute(delete(table)).rowcount == 1, table.name
            else:
                refuse_upsert(connection, table, other)
    assert everything(database, other) == before


def refuse_upsert(connection: Connection, table: Table, other: str) -> None:
    from sqlalchemy.dialects.postgresql import insert as upsert

    key = [column.name for column in table.primary_key]
    row = a_row(table, other, "o")
    replaced = {name: value for name, value in row.items() if name not in key}
    with pytest.raises(DBAPIError) as caught, connection.begin_nested():
        connection.execute(upsert(table).values(row).on_conflict_do_update(index_elements=key, set_=replaced))
    assert caught.value.orig.sqlstate == "42501", table.name  # type: ignore[union-attr]


def test_no_row_is_put_into_another_site(sites: tuple[HqDatabase, str, str]) -> None:
    database, mine, other = sites
    before = everything(database, other)
    with database.writing(mine) as connection:
        for table in TABLES:
            stray = a_row(table, other, "stray")
            moved = text(f"UPDATE {table.name} SET site_id = :other")
            for attempt in (
                lambda: connection.execute(insert(table), [stray]),  # noqa: B023
                lambda: connection.execute(moved, {"other": other}),  # noqa: B023
                lambda: connection.execute(text(f"TRUNCATE {table.name}")),  # noqa: B023
            ):
                with pytest.raises(DBAPIError) as caught, connection.begin_nested():
                    attempt()
                assert caught.value.orig.sqlstate == "42501", table.name  # type: ignore[union-attr]
    assert everything(database, other) == before


def test_what_is_of_no_site_is_out_of_reach(sites: tuple[HqDatabase, str, str]) -> None:
    """Accounts, the directory, the epoch: the role of a site may not so much as look."""
    database, mine, _ = sites
    for table in set(METADATA.tables.values()) - set(TABLES):
        with database.writing(mine) as connection:
            for statement in (select(func.count()).select_from(table), delete(table)):
                with pytest.raises(DBAPIError) as caught, connection.begin_nested():
                    connection.execute(statement)
                assert caught.value.orig.sqlstate == "42501", table.name  # type: ignore[union-attr]


def test_the_next_transaction_of_the_same_connection_starts_outside(
    sites: tuple[HqDatabase, str, str],
) -> None:
    database, mine, other = sites
    seen = select(SITE_TABLES["ticket"].table.c.site_id)
    for site in (mine, other, mine):
        with database.reading(site) as connection:
            assert connection.execute(seen).scalars().all() == [site]
        with database.surveying() as connection:
            assert set(connection.execute(seen).scalars()) == {mine, other}
    with pytest.raises(DomainError), database.writing(mine):
        raise DomainError("undone")
    with database.surveying() as connection:
        assert set(connection.execute(seen).scalars()) == {mine, other}


def test_an_owner_who_drops_the_role_is_still_bound_to_the_site(postgres: Postgres) -> None:
    """FORCE: in a site's transaction the tables' owner, too, sees that site only."""
    role = f"owner{new_id()[-8:]}"
    postgres.run(f"CREATE ROLE {role} LOGIN CREATEROLE")
    if not postgres.run(f"SELECT 1 FROM pg_roles WHERE rolname = '{row_security.ROLE}'"):
        postgres.run(f"CREATE ROLE {row_security.ROLE} NOLOGIN")
    postgres.run(f"GRANT {row_security.ROLE} TO {role}")
    database = HqDatabase(postgres.empty(owner=role))
    with database.administering() as connection:
        mine, other = (auth.add_site(connection, name, 0) for name in ("甲", "乙"))
    with database.writing(mine) as connection:
        connection.execute(text("RESET ROLE"))
        assert connection.execute(text("SELECT site_id FROM hq_site")).scalars().all() == [mine]
        assert (
            connection.execute(text("UPDATE hq_site SET seq = 9 WHERE site_id = :it"), {"it": other}).rowcount
            == 0
        )
    database.close()


def test_a_user_who_may_not_use_the_role_is_told_what_to_do(postgres: Postgres) -> None:
    HqDatabase(postgres.database()).close()  # the role exists from now on
    role = f"guest{new_id()[-8:]}"
    postgres.run(f"CREATE ROLE {role} LOGIN")
    url = postgres.empty(owner=role)
    with pytest.raises(DomainError) as caught:
        HqDatabase(url)
    assert caught.value.code == "hq-role-missing"
    words = sentence(caught.value)
    assert role in words
    assert f"GRANT {row_security.ROLE} TO {role}" in words
    postgres.run(words[words.index("GRANT") :].rstrip(";"))
    HqDatabase(url).close()
    postgres.drop(url)
