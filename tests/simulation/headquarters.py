"""The simulated headquarters: the real store on a real file, a face of bytes, and what befalls both."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import Any

import msgspec
from sqlalchemy import Connection
from sqlalchemy.exc import DBAPIError

from models.errors import DomainError
from sync import protocol
from sync.protocol import BodyError, CompareRequest, EnrolReply, EnrolRequest, SyncRequest
from sync.server import auth
from sync.server.blobs import BlobStore
from sync.server.database import HqDatabase
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
        self.blobs = BlobStore(ground.folder / "hq-blobs")

    def open(self) -> None:
        database = SimHq(f"sqlite:///{self.disk.path}")
        database.between = self.between
        self.store = Store(database, self.wall)
        self.blobs = BlobStore(self.ground.folder / "hq-blobs")

    def close(self) -> None:
        if self.store is not None:
            self.store.database.close()
        self.disk.shut()

    def reopen(self) -> None:
        """After a crash or by an administrator: only the file is left."""
        self.restarts += 1
        self.close()
        self.disk.countdown = 0
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
        except DBAPIError as error:
            raise DomainError("hq-error", status=500) from error

    def _answered(self, path: str, token: str, body: bytes) -> bytes:
        message: msgspec.Struct
        if path == "enrol":
            message = self.store.enrol(protocol.decode(body, EnrolRequest))
        elif path == "compare":
            compared = protocol.decode(body, CompareRequest)
            message = self.store.compare(self.store.desk(token), compared)
        else:
            request = protocol.decode(body, SyncRequest)
            message = self.store.round(token, request)[1]
        return protocol.encode(message)


__all__ = ["EnrolReply", "Headquarters"]
