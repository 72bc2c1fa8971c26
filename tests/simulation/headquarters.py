"""The simulated headquarters: the real store on a real file, a face of bytes, and what befalls both."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from typing import Any

import msgspec
from sqlalchemy import Connection
from sqlalchemy.exc import DBAPIError

from models.errors import DomainError
from sync import protocol
from sync.protocol import BodyError, CompareRequest, EnrolReply, EnrolRequest, SyncRequest
from sync.server import auth, blob_upkeep
from sync.server.blobs import BlobStore
from sync.server.database import HqDatabase
from sync.server.snapshot import Snapshots
from sync.server.store import Store
from tests.simulation.surroundings import Disk, Surroundings

DOORS = ("writing", "reading", "administering", "surveying", "addressing")


class SimHq(HqDatabase):
    """Tells the world when a transaction has ended: there another request may come in between."""

    between: Callable[[], None] = staticmethod(lambda: None)


def _watched(door: Callable[..., AbstractContextManager[Any]]) -> Any:
    @contextmanager
    def watched(self: SimHq, *site: str) -> Iterator[Any]:
        with door(self, *site) as connection:
            yield connection
        self.between()

    return watched


for _name in DOORS:
    setattr(SimHq, _name, _watched(getattr(HqDatabase, _name)))


class Headquarters:
    """One program run after the other on one file. ``restarts`` counts them."""

    def __init__(self, ground: Surroundings, disk: Disk, wall: Callable[[], int]) -> None:
        self.ground = ground
        self.disk = disk
        self.wall = wall
        self.restarts = 0
        self.between: Callable[[], None] = lambda: None
        self.store: Store = None  # type: ignore[assignment]
        self.blobs: BlobStore = None  # type: ignore[assignment]
        self.snapshots: Snapshots | None = None
        self.has_snapshots = False
        self._is_making = False

    def open(self) -> None:
        database = SimHq(f"sqlite:///{self.disk.path}")
        database.between = self.between
        self.store = Store(database, self.wall)
        self.blobs = BlobStore(self.ground.folder / "hq-blobs", monotonic=self._seconds)
        if self.has_snapshots:
            folder = self.ground.folder / "hq-blobs" / "snapshots"
            self.snapshots = Snapshots(database, folder, smallest=1, monotonic=self._seconds)

    def _seconds(self) -> float:
        return self.wall() / 1000

    def close(self) -> None:
        if self.store is not None:
            self.store.database.close()
        self.disk.shut()

    def reopen(self) -> None:
        """After a crash or by an administrator: only the file is left."""
        self.restarts += 1
        self.disk.countdown, self.disk.interrupt = 0, None
        self.close()
        self.open()

    # -- the administrator -----------------------------------------------------------------------

    def add_site(self, name: str) -> str:
        with self.administering() as connection:
            return auth.add_site(connection, name, self.wall())

    def code(self, site_id: str) -> str:
        """A one-time code for a desk."""
        return auth.issue_code(self.store.database, site_id, self.wall())

    def revoke(self, site_id: str, letter: str) -> None:
        with self.administering() as connection:
            auth.revoke(connection, site_id, letter, self.wall())

    def administering(self) -> AbstractContextManager[Connection]:
        return self.store.database.administering()

    # -- the face --------------------------------------------------------------------------------

    def answer(self, path: str, token: str, body: bytes, is_compressed: bool) -> bytes:
        """One request in bytes, its answer in bytes: what the handlers do, without HTTP.

        Raises ``DomainError`` with the code that the desk would be told.
        """
        try:
            return self._answered(path, token, protocol.decompress(body) if is_compressed else body)
        except BodyError as error:
            raise DomainError(error.code) from error
        except msgspec.DecodeError as error:
            raise DomainError("body-invalid") from error
        except DBAPIError as error:
            raise DomainError("hq-error", status=500) from error

    def _answered(self, path: str, token: str, body: bytes) -> bytes:
        message: msgspec.Struct
        if path == "enrol":
            message = self.store.enrol(protocol.decode(body, EnrolRequest))
        elif path not in {"compare", "sync"}:
            return msgspec.msgpack.encode(self._called(path, token, msgspec.msgpack.decode(body)))
        elif path == "compare":
            compared = protocol.decode(body, CompareRequest)
            message = self.store.compare(self.store.desk(token), compared)
        else:
            request = protocol.decode(body, SyncRequest)
            message = self.store.round(token, request)[1]
        return protocol.encode(message)

    def _called(self, path: str, token: str, given: Sequence[Any]) -> object:
        """What a desk asks besides rounds: attachments and snapshots."""
        desk = self.store.desk(token)
        site_id, database = desk.site_id, self.store.database
        if path.startswith("snapshot"):
            return self._snapshot(site_id, given)
        if path == "blobs_wanted":
            with database.reading(site_id) as connection:
                return blob_upkeep.wanted(connection, site_id, *given)
        if path == "blob_state":
            with database.reading(site_id) as connection:
                return self.blobs.state(connection, site_id, *given)
        if path == "blob_announce":
            with database.writing(site_id) as connection:
                now_ms = self.store.clock.now()
                name, size = given
                return self.blobs.announce(connection, site_id, name, size, now_ms, desk=desk.number)
        if path == "blob_get":
            return blob_upkeep.read(database, self.blobs, site_id, *given)
        name, offset, chunk = given
        with database.reading(site_id) as connection:
            upload = self.blobs.begin(connection, site_id, name, offset, desk=desk.number)
        upload.take(chunk)
        upload.close()
        return self.blobs.end(database, site_id, upload) if path == "blob_put" else None

    def _snapshot(self, site_id: str, given: Sequence[Any]) -> object:
        if self.snapshots is None:
            raise DomainError("request-invalid")
        if given:
            return self.snapshots.part(site_id, *given)
        if self._is_making:
            raise DomainError("hq-busy")  # one is made at a time
        self._is_making = True
        try:
            self.snapshots.make(site_id)
        finally:
            self._is_making = False
        return self.snapshots.offer(site_id)


__all__ = ["EnrolReply", "Headquarters"]
