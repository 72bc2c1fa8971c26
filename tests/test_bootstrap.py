"""The way from a bare machine to the two commands: what is told, what is installed, when it is done again."""

from __future__ import annotations

import importlib.util
import json
import os
import re
import subprocess
import sys
import tomllib
from pathlib import Path
from types import ModuleType

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parent.parent
LOCK = (ROOT / ".ci" / "requirements.lock").read_text("utf-8")
PINNED = re.compile(r"^(?P<name>[A-Za-z0-9._-]+)(\[[^]]*])?==(?P<version>[^ ;\\]+)", re.MULTILINE)

needs_posix = pytest.mark.skipif(os.name == "nt", reason="stands in for programs with shell scripts")


def load_bootstrap() -> ModuleType:
    spec = importlib.util.spec_from_file_location("bootstrap", ROOT / ".ci" / "bootstrap.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules["bootstrap"] = module
    spec.loader.exec_module(module)
    return module


bootstrap = load_bootstrap()


def pinned() -> dict[str, str]:
    return {canonicalize_name(found["name"]): found["version"] for found in PINNED.finditer(LOCK)}


def declared() -> list[Requirement]:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    extras = project["optional-dependencies"]
    return [Requirement(line) for line in [*project["dependencies"], *extras["server"], *extras["dev"]]]


# --- the lock file -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("requirement", declared(), ids=str)
def test_the_lock_holds_what_the_project_declares(requirement: Requirement) -> None:
    version = pinned().get(canonicalize_name(requirement.name))
    assert version is not None, "declared, but not locked: run .ci/lock"
    assert requirement.specifier.contains(version, prereleases=True)


def test_every_locked_package_has_hashes() -> None:
    blocks = re.split(r"\n(?=[A-Za-z])", LOCK.strip())[1:]  # the first is the heading
    assert len(blocks) == bootstrap.count_requirements(LOCK) == len(pinned())
    assert [block.split("==")[0] for block in blocks if "--hash=sha256:" not in block] == []


def test_the_lock_names_no_place_to_fetch_from() -> None:
    assert re.findall(r"://|--index|--extra-index|--find-links|--trusted-host", LOCK) == []


# --- what Qt needs from the system -------------------------------------------------------------------------


def test_each_missing_library_names_its_package_once() -> None:
    absent = {"libGL.so.1", "libglib-2.0.so.0", "libgthread-2.0.so.0"}
    found = bootstrap.missing_packages(bootstrap.DRAWING, lambda library: library not in absent)
    assert found == ["libgl1", "libglib2.0-0"]


def test_nothing_is_missing_where_everything_loads() -> None:
    assert bootstrap.missing_packages(bootstrap.DRAWING + bootstrap.ON_X11, lambda _: True) == []


def test_a_library_that_does_not_exist_cannot_be_loaded() -> None:
    assert not bootstrap.can_load("libqiantai-there-is-no-such.so.9")


@pytest.mark.parametrize(
    ("command", "environment", "has_x11", "has_wayland"),
    [
        ("test", {"DISPLAY": ":0"}, False, False),
        ("demo", {}, False, False),
        ("demo", {"DISPLAY": ":0"}, True, False),
        ("demo", {"DISPLAY": ":0", "QT_QPA_PLATFORM": "offscreen"}, False, False),
        ("demo", {"WAYLAND_DISPLAY": "wayland-0"}, False, True),
        ("demo", {"WAYLAND_DISPLAY": "wayland-0", "DISPLAY": ":0"}, True, True),
    ],
)
def test_a_window_needs_more_than_the_tests(
    command: str, environment: dict[str, str], has_x11: bool, has_wayland: bool
) -> None:
    libraries = {need.library for need in bootstrap.needs_of(command, environment)}
    assert "libEGL.so.1" in libraries
    assert ("libxcb-cursor.so.0" in libraries) == has_x11
    assert ("libwayland-client.so.0" in libraries) == has_wayland


@pytest.fixture
def programs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A PATH of the test's own: programs that note how they were called in `called`."""
    folder = tmp_path / "programs"
    folder.mkdir()
    monkeypatch.setenv("PATH", str(folder))
    return folder


def put(folder: Path, name: str, status: int = 0, says: str = "") -> None:
    script = f'#!/bin/sh\necho "{name} $*" >> {folder}/called\necho "{says}"\nexit {status}\n'
    (folder / name).write_text(script)
    (folder / name).chmod(0o755)


def called(folder: Path) -> list[str]:
    return (folder / "called").read_text().splitlines()


@needs_posix
def test_without_rights_the_exact_line_is_told_and_the_status_is_2(programs: Path) -> None:
    put(programs, "apt-get")
    with pytest.raises(bootstrap.SetupError) as stopped:
        bootstrap.install_packages(["libgl1", "python3-venv"], None)
    line = "sudo apt-get update && sudo apt-get install -y --no-install-recommends libgl1 python3-venv"
    assert f"\n    {line}\n" in str(stopped.value)
    assert stopped.value.status == 2
    assert not (programs / "called").exists()


@needs_posix
@pytest.mark.usefixtures("programs")
def test_a_system_without_apt_is_told_what_it_lacks() -> None:
    assert bootstrap.apt_prefix() is None
    with pytest.raises(bootstrap.SetupError, match="libgl1") as stopped:
        bootstrap.install_packages(["libgl1"], None)
    assert "apt-get" not in str(stopped.value)


@needs_posix
@pytest.mark.parametrize(
    ("user", "sudo_status", "prefix"), [(0, 1, []), (1000, 0, ["sudo", "-n"]), (1000, 1, None)]
)
def test_who_may_install(
    programs: Path, monkeypatch: pytest.MonkeyPatch, user: int, sudo_status: int, prefix: list[str] | None
) -> None:
    put(programs, "apt-get")
    put(programs, "sudo", sudo_status)
    monkeypatch.setattr(os, "geteuid", lambda: user)
    assert bootstrap.apt_prefix() == prefix


@needs_posix
def test_installing_asks_apt_once_for_all(programs: Path, capsys: pytest.CaptureFixture[str]) -> None:
    put(programs, "apt-get")
    bootstrap.install_packages(["libgl1", "libegl1"], [])
    assert called(programs) == [
        "apt-get update -qq",
        "apt-get install -y -qq --no-install-recommends libgl1 libegl1",
    ]
    assert "libgl1 libegl1" in capsys.readouterr().out


@needs_posix
@pytest.mark.usefixtures("capsys")
def test_apt_that_fails_is_quoted(programs: Path) -> None:
    put(programs, "apt-get", 100, "E: Unable to locate package")
    with pytest.raises(bootstrap.SetupError, match="E: Unable to locate package"):
        bootstrap.install_packages(["libgl1"], [])


@needs_posix
def test_the_browser_of_the_tests_is_asked_for_by_need(programs: Path) -> None:
    assert bootstrap.missing_tools(bootstrap.BROWSER) == ["chromium", "chromium-driver"]
    put(programs, "chromium")
    assert bootstrap.missing_tools(bootstrap.BROWSER) == ["chromium-driver"]
    put(programs, "chromedriver")
    assert bootstrap.missing_tools(bootstrap.BROWSER) == []
    bootstrap.install_tools([], [])
    assert not (programs / "called").exists()


@needs_posix
def test_without_the_browser_the_tests_go_on(programs: Path, capsys: pytest.CaptureFixture[str]) -> None:
    put(programs, "apt-get", 100, "E: Unable to locate package chromium")
    bootstrap.install_tools(["chromium"], [])
    bootstrap.install_tools(["chromium-driver"], None)
    said = capsys.readouterr().out
    assert said.count("are left out") == 2
    assert "Unable to locate package chromium" in said


# --- the environment ---------------------------------------------------------------------------------------


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """A small tree with all that the stamp looks at, set up and stamped."""
    root = tmp_path / "checkout"
    for name in (
        ".ci/requirements.lock",
        "pyproject.toml",
        "resources/fonts/__main__.py",
        "resources/fonts/a.ttf",
    ):
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(name)
    python = bootstrap.environment_python(root)
    python.parent.mkdir(parents=True)
    python.touch()
    bootstrap.stamp_path(root).write_text(json.dumps(bootstrap.fingerprint(root)))
    return root


def test_a_finished_set_up_is_not_done_again(checkout: Path) -> None:
    assert bootstrap.is_current(checkout)


@pytest.mark.parametrize("name", [".ci/requirements.lock", "pyproject.toml", "resources/fonts/__main__.py"])
def test_a_change_of_what_decides_is_noticed(checkout: Path, name: str) -> None:
    (checkout / name).write_text("changed")
    assert not bootstrap.is_current(checkout)


def test_a_moved_checkout_is_noticed(checkout: Path) -> None:
    assert not bootstrap.is_current(checkout.rename(checkout.with_name("moved")))


def test_vanished_fonts_are_noticed(checkout: Path) -> None:
    (checkout / "resources" / "fonts" / "a.ttf").unlink()
    assert not bootstrap.is_current(checkout)


@pytest.mark.parametrize("noted", ["", "{", "[]", '{"version": 0}'])
def test_a_damaged_stamp_is_no_stamp(checkout: Path, noted: str) -> None:
    bootstrap.stamp_path(checkout).write_text(noted)
    assert not bootstrap.is_current(checkout)


def has_pip(python: Path) -> bool:
    return (
        subprocess.run([python, "-m", "pip", "--version"], capture_output=True, check=False).returncode == 0
    )


@pytest.mark.usefixtures("capsys")
def test_an_environment_that_does_not_run_is_made_anew(checkout: Path) -> None:
    assert not bootstrap.runs(bootstrap.environment_python(checkout))
    python = bootstrap.make_environment(checkout)
    assert bootstrap.runs(python)
    assert has_pip(python)
    assert not bootstrap.stamp_path(checkout).exists()


def test_an_environment_without_pip_gets_it(tmp_path: Path) -> None:
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", tmp_path / ".venv"], check=True)
    python = bootstrap.environment_python(tmp_path)
    assert not has_pip(python)
    assert bootstrap.make_environment(tmp_path) == python
    assert has_pip(python)


@pytest.mark.usefixtures("capsys")
def test_pip_that_fails_is_quoted_and_ends_with_1(tmp_path: Path) -> None:
    subprocess.run([sys.executable, "-m", "venv", tmp_path / ".venv"], check=True)
    (tmp_path / "lock").write_text("qiantai-there-is-no-such==1.0\n")
    arguments = ["--no-index", "--require-hashes", "-r", str(tmp_path / "lock")]
    with pytest.raises(bootstrap.SetupError, match="qiantai-there-is-no-such") as stopped:
        bootstrap.pip_install(bootstrap.environment_python(tmp_path), arguments, 1)
    assert stopped.value.status == 1


def test_progress_counts_and_nothing_that_pip_said_is_lost(capsys: pytest.CaptureFixture[str]) -> None:
    lines = [f"Collecting package{n}==1.0\n" for n in range(1, 41)] + [
        "  a detail\n",
        "Installing collected\n",
    ]
    assert bootstrap.show_progress(lines, 41) == [line.rstrip() for line in lines]
    assert capsys.readouterr().out.split("\n") == [
        "    20/41 package20",
        "    40/41 package40",
        "    40/41 unpacking",
        "",
    ]


# --- the commands ------------------------------------------------------------------------------------------


def test_an_old_python_is_told_so(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "version_info", (3, 9, 18))
    assert bootstrap.main(["demo"]) == 2
    assert "3.11 or newer" in capsys.readouterr().err


def test_a_failed_check_fails_the_run_and_is_quoted(capsys: pytest.CaptureFixture[str]) -> None:
    lane = [
        ("good one", ["-c", "pass"]),
        ("bad one", ["-c", "import sys; print('this is why'); sys.exit(3)"]),
    ]
    assert bootstrap.run_lane(Path(sys.executable), lane) == ["bad one"]
    said = capsys.readouterr().out
    assert "bad one: FAILED" in said
    assert "this is why" in said


def test_arguments_reach_pytest_and_its_status_comes_back(tmp_path: Path) -> None:
    (tmp_path / "test_one.py").write_text("def test_it(): assert False\n")
    assert bootstrap.run_tests(Path(sys.executable), ["-q", "-p", "no:cacheprovider", str(tmp_path)]) == 1


@needs_posix
def test_ci_runs_exactly_the_second_command() -> None:
    script = ROOT / ".ci" / "run"
    assert os.access(script, os.X_OK)
    last = script.read_text("utf-8").strip().splitlines()[-1]
    assert last.endswith("exec python3 .ci/bootstrap.py test")


@pytest.mark.parametrize("command", ["python3 .ci/bootstrap.py demo", "python3 .ci/bootstrap.py test"])
def test_the_readme_tells_both_commands(command: str) -> None:
    assert command in (ROOT / "README.md").read_text("utf-8")
