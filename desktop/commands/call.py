"""One call of the command line: the opened desk, who acts, and how answers are given."""

from __future__ import annotations

import argparse
import getpass
import json
import sys
import unicodedata
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property
from pathlib import Path
from typing import Any, Concatenate, ParamSpec, TextIO, TypeVar

from sqlalchemy.orm import Session

from desktop.desk import Desk, open_desk
from desktop.paths import Profile, default_folder, open_profile
from models.errors import DomainError
from models.services import accounts
from models.work import SYSTEM, Actor, Work
from resources.translations import gettext as _

P = ParamSpec("P")
T = TypeVar("T")


@dataclass
class Call:
    """What a command is given. The profile is opened and the person signed in only when first needed."""

    arguments: argparse.Namespace
    out: TextIO = field(default_factory=lambda: sys.stdout)
    err: TextIO = field(default_factory=lambda: sys.stderr)
    _had_folder: bool = field(default=True, init=False)

    @cached_property
    def profile(self) -> Profile:
        self._had_folder = (self.arguments.profile or default_folder()).expanduser().exists()
        return open_profile(self.arguments.profile)

    def leave_no_folders(self) -> None:
        """Nothing came of a new profile: its folders, where nothing is in them, go again."""
        profile = self.profile
        made = [profile.attachments, profile.backups, profile.crash_reports]
        for folder in made if self._had_folder else [*made, profile.folder]:
            with suppress(OSError):  # something is in it
                folder.rmdir()

    @cached_property
    def desk(self) -> Desk:
        return open_desk(self.profile)

    @cached_property
    def actor(self) -> Actor:
        """The person named by ``--user``; asks for the password unless ``--password-file`` gives it."""
        if not self.arguments.user:
            raise DomainError("sign-in-needed")
        signed_in = self.desk.database.write(
            SYSTEM, accounts.sign_in, self.arguments.user, self.password(_("密码："))
        ).value
        if signed_in.must_change_password:
            raise DomainError("password-must-change")
        return signed_in.who()

    def password(self, prompt: str) -> str:
        """From ``--password-file`` (its first line) or typed without showing."""
        return self._secret(prompt, 0)

    def passphrase(self) -> str:
        """The passphrase of a recovery file: the first line of ``--passphrase-file``, or typed."""
        path: Path | None = self.arguments.passphrase_file
        if path is not None:
            return _line_of(path, 0)
        if not sys.stdin.isatty():
            raise DomainError("passphrase-not-given")
        return getpass.getpass(_("密钥恢复文件的口令："), stream=self.err)

    def new_password(self, prompt: str) -> str:
        """The second line of ``--password-file``, or typed."""
        try:
            return self._secret(prompt, 1)
        except DomainError as error:
            if error.code == "password-file-unreadable":
                raise DomainError("new-password-not-in-file", **error.values) from error
            raise

    def _secret(self, prompt: str, line: int) -> str:
        path: Path | None = self.arguments.password_file
        if path is None:
            if not sys.stdin.isatty():
                raise DomainError("password-not-given")
            return getpass.getpass(prompt, stream=self.err)
        return _line_of(path, line)

    def read(self, query: Callable[Concatenate[Session, P], T], /, *args: P.args, **kwargs: P.kwargs) -> T:
        """A query as the signed-in person: nobody reads the archive without signing in."""
        _signed_in = self.actor
        return self.desk.database.read(query, *args, **kwargs)

    def write(self, service: Callable[Concatenate[Work, P], T], /, *args: P.args, **kwargs: P.kwargs) -> T:
        return self.desk.database.write(self.actor, service, *args, **kwargs).value

    # -- answers ---------------------------------------------------------------------------------

    @property
    def is_json(self) -> bool:
        return bool(self.arguments.json)

    def say(self, sentence: str) -> None:
        """A sentence for a person; silent under ``--json``."""
        if not self.is_json:
            print(sentence, file=self.out)

    def give(self, value: Any) -> None:
        """The answer for a program, under ``--json`` only."""
        if self.is_json:
            json.dump(value, self.out, ensure_ascii=False, indent=2, default=_plain)
            self.out.write("\n")

    def table(self, titles: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
        """Rows under titles, aligned for Chinese and Latin letters alike; silent under ``--json``."""
        if self.is_json:
            return
        shown = [list(titles), *([("" if cell is None else str(cell)) for cell in row] for row in rows)]
        widths = [max(width_of(row[column]) for row in shown) for column in range(len(titles))]
        for row in shown:
            cells = [cell + " " * (width - width_of(cell)) for cell, width in zip(row, widths, strict=True)]
            print("  ".join(cells).rstrip(), file=self.out)

    def shut(self) -> None:
        """Close the file; the next use opens it again."""
        if "desk" in self.__dict__:
            self.desk.close()
            del self.desk


def _line_of(path: Path, line: int) -> str:
    """Line number *line*, from 0, of a file of secrets; raises ``password-file-unreadable`` naming it."""
    try:
        return path.read_text(encoding="utf-8-sig").splitlines()[line]
    except (OSError, UnicodeDecodeError, IndexError) as error:
        raise DomainError("password-file-unreadable", path=str(path)) from error


def _plain(value: object) -> str:
    """What JSON has no word for: times and days in ISO 8601, anything else as text."""
    return value.isoformat() if isinstance(value, date) else str(value)


def width_of(text: str) -> int:
    """Columns a terminal takes for the text: two for a wide character."""
    return sum(2 if unicodedata.east_asian_width(character) in "WF" else 1 for character in text)


def given(values: Mapping[str, Any]) -> dict[str, Any]:
    """Only the options that were given."""
    return {name: value for name, value in values.items() if value is not None}
