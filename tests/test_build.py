"""What `build.spec` packs is what the programs need; built and started only by name (`pytest -m slow`)."""

from __future__ import annotations

import ast
import os
import subprocess
import sys
from fnmatch import fnmatch
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
SPEC = ast.parse((ROOT / "build.spec").read_text("utf-8"))
PACKAGES = ("desktop", "views", "sync", "models", "resources")
LEFT_OUT = {
    "resources/fonts/build.py",  # the built programs carry the fonts themselves
    "models/migrations/write.py",  # for developers
}


def listed(name: str) -> list[str]:
    """The constant list that `build.spec` assigns to `name`."""
    for node in SPEC.body:
        if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == name:
            return [str(value) for value in ast.literal_eval(node.value)]
    raise LookupError(name)


def packed_patterns() -> list[tuple[str, str]]:
    """Each folder and pattern that `folder(...)` calls of `build.spec` pack."""
    return [
        (ast.literal_eval(node.args[0]), ast.literal_eval(pattern))
        for node in ast.walk(SPEC)
        if isinstance(node, ast.Call) and ast.unparse(node.func) == "folder"
        for pattern in node.args[1:]
    ]


def imported(path: Path) -> set[str]:
    """Top-level names of the modules that a file imports anywhere in it."""
    names: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            names |= {alias.name.split(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            names.add(node.module.split(".")[0])
    return names


def test_nothing_that_is_imported_is_left_out() -> None:
    excluded = set(listed("NOT_NEEDED"))
    wrong = {
        str(path.relative_to(ROOT)): names
        for package in PACKAGES
        for path in (ROOT / package).rglob("*.py")
        if path.relative_to(ROOT).as_posix() not in LEFT_OUT and (names := imported(path) & excluded)
    }
    assert wrong == {}


def test_every_file_that_is_opened_at_run_time_is_packed() -> None:
    made = {".py", ".pyc", ".ttf"}
    files = [
        path.relative_to(ROOT).as_posix()
        for package in PACKAGES
        for path in (ROOT / package).rglob("*")
        if path.is_file() and not path.name.startswith(".") and path.suffix not in made
    ]
    packed = packed_patterns()
    forgotten = [
        name
        for name in files
        if not any(
            name.startswith(f"{folder}/") and fnmatch(Path(name).name, pattern) for folder, pattern in packed
        )
    ]
    assert forgotten == []


@pytest.mark.slow
def test_both_programs_are_built_and_start(tmp_path: Path, home: Path) -> None:
    """About a minute. The programs run with an empty environment, so nothing of the checkout helps them."""
    places = ["--distpath", str(tmp_path / "dist"), "--workpath", str(tmp_path / "work")]
    subprocess.run(
        [sys.executable, "-m", "PyInstaller", "--noconfirm", "--log-level", "ERROR", *places, "build.spec"],
        cwd=ROOT,
        check=True,
    )
    suffix = ".exe" if os.name == "nt" else ""
    bare = {"HOME": str(home), "QT_QPA_PLATFORM": "offscreen", "LANG": "C.UTF-8", "PATH": os.defpath}
    for program, arguments in (
        ("qiantai", ["--profile", str(tmp_path / "desk"), "init"]),
        ("qiantai", ["--profile", str(tmp_path / "desk"), "check"]),
        ("qiantai-hq", ["--help"]),
    ):
        started = subprocess.run(
            [tmp_path / "dist" / "qiantai" / f"{program}{suffix}", *arguments],
            cwd=tmp_path,
            env=bare,
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )
        assert started.returncode == 0, started.stdout + started.stderr
