"""The wire to headquarters, and the only place that knows HTTP: every fault leaves here as `DomainError`.

Codes: ``hq-address`` (no address we may use), ``hq-ca-missing``, ``hq-unreachable``, ``hq-timeout``,
``hq-certificate``, ``hq-not-tls`` (https, but plain HTTP answers), ``hq-wants-tls`` (the other way round, at
an enrolment), ``hq-silent`` (connection closed without an answer), ``hq-cut`` (half an answer),
``hq-foreign`` (something else answers there, as a sign-in page does), ``hq-error`` (status 5xx), and
whatever code headquarters gives itself (``token-unknown``, ``desk-revoked``, ``hq-rebase``, ``hq-busy`` …).
"""

from __future__ import annotations

import ipaddress
import logging
import re
import secrets
import ssl
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Protocol, TypeVar, runtime_checkable
from urllib.parse import urlsplit
from urllib.request import getproxies

import msgspec
import requests
import urllib3
from requests import PreparedRequest
from requests.adapters import HTTPAdapter
from requests.structures import CaseInsensitiveDict
from requests.utils import requote_uri
from urllib3.util import SKIP_HEADER

from models.errors import DomainError
from sync import protocol
from sync.client import tls
from sync.client.answers import Answer, refusal
from sync.client.open_connections import OpenConnections, watched_pool
from sync.client.tokens import Held, TokenStore, hash_of
from sync.protocol import (
    CHUNK,
    MAX_ANSWER,
    MAX_BODY,
    MEDIA_TYPE,
    SHORT_TYPE,
    ZSTD,
    BlobState,
    BlobsWanted,
    BodyError,
    CompareReply,
    CompareRequest,
    EnrolReply,
    EnrolRequest,
    SyncReply,
    SyncRequest,
    TokenOffer,
    TokenState,
)
from sync.snapshots import SnapshotReply

LOG = logging.getLogger("qiantai.sync")
T = TypeVar("T")
_PIN = re.compile(r"[0-9a-f]{64}")
_TLS_FAULTS = (ssl.SSLError, urllib3.exceptions.SSLError, requests.exceptions.SSLError)
NOT_REACHED = frozenset({"hq-unreachable", "hq-certificate", "hq-not-tls"})
"""Faults before anything was sent."""
_PIECE = 1 << 16
_SMALL_PIECE = 1 << 14
"""Bytes read at a time: of a line that is cut no more than that is lost."""


class Link(Protocol):
    """What the engine needs of headquarters; tests put a faulty network in between."""

    def sync(self, request: SyncRequest) -> SyncReply: ...

    def compare(self, request: CompareRequest) -> CompareReply: ...

    def blob_state(self, name: str) -> BlobState: ...

    def blob_announce(self, name: str, size: int) -> BlobState: ...

    def blob_put(self, name: str, offset: int, chunk: bytes) -> BlobState: ...

    def blob_get(self, name: str, offset: int) -> tuple[bytes, int]: ...

    def blobs_wanted(self, after: str) -> list[str]: ...

    def snapshot(self) -> SnapshotReply: ...

    def snapshot_part(self, snapshot_id: str, number: int, offset: int, length: int) -> tuple[bytes, int]: ...


@runtime_checkable
class Abortable(Protocol):
    """A link whose waiting another thread can end."""

    def abort(self) -> None: ...


@dataclass(frozen=True)
class Address:
    """Where headquarters is and by what it is known: an own CA file, or a certificate's SHA-256."""

    url: str
    ca_file: Path | None = None
    pin: str | None = None

    @classmethod
    def typed(cls, text: str, ca_file: Path | None = None) -> Address:
        """An address as headquarters shows it and people paste it: a certificate it made itself is named
        behind it, ``https://host:8470#sha256=…``. Without a scheme it is https, on this machine http. Raises
        ``hq-address``."""
        url, mark, fragment = text.strip().partition("#")
        pin = fragment.removeprefix("sha256=").replace(":", "").lower()
        if mark and not _PIN.fullmatch(pin):
            raise DomainError("hq-address", url=text)
        is_known = bool(mark) or ca_file is not None
        return cls(check_address(_with_scheme(url.strip(), is_known)), ca_file, pin if mark else None)


@dataclass(frozen=True)
class Timeouts:
    """Seconds: to connect, between two pieces of an answer, and for the whole answer."""

    connect: float = 5.0
    read: float = 30.0
    whole: float = 120.0


