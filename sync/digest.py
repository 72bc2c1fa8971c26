"""Do two replicas hold the same rows? An order-free sum of row hashes, in 256 buckets per table.

A row's hash covers its id, its stamps and whether it is deleted, not its values: equal stamps mean equal
values. Sums are modulo 2**64, so a row is taken out as easily as put in. Each side adds up its own rows.
"""

from __future__ import annotations

from array import array
from collections.abc import Iterable, Mapping, Sequence
from hashlib import blake2b

BUCKETS = 256
_MASK = (1 << 64) - 1


def row_hash(row_id: str, stamp: int, fields: Mapping[str, int] | None, deleted: int | None) -> int:
    """64 bits over one row's stamps. ``fields`` is {field: stamp}; what equals ``stamp`` does not count."""
    if fields:
        edited = [f"{name}={at}" for name, at in sorted(fields.items()) if at != stamp and name != "deleted"]
        text = f"{row_id}{stamp}{'|'.join(edited)}#{deleted or 0}"
    else:
        text = f"{row_id}{stamp}#{deleted or 0}"
    return int.from_bytes(blake2b(text.encode(), digest_size=8).digest(), "little")


class TableDigest:
    """One table's 256 sums."""

    __slots__ = ("sums",)

    def __init__(self, packed: bytes | None = None) -> None:
        self.sums = array("Q", packed if packed else bytes(8 * BUCKETS))

    def add(self, row_id: str, value: int) -> None:
        bucket = int(row_id[-2:], 16)
        self.sums[bucket] = (self.sums[bucket] + value) & _MASK

    def remove(self, row_id: str, value: int) -> None:
        bucket = int(row_id[-2:], 16)
        self.sums[bucket] = (self.sums[bucket] - value) & _MASK

    def add_rows(
        self,
        ids: Sequence[str],
        stamps: Sequence[int],
        fields: Sequence[Mapping[str, int] | None],
        deleted: Sequence[int | None],
    ) -> None:
        """The same for many rows, by column."""
        sums = self.sums.tolist()
        for row_id, stamp, edited, gone in zip(ids, stamps, fields, deleted, strict=True):
            if edited or gone:
                value = row_hash(row_id, stamp, edited, gone)
            else:
                plain = blake2b(f"{row_id}{stamp}#0".encode(), digest_size=8)
                value = int.from_bytes(plain.digest(), "little")
            sums[int(row_id[-2:], 16)] += value
        self.sums = array("Q", [one & _MASK for one in sums])

    def packed(self) -> bytes:
        return self.sums.tobytes()

    def total(self) -> int:
        return sum(self.sums) & _MASK

    def differing(self, other: TableDigest) -> list[int]:
        """The buckets in which the two differ."""
        if self.sums == other.sums:
            return []
        return [
            bucket
            for bucket, (mine, theirs) in enumerate(zip(self.sums, other.sums, strict=True))
            if mine != theirs
        ]


def combined(totals: Iterable[tuple[str, int]]) -> int:
    """One number over all tables; a table without rows counts nothing, so an unknown one does not either."""
    whole = 0
    for table, total in totals:
        if total:
            mixed = blake2b(f"{table}{total}".encode(), digest_size=8).digest()
            whole = (whole + int.from_bytes(mixed, "little")) & _MASK
    return whole
