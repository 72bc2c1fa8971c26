"""A snapshot's parts on their way to this desk: fetched in pieces, compared with their hash, unpacked. They
are only ever in memory: nothing of a resident lies on the disk outside the encrypted file."""

from __future__ import annotations

import threading
from collections.abc import Callable, Generator, Iterator

from models.errors import DomainError
from sync.client.transport import Link
from sync.protocol import BodyError
from sync.snapshots import PIECE, PackedBlock, SnapshotReply, name_of, unpack

Stop = Callable[[], bool]

SMALLEST_PIECE = 16 * 1024
TRIES = 3
GONE = "snapshot-gone"
_SLOW = frozenset({"hq-timeout", "hq-cut"})


class StoppedError(Exception):
    """Somebody asked the fill to stop."""


def parts(
    link: Link,
    manifest: SnapshotReply,
    first: int = 0,
    *,
    stop: Stop = lambda: False,
    fetches_ahead: bool = False,
) -> Generator[tuple[int, list[PackedBlock]]]:
    """The parts of a snapshot from ``first`` on: fetched, compared with their hash and unpacked. With
    ``fetches_ahead`` the next one travels, on a thread, while the last is worked on.

    Raises ``snapshot-gone`` (also for a part that does not come as it should), `StoppedError` and those of
    the link.
    """
    fetch = _Fetch(link, manifest, stop)
    numbers = range(first, len(manifest.parts))
    bodies = _ahead(fetch, numbers) if fetches_ahead else map(fetch, numbers)
    for number, body in zip(numbers, bodies, strict=True):
        try:
            blocks = unpack(body)
        except BodyError as error:
            raise DomainError(GONE) from error
        yield number, blocks


class _Fetch:
    """Fetches a part in pieces, smaller ones on a slow line; each try goes on where the last one ended."""

    def __init__(self, link: Link, manifest: SnapshotReply, stop: Stop) -> None:
        self._link = link
        self._manifest = manifest
        self._stop = stop
        self._length = PIECE

    def __call__(self, number: int) -> bytes:
        for _ in range(2):
            body = self._whole(number)
            if name_of(body) == self._manifest.parts[number].sha256:
                return body
        raise DomainError(GONE)

    def _whole(self, number: int) -> bytes:
        size = self._manifest.parts[number].size
        body = bytearray()
        while len(body) < size:
            piece, told = self._piece(number, len(body))
            if told != size or not piece:
                raise DomainError(GONE)
            body += piece
        return bytes(body)

    def _piece(self, number: int, offset: int) -> tuple[bytes, int]:
        for left in range(TRIES, -1, -1):
            if self._stop():
                raise StoppedError
            try:
                return self._link.snapshot_part(self._manifest.id, number, offset, self._length)
            except DomainError as error:
                if error.code not in _SLOW or not left:
                    raise
                self._length = max(self._length // 4, SMALLEST_PIECE)
        raise AssertionError("the last try either answers or raises")


def _ahead(fetch: _Fetch, numbers: range) -> Iterator[bytes]:
    coming = _Coming(fetch, numbers[0]) if numbers else None
    try:
        for number in numbers:
            assert coming is not None
            body = coming.result()
            coming = _Coming(fetch, number + 1) if number + 1 in numbers else None
            yield body
    finally:
        if coming is not None:
            coming.join()  # the link is not for two at once


class _Coming(threading.Thread):
    """One part on its way."""

    def __init__(self, fetch: _Fetch, number: int) -> None:
        super().__init__(name="snapshot-part", daemon=True)
        self._fetch = fetch
        self._number = number
        self._body = b""
        self._error: BaseException | None = None
        self.start()

    def run(self) -> None:
        try:
            self._body = self._fetch(self._number)
        except BaseException as error:  # raised again where the part is used
            self._error = error

    def result(self) -> bytes:
        self.join()
        if self._error is not None:
            raise self._error
        return self._body
