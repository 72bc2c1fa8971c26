"""Answers that are none: every fault has a code, a status and the request's id; and the line in the log."""

from __future__ import annotations

import logging
import re
import time
from collections.abc import Mapping
from typing import Any

import msgspec
from litestar import Response
from litestar.exceptions import ClientException, HTTPException

from models.entities.synced import new_id
from models.errors import DomainError
from sync.protocol import JSON_MEDIA_TYPE, BodyError, Failure
from sync.server.headquarters import Requested, headquarters

LOG = logging.getLogger("qiantai.hq")
STATUS: Mapping[str, int] = {
    "token-unknown": 401,
    "metrics-forbidden": 403,
    "desk-revoked": 403,
    "desk-forked": 409,
    "hq-rebase": 410,
    "desk-too-old": 426,
    "desk-too-new": 426,
    "body-too-large": 413,
    "blob-too-large": 413,
    "blob-quota": 413,
    "blob-unknown": 404,
    "snapshot-gone": 404,
    "blob-gap": 409,
    "hq-busy": 503,
    "desk-too-fast": 429,
    "body-slow": 408,
    "hq-database-down": 503,
    "hq-disk-full": 507,
    "hq-read-only": 507,
    "enrol-too-many": 429,
}
"""Of a `DomainError` by its code; 422 for one that is not here."""
_REQUEST_ID = re.compile(r"[0-9A-Za-z-]{8,64}")


def failed(request: Requested, error: Exception) -> Response[bytes]:
    """The exception handler of the whole application."""
    code, values, status = "hq-error", dict[str, Any](), 500
    if isinstance(error, DomainError):
        code, values, status = error.code, dict(error.values), STATUS.get(error.code, 422)
    elif isinstance(error, BodyError):
        code, status = error.code, STATUS.get(error.code, 400)
    elif isinstance(error, HTTPException):
        status = error.status_code
        code = "body-too-large" if status == 413 else "request-invalid"
    if request.method != "GET":
        headquarters(request).condition.met(code)
    request_id = request_id_of(request)
    headers = {"cache-control": "no-store", "x-request-id": request_id}
    if "seconds" in values:
        headers["retry-after"] = str(values["seconds"])
    if status >= 500 and not isinstance(error, (DomainError, ClientException)):
        LOG.error({"text": "failed", "id": request_id}, exc_info=error)
    body = msgspec.json.encode(Failure(code, values, request_id), enc_hook=str)
    log(request, status, len(body), code)
    return Response(body, media_type=JSON_MEDIA_TYPE, headers=headers, status_code=status)


def request_id_of(request: Requested) -> str:
    """The id the desk gave, or one of ours; the same at every call for one request."""
    known = request.scope["state"].get("request_id")
    if known is None:
        given = request.headers.get("x-request-id", "")
        known = given if _REQUEST_ID.fullmatch(given) else new_id()
        request.scope["state"]["request_id"] = known
    return str(known)


def log(request: Requested, status: int, bytes_out: int, code: str = "") -> None:
    """One line a request, and its place in the figures: which desk and how it went, nothing of what it
    carried. An address that nobody knows is left out as well: people type all sorts of things."""
    state = request.scope["state"]
    began, bytes_in = state.get("began"), state.get("bytes_in", 0)
    seconds = time.perf_counter() - began if began else 0.0
    path = request.scope.get("path_template") or "unknown"
    route = f"{request.method} {path}" if path != "unknown" else path
    request.app.state["hq"].metrics.answered(route, status, code, seconds, (bytes_in, bytes_out))
    if not LOG.isEnabledFor(logging.INFO):
        return
    line = {
        "id": request_id_of(request),
        "route": route,
        "status": status,
        "code": code,
        "desk": state.get("desk", ""),
        "in": bytes_in,
        "out": bytes_out,
        "ms": round(seconds * 1000, 1),
    }
    LOG.info(line)
