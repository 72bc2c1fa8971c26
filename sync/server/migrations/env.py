"""alembic's entry: runs on the connection it is handed and knows headquarters' tables as the target."""

from __future__ import annotations

from alembic import context

from sync.server.migrations import VERSION_TABLE
from sync.server.tables import METADATA

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=METADATA,
    version_table=VERSION_TABLE,
    transactional_ddl=True,
    transaction_per_migration=False,
    render_as_batch=False,
    include_name=lambda name, kind, _parents: kind != "table" or name in METADATA.tables,
)
context.run_migrations()
