"""Whether headquarters is well and how much it does, for those who watch over it, and what it understands."""

from __future__ import annotations

import hmac
import ipaddress
from dataclasses import dataclass

import msgspec
from litestar import Response, get

from models.errors import DomainError
from sync.protocol import JSON_MEDIA_TYPE, Failure
from sync.server.faults import log, request_id_of
from sync.server.headquarters import Requested, headquarters
from sync.server.metrics import CONTENT_TYPE
from sync.server.openapi import document


@dataclass(frozen=True)
class Watch:
    """Who may read the figures: whoever knows ``token``, and this machine where an address says anything."""

    token: str = ""
    is_loopback_enough: bool = True

    def check(self, request: Requested) -> None:
        """Raises ``metrics-forbidden``."""
        scheme, _, token = request.headers.get("authorization", "").partition(" ")
        if self.token and scheme.lower() == "bearer":
            if hmac.compare_digest(token.strip().encode(), self.token.encode()):
                return
        elif self.is_loopback_enough and request.client and _is_loopback(request.client.host):
            return
        raise DomainError("metrics-forbidden")


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


@get("/healthz")
async def health(request: Requested) -> Response[bytes]:
    """Whether the database answers and the disks take what is written; needs no token and tells nothing
    else. 503 with the fault's code when they do not."""
    hq = headquarters(request)

    def job() -> str:
        with hq.store.database.surveying() as connection:
            connection.exec_driver_sql("SELECT 1")
        return hq.condition.trouble(hq.store.database, hq.blobs.folder)

    if code := await hq.work(job):
        body = msgspec.json.encode(Failure(code, {}, request_id_of(request)))
        log(request, 503, len(body), code)
        return Response(body, media_type=JSON_MEDIA_TYPE, status_code=503)
    body = b'{"status":"ok"}'
    log(request, 200, len(body))
    return Response(body, media_type=JSON_MEDIA_TYPE)


@get("/metrics")
async def metrics(request: Requested) -> Response[bytes]:
    request.app.state["watch"].check(request)
    hq = headquarters(request)
    text = await hq.work(lambda: hq.metrics.text(hq.store.database, hq.store.clock.now()))
    log(request, 200, len(text))
    return Response(text, media_type=CONTENT_TYPE)


@get("/openapi.json")
async def openapi(request: Requested) -> Response[bytes]:
    """What can be asked here; the same for everyone, so nobody needs a token for it."""
    body = document(request.app)
    log(request, 200, len(body))
    return Response(body, media_type=JSON_MEDIA_TYPE)


HANDLERS = (health, metrics, openapi)
