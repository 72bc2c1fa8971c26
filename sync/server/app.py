"""The HTTP face of headquarters, put together: bytes in, bytes out; every answer that is none has a code."""

from __future__ import annotations

from litestar import Litestar
from litestar.datastructures import State

from sync.protocol import MAX_BODY
from sync.server.admission import Admission
from sync.server.blobs import BlobStore
from sync.server.console.app import Console, mounted
from sync.server.faults import failed
from sync.server.handlers import blobs as blob_handlers
from sync.server.handlers import desks, health, snapshots
from sync.server.handlers.health import Watch
from sync.server.headquarters import Headquarters
from sync.server.limits import Limits
from sync.server.scheduled_backups import BackupHealth
from sync.server.store import Store
from sync.server.tokens import TOKEN_DAYS

HANDLERS = (*desks.HANDLERS, *snapshots.HANDLERS, *blob_handlers.HANDLERS, *health.HANDLERS)


def create_app(
    store: Store,
    blobs: BlobStore,
    limits: Limits | None = None,
    *,
    token_days: float = TOKEN_DAYS,
    watch: Watch | None = None,
    console: Console | None = None,
    backups: BackupHealth | None = None,
) -> Litestar:
    """The application; the caller owns the store and closes its database.

    ``token_days``: how old a desk's token grows before the desk is told to renew it. Without a ``console``
    there are no pages for people. ``backups``: of those that are made by themselves.
    """
    hq = Headquarters(store, blobs, limits=limits or Limits(), token_days=token_days, backups=backups)
    return Litestar(
        route_handlers=HANDLERS if console is None else (*HANDLERS, *mounted(console)),
        middleware=[Admission(hq)],
        state=State({"hq": hq, "watch": watch or Watch()}),
        request_max_body_size=MAX_BODY,
        on_shutdown=[hq.snapshots.close],
        openapi_config=None,
        exception_handlers={Exception: failed},
        logging_config=None,
    )
