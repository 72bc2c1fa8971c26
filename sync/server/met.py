"""What the value in force has met: the last edits that were merged into its field, by desk number.

``3`` is desk 3's last stamp, ``3+`` the one from the future that an edit of it came with, ``3*`` the life
that its last edit belongs to (`sync.merge.Cell.life`), ``3=`` and ``3+=`` a stamp under which it said the
same as the value in force. Left out is what the entry's own stamp says already. (At sites that were ever
restored `sync.server.regained` has marks of its own in it.)
"""

from __future__ import annotations

from collections.abc import Mapping

from sync.clock import desk_of
from sync.merge import Cell

Met = Mapping[str, int]


def is_met(met: Met, stamp: int) -> bool:
    """Whether an edit of this stamp was merged here, by what the field has met."""
    author = desk_of(stamp)
    return 0 < stamp <= max(met.get(str(author), 0), met.get(f"{author}+", 0))


def meet(met: Met, lost: int, incoming: int, sent_as: int | None) -> dict[str, int]:
    """``met`` with one more edit. ``sent_as`` is the stamp from the future that an edit came with: it can
    come with it again, and only then is it known by it."""
    fresh = dict(met)
    for stamp in (lost, incoming):
        desk = str(desk_of(stamp))
        if fresh.get(desk, 0) < stamp:
            fresh[desk] = stamp
    if sent_as is not None:
        fresh[f"{desk_of(incoming)}+"] = sent_as
    return fresh


def of_new_value(met: Met) -> dict[str, int]:
    """``met`` without who said the same as the value that was in force."""
    return {mark: at for mark, at in met.items() if mark[-1] != "="}


def said_again(met: Met, current: Cell, incoming: Cell, sent_as: int | None) -> dict[str, int]:
    """``met`` with somebody who said the same as the value in force. Nobody is contradicted and nothing
    changes: who replaced or deleted one of the two has seen what the other says, whichever of the stamps they
    name it by (``3=``, and ``3+=`` that from the future)."""
    desk = desk_of(incoming.stamp)
    noted = {**met, f"{desk}=": incoming.stamp}
    if sent_as is not None:
        noted[f"{desk}+="] = sent_as
    note_life(noted, incoming._replace(life=current.life))
    return noted


def said_besides(met: Met) -> list[int]:
    """The other stamps of the value in force."""
    return [at for mark, at in met.items() if mark[-1] == "="]


def note_life(met: dict[str, int], merged: Cell) -> None:
    """Note the life that the last edit of a desk belongs to, as ``3*``; 0 is not written down."""
    mark = f"{desk_of(merged.stamp)}*"
    if merged.life:
        met[mark] = merged.life
    else:
        met.pop(mark, None)


def life_met(met: Met, base: int) -> int | None:
    """The life of a value that was merged here, if it is its desk's last; None: not known."""
    desk = desk_of(base)
    is_last = base and base in {met.get(str(desk)), met.get(f"{desk}+")}
    return met.get(f"{desk}*", 0) if is_last else None
