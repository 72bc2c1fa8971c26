"""Who had seen what, at a headquarters that was restored from a backup.

Desks give it back what the backup lacks: whole rows, of whose values nobody knows any more what they
replaced. Between two of those, or one of those and the backup, the former headquarters decided; what it
recorded as a conflict comes back as a row like any other. But what people wrote on from the backup knew
nothing of a value that comes back later, and the other way round: one of the two loses, and has to lose
openly. Marks tell them apart; they lie among what an entry has ``met``, at sites that were ever restored.
"""

from __future__ import annotations

from typing import NamedTuple
from zlib import crc32

from sync.clock import desk_of
from sync.merge import Cell, Finality, in_its_life, join
from sync.server.met import Met, is_met

BACK = "back"
"""The value in force was given back to the headquarters of this epoch …"""
FROM = "from"
"""… by a desk that came from that of this one (0 or none: it did not say)."""
SINCE = "since"
"""The value in force was written by somebody who did so on from the headquarters of this epoch …"""
SEEN = "seen"
"""… and of the former one (`FROM`) had seen this stamp, or all up to it have lost openly."""


class Era(NamedTuple):
    """``now`` is a restored headquarters' epoch, ``former`` that from which a desk gives back what it has."""

    now: int
    former: int = 0


def era(epoch: str, former: str) -> Era:
    return Era(crc32(epoch.encode()), crc32(former.encode()) if former not in {"", epoch} else 0)


class Ruling(NamedTuple):
    """What becomes of a value that is given back: the winner, and what is remembered of it. With
    ``is_claimed`` neither had seen the other; ``is_unclear`` when that is all that can be said: a person
    decides, whatever the rules of the trade say."""

    winner: Cell
    lost: Cell
    met: dict[str, int]
    is_claimed: bool
    is_unclear: bool = False
    is_kept: bool = True
    """What was in force stays so."""


def rule(incoming: Cell, current: Cell, met: Met, finality: Finality | None, era: Era) -> Ruling:
    """``incoming`` is given back and was not known here (``met``): between it and ``current``."""
    if _is_written_on(met, era):
        return _against_new(incoming, current, met, finality, era)
    return _against_old(incoming, current, met, finality, era)


def _against_new(incoming: Cell, current: Cell, met: Met, finality: Finality | None, era: Era) -> Ruling:
    seen = met.get(SEEN, 0)
    if incoming.stamp <= seen and _is_same_source(met, era):
        # The later end of what the author had seen may yet have been less final than this.
        is_unclear = incoming.stamp < seen and _rank(incoming, finality) > _rank(current, finality)
        return Ruling(current, incoming, dict(met), is_unclear, is_unclear)
    incoming = _in_life_of(incoming, current)
    winner = join(current, incoming, finality)
    is_claimed = _differ(incoming, current)
    if winner is current:
        is_unclear = is_claimed and desk_of(incoming.stamp) == desk_of(current.stamp)  # it may have known
        return Ruling(current, incoming, {**met, SEEN: incoming.stamp}, is_claimed, is_unclear)
    return Ruling(incoming, current, given_back(met, era), is_claimed, is_kept=False)


def _against_old(incoming: Cell, current: Cell, met: Met, finality: Finality | None, era: Era) -> Ruling:
    """The former headquarters had both. The later stamp came to it later; and what it had in its backup
    came before all that is not in it. Of two that were both given back, one more final and one later, the
    order is not known: it may have been a ticket reopened, or a step by somebody who did not know its end.
    Where headquarters was restored twice, nobody decided between two that come from different ones."""
    is_back = met.get(BACK, 0) == era.now
    if is_back and not _is_same_source(met, era):
        return _undecided(incoming, current, met, finality, era)
    if incoming.stamp > current.stamp:
        is_unclear = is_back and _rank(current, finality) > _rank(incoming, finality)
        told = in_its_life(incoming._replace(base=current.stamp), current, finality)
        winner = incoming._replace(life=told.life)
        return Ruling(winner, current, given_back(met, era), is_unclear, is_unclear, is_kept=False)
    if is_back:
        is_unclear = _rank(incoming, finality) > _rank(current, finality)
        return Ruling(current, incoming, dict(met), is_unclear, is_unclear)
    return _undecided(incoming, current, met, finality, era)


def _undecided(incoming: Cell, current: Cell, met: Met, finality: Finality | None, era: Era) -> Ruling:
    incoming = _in_life_of(incoming, current)
    is_claimed = _differ(incoming, current)
    if join(current, incoming, finality) is current:
        return Ruling(current, incoming, dict(met), is_claimed)
    return Ruling(incoming, current, given_back(met, era), is_claimed, is_kept=False)


def had_seen(incoming: Cell, current: Cell, met: Met, finality: Finality | None, era: Era | None) -> bool:
    """Whether the author of an edit knew ``current``, although it is not what the edit replaced: that is
    later, and went with the former headquarters."""
    if era is None or _is_written_on(met, era) or not current.stamp < incoming.base < incoming.stamp:
        return False
    is_unclear = met.get(BACK, 0) == era.now and _rank(current, finality) > _rank(incoming, finality)
    return not is_unclear and not is_met(met, incoming.base)


def written(
    met: dict[str, int], incoming: Cell, current: Cell, era: Era | None, *, is_base_met: bool
) -> None:
    """Note in ``met`` that an edit took the place of ``current``."""
    if era is None:
        return
    base = incoming.base if incoming.base < incoming.stamp else 0
    if met.get(SINCE, 0) != era.now:
        met[SEEN] = max(base, current.stamp)
        met.pop(FROM, None)
        if era.former:
            met[FROM] = era.former
    elif not is_base_met:
        met[SEEN] = max(met.get(SEEN, 0), base)
        if era.former:
            met[FROM] = era.former
    met[SINCE] = era.now
    met.pop(BACK, None)


def written_on(base: int, era: Era) -> dict[str, int]:
    """The marks of a value that its author wrote knowing the one of this stamp, in a row that is new here."""
    return {SINCE: era.now, SEEN: base, **({FROM: era.former} if era.former else {})}


def given_back(met: Met, era: Era) -> dict[str, int]:
    """``met`` with the marks of a value that is in force and was given back."""
    marked = {key: value for key, value in met.items() if key not in {SINCE, SEEN, FROM}}
    return {**marked, BACK: era.now, **({FROM: era.former} if era.former else {})}


def _is_written_on(met: Met, era: Era) -> bool:
    """Whether the value in force was written at a headquarters that was restored, of which the former one
    never heard that the desk comes from."""
    since = met.get(SINCE, 0)
    return since > 0 and (since == era.now or era.former not in {0, since})


def _is_same_source(met: Met, era: Era) -> bool:
    """Whether both came from the same former headquarters, as far as they said."""
    sources = {era.former, met.get(FROM, 0)}
    return len(sources) == 1 or 0 in sources


def _in_life_of(incoming: Cell, current: Cell) -> Cell:
    """It was written after the backup, so in the life of the field that the backup knew of, or a later one;
    not in one that began after it."""
    return incoming._replace(life=current.life if current.life < incoming.stamp else 0)


def _differ(incoming: Cell, current: Cell) -> bool:
    """A desk knows its own earlier edits. But what it wrote later than the value in force, and gives back
    after that, comes from a copy of its file: of the two files, neither need know what the other wrote."""
    is_own = desk_of(incoming.stamp) == desk_of(current.stamp) and incoming.stamp <= current.stamp
    return incoming.value != current.value and not is_own


def _rank(cell: Cell, finality: Finality | None) -> int:
    return finality(cell.value) if finality else 0
