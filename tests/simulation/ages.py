"""Programs of two ages side by side in one process.

The older one, at a desk or at headquarters, lacks the columns of `NEWER`: to it they are fields that it does
not know, which it keeps in ``extra`` and gives back unchanged. Its file has the columns all the same, but
nothing of the older program looks at them. It may also speak as the first version did (`first_words`).
Becoming newer runs what the real programs run then.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from functools import cache
from typing import TYPE_CHECKING, TypeVar

import msgspec

import sync.client.upgrade
import sync.server.pull
import sync.server.row_writing
from models.entities.synced import synced_tables
from sync.client.columns import LocalTable, local_tables
from sync.protocol import SCHEMA, SyncReply, SyncRequest
from sync.server import migrations
from sync.server.database import HqDatabase
from sync.server.tables import SITE_TABLES, SiteTable

if TYPE_CHECKING:
    from tests.simulation.world import SimDesk, World

NEWER = {"building": "note", "room": "layout", "resident": "habits", "ticket": "expectation"}
"""{table: the column that only newer programs have}."""
HIDDEN = frozenset(NEWER.items())
OLD_SCHEMA = 0
T = TypeVar("T")


@cache
def _desk_tables() -> tuple[dict[str, LocalTable], dict[str, LocalTable]]:
    """Of a newer program and of an older one."""
    newest = {name: local_tables()[name] for name in NEWER}
    return newest, {name: _without(table, NEWER[name]) for name, table in newest.items()}


def _without(table: LocalTable, name: str) -> LocalTable:
    columns = tuple(column for column in table.columns if column != name)
    head = ("stamp", "field_stamps", "deleted", "extra")
    written = ("id", "site_id", *head, *columns)
    assigned = ", ".join(f"{column} = excluded.{column}" for column in (*head, *columns))
    return replace(
        table,
        columns=columns,
        names=frozenset(columns),
        select_whole=table.select_some(columns),
        upsert=f"INSERT INTO {table.name} ({', '.join(written)}) VALUES ({', '.join('?' * len(written))}) "
        f"ON CONFLICT(id) DO UPDATE SET {assigned}",
    )


@contextmanager
def running(*, is_old: bool) -> Iterator[None]:
    """While a desk's program of this age runs; another's may come in between."""
    tables, upgrade = local_tables(), vars(sync.client.upgrade)
    before, schema = {name: tables[name] for name in NEWER}, upgrade["SCHEMA"]
    newest, older = _desk_tables()
    tables.update(older if is_old else newest)
    upgrade["SCHEMA"] = OLD_SCHEMA if is_old else SCHEMA
    try:
        yield
    finally:
        tables.update(before)
        upgrade["SCHEMA"] = schema


@cache
def _site_tables() -> tuple[dict[str, SiteTable], dict[str, SiteTable]]:
    newest = {name: SITE_TABLES[name] for name in NEWER}
    older = {
        name: replace(
            table,
            columns=tuple(column for column in table.columns if column != NEWER[name]),
            kinds={column: kinds for column, kinds in table.kinds.items() if column != NEWER[name]},
        )
        for name, table in newest.items()
    }
    return newest, older


def start_hq(*, is_old: bool) -> None:
    """Headquarters' program is of this age from now on."""
    chosen = _site_tables()[is_old]
    if SITE_TABLES["room"] is chosen["room"]:
        return
    SITE_TABLES.update(chosen)
    for module in (sync.server.pull, sync.server.row_writing):
        for kept in vars(module).values():
            if hasattr(kept, "cache_clear") and kept.__module__ == module.__name__:
                kept.cache_clear()


def first_words(message: T) -> T:
    """A message as the first version had it. (``former`` stays: without it nothing is promised to a desk
    whose headquarters was restored.)"""
    if isinstance(message, SyncRequest):
        return msgspec.structs.replace(message, echo=0, pending=-1)
    if isinstance(message, SyncReply):
        return msgspec.structs.replace(message, echo=0, rotate=False)
    return message


# -- in a world -------------------------------------------------------------------------------------------


def assign(world: World) -> None:
    """Decide by the seed who is older in this story; most stories know one age only."""
    chance = random.Random(world.seed * 31 + 5)
    start_hq(is_old=False)
    if chance.random() >= 0.35:
        return
    if chance.random() < 0.4:
        start_hq(is_old=True)
        world.is_hq_old = True
        world.hq_shadow.hidden = HIDDEN
        world.hq_shadow.forget()
    for desk in world.desks:
        if chance.random() < 0.5:
            make_older(desk)
        desk.link.is_plain = chance.random() < 0.3
    world.settle()


def make_older(desk: SimDesk) -> None:
    desk.is_old = True
    desk.shadow.hidden = HIDDEN
    desk.shadow.forget()


def somebody_upgrades(world: World) -> bool:
    """Now and then, in a story of two ages: an older program is replaced by a newer one."""
    chance = random.Random(f"{world.seed} {world.step}")
    older = [desk for desk in world.desks if desk.is_old and desk.is_alive]
    if not (older or world.is_hq_old) or chance.random() >= 0.06:
        return False
    if world.is_hq_old and (not older or chance.random() < 0.4):
        upgrade_hq(world)
    else:
        upgrade_desk(world, chance.choice(older))
    return True


def everybody_upgrades(world: World) -> bool:
    """Whether there was anybody to do so."""
    older = [desk for desk in world.desks if desk.is_old and desk.is_alive]
    is_any = bool(older) or world.is_hq_old
    if world.is_hq_old:
        upgrade_hq(world)
    for desk in older:
        upgrade_desk(world, desk)
    return is_any


def upgrade_desk(world: World, desk: SimDesk) -> None:
    """The newer program starts on the file and has its first look at it, as before its first round."""
    world.tell(f"{desk.name} becomes newer")
    desk.database.close()
    desk.disk.shut()
    desk.is_old = desk.link.is_plain = False
    desk.open()
    desk.shadow.hidden = frozenset()
    desk.shadow.forget()
    desk.accept_file()
    with desk.active():
        sync.client.upgrade.run(desk.database)


def take_in_backup(world: World) -> None:
    """A file of an older headquarters becomes a newer one's: as a start does, or a restore."""
    if world.is_hq_old:
        return
    with HqDatabase.administering(world.hq.store.database) as connection:  # nobody looks in between
        for name, column in NEWER.items():
            migrations.take_from_extra(connection, name, {column})


def upgrade_hq(world: World) -> None:
    """Headquarters' newer program starts: what lay in ``extra`` moves into its new column."""
    world.tell("headquarters becomes newer")
    world.is_hq_old = False
    start_hq(is_old=False)
    world.hq.reopen()
    take_in_backup(world)
    world.hq_shadow.hidden = frozenset()
    world.hq_shadow.forget()
    world.hq_shadow.look([str(table.name) for table in synced_tables()])
