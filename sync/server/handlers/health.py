"""Whether headquarters is well, for those who watch over it."""

from __future__ import annotations

from litestar import Response, get

from sync.protocol import JSON_MEDIA_TYPE
from sync.server.headquarters import Requested, headquarters


@get("/healthz")
async def health(request: Requested) -> Response[bytes]:
    """Whether the database answers; needs no token and tells nothing else."""
    hq = headquarters(request)

    def job() -> None:
        with hq.store.database.surveying() as connection:
            connection.exec_driver_sql("SELECT 1")

    await hq.work(job)
    return Response(b'{"status":"ok"}', media_type=JSON_MEDIA_TYPE)


HANDLERS = (health,)
