"""For developers: write the migration that brings the newest schema to what the entities say.

python -m models.migrations.write 0002 "what changed"        then set HEAD and read the file
python -m models.migrations.write 0001 "first schema" --again    rewrite an unreleased one
"""

from __future__ import annotations

import argparse
import subprocess
import sys
from pathlib import Path

from alembic import command
from alembic.config import Config
from sqlalchemy import create_engine
from sqlcipher3 import dbapi2

FOLDER = Path(__file__).parent


def main(folder: Path = FOLDER) -> None:
    """``folder`` holds an alembic environment and its ``versions``."""
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("revision")
    arguments.add_argument("message")
    arguments.add_argument("--again", action="store_true")
    chosen = arguments.parse_args()
    for old in (folder / "versions").glob(f"{chosen.revision}_*.py") if chosen.again else ():
        old.unlink()
    config = Config()
    config.set_main_option("script_location", str(folder))
    config.set_main_option("file_template", "%%(rev)s_%%(slug)s")
    engine = create_engine("sqlite+pysqlite://", module=dbapi2)  # in memory
    with engine.begin() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, "head")
        command.revision(config, chosen.message, autogenerate=True, rev_id=chosen.revision)
    engine.dispose()
    subprocess.run([sys.executable, "-m", "ruff", "format", "-q", str(folder / "versions")], check=True)  # noqa: S603


if __name__ == "__main__":
    main()