def check_address(url: str) -> str:
    """The address without a trailing slash; raises ``hq-address`` unless it is https, or on this machine."""
    try:
        parts = urlsplit(url.strip())
    except ValueError as error:
        raise DomainError("hq-address", url=url) from error
    host = parts.hostname or ""
    is_plain = parts.scheme == "http" and _is_loopback(host)
    is_host = bool(host) and not any(map(str.isspace, host))
    if not is_host or (parts.scheme != "https" and not is_plain) or parts.query or parts.username:
        raise DomainError("hq-address", url=url)
    return url.strip().rstrip("/")


def _with_scheme(url: str, is_known: bool) -> str:
    """``is_known``: by a certificate, which only https has."""
    if not url or "://" in url:
        return url
    try:
        host = urlsplit(f"//{url}").hostname or ""
    except ValueError:
        return url
    return f"{'http' if _is_loopback(host) and not is_known else 'https'}://{url}"


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


class HttpLink:
    """One desk's connection, kept alive between rounds. Not for several threads at once, but for `abort`.

    With ``tokens`` it asks in the name of the token kept there, and renews it when headquarters says so.
    """

    def __init__(
        self,
        address: Address,
        token: str = "",
        timeouts: Timeouts | None = None,
        monotonic: Callable[[], float] = time.monotonic,
        *,
        tokens: TokenStore | None = None,
        site_id: str = "",
    ) -> None:
        self.url = check_address(address.url)
        self._timeouts = timeouts or Timeouts()
        self._monotonic = monotonic
        if address.ca_file is not None and not address.ca_file.is_file():
            raise DomainError("hq-ca-missing", path=str(address.ca_file))
        host = urlsplit(self.url).hostname or ""
        self._proxies = {} if _is_loopback(host) else getproxies()
        self._open = OpenConnections()
        self._adapter = _Adapter(self._open, address.pin if self.url.startswith("https:") else None)
        self._verify = str(address.ca_file) if address.ca_file else address.pin is None
        # urllib3 names itself and what it can unpack unless told not to: 64 bytes of each round
        skipped = dict.fromkeys(("user-agent", "accept-encoding"), SKIP_HEADER)
        self._headers = {"content-type": MEDIA_TYPE, **skipped}
        self._tokens, self._site_id = tokens, site_id
        self._held = Held.read(tokens) if tokens is not None else Held(token)
        self._present(self._held.token)

    def close(self) -> None:
        self._adapter.close()
        self._open.end()  # the adapter lets go of connections, but an error that is kept may hold them

    def abort(self) -> None:
        """From any thread: end what is under way at once, for good. It raises ``hq-silent`` or ``hq-cut``."""
        self._open.abort()

    def _present(self, token: str) -> None:
        if token:
            self._headers["authorization"] = f"Bearer {token}"

    # -- what can be asked -----------------------------------------------------------------------

    def sync(self, request: SyncRequest) -> SyncReply:
        reply = self._post("/v1/sync", request, SyncReply)
        if reply.echo:
            self._headers["content-type"] = SHORT_TYPE
        if reply.rotate and self._tokens is not None:
            self._renew(self._tokens)
        return reply

    def _renew(self, tokens: TokenStore) -> None:
        """A new token: kept first, then told, then used; from its use on the old one is good no more. What
        goes wrong on the way is done again at a later round, with the same token."""
        try:
            self._held = Held.read(tokens).renewing(self._site_id)  # another link may be at it
            self._present(self._held.token)
            self._held.keep(tokens)
            offer = TokenOffer(hash_of(self._held.following))
            self._post("/v1/token", offer, TokenState)
            self._present(self._held.following)
            if not self._post("/v1/token", offer, TokenState).is_used:
                raise DomainError("token-invalid")
            self._held = self._held.swapped()
            self._held.keep(tokens)
        except DomainError as error:
            LOG.warning("token not renewed: %s", error.code)
            self._present(self._held.token)

    def compare(self, request: CompareRequest) -> CompareReply:
        return self._post("/v1/compare", request, CompareReply)

    def enrol(self, request: EnrolRequest) -> EnrolReply:
        try:
            return self._post("/v1/enrol", request, EnrolReply)
        except DomainError as error:
            is_plain = error.code == "hq-silent" and self.url.startswith("http:")
            if is_plain and tls.is_spoken_at(self.url, self._timeouts.connect):
                raise DomainError("hq-wants-tls") from error
            raise

    def blob_state(self, name: str) -> BlobState:
        return self._message(self._ask("GET", f"/v1/blobs/{name}/state"), BlobState)

    def blob_announce(self, name: str, size: int) -> BlobState:
        return self._message(self._ask("POST", f"/v1/blobs/{name}?size={size}", b""), BlobState)

    def blob_put(self, name: str, offset: int, chunk: bytes) -> BlobState:
        """Not sent again by itself when the line is cut: some of it may be there."""
        path = f"/v1/blobs/{name}?offset={offset}"
        return self._message(self._ask("PUT", path, chunk, is_repeated=False), BlobState)

    def blobs_wanted(self, after: str) -> list[str]:
        return self._message(self._ask("GET", f"/v1/blobs/wanted?after={after}"), BlobsWanted).names

    def blob_get(self, name: str, offset: int) -> tuple[bytes, int]:
        """A piece from ``offset`` on and the size of the whole; when the line is cut, what came before."""
        answer = self._ask("GET", f"/v1/blobs/{name}?offset={offset}", may_be_cut=True)
        size = answer.headers.get("x-blob-size", "")
        if answer.media != "application/octet-stream" or not size.isdecimal() or len(answer.body) > CHUNK:
            raise DomainError("hq-foreign", status=200)
        return answer.body, int(size)

    def snapshot(self) -> SnapshotReply:
        return self._message(self._ask("GET", "/v1/snapshot"), SnapshotReply)

    def snapshot_part(self, snapshot_id: str, number: int, offset: int, length: int) -> tuple[bytes, int]:
        """At most ``length`` bytes from ``offset`` on and the size of the part; of a cut line, what came."""
        path = f"/v1/snapshot/{snapshot_id}/{number}?offset={offset}&length={length}"
        answer = self._ask("GET", path, may_be_cut=True)
        size = answer.headers.get("x-part-size", "")
        if answer.media != "application/octet-stream" or not size.isdecimal() or len(answer.body) > length:
            raise DomainError("hq-foreign", status=200)
        return answer.body, int(size)

    # -- how it is asked -------------------------------------------------------------------------

    def _post(self, path: str, message: msgspec.Struct, kind: type[T]) -> T:
        body, is_compressed = protocol.compress(protocol.encode(message))
        if len(body) > MAX_BODY:
            raise DomainError("body-too-large")  # told there in the middle of sending, it would look cut
        extra = {"content-encoding": ZSTD} if is_compressed else {}
        return self._message(self._ask("POST", path, body, extra), kind)

    def _ask(
        self,
        method: str,
        path: str,
        body: bytes | None = None,
        extra: Mapping[str, str] | None = None,
        *,
        is_repeated: bool = True,
        may_be_cut: bool = False,
    ) -> Answer:
        """One exchange. A kept connection that the other side closed meanwhile is tried once more anew:
        every request here may be repeated without harm. Those of `NOT_REACHED` say that nothing of it has
        gone out, at the first try either: the engine forgets it then."""
        is_other_tried = was_sent = False
        while True:
            headers = {"x-request-id": secrets.token_hex(4), **self._headers, **(extra or {})}
            try:
                return self._exchange(method, path, body, headers, may_be_cut=may_be_cut)
            except _ClosedError as error:
                if not is_repeated or self._open.is_aborted:
                    raise DomainError("hq-silent") from error
                is_repeated, was_sent = False, True
            except DomainError as error:
                if was_sent and error.code in NOT_REACHED:
                    raise DomainError("hq-silent") from error
                if error.code == "body-type" and self._headers["content-type"] == SHORT_TYPE:
                    self._headers["content-type"] = MEDIA_TYPE  # it went back to an older version
                    continue
                if error.code != "token-unknown" or is_other_tried or not self._take_other():
                    raise
                is_other_tried = True

    def _take_other(self) -> bool:
        """The token in use is not known, but there is another: a renewal was cut short after its last step,
        another link has made one, or headquarters came back from a backup. False when there is none."""
        other = self._held.other(self._tokens) if self._tokens is not None else None
        if other is None:
            return False
        self._held = other
        self._present(other.token)
        return True

    def _exchange(
        self, method: str, path: str, body: bytes | None, headers: Mapping[str, str], *, may_be_cut: bool
    ) -> Answer:
        """``may_be_cut``: half a good answer is an answer too."""
        limits = self._timeouts
        try:
            with self._adapter.send(
                _prepared(method, _on_wire(self.url) + requote_uri(path), body, headers),
                stream=True,
                timeout=(limits.connect, limits.read),
                verify=self._verify,
                proxies=self._proxies,
            ) as response:
                content = self._read(response, may_be_cut and response.status_code == 200)
                answer = Answer(response.status_code, response.headers, content)
        except (requests.exceptions.RequestException, urllib3.exceptions.HTTPError) as error:
            raise _told(error) from error
        if answer.status != 200:
            raise refusal(answer, headers["x-request-id"])
        if not content and "content-length" not in answer.headers:
            raise DomainError("hq-cut")  # within the head of the answer
        return answer

    def _read(self, response: requests.Response, may_be_cut: bool) -> bytes:
        """The body as it came, within size and time: a trickle must not hold the desk for ever."""
        deadline = self._monotonic() + self._timeouts.whole
        content = bytearray()
        piece = _SMALL_PIECE if may_be_cut else _PIECE
        try:
            while chunk := response.raw.read(piece, decode_content=False):
                content += chunk
                if len(content) > MAX_ANSWER:
                    raise DomainError("body-too-large")
                if self._monotonic() > deadline:
                    raise DomainError("hq-timeout")
        except (requests.exceptions.RequestException, urllib3.exceptions.HTTPError):
            if not (may_be_cut and content):
                raise
        return bytes(content)

    def _message(self, answer: Answer, kind: type[T]) -> T:
        if answer.media not in {MEDIA_TYPE, SHORT_TYPE}:
            raise DomainError("hq-foreign", status=answer.status)
        try:
            body = answer.body
            if answer.headers.get("content-encoding") == ZSTD:
                body = protocol.decompress(body)
            return protocol.decode(body, kind)
        except BodyError as error:
            raise DomainError("hq-cut") from error


