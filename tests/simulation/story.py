"""One seed told from beginning to end: its traits, its steps, its healing; and a failure in few steps."""

from __future__ import annotations

import random
import re
import traceback
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from models.errors import DomainError
from sync.protocol import MAX_BODY
from tests.simulation import ages
from tests.simulation import template as templates
from tests.simulation.network import FATES, LINE_FAULTS, BrokenPromise
from tests.simulation.steps import EDITS
from tests.simulation.surroundings import Crash, DeskCrash, Surroundings
from tests.simulation.troubles import AGAIN, TROUBLES
from tests.simulation.world import SimDesk, World

Step = Callable[[Any, Any], str]
ROUNDS = 9
"""Rounds of each desk within which all must be at rest after the faults."""
DISK_FAULTS = frozenset({"disk-full", "hq-disk-full", "hq-database-down", "body-too-large"})
LENGTHS = (8, 10, 12, 12, 14, 16, 18, 22, 30)


@dataclass(frozen=True)
class Traits:
    """What this seed is about: a part of all that can happen, so that stories differ."""

    length: int
    edits: tuple[tuple[Step, ...], tuple[int, ...]]
    troubles: tuple[tuple[Step, ...], tuple[int, ...]]
    trouble: float
    sync: float
    badness: float
    fates: tuple[str, ...]
    unrest: float
    death: float
    """How often a round has a death waiting at some statement of either end."""
    desks: tuple[int, ...]
    has_snapshots: bool
    limit: int
    """Compressed bytes in one request."""


def traits_of(seed: int) -> Traits:
    chance = random.Random(seed * 2 + 1)

    def some(among: dict[Step, int], share: float) -> tuple[tuple[Step, ...], tuple[int, ...]]:
        chosen = {step: weight for step, weight in among.items() if chance.random() < share}
        chosen = chosen or among
        return tuple(chosen), tuple(weight * chance.choice((1, 1, 3)) for weight in chosen.values())

    length = 80 if chance.random() < 0.01 else chance.choice(LENGTHS)
    return Traits(
        length=length,
        edits=some(EDITS, 0.5),
        troubles=some(TROUBLES, 0.35),
        trouble=chance.choice((0.0, 0.1, 0.2, 0.3)),
        sync=chance.choice((0.3, 0.4, 0.5)),
        badness=chance.choice((0.0, 0.15, 0.4, 0.7)),
        fates=tuple(fate for fate in FATES if chance.random() < 0.5) or FATES,
        unrest=chance.choice((0.0, 0.05, 0.15, 0.3)),
        death=chance.choice((0.0, 0.1, 0.3)),
        has_snapshots=chance.random() < 0.5,
        limit=chance.choice((2_500, *(5 * (MAX_BODY,)))),
        desks=chance.choice(((0, 1), (0, 1), (0, 1, 2), (0, 1, 2), (0, 1, 3), (0, 1, 2, 3))),
    )


@dataclass
class Outcome:
    """What became of a seed. ``fault`` None when every promise was kept."""

    seed: int
    story: list[str]
    fault: str | None = None
    trace: str = ""
    steps: int = 0

    def kind(self) -> str:
        """The fault without its ids and numbers."""
        return re.sub(r"[0-9a-fv][0-9a-f.]*[0-9][0-9a-f.]*", "N", self.fault or "")[:60]

    def told(self) -> str:
        lines = [f"seed {self.seed}:", *(f"  {line}" for line in self.story)]
        return "\n".join([*lines, f"  => {self.fault}", self.trace] if self.fault else lines)


@dataclass
class Simulation:
    """Runs seeds one after the other in one process; use it as a context manager."""

    ground: Surroundings = field(default_factory=Surroundings)
    template: templates.Template | None = None

    def run(self, seed: int, skipped: frozenset[int] = frozenset()) -> Outcome:
        with self.ground.installed():
            if self.template is None:
                self.template = templates.make(self.ground)
            return self._run(seed, skipped, self.template)

    def _run(self, seed: int, skipped: frozenset[int], template: templates.Template) -> Outcome:
        traits = traits_of(seed)
        self.ground.clear()
        self.ground.dice = random.Random(seed)
        world = World(self.ground, seed)
        outcome = Outcome(seed, world.story)
        try:
            begin(world, template, traits)
            world.meanwhile = lambda one, desk: _meanwhile(one, desk, traits)
            world.another_round = lambda one, desk: _another_round(one, desk, traits)
            for number in range(traits.length):
                if number in skipped:
                    continue
                outcome.steps += 1
                world.begin_step(number)
                _step(world, traits)
            heal(world)
        except (Exception, Crash) as error:
            outcome.fault = f"{type(error).__name__}: {error}"
            outcome.trace = traceback.format_exc()
        finally:
            world.close()
        return outcome

    def shortest(self, seed: int) -> Outcome:
        """The same failure with as few steps as dropping one after the other leaves."""
        best = self.run(seed)
        skipped: frozenset[int] = frozenset()
        for number in reversed(range(traits_of(seed).length)):
            shorter = self.run(seed, skipped | {number})
            if shorter.fault is not None and shorter.kind() == best.kind():
                best, skipped = shorter, skipped | {number}
        return best

    def close(self) -> None:
        self.ground.close()


