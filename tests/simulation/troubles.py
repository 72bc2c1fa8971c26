"""What befalls desks and headquarters: clocks, crashes, backups put back, copies, codes, full disks."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from models.database import Database
from models.entities.synced import new_id
from models.errors import DomainError
from sync.clock import Clock
from tests.simulation import steps
from tests.simulation.ages import make_older
from tests.simulation.surroundings import DeskCrash
from tests.simulation.world import DAY_MS

if TYPE_CHECKING:
    from tests.simulation.world import SimDesk, World

JUMPS = (0, -3 * DAY_MS, 5 * DAY_MS, -90_000, 70_000, 40_000, 400 * DAY_MS)
MINUTE_MS = 60_000
AGAIN = frozenset({"desk-forked", "desk-revoked", "token-unknown"})
"""Told to a desk that has to enrol anew."""


def jump(world: World, desk: SimDesk) -> str:
    """The desk's clock is set."""
    desk.skew = world.chance.choice(JUMPS)
    return f"has its clock {desk.skew} ms off now"


def jump_at_hq(world: World, desk: SimDesk) -> str:
    """Headquarters' clock is corrected by minutes."""
    world.hq_skew = world.chance.choice((0, -5, 5, -30, 30)) * MINUTE_MS
    return f"sees headquarters' clock {world.hq_skew} ms off"


def chase(world: World, desk: SimDesk) -> str:
    """The desk's clock runs ahead, as far as headquarters bears; another desk hears of it, has its own clock
    set back (what headquarters told of the time counts no more) and edits the value."""
    others = [one for one in world.desks if one.site == desk.site and one is not desk and one.is_alive]
    found = steps.some_row(world, desk, "building", "resident")
    if not others or found is None or desk.is_syncing or world.is_inside:
        return "has nobody after it"
    table, row = found
    other = world.chance.choice(others)
    desk.skew += 50_000
    desk.edit(table, row.id, name=steps.word(world))
    world.another_round(world, desk)
    world.another_round(world, other)
    theirs = other.shadow.row((table, row.id))
    if theirs is None or theirs.deleted is not None:
        return f"ran ahead with {table} {row.id[-6:]}"
    other.skew -= 2 * MINUTE_MS
    other.edit(table, row.id, name=steps.word(world))
    return f"ran ahead with {table} {row.id[-6:]}, then {other.name} edited it"


def wake_earlier(world: World, desk: SimDesk) -> str:
    """It edits, is shut down, and starts again with its clock set back; then the same row is edited again."""
    found = steps.some_row(world, desk, "building", "resident")
    if found is None or desk.is_syncing:
        return "sleeps"
    table, row = found
    desk.edit(table, row.id, name=steps.word(world))
    desk.skew -= 2 * MINUTE_MS
    desk.crash()
    desk.edit(table, row.id, name=steps.word(world))
    return f"edits {table} {row.id[-6:]}, starts again minutes earlier and edits it again"


def die(world: World, desk: SimDesk) -> str:
    desk.crash()
    return "crashes and starts again"


def restart_hq(world: World, desk: SimDesk) -> str:
    world.hq_died()
    return "sees headquarters restart"


def deliver(world: World, desk: SimDesk) -> str:
    """What was under way for long arrives now."""
    count = len(desk.link.late)
    desk.link.deliver_late()
    return f"has {count} requests arrive late"


def fill(world: World, desk: SimDesk) -> str:
    """The disk is full, or has room again."""
    desk.disk.fill(is_full=not desk.disk.is_full)
    return "has its disk full" if desk.disk.is_full else "has room on its disk again"


def fill_hq(world: World, desk: SimDesk) -> str:
    disk = world.hq.disk
    disk.fill(is_full=not disk.is_full)
    return f"sees headquarters' disk {'full' if disk.is_full else 'have room again'}"


def back_up(world: World, desk: SimDesk) -> str:
    """A copy of the file is put aside."""
    world.backups[desk.name] = desk.disk.read()
    return "is backed up"


