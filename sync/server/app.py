"""The HTTP face of headquarters, put together: bytes in, bytes out; every answer that is none has a code."""

from __future__ import annotations

from litestar import Litestar
from litestar.datastructures import State

from sync.protocol import MAX_BODY
from sync.server.admission import Admission
from sync.server.blobs import BlobStore
from sync.server.faults import failed
from sync.server.handlers import blobs as blob_handlers
from sync.server.handlers import desks, health
from sync.server.headquarters import Headquarters
from sync.server.limits import Limits
from sync.server.store import Store

HANDLERS = (*desks.HANDLERS, *blob_handlers.HANDLERS, *health.HANDLERS)


def create_app(store: Store, blobs: BlobStore, limits: Limits | None = None) -> Litestar:
    """The application; the caller owns the store and closes its database."""
    hq = Headquarters(store, blobs, limits=limits or Limits())
    return Litestar(
        route_handlers=HANDLERS,
        middleware=[Admission(hq)],
        state=State({"hq": hq}),
        request_max_body_size=MAX_BODY,
        openapi_config=None,
        exception_handlers={Exception: failed},
        logging_config=None,
    )
