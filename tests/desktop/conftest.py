"""Profiles of a desk that is set up: made once, copied for each test."""

from __future__ import annotations

import os
import shutil
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot

from desktop.desk import Desk, open_desk
from desktop.opening import Joining, NewSite, engine_of, enrol_desk, set_up_site
from desktop.paths import open_profile
from models.services import accounts
from models.services.seeds import seed_id
from models.spreadsheets.jobs import DatabaseDoor, import_file
from models.work import SYSTEM
from sync.client.engine import Engine
from tests.desktop.command_line import ADMIN, CLERK, PASSWORD, SAMPLES, CommandLine
from tests.desktop.running import Running, Start
from tests.desktop.service_beside import Beside
from tests.sync.parts import HqProcess

FIRST_PASSWORD = "First-time-01"
SITE_NAME = "春江花园"


@pytest.fixture(scope="session")
def profile_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The profile of a site with an administrator, a clerk and both samples imported."""
    os.environ["PYTHON_KEYRING_BACKEND"] = "keyring.backends.null.Keyring"
    folder = tmp_path_factory.mktemp("template") / "profile"
    desk = set_up_site(
        open_profile(folder), NewSite(SITE_NAME, ADMIN, "王敏", FIRST_PASSWORD, "400-100-2000")
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


@pytest.fixture(scope="session")
def enrolled_template(profile_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A desk that is enrolled and in step; its headquarters is gone."""
    folder = tmp_path_factory.mktemp("enrolled")
    process = HqProcess(folder)
    process.start()
    try:
        process.command("site", "add", SITE_NAME)
        once = process.command("desk", "code", SITE_NAME).stdout.strip()
        shutil.copytree(profile_template, folder / "profile")
        desk = open_desk(open_profile(folder / "profile"))
        enrol_desk(desk, Joining(process.url, once), SYSTEM)
        engine_of(desk).run_once()
        desk.close()
    finally:
        process.stop()
    return folder / "profile"


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


@pytest.fixture
def profile(profile_template: Path, tmp_path: Path) -> Path:
    """The folder of a desk that is set up."""
    return Path(shutil.copytree(profile_template, tmp_path / "profile"))


@pytest.fixture
def start(qtbot: QtBot, tmp_path: Path) -> Iterator[Start]:
    """Starts the program on a profile; at the end no report of a bug may be left that no test expected."""
    started: list[Running] = []

    def begin(folder: Path | None = None, **options: str) -> Running:
        running = Running(qtbot, folder or tmp_path / "profile", **options)
        started.append(running)
        return running

    yield begin
    for running in started:
        reports = [
            one.path.read_text(encoding="utf-8") for one in running.application.crash_reports.reports()
        ]
        running.close()
        assert reports == []


@pytest.fixture
def enrolled(enrolled_template: Path, tmp_path: Path) -> Iterator[Desk]:
    opened = open_desk(open_profile(Path(shutil.copytree(enrolled_template, tmp_path / "enrolled"))))
    yield opened
    opened.close()


@pytest.fixture
def beside(qtbot: QtBot) -> Iterator[Callable[..., Beside]]:
    made: list[Beside] = []

    def begin(desk: Desk, make_engine: Callable[[], Engine | None] | None = None) -> Beside:
        made.append(Beside(qtbot, desk, make_engine))
        return made[-1]

    yield begin
    for one in made:
        one.service.stop()
        assert not [thread for thread in threading.enumerate() if thread.name == "sync"]
