"""What somebody who deleted a row had seen in it, desk by desk (`sync.merge.Grave.known`)."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping

from models.entities.synced import SEEN
from sync.clock import desk_of
from sync.protocol import Patch


def known_of(stamps: Iterable[int]) -> dict[str, int]:
    """{desk: its highest of these stamps}."""
    known: dict[str, int] = {}
    for stamp in stamps:
        desk = str(desk_of(stamp))
        known[desk] = max(known.get(desk, 0), stamp)
    return known


def of_patch(patch: Patch, at: int, limit: int, stamped: Callable[[int], int]) -> dict[str, int]:
    """What the author of a deletion, stamped ``at`` here, says they had seen; empty from one too old for it.

    They knew all that their own desk wrote before, under whatever stamps: what of it lay in the future is
    ``stamped`` again. Of other desks nobody can have seen a stamp that we would not take (``limit``): left
    there, it would cover what they write until then.
    """
    told = [stamp for name, stamp in patch.replaced.items() if name.startswith(SEEN) and stamp > 0]
    if not told:
        return {}
    author = desk_of(at)
    known = known_of(stamp for stamp in told if desk_of(stamp) != author)
    own = [stamped(stamp) for stamp in told if desk_of(stamp) == author]
    return {**{desk: min(stamp, limit) for desk, stamp in known.items()}, str(author): max([at, *own])}


def of_row(stamp: int, stamps: Mapping[str, int], deleted: int, patched: Collection[str]) -> dict[str, int]:
    """Likewise of a whole row that comes deleted: its author had all of it in sight, but for fields that come
    as edits besides (``patched``), which still waited when the deletion came to their desk, and for what is
    later than the deletion: that was stamped anew since, of an edit that waited then."""
    known = known_of([stamp, *(at for name, at in stamps.items() if name not in patched and at < deleted)])
    author = str(desk_of(deleted))
    return {**known, author: max(known.get(author, 0), deleted)}
