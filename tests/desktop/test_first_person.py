"""The README's order: headquarters first, then a desk of a site that has nobody yet."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtWidgets import QAbstractButton

from desktop import newcomers
from desktop.desk import open_desk
from desktop.opening import FirstPerson, Joining, add_first_person, engine_of, join
from desktop.paths import open_profile
from models.entities import Site, Staff
from models.services import accounts
from models.work import SYSTEM
from tests.desktop.command_line import CommandLine
from tests.desktop.running import Running, Start
from tests.sync.parts import HqProcess
from views.sign_in.first_run import EnrolCover, FirstPersonCover, NewSiteCover
from views.sign_in.sign_in import SignInCover

SITE = "幸福里"
PASSWORD = "Front2026desk"


@pytest.fixture
def hq(tmp_path: Path) -> Iterator[HqProcess]:
    folder = tmp_path / "hq"
    folder.mkdir()
    process = HqProcess(folder)
    process.start()
    assert process.command("site", "add", SITE).returncode == 0
    yield process
    process.stop()


def code(hq: HqProcess) -> str:
    return hq.command("desk", "code", SITE).stdout.strip()


def staff_of(folder: Path) -> set[str]:
    desk = open_desk(open_profile(folder))
    try:
        engine_of(desk).run_once()
        with desk.database.reading() as session:
            assert [site.name for site in session.query(Site)] == [SITE]
            return {one.staff_no for one in session.query(Staff)}
    finally:
        desk.close()


def enrol_in_window(running: Running, hq: HqProcess) -> None:
    running.click(next(one for one in running.window.findChildren(QAbstractButton) if "登记码" in one.text()))
    running.fill(url=hq.url, code=code(hq))
    running.submit()


def test_the_window_asks_for_the_first_administrator(start: Start, hq: HqProcess, tmp_path: Path) -> None:
    running = start(tmp_path / "first")
    enrol_in_window(running, hq)
    running.until(lambda: isinstance(running.cover, FirstPersonCover))
    assert SITE in running.words_on_cover
    running.fill(staff_no="1000", name="王敏", password=PASSWORD, again="other")
    running.submit()
    assert "两次输入的密码不一样" in running.words_on_cover
    running.form_cover.form.set_values({"again": ""})
    running.fill(again=PASSWORD)
    running.submit()
    running.until(lambda: isinstance(running.cover, SignInCover))
    assert SITE in running.words_on_cover
    running.sign_in("1000", PASSWORD)
    assert running.application.user is not None
    assert running.application.newcomers is None
    running.close()
    second = join(open_profile(tmp_path / "second"), Joining(hq.url, code(hq)))
    assert second.database.read(accounts.actor_of_number, "1000") is not None
    second.close()


def test_a_desk_that_waits_shows_whoever_comes_from_another(
    start: Start, hq: HqProcess, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(newcomers, "EVERY_S", 0.2)
    join(open_profile(tmp_path / "first"), Joining(hq.url, code(hq))).close()
    running = start(tmp_path / "first")
    assert isinstance(running.cover, FirstPersonCover), "after a new start as well"
    other = join(open_profile(tmp_path / "second"), Joining(hq.url, code(hq)))
    add_first_person(other, FirstPerson("1001", "李娜", PASSWORD))
    engine_of(other).run_once()
    other.close()
    running.until(lambda: isinstance(running.cover, SignInCover))
    running.sign_in("1001", PASSWORD)
    assert running.application.user is not None


def test_two_first_administrators_at_once_are_both_there(hq: HqProcess, tmp_path: Path) -> None:
    folders = [tmp_path / "first", tmp_path / "second"]
    desks = [join(open_profile(folder), Joining(hq.url, code(hq))) for folder in folders]
    for number, desk in enumerate(desks):
        add_first_person(desk, FirstPerson(f"100{number}", "王敏", PASSWORD))
    for desk in desks:
        engine_of(desk).run_once()
        desk.close()
    assert staff_of(folders[0]) == staff_of(folders[1]) == {"1000", "1001"}


def test_two_who_took_the_same_number_can_both_sign_in(hq: HqProcess, tmp_path: Path) -> None:
    folders = [tmp_path / "first", tmp_path / "second"]
    desks = [join(open_profile(folder), Joining(hq.url, code(hq))) for folder in folders]
    people = [FirstPerson("1000", "王敏", PASSWORD), FirstPerson("1000", "李娜", f"{PASSWORD}-2")]
    for desk, person in zip(desks, people, strict=True):
        add_first_person(desk, person)
    for desk in [*desks, desks[0]]:
        engine_of(desk).run_once()
    for desk in desks:
        for person in people:
            answer = desk.database.write(SYSTEM, accounts.sign_in, "1000", person.password).value
            assert answer.who().name == person.name
        desk.close()


def test_an_empty_profile_of_init_can_be_enrolled_in_the_window(
    start: Start, hq: HqProcess, empty_line: CommandLine
) -> None:
    assert empty_line.bare("--profile", empty_line.profile, "init").status == 0
    running = start(empty_line.profile)
    assert isinstance(running.cover, NewSiteCover), "nobody could sign in"
    enrol_in_window(running, hq)
    running.until(lambda: isinstance(running.cover, FirstPersonCover))


def test_a_desk_revoked_before_anybody_came_is_asked_for_a_new_code(
    start: Start, hq: HqProcess, tmp_path: Path
) -> None:
    join(open_profile(tmp_path / "first"), Joining(hq.url, code(hq))).close()
    hq.command("desk", "revoke", SITE, "A")
    running = start(tmp_path / "first")
    assert isinstance(running.cover, EnrolCover)
    assert "停用" in running.words_on_cover
    running.fill(url=hq.url, code=code(hq))
    running.submit()
    running.until(lambda: isinstance(running.cover, FirstPersonCover))


def test_the_commands_of_the_readme(hq: HqProcess, empty_line: CommandLine) -> None:
    line = empty_line
    line.user = None
    said = line("enrol", hq.url, code(hq))
    assert said.status == 0, said.err
    assert "还没有人员" in said.out
    assert "init --user" in said.out
    assert "--user" in line("init").sentence
    made = line("init", "--name", "王敏", user="1000", password=PASSWORD)
    assert (made.status, "已建立第一个管理员：1000" in made.out) == (0, True), made.err
    assert line("find", "吴", user="1000", password=PASSWORD).out == "没有找到\n"
    assert staff_of(line.profile) == {"1000"}
    assert line("init", "--name", "李娜", user="1001").status == 1
    second = CommandLine(line.folder / "second", line.capture, None)
    second.folder.mkdir()
    assert second("enrol", hq.url, code(hq)).out == "已登记并取回全部数据，本机为前台 B\n"
    assert second("find", "吴", user="1000", password=PASSWORD).out == "没有找到\n"


def test_one_command_enrols_and_makes_the_first_administrator(hq: HqProcess, empty_line: CommandLine) -> None:
    said = empty_line("enrol", hq.url, code(hq), "--name", "王敏", user="1000", password=PASSWORD)
    assert said.status == 0, said.err
    enrolled, step, made = said.out.splitlines()
    assert ("本机为前台 A" in enrolled, step.startswith("还差一步"), "1000" in step) == (True, True, True)
    assert made == "已建立第一个管理员：1000"
    assert empty_line("find", "吴", user="1000", password=PASSWORD).out == "没有找到\n"


def test_an_enrolment_whose_password_cannot_be_had_says_that_it_is_enrolled(
    hq: HqProcess, empty_line: CommandLine
) -> None:
    person = ("--user", "1000", "--name", "王敏", "--password-file", empty_line.folder / "nowhere")
    said = empty_line.bare("--profile", empty_line.profile, "enrol", hq.url, code(hq), *person)
    assert said.status == 1
    assert "本机为前台 A" in said.out
    assert said.out.index("还差一步") < said.out.index("init --user")
    assert "init --user" in said.out
    assert "nowhere" in said.sentence


def test_an_enrolment_that_fails_leaves_nothing(empty_line: CommandLine) -> None:
    said = empty_line.bare("--profile", empty_line.profile, "enrol", "http://127.0.0.1:9", "AAAA-BBBB")
    assert said.sentence == "连不上总部，没有登记。请检查网络和总部地址，再试一次。"
    assert not empty_line.profile.exists()
    empty_line.profile.mkdir()
    kept = empty_line.profile / "kept.txt"
    kept.write_text("mine")
    assert empty_line.bare("--profile", empty_line.profile, "enrol", "http://127.0.0.1:9", "A").status == 1
    assert [path.name for path in empty_line.profile.iterdir()] == ["kept.txt"]
