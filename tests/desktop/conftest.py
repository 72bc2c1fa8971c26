"""Profiles of a desk that is set up: made once, copied for each test."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from desktop.desk import open_desk
from desktop.opening import NewSite, set_up_site
from desktop.paths import open_profile
from models.services import accounts
from models.services.seeds import seed_id
from models.spreadsheets.jobs import DatabaseDoor, import_file
from models.work import SYSTEM
from tests.desktop.command_line import ADMIN, CLERK, PASSWORD, SAMPLES, CommandLine

FIRST_PASSWORD = "First-time-01"


@pytest.fixture(scope="session")
def profile_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The profile of a site with an administrator, a clerk and both samples imported."""
    os.environ["PYTHON_KEYRING_BACKEND"] = "keyring.backends.null.Keyring"
    folder = tmp_path_factory.mktemp("template") / "profile"
    desk = set_up_site(
        open_profile(folder), NewSite("春江花园", ADMIN, "王敏", FIRST_PASSWORD, "400-100-2000")
    )
    clerk = {"staff_no": CLERK, "name": "李娜", "group_id": seed_id("group", "clerk")}
    desk.database.write(SYSTEM, accounts.create_staff, clerk, password=FIRST_PASSWORD)
    for staff_no in (ADMIN, CLERK):
        desk.database.write(SYSTEM, accounts.change_password, staff_no, FIRST_PASSWORD, PASSWORD)
    for name in ("estate-linked-sheets-2020.xlsx", "rooms-flat.xlsx"):
        import_file(DatabaseDoor(desk.database, SYSTEM), SAMPLES / name)
    desk.close()
    open_desk(open_profile(folder)).close()
    return folder


@pytest.fixture
def empty_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> CommandLine:
    """The command line where nothing is yet."""
    return CommandLine(tmp_path, capsys)


@pytest.fixture
def line(empty_line: CommandLine, profile_template: Path) -> CommandLine:
    """The command line of the administrator of a site that is set up."""
    return empty_line.copied_from(profile_template)


@pytest.fixture
def english_line(line: CommandLine) -> CommandLine:
    """The same, answering in English."""
    line.language = "en"
    return line
