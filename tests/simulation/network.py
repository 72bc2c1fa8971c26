"""The simulated line between a desk and headquarters: it loses, repeats, delays, reorders and cuts bytes."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, TypeVar

import msgspec

from models.errors import DomainError
from sync import protocol
from sync.protocol import (
    BlobState,
    BodyError,
    CompareReply,
    CompareRequest,
    EnrolReply,
    EnrolRequest,
    SyncReply,
    SyncRequest,
)
from sync.snapshots import SnapshotReply
from tests.simulation.ages import first_words
from tests.simulation.surroundings import DeskCrash, HqCrash

if TYPE_CHECKING:
    from tests.simulation.world import SimDesk, World

T = TypeVar("T")
FATES = (
    "unreachable",
    "lost",
    "cut-up",
    "answer-lost",
    "cut-down",
    "twice",
    "late",
    "late-again",
    "old-answer",
    "busy",
    "die-before",
    "die-after",
)
LINE_FAULTS = frozenset({"hq-unreachable", "hq-timeout", "hq-silent", "hq-cut", "hq-error", "hq-busy"})


class BrokenPromise(AssertionError):
    """An invariant does not hold."""


@dataclass(frozen=True)
class Parcel:
    """A request under way."""

    path: str
    token: str
    body: bytes
    is_compressed: bool


class SimLink:
    """What the engine takes for `sync.client.transport.HttpLink`."""

    def __init__(self, world: World, desk: SimDesk) -> None:
        self.world = world
        self.desk = desk
        self.badness = 0.0
        self.fates: tuple[str, ...] = FATES
        self.limit = protocol.MAX_BODY
        """Compressed bytes in one request."""
        self.is_plain = False
        """Both ends speak as the first version did: one of them knows nothing else."""
        self.late: list[Parcel] = []
        self.answers: list[tuple[str, bytes]] = []
        """What came or should have come before: (path, bytes)."""

    # -- what the engine asks --------------------------------------------------------------------

    def sync(self, request: SyncRequest) -> SyncReply:
        if not self.is_plain:
            return self._ask("sync", request, SyncReply)
        return first_words(self._ask("sync", first_words(request), SyncReply))

    def compare(self, request: CompareRequest) -> CompareReply:
        return self._ask("compare", request, CompareReply)

    def enrol(self, request: EnrolRequest) -> EnrolReply:
        return self._ask("enrol", request, EnrolReply)

    def blob_state(self, name: str) -> BlobState:
        return self._call("blob_state", BlobState, name)

    def blob_announce(self, name: str, size: int) -> BlobState:
        return self._call("blob_announce", BlobState, name, size)

    def blob_put(self, name: str, offset: int, chunk: bytes) -> BlobState:
        return self._call("blob_put", BlobState, name, offset, chunk)

    def blob_get(self, name: str, offset: int) -> tuple[bytes, int]:
        return self._call("blob_get", tuple[bytes, int], name, offset)

    def blobs_wanted(self, after: str) -> list[str]:
        return self._call("blobs_wanted", list[str], after)

    def snapshot(self) -> SnapshotReply:
        return self._call("snapshot", SnapshotReply)

    def snapshot_part(self, snapshot_id: str, number: int, offset: int, length: int) -> tuple[bytes, int]:
        return self._call("snapshot_part", tuple[bytes, int], snapshot_id, number, offset, length)

    # -- the line --------------------------------------------------------------------------------

    def _ask(self, path: str, message: msgspec.Struct, kind: type[T]) -> T:
        body, is_compressed = protocol.compress(protocol.encode(message))
        if len(body) > self.limit:
            raise DomainError("body-too-large")
        return self._exchange(Parcel(path, self.desk.tokens.token or "", body, is_compressed), kind)

    def _call(self, path: str, kind: type[T], *given: object) -> T:
        """What has no message of its own travels as the list of what was given."""
        body = msgspec.msgpack.encode(given)
        return self._exchange(Parcel(path, self.desk.tokens.token or "", body, is_compressed=False), kind)

    def _exchange(self, parcel: Parcel, kind: type[T]) -> T:
        self.world.travels(self.desk)
        answer = self._carried(parcel, self._fate())
        self.world.travels(self.desk)
        try:
            return protocol.decode(answer, kind)
        except BodyError as error:
            raise DomainError("hq-cut") from error

    def _fate(self) -> str:
        chance = self.world.chance
        if chance.random() >= self.badness:
            return "fine"
        return chance.choice(self.fates)

    def _carried(self, parcel: Parcel, fate: str) -> bytes:
        if fate != "fine":
            self.world.tell(f"    line: {fate}")
        if fate in {"unreachable", "busy"}:
            raise DomainError(f"hq-{fate}")
        if fate == "die-before":
            raise DeskCrash
        if fate in {"lost", "late"}:
            if fate == "late":
                self.late.append(parcel)
            raise DomainError("hq-timeout")
        if fate == "cut-up":
            self._cut_up(parcel)
        answer = self._delivered(parcel)
        return self._returned(parcel, fate, answer)

    def _cut_up(self, parcel: Parcel) -> None:
        """Half a request must never be taken for a whole one."""
        half = parcel.body[: self.world.chance.randrange(len(parcel.body))]
        if parcel.path == "blob_put":
            name, offset, chunk = msgspec.msgpack.decode(parcel.body)
            left = chunk[: self.world.chance.randrange(len(chunk) + 1)]
            self._delivered(
                replace(parcel, path="blob_cut", body=msgspec.msgpack.encode((name, offset, left)))
            )
            raise DomainError("hq-silent")
        try:
            self._delivered(Parcel(parcel.path, parcel.token, half, parcel.is_compressed))
        except DomainError as error:
            if error.code not in {"body-invalid", "token-unknown", "desk-revoked", "hq-silent", "hq-error"}:
                raise BrokenPromise(f"half a request was taken for one: {error.code}") from error
            raise DomainError("hq-silent") from error
        raise BrokenPromise("half a request was taken for a whole one")

    def _returned(self, parcel: Parcel, fate: str, answer: bytes) -> bytes:
        earlier = [body for path, body in self.answers if path == parcel.path]
        self.answers = [*self.answers[-5:], (parcel.path, answer)]
        if fate == "answer-lost":
            raise DomainError("hq-timeout")
        if fate == "die-after":
            raise DeskCrash
        if fate == "cut-down":
            return self._cut_down(answer)
        if fate == "twice":
            return self._delivered(parcel)
        if fate == "late-again":
            self.late.append(parcel)
        if fate == "old-answer" and earlier and parcel.path == "sync" and not self.is_plain:
            # the last may have been lost: what it answers is sent once more then, with more in it
            return self.world.chance.choice((earlier[-1], self.world.chance.choice(earlier)))
        return answer

    def _cut_down(self, answer: bytes) -> bytes:
        half = answer[: self.world.chance.randrange(len(answer))]
        try:
            protocol.decode(half, SyncReply)
        except BodyError:
            return half
        raise BrokenPromise("half an answer can be read as a whole one")

    def _delivered(self, parcel: Parcel) -> bytes:
        """Headquarters works on it; it may die over that, which the desk sees as silence."""
        hq = self.world.hq
        try:
            return hq.answer(parcel.path, parcel.token, parcel.body, parcel.is_compressed)
        except HqCrash:
            self.world.hq_died()
            raise DomainError("hq-silent") from None
        except DomainError as error:
            if error.code == "hq-rebase" and not (self.world.is_forgetful or self.world.has_doubles):
                raise BrokenPromise(f"{self.desk.name} is sent back, but nothing was restored") from error
            raise

    def deliver_late(self) -> None:
        """What was under way all the time arrives now; nobody waits for the answer."""
        parcels, self.late = self.late, []
        for parcel in parcels:
            try:
                answer = self._delivered(parcel)
            except DomainError as error:
                self.world.tell(f"    a late {parcel.path} of {self.desk.name}: {error.code}")
            else:
                self.world.tell(f"    a late {parcel.path} of {self.desk.name} arrives")
                self.answers = [*self.answers[-5:], (parcel.path, answer)]
