"""The one door: what is written is stamped, queued, logged and told; what fails leaves nothing."""

from __future__ import annotations

import json
import shutil
import sqlite3
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select, text, update
from sqlalchemy.exc import IntegrityError
from sqlcipher3 import dbapi2

from models import database as door
from models.database import Database, check, make_engine
from models.entities import Base, Building, OperationLog, Outbox, Resident, new_id
from models.entities.synced import install_flush_hook, synced_tables
from models.entities.ticket import TicketEvent
from models.errors import DomainError
from models.rules.rights import Right
from models.work import SYSTEM, Actor, Identity, Work
from tests.conftest import KEY, DeskClock, MakeDatabase, stamps_of

NOBODY = Actor("0" * 32, "9", "无权", frozenset())


def add_building(work: Work, code: str) -> str:
    return work.add(Building(code=code, name=f"{code}栋")).id


def rename(work: Work, row_id: str, name: str) -> None:
    work.get(Building, row_id).name = name


def remove(work: Work, row_id: str) -> None:
    work.delete(work.get(Building, row_id))


def rows(database: Database, statement: str) -> list[Any]:
    with database.reading() as session:
        return list(session.execute(text(statement)).all())


def outbox(database: Database, table: str) -> list[dict[str, int] | None]:
    found = rows(database, f"SELECT fields FROM outbox WHERE table_name = '{table}' ORDER BY lseq")
    return [json.loads(row[0]) if row[0] else None for row in found]


# -- what a write leaves ------------------------------------------------------------------------------


def test_a_new_row_is_stamped_queued_whole_and_logged(database: Database, actor: Actor) -> None:
    written = database.write(actor, add_building, "3")
    assert written.changes == {"building", "operation_log"}
    (stamp, field_stamps, site_id) = rows(database, "SELECT stamp, field_stamps, site_id FROM building")[0]
    assert stamp > 0
    assert field_stamps is None
    assert site_id == database.identity.site_id
    assert outbox(database, "building") == [None]
    logged = rows(database, "SELECT staff_name, operation, row_label FROM operation_log ORDER BY id")[-1]
    assert tuple(logged) == (actor.name, "test_database.add_building", "3栋")


def test_an_edit_stamps_its_field_and_says_which_stamp_it_replaces(database: Database) -> None:
    row_id = database.write(SYSTEM, add_building, "3").value
    made = rows(database, "SELECT stamp FROM building")[0][0]
    database.write(SYSTEM, rename, row_id, "三栋")
    first = json.loads(rows(database, "SELECT field_stamps FROM building")[0][0])
    assert set(first) == {"name"}
    assert first["name"] > made
    database.write(SYSTEM, rename, row_id, "三号楼")
    assert outbox(database, "building") == [None, {"name": made}, {"name": first["name"]}]


def test_a_value_written_again_as_it_was_changes_nothing(database: Database) -> None:
    row_id = database.write(SYSTEM, add_building, "3").value
    written = database.write(SYSTEM, rename, row_id, "3栋")
    assert written.changes == frozenset()
    assert outbox(database, "building") == [None]


def test_a_row_made_and_edited_in_one_transaction_travels_once(database: Database) -> None:
    def make(work: Work) -> None:
        row = work.add(Building(code="3", name="?"))
        row.name = "3栋"
        work.session.flush()

    database.write(SYSTEM, make)
    assert outbox(database, "building") == [None]
    assert rows(database, "SELECT field_stamps FROM building")[0][0] is None


def test_a_deletion_is_a_stamp_and_the_row_is_gone_for_services(database: Database) -> None:
    row_id = database.write(SYSTEM, add_building, "3").value
    database.write(SYSTEM, remove, row_id)
    assert rows(database, "SELECT deleted FROM building")[0][0] > 1
    with pytest.raises(DomainError, match="row-gone"):
        database.write(SYSTEM, rename, row_id, "x")


def test_sensitive_values_never_reach_the_log(database: Database) -> None:
    def make(work: Work) -> str:
        return work.add(Resident(name="王敏", id_number="11010519491231002X")).id

    def change(work: Work, row_id: str) -> None:
        work.get(Resident, row_id).id_number = "440301198001011234"

    row_id = database.write(SYSTEM, make).value
    database.write(SYSTEM, change, row_id)
    logged = rows(database, "SELECT changes FROM operation_log WHERE changes IS NOT NULL")
    assert [json.loads(row[0]) for row in logged] == [{"id_number": ["***", "***"]}]


def test_a_history_is_its_own_log(database: Database) -> None:
    assert not TicketEvent.is_logged
    assert not OperationLog.is_logged


def test_a_service_that_fails_leaves_nothing(database: Database) -> None:
    def fail(work: Work) -> None:
        add_building(work, "3")
        raise DomainError("room-not-found", code="x")

    with pytest.raises(DomainError) as caught:
        database.write(SYSTEM, fail)
    assert caught.value.values == {"code": "x"}
    assert rows(database, "SELECT count(*) FROM building")[0][0] == 0
    assert rows(database, "SELECT count(*) FROM outbox")[0][0] == 0