class _ClosedError(Exception):
    """The connection ended before any answer began."""


@cache
def _on_wire(url: str) -> str:
    """An address as it is asked for: its host and path in ASCII."""
    request = PreparedRequest()
    request.prepare_url(url, None)
    return str(request.url).rstrip("/")


def _prepared(method: str, url: str, body: bytes | None, headers: Mapping[str, str]) -> PreparedRequest:
    """As it goes out. What a session merges, looks for and checks at every call costs more than the call."""
    request = PreparedRequest()
    request.method, request.url, request.body = method, url, body
    request.headers = CaseInsensitiveDict(headers)
    if body is not None or method != "GET":
        request.headers["content-length"] = str(len(body or b""))
    return request


class _Adapter(HTTPAdapter):
    """Trusts one certificate only, when its SHA-256 is given; tells of the connections it opens."""

    def __init__(self, connections: OpenConnections, pin: str | None = None) -> None:
        self._pin = pin
        self._connections = connections
        super().__init__(pool_connections=1, pool_maxsize=1)

    def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:
        if self._pin:
            kwargs["assert_fingerprint"] = self._pin
        super().init_poolmanager(*args, **kwargs)
        known = self.poolmanager.pool_classes_by_scheme
        self.poolmanager.pool_classes_by_scheme = {
            scheme: watched_pool(pool, self._connections) for scheme, pool in known.items()
        }


def _told(error: Exception) -> Exception:
    """A fault of the network in our own words."""
    causes = tls.causes_of(error)
    if any(isinstance(cause, _TLS_FAULTS) for cause in causes):
        return DomainError("hq-not-tls" if tls.is_plain(causes) else "hq-certificate")
    if isinstance(error, (requests.exceptions.ConnectTimeout, urllib3.exceptions.ConnectTimeoutError)):
        return DomainError("hq-unreachable")
    if isinstance(error, (requests.exceptions.Timeout, urllib3.exceptions.ReadTimeoutError)):
        return DomainError("hq-timeout")
    if any(isinstance(cause, urllib3.exceptions.NewConnectionError) for cause in causes):
        return DomainError("hq-unreachable")
    if any(isinstance(cause, urllib3.exceptions.ReadTimeoutError) for cause in causes):
        return DomainError("hq-timeout")
    if any(isinstance(cause, urllib3.exceptions.IncompleteRead) for cause in causes):
        return DomainError("hq-cut")
    if isinstance(error, requests.exceptions.ConnectionError):
        return _ClosedError()
    if isinstance(error, urllib3.exceptions.ProtocolError):
        return DomainError("hq-cut")
    return DomainError("hq-unreachable")
