"""For developers: write the migration that brings headquarters' newest schema to what `tables` says.

python -m sync.server.migrations.write 0003 "what changed"        then set HEAD and read the file
python -m sync.server.migrations.write 0003 "what changed" --again    rewrite an unreleased one
"""

from __future__ import annotations

import argparse
import subprocess
import sys

from alembic import command
from alembic.config import Config
from sqlalchemy import create_engine
from sqlcipher3 import dbapi2

from sync.server.migrations import FOLDER


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("revision")
    arguments.add_argument("message")
    arguments.add_argument("--again", action="store_true")
    chosen = arguments.parse_args()
    for old in (FOLDER / "versions").glob(f"{chosen.revision}_*.py") if chosen.again else ():
        old.unlink()
    config = Config()
    config.set_main_option("script_location", str(FOLDER))
    config.set_main_option("file_template", "%%(rev)s_%%(slug)s")
    engine = create_engine("sqlite+pysqlite://", module=dbapi2)  # in memory
    with engine.begin() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, "head")
        command.revision(config, chosen.message, autogenerate=True, rev_id=chosen.revision)
    engine.dispose()
    subprocess.run([sys.executable, "-m", "ruff", "format", "-q", str(FOLDER / "versions")], check=True)  # noqa: S603


if __name__ == "__main__":
    main()