def test_a_read_session_cannot_be_written_to(database: Database) -> None:
    with database.reading() as session, pytest.raises(RuntimeError, match="read session"):
        install_flush_hook(session)
        session.add(Building(id=new_id(), code="1", name="1栋"))
        session.flush()


def test_a_synced_row_is_never_deleted_for_good(database: Database) -> None:
    row_id = database.write(SYSTEM, add_building, "3").value

    def erase(work: Work) -> None:
        work.session.delete(work.get(Building, row_id))
        work.session.flush()

    with pytest.raises(RuntimeError, match=r"work\.delete"):
        database.write(SYSTEM, erase)


def test_a_write_past_both_doors_is_refused(database: Database) -> None:
    row_id = database.write(SYSTEM, add_building, "3").value

    def sneak(work: Work) -> None:
        work.session.execute(
            update(Base.metadata.tables["building"]).where(Building.id == row_id).values(name="x")
        )

    with pytest.raises(IntegrityError):
        database.write(SYSTEM, sneak)


def test_rights_are_asked_of_the_actor(database: Database) -> None:
    with pytest.raises(DomainError) as caught:
        database.write(NOBODY, lambda_requiring)
    assert (caught.value.code, caught.value.values) == ("right-missing", {"right": "export"})


def lambda_requiring(work: Work) -> None:
    work.require(Right.EXPORT)


def test_hooks_run_inside_the_transaction(database: Database) -> None:
    seen: list[tuple[int, frozenset[str]]] = []

    def look(connection: Any, changes: Any) -> None:
        count = connection.exec_driver_sql("SELECT count(*) FROM building").scalar()
        seen.append((count, changes["building"]))

    database.before_commit.append(look)
    row_id = database.write(SYSTEM, add_building, "3").value
    assert seen == [(1, frozenset({row_id}))]

    def refuse(connection: Any, changes: Any) -> None:
        raise DomainError("disk-full")

    database.before_commit.append(refuse)
    with pytest.raises(DomainError):
        database.write(SYSTEM, add_building, "4")
    assert rows(database, "SELECT count(*) FROM building")[0][0] == 1


# -- the bulk door ------------------------------------------------------------------------------------


def test_bulk_rows_are_stamped_and_queued_like_others(database: Database) -> None:
    table = Base.metadata.tables["resident"]
    ids = [new_id() for _ in range(1200)]

    def fill(work: Work) -> None:
        work.bulk_insert(table, [{"id": row_id, "name": "张三"} for row_id in ids])

    assert database.write(SYSTEM, fill).changes == {"resident"}
    assert outbox(database, "resident") == [None] * 1200
    assert rows(database, "SELECT count(DISTINCT stamp), min(site_id), min(level) FROM resident")[0] == (
        1,
        database.identity.site_id,
        "regular",
    )

    def change(work: Work) -> None:
        work.bulk_update(table, {row_id: {"name": "李四"} for row_id in ids})

    made = rows(database, "SELECT min(stamp) FROM resident")[0][0]
    database.write(SYSTEM, change)
    assert rows(database, "SELECT count(*) FROM resident WHERE name = '李四'")[0][0] == 1200
    assert outbox(database, "resident")[1200:] == [{"name": made}] * 1200


def test_bulk_update_takes_fields_of_the_trade_only(database: Database) -> None:
    row_id = database.write(SYSTEM, add_building, "3").value

    def cheat(work: Work) -> None:
        work.bulk_update(Base.metadata.tables["building"], {row_id: {"stamp": 1}})

    with pytest.raises(ValueError, match="bookkeeping"):
        database.write(SYSTEM, cheat)


# -- two processes, restarts --------------------------------------------------------------------------


def test_stamps_only_grow_over_restarts_and_between_processes(
    database: Database, clock: DeskClock, tmp_path: Path
) -> None:
    database.write(SYSTEM, add_building, "1")
    other = Database.open(database.path, KEY, stamps_of(clock))
    other.clock = clock
    clock.advance(hours=1)
    database.write(SYSTEM, add_building, "2")
    clock.advance(days=-30)
    other.write(SYSTEM, add_building, "3")
    database.write(SYSTEM, add_building, "4")
    other.close()
    stamps = [row[0] for row in rows(database, "SELECT stamp FROM building ORDER BY code")]
    assert stamps == sorted(set(stamps))


def test_a_new_identity_is_seen_by_a_process_that_was_open(database: Database, clock: DeskClock) -> None:
    other = Database.open(database.path, KEY, stamps_of(clock))
    other.become(Identity("5" * 32, 7, "C", "n"))
    database.write(SYSTEM, add_building, "1")
    other.close()
    assert rows(database, "SELECT site_id, stamp & 511 FROM building")[0] == ("5" * 32, 7)


