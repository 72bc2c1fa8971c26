"""Where headquarters' files lie besides its database."""

from __future__ import annotations

import argparse
from pathlib import Path

from sqlalchemy.engine import make_url

from resources.translations import gettext as _


def add_blobs_option(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--blobs", type=Path, help=_("附件目录（默认在数据库旁）"))


def blob_folder(options: argparse.Namespace) -> Path:
    """The folder of attachments' contents: as it was given, else beside the database."""
    if options.blobs:
        return Path(options.blobs)
    if options.database.startswith("sqlite"):
        path = Path(make_url(options.database).database or "qiantai-hq.db")
        return path.with_name(f"{path.stem}-blobs")
    return Path("qiantai-hq-blobs")