def put_back(world: World, desk: SimDesk) -> str:
    """Somebody copies an old file over the desk's: it must be told apart and enrol as a new desk."""
    content = world.backups.get(desk.name)
    if content is None:
        return "has no backup"
    desk.waiting.look()
    for leaves in world.ledger.leaves.values():
        for edit in leaves:
            if edit.desk == desk.name and not world.checks.is_at_hq(edit):
                edit.is_excused = True
    desk.close()
    desk.disk.write(content)
    desk.shadow.forget()
    desk.waiting.forget()
    desk.is_double = world.has_doubles = True
    desk.open()
    desk.accept_file()
    return "has an old file put back"


def restore(world: World, desk: SimDesk) -> str:
    """A backup is restored by the program itself: a new installation at once."""
    content = world.backups.get(desk.name)
    if content is None:
        return "has no backup to restore"
    told = put_back(world, desk)
    identity = desk.database.identity
    world.renamed += 1
    letters = f"{identity.desk_letter[0]}{'RSTUVWXYZ'[world.renamed % 9]}{world.renamed // 9 or ''}"
    letters = "".join(sign if sign.isalpha() else "ABCDEFGHIJ"[int(sign)] for sign in letters)
    desk.database.become(replace(identity, desk_no=0, desk_letter=letters, nonce=new_id()))
    desk.is_double = False
    return f"{told} by a restore, as {letters}"


def copy(world: World, desk: SimDesk) -> str:
    """The file is carried to another computer, and both go on, the twin with the field that the desk edits
    next: two edits under one number, and the earlier one may wait until its desk has enrolled anew."""
    if len(world.desks) >= MOST_DESKS:
        return "is not copied again"
    name = f"c{len(world.desks)}"
    twin = world.add_desk(name, desk.site, desk.disk.read(), desk.tokens.token)
    twin.is_double = desk.has_twin = world.has_doubles = True
    if desk.is_old:
        make_older(twin)
    twin.link.is_plain = desk.link.is_plain
    twin.accept_file()
    twin.skew = desk.skew
    found = steps.some_row(world, desk, "building", "resident")
    if found is not None and not desk.disk.is_full:
        for one in (twin, desk):
            world.now += 5
            one.edit(found[0], found[1].id, name=steps.word(world))
    return f"is copied to {name}"


MOST_DESKS = 6


def join(world: World, desk: SimDesk) -> str:
    """A new profile with data of its own enrols."""
    if len(world.desks) >= MOST_DESKS:
        return "sees nobody new"
    name = f"n{len(world.desks)}"
    fresh = world.add_desk(name, desk.site, world.template.empty, None)
    site_id = new_id()
    fresh.database.become(replace(fresh.database.identity, site_id=site_id, nonce=new_id()))
    fresh.accept_file()
    if world.chance.random() < 0.6:
        world.meanwhile(world, fresh)
        world.meanwhile(world, fresh)
    world.enrol_again(fresh)
    return f"is joined by {name}"


def revoke(world: World, desk: SimDesk) -> str:
    """Headquarters' administrator shuts the desk out."""
    try:
        with world.undisturbed():
            world.hq.revoke(world.site_ids[desk.site], desk.database.identity.desk_letter)
    except DomainError as error:
        return f"cannot be revoked ({error.code})"
    world.checks.hq_wrote()
    return "is revoked"


def back_up_hq(world: World, desk: SimDesk) -> str:
    world.hq_backup = world.hq.disk.read()
    return "sees headquarters backed up"


def put_hq_back(world: World, desk: SimDesk) -> str:
    """Headquarters comes back from its backup, with a new epoch."""
    if world.hq_backup is None:
        return "sees no backup of headquarters"
    world.restore_hq()
    return "sees headquarters restored from its backup"


TROUBLES: dict[Callable[[Any, Any], str], int] = {
    jump: 2,
    jump_at_hq: 1,
    chase: 1,
    wake_earlier: 1,
    die: 1,
    restart_hq: 1,
    deliver: 2,
    fill: 1,
    fill_hq: 1,
    back_up: 1,
    put_back: 1,
    restore: 1,
    copy: 1,
    join: 1,
    revoke: 1,
    back_up_hq: 1,
    put_hq_back: 1,
}

__all__ = ["AGAIN", "TROUBLES", "Clock", "Database", "DeskCrash"]
