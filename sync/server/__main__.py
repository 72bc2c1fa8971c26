"""``qiantai-hq``: serve desks, and administer sites and desks, from a terminal.

Exit status 0 done, 1 a fault said in one sentence on stderr, 2 wrong usage.
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence

from models.errors import DomainError
from resources import translations
from sync.server.commands import accounts, attachments, backups, desks, parsers, serving, sites
from sync.server.console import workbooks
from sync.server.database import HqDatabase
from sync.server.wording import sentence

GROUPS = (serving, sites, desks, accounts, attachments, backups)
"""Modules that `register` commands."""


def main(arguments: Sequence[str] | None = None) -> int:
    if (sys.argv[1:] if arguments is None else arguments)[:1] == [workbooks.COMMAND]:
        return workbooks.main()
    _choose_language(arguments)
    parser, places = parsers.base()
    for group in GROUPS:
        group.register(places)
    options = parser.parse_args(arguments)
    command: parsers.Command = options.command
    before = os.umask(0o077)  # all residents of all sites are in its files: for their owner's eyes only
    try:
        database = HqDatabase(options.database, may_wait=options.may_wait)
        try:
            return command(options, database)
        finally:
            database.close()
    except DomainError as error:
        print(sentence(error), file=sys.stderr)  # noqa: T201
        return 1
    finally:
        os.umask(before)


def _choose_language(arguments: Sequence[str] | None) -> None:
    """Before anything is worded: the help as well speaks the language that was asked for."""
    early = argparse.ArgumentParser(add_help=False, allow_abbrev=False, exit_on_error=False)
    early.add_argument("--language", default=os.environ.get("QIANTAI_LANGUAGE"))
    try:
        wanted = early.parse_known_args(arguments)[0].language
    except argparse.ArgumentError:
        return  # `--language` without a word: the real parser says so
    if wanted in translations.LANGUAGES:
        translations.use(wanted)


if __name__ == "__main__":
    sys.exit(main())
