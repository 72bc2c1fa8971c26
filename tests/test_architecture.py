"""The one-way rule holds, and each of its contracts notices when somebody breaks it.

Violations are planted in a copy of the tree: a contract that stays quiet then is worth nothing.
"""

from __future__ import annotations

import ast
import os
import re
import shutil
import subprocess
import sys
import tomllib
from dataclasses import dataclass
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
CONTRACTS = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["tool"]["importlinter"]["contracts"]
PACKAGES = ("desktop", "views", "sync", "models", "resources")
RESULT = re.compile(r"^(?P<name>\S.*) (?P<result>KEPT|BROKEN)\b", re.MULTILINE)


@dataclass(frozen=True)
class Plant:
    """A violation: `line` written to the module `file`, which `contract` (its id) must notice."""

    contract: str
    file: str
    line: str

    def __str__(self) -> str:
        return f"{self.contract}: {self.file}: {self.line}"


PLANTS = (
    Plant("one-way", "models/services/planted.py", "import sync.protocol"),
    Plant("one-way", "sync/planted.py", "import views.tasks"),
    Plant("one-way", "views/planted.py", "import desktop"),
    Plant("one-way", "resources/planted.py", "import models.errors"),
    Plant("one-way", "models/rules/planted.py", "def late() -> None:\n    import views.tasks"),
    Plant("floors-of-models", "models/rules/planted.py", "import models.entities"),
    Plant("floors-of-models", "models/rules/planted.py", "import models.database"),
    Plant("floors-of-models", "models/entities/planted.py", "import models.queries"),
    Plant("floors-of-models", "models/queries/planted.py", "import models.services"),
    Plant("floors-of-models", "models/queries/planted.py", "import models.search"),
    Plant("floors-of-models", "models/search/planted.py", "import models.queries"),
    Plant("floors-of-models", "models/services/planted.py", "import models.spreadsheets"),
    Plant("floors-of-models", "models/errors.py", "import models.rules"),
    Plant("floors-of-models", "models/attic/__init__.py", '"""A folder that names no floor."""'),
    Plant("no-qt-below-the-screens", "models/rules/planted.py", "from PySide6 import QtCore"),
    Plant("no-qt-below-the-screens", "sync/client/planted.py", "from PySide6 import QtCore"),
    Plant("no-qt-below-the-screens", "sync/server/planted.py", "import shiboken6"),
    Plant("no-qt-below-the-screens", "views/documents/planted.py", "from PySide6 import QtGui"),
    Plant("no-qt-below-the-screens", "views/documents/planted.py", "import views.tasks"),
    Plant("no-qt-below-the-screens", "resources/translations/__init__.py", "import PySide6.QtGui"),
    Plant("screens-know-no-sql-no-http", "views/planted.py", "from sqlalchemy.orm import Session"),
    Plant("screens-know-no-sql-no-http", "views/widgets/planted.py", "import sqlcipher3"),
    Plant("screens-know-no-sql-no-http", "views/planted.py", "import requests"),
    Plant("screens-know-no-sql-no-http", "views/planted.py", "import sync.client"),
    Plant("screens-know-no-sql-no-http", "views/documents/planted.py", "import sync.server"),
    Plant("two-ends", "sync/client/planted.py", "import sync.server"),
    Plant("two-ends", "sync/server/planted.py", "import sync.client"),
    Plant("one-transport", "desktop/planted.py", "import requests"),
    Plant("one-transport", "sync/client/planted.py", "import requests"),
    Plant("one-transport", "sync/server/planted.py", "import urllib3"),
)


LINT = "from importlinter.cli import lint_imports_command as go; go()"


