"""The command line as tests use it: a call in this process, on a profile set up once and copied."""

from __future__ import annotations

import json
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from desktop.cli import main
from resources import translations

ADMIN, CLERK = "1001", "1002"
PASSWORD = "Yuan-hai-2026"
SAMPLES = Path(__file__).parents[1] / "data" / "workbooks"


@dataclass(frozen=True)
class Answer:
    """What a command gave: exit status, standard output, standard error."""

    status: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        return json.loads(self.out)

    @property
    def sentence(self) -> str:
        """The one line on standard error; more or none is a fault."""
        assert self.err.count("\n") == 1, self.err
        assert "Traceback" not in self.err
        return self.err.strip()


@dataclass
class CommandLine:
    """Runs `qiantai` on one profile, signed in as the administrator unless told otherwise."""

    folder: Path
    capture: pytest.CaptureFixture[str]
    user: str | None = ADMIN
    language: str | None = None

    @property
    def profile(self) -> Path:
        return self.folder / "profile"

    def __call__(self, *arguments: object, user: str | None = None, password: str = PASSWORD) -> Answer:
        who = user or self.user
        options = ["--profile", str(self.profile)]
        if who is not None:
            options += ["--user", who, "--password-file", str(self.password_file(password))]
        if self.language is not None:
            options += ["--language", self.language]
        return self.bare(*options, *arguments)

    def bare(self, *arguments: object) -> Answer:
        """Exactly these arguments."""
        self.capture.readouterr()
        try:
            status = main([str(argument) for argument in arguments])
        except SystemExit as ended:
            status = int(ended.code or 0)
        finally:
            translations.use(translations.SOURCE_LANGUAGE)
        out, err = self.capture.readouterr()
        return Answer(status, out, err)

    def password_file(self, *lines: str) -> Path:
        path = self.folder / f"password-{abs(hash(lines))}"
        path.write_text("\n".join(lines) + "\n", encoding="utf-8")
        return path

    def take(self, *arguments: object) -> str:
        """Register a ticket; its number."""
        answer = self("ticket", "new", *arguments, "--json")
        assert answer.status == 0, answer.err
        return str(answer.json["number"])

    def copied_from(self, template: Path) -> CommandLine:
        shutil.copytree(template, self.profile)
        return self