def begin(world: World, template: templates.Template, traits: Traits) -> None:
    world.template = template
    world.now = template.now + 3_600_000
    world.hq.disk.write(template.hq)
    world.hq.has_snapshots = traits.has_snapshots
    world.hq.open()
    world.site_ids = list(template.site_ids)
    world.epoch = template.epoch
    world.ledger.shared = set(template.shared)
    for number in traits.desks:
        name, site, content, token = template.desks[number]
        desk = world.add_desk(name, site, content, token)
        desk.link.fates, desk.link.limit = traits.fates, traits.limit
        desk.shadow.accept(template.rows[name])
        desk.waiting.look()
    world.hq_shadow.accept(template.hq_rows)
    world.unrest = 0.0
    ages.assign(world)


def _step(world: World, traits: Traits) -> None:
    if ages.somebody_upgrades(world):
        return
    desk = world.chance.choice([desk for desk in world.desks if desk.is_alive])
    world.now += world.chance.choice((1, 50, 3_000, 400_000))
    dice = world.chance.random()
    if dice < traits.sync:
        _round(world, desk, traits)
        return
    if dice < traits.sync + traits.trouble:
        chosen = world.chance.choices(*traits.troubles)[0]
    else:
        chosen = world.chance.choices(*traits.edits)[0]
    _act(world, desk, chosen, traits)


def _act(world: World, desk: SimDesk, step: Step, traits: Traits) -> None:
    """One step; a crash in the middle of it, or a full disk, undoes it."""
    if step in traits.edits[0] and world.chance.random() < traits.death / 3:
        desk.disk.countdown = world.chance.randrange(1, 20)
    try:
        world.tell(f"{desk.name} {step(world, desk)}")
    except DeskCrash:
        world.tell(f"{desk.name} dies in the middle of {step.__name__}")
        desk.crash()
    except DomainError as error:
        if error.code not in DISK_FAULTS | LINE_FAULTS:
            raise
        world.tell(f"{desk.name} cannot {step.__name__}: {error.code}")
    finally:
        desk.disk.countdown = 0


def _meanwhile(world: World, desk: SimDesk, traits: Traits) -> None:
    """In the middle of somebody's round: this desk's people go on working, or another desk has its round."""
    if not desk.is_syncing and desk.is_enrolled and world.chance.random() < 0.5:
        _another_round(world, desk, traits)
        return
    step = world.chance.choices(*traits.edits)[0]
    try:
        world.tell(f"    meanwhile {desk.name} {step(world, desk)}")
    except DomainError as error:
        if error.code not in DISK_FAULTS | LINE_FAULTS:
            raise


def _another_round(world: World, desk: SimDesk, traits: Traits) -> None:
    world.tell(f"    meanwhile {desk.name}:")
    _round(world, desk, traits)


def _round(world: World, desk: SimDesk, traits: Traits | None) -> Any:
    """One round of a desk through whatever the seed has in store."""
    if traits is not None:
        desk.link.badness = traits.badness
        world.unrest = traits.unrest
        for disk in (desk.disk, world.hq.disk):
            if world.chance.random() < traits.death:
                disk.countdown = world.chance.randrange(1, 60)
        if world.chance.random() < traits.unrest:
            world.hq.disk.interrupt = world.hq_ended
    if not desk.is_enrolled:
        world.enrol_again(desk)
    report = None
    try:
        report = desk.sync()
        world.tell(
            f"{desk.name} syncs: up {report.pushed} down {report.pulled} refused {report.refused} "
            f"equal {report.is_equal}"
        )
        has_twin = desk.is_double or desk.has_twin
        is_sure = not (has_twin or desk.link.is_plain)  # without an echo an old answer passes for new
        if (report.is_equal is False or report.is_repaired) and is_sure:
            raise BrokenPromise(f"{desk.name}'s sums differed after a round although nothing was damaged")
    except DomainError as error:
        world.tell(f"{desk.name} syncs: {error.code}")
        if error.code in AGAIN:
            if error.code == "desk-forked" and not (desk.is_double or desk.has_twin):
                raise BrokenPromise(f"{desk.name} is taken for a copy, and is none") from error
            world.enrol_again(desk)
        elif error.code not in LINE_FAULTS | DISK_FAULTS:
            raise
    except DeskCrash:
        world.tell(f"{desk.name} dies in its round")
        desk.crash()
    finally:
        desk.link.badness = 0.0
        desk.disk.countdown = world.hq.disk.countdown = 0
        world.hq.disk.interrupt = None
        if not world.is_inside:
            world.unrest = 0.0
    if world.chance.random() < 0.3:
        world.checks.check_sums(desk)
    return report


def heal(world: World) -> None:
    """The faults end: everything late arrives, disks have room, everybody enrols, rounds until all rest."""
    world.tell("-- the faults end")
    world.begin_step(10_000)
    world.hq.disk.fill(is_full=False)
    for desk in world.desks:
        desk.disk.fill(is_full=False)
        desk.link.deliver_late()
    _come_to_rest(world)
    if ages.everybody_upgrades(world):
        world.begin_step(10_001)
        _come_to_rest(world)


def _come_to_rest(world: World) -> None:
    for number in range(ROUNDS):
        restless = [desk for desk in world.desks if number == 0 or not world.is_at_rest(desk)]
        if not restless:
            break
        if number == ROUNDS - 1:
            raise BrokenPromise(f"{[desk.name for desk in restless]} do not come to rest")
        for desk in restless:
            world.now += 25_000
            report = _round(world, desk, None)
            desk.is_equal = report is not None and report.is_equal is True
    world.checks.check_healed()
