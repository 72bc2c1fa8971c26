"""The schema's history: one file a change, in order, each in one transaction, after a copy of the file.

alembic is imported only when there is something to do: it costs 0.8 s.
"""

from __future__ import annotations

import shutil
from pathlib import Path

from sqlalchemy import Engine

from models.entities import triggers
from models.errors import DomainError

HEAD = "0001"
"""The schema this program reads and writes."""


def version_of(engine: Engine) -> str | None:
    """The file's schema version; None for a file with no schema yet."""
    with engine.connect() as connection:
        tables = "SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = 'alembic_version'"
        if connection.exec_driver_sql(tables).first() is None:
            return None
        return str(connection.exec_driver_sql("SELECT version_num FROM alembic_version").scalar())


def upgrade(engine: Engine, backup: Path | None = None) -> None:
    """Bring the file to `HEAD`, keeping a copy of ``backup`` beside it first.

    Raises ``DomainError("database-newer")`` for a file of a newer program: it is left untouched.
    """
    from alembic import command
    from alembic.config import Config
    from alembic.script import ScriptDirectory

    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent))
    script = ScriptDirectory.from_config(config)
    found = version_of(engine)
    if found is not None and found not in {revision.revision for revision in script.walk_revisions()}:
        raise DomainError("database-newer", found=found, known=HEAD)
    if backup is not None and found is not None:
        with engine.connect() as connection:
            connection.exec_driver_sql("COMMIT")
            connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
        shutil.copy2(backup, backup.with_name(f"{backup.name}.before-{HEAD}"))
    with engine.begin() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, "head")
        triggers.install(connection)