def lint(tree: Path, *arguments: str) -> dict[str, str]:
    """Check the contracts in `tree`: name of the contract → KEPT or BROKEN."""
    done = subprocess.run(
        [sys.executable, "-c", LINT, "--no-cache", "--no-logo", *arguments],
        cwd=tree,
        env={**os.environ, "PYTHONIOENCODING": "utf-8", "PYTHONDONTWRITEBYTECODE": "1"},
        capture_output=True,
        encoding="utf-8",
        check=False,
    )
    results = {found["name"]: found["result"] for found in RESULT.finditer(done.stdout)}
    assert results, done.stdout + done.stderr
    assert (done.returncode == 0) == ("BROKEN" not in results.values()), done.stdout + done.stderr
    return results


def names() -> dict[str, str]:
    """Id of each contract → its name."""
    return {contract["id"]: contract["name"] for contract in CONTRACTS}


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    """A copy of the packages and of the contracts."""
    for package in PACKAGES:
        shutil.copytree(
            ROOT / package,
            tmp_path / package,
            copy_function=lambda source, target: str(source).endswith(".py") and shutil.copy(source, target),
            ignore=shutil.ignore_patterns("__pycache__"),
        )
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    return tmp_path


def test_every_contract_is_kept() -> None:
    assert lint(ROOT) == dict.fromkeys(names().values(), "KEPT")


def test_every_contract_has_a_planted_violation() -> None:
    assert {plant.contract for plant in PLANTS} == set(names())


@pytest.mark.parametrize("plant", PLANTS, ids=str)
def test_a_planted_violation_is_caught(tree: Path, plant: Plant) -> None:
    file = tree / plant.file
    file.parent.mkdir(parents=True, exist_ok=True)
    with file.open("a", encoding="utf-8") as module:
        module.write(f"\n{plant.line}\n")
    assert lint(tree, "--contract", plant.contract) == {names()[plant.contract]: "BROKEN"}


def test_the_copy_itself_breaks_nothing(tree: Path) -> None:
    """Else a plant would seem caught for another reason."""
    assert set(lint(tree).values()) == {"KEPT"}


def test_qt_is_not_loaded_below_the_screens() -> None:
    """What the contracts say of imports, seen at run time: the business code starts without Qt."""
    code = (
        "import importlib, pkgutil, sys, models, sync.client, sync.server\n"
        "for package in (models, sync.client, sync.server):\n"
        "    for found in pkgutil.walk_packages(package.__path__, package.__name__ + '.'):\n"
        "        if '.migrations.' not in found.name and not found.name.endswith('__main__'):\n"
        "            importlib.import_module(found.name)\n"
        "sys.exit(any(name.startswith('PySide6') for name in sys.modules))\n"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


FILE_LINES = 450
FUNCTION_LINES = 60
EMPTY_NAMES = {"utils", "util", "helpers", "helper", "misc", "manager", "common"}


def own_files() -> list[Path]:
    """Every module of ours but the migrations, which a program writes and nobody changes afterwards."""
    folders = [ROOT / name for name in (*PACKAGES, ".ci", "tests")]
    files = [path for folder in folders for path in folder.rglob("*.py")]
    return sorted(path for path in files if path.parent.name != "versions")


def test_pieces_are_small() -> None:
    long = []
    for path in own_files():
        source = path.read_text("utf-8")
        if (lines := source.count("\n")) > FILE_LINES:
            long.append(f"{path.relative_to(ROOT)}: {lines} lines")
        for node in ast.walk(ast.parse(source)):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                length = (node.end_lineno or node.lineno) - node.lineno + 1
                if length > FUNCTION_LINES:
                    long.append(f"{path.relative_to(ROOT)}:{node.lineno} {node.name}: {length} lines")
    assert long == []


def test_names_say_something() -> None:
    assert [path for path in own_files() if EMPTY_NAMES & {path.stem, *path.relative_to(ROOT).parts}] == []


def test_every_module_says_its_one_job() -> None:
    silent = [
        str(path.relative_to(ROOT))
        for path in own_files()
        if not path.is_relative_to(ROOT / "tests")
        and (tree := ast.parse(path.read_text("utf-8"))).body
        and ast.get_docstring(tree) is None
    ]
    assert silent == []
