"""alembic's entry: runs on the connection it is handed and knows the entities as the target."""

from __future__ import annotations

from typing import Any, Literal

from alembic import context
from sqlalchemy.types import TypeDecorator

from models.entities import Base


def _plain_type(kind: str, item: Any, _autogen: object) -> str | Literal[False]:
    """Our column types are written as what lies in the file, so that a migration outlives our classes."""
    if kind == "type" and isinstance(item, TypeDecorator):
        return f"sa.{item.impl_instance!r}"
    return False


context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=Base.metadata,
    transactional_ddl=True,
    transaction_per_migration=False,
    render_as_batch=False,
    render_item=_plain_type,
    include_name=lambda name, kind, _parents: kind != "table" or name in Base.metadata.tables,
)
context.run_migrations()