# -- opening ------------------------------------------------------------------------------------------


def opening(path: Path, key: bytes | None) -> DomainError:
    with pytest.raises(DomainError) as caught:
        Database.open(path, key, stamps_of(DeskClock()))
    return caught.value


def test_a_wrong_key_a_missing_file_and_a_newer_one_are_told_apart(database: Database) -> None:
    assert opening(database.path, bytes(32)).code == "database-wrong-key"
    assert opening(database.path.with_name("none.db"), KEY).code == "database-missing"

    def age(work: Work) -> None:
        work.session.execute(text("UPDATE alembic_version SET version_num = '9999'"))

    database.write(SYSTEM, age)
    fault = opening(database.path, KEY)
    assert (fault.code, fault.values["found"]) == ("database-newer", "9999")


def test_the_file_is_encrypted(database: Database) -> None:
    database.write(SYSTEM, add_building, "3")
    with database.reading() as session:
        session.connection().exec_driver_sql("SELECT 1")
    assert not database.path.read_bytes().startswith(b"SQLite format 3")
    plain = sqlite3.connect(database.path)
    with pytest.raises(sqlite3.DatabaseError):
        plain.execute("SELECT * FROM building")
    plain.close()


def test_a_damaged_file_is_told_and_check_finds_it(database: Database, tmp_path: Path) -> None:
    def fill(work: Work) -> None:
        work.bulk_insert(
            Base.metadata.tables["resident"], [{"id": new_id(), "name": "张" * 50} for _ in range(2000)]
        )

    database.write(SYSTEM, fill)
    assert check(database) == []
    database.close()
    damaged = tmp_path / "damaged.db"
    shutil.copy2(database.path, damaged)
    with damaged.open("r+b") as stream:
        stream.seek(60 * 4096)
        stream.write(b"\xff" * 4096 * 20)
    with pytest.raises(DomainError) as caught:
        opened = Database.open(damaged, KEY, stamps_of(DeskClock()))
        try:
            faults = check(opened)
            raise DomainError("database-damaged") if faults else AssertionError("nothing was found")
        finally:
            opened.close()
    assert caught.value.code == "database-damaged"


def test_a_profile_is_never_made_over_another(database: Database) -> None:
    with pytest.raises(DomainError, match="database-exists"):
        Database.create(database.path, KEY, stamps_of(DeskClock()))


def test_an_affected_sqlite_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(dbapi2, "sqlite_version_info", (3, 40, 1))
    with pytest.raises(DomainError, match="sqlite-affected"):
        door.refuse_affected_sqlite()


# -- the schema ---------------------------------------------------------------------------------------


def test_migrations_make_exactly_the_entities(tmp_path: Path) -> None:
    from alembic.autogenerate import compare_metadata
    from alembic.migration import MigrationContext

    from models.migrations import HEAD, upgrade, version_of

    engine = make_engine(tmp_path / "fresh.db", None, writer=True)
    upgrade(engine)
    assert version_of(engine) == HEAD
    with engine.connect() as connection:
        context = MigrationContext.configure(
            connection,
            opts={
                "include_name": lambda name, kind, _parents: kind != "table" or name in Base.metadata.tables
            },
        )
        assert compare_metadata(context, Base.metadata) == []
    engine.dispose()


def test_every_synced_table_can_be_found_by_its_parents_first() -> None:
    names = [table.name for table in synced_tables()]
    assert names.index("building") < names.index("room") < names.index("ticket") < names.index("charge_line")
    assert {"outbox", "draft", "local_state"}.isdisjoint(names)


def test_parameters_are_read_again_after_a_change(database: Database, actor: Actor) -> None:
    from models import parameters as p
    from models.services.parameters import set_parameter

    assert database.parameters().get(p.LOCK_AFTER) == 5
    database.write(actor, set_parameter, p.LOCK_AFTER.key, 7)
    assert database.parameters().get(p.LOCK_AFTER) == 7
    with pytest.raises(DomainError, match="parameter-invalid"):
        database.write(actor, set_parameter, p.LOCK_AFTER.key, 1)


def test_the_outbox_keeps_the_order_of_writing(database: Database) -> None:
    for code in "123":
        database.write(SYSTEM, add_building, code)
    with database.reading() as session:
        queued = session.scalars(
            select(Outbox.row_id).where(Outbox.table_name == "building").order_by(Outbox.lseq)
        )
        made = session.scalars(select(Building.id).order_by(Building.code))
        assert list(queued) == list(made)


def test_many_writers_wait_for_each_other(make_database: MakeDatabase) -> None:
    from concurrent.futures import ThreadPoolExecutor

    database = make_database()
    with ThreadPoolExecutor(8) as pool:
        written = list(pool.map(lambda code: database.write(SYSTEM, add_building, str(code)), range(40)))
    assert len({one.value for one in written}) == 40
    assert rows(database, "SELECT count(*), count(DISTINCT stamp) FROM building")[0] == (40, 40)
