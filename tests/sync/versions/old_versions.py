"""Earlier versions of the program as they were landed, taken out of the project's own history."""

from __future__ import annotations

import io
import json
import os
import shutil
import subprocess
import sys
import tarfile
import time
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[3]
LANDED = {"0.1.0": "2ef5759f979298e1537475670d1b3b75b602f7a5"}
"""Version → the commit that was it."""
PARTS = ("models", "sync", "resources")


def unpack(version: str, folder: Path) -> Path | None:
    """The tree of an earlier version; None where no history reaches back (no git, shallow clone)."""
    if shutil.which("git") is None:
        return None
    packed = subprocess.run(
        ["git", "-C", str(ROOT), "archive", LANDED[version], *PARTS], capture_output=True, check=False
    )
    if packed.returncode != 0:
        return None
    with tarfile.open(fileobj=io.BytesIO(packed.stdout)) as tree:
        options = {"filter": "data"} if hasattr(tarfile, "data_filter") else {}  # Debian 12 has 3.11.2
        tree.extractall(folder, **options)  # type: ignore[arg-type]
    return folder


def environment(tree: Path) -> dict[str, str]:
    return os.environ | {"PYTHONPATH": str(tree), "PYTHONIOENCODING": "utf-8", "PYTHONDONTWRITEBYTECODE": "1"}


class DeskFault(Exception):
    """The desk said a fault's code."""


class DeskProcess:
    """A desk of one version in a process of its own."""

    def __init__(self, tree: Path, path: Path) -> None:
        self.path = path
        self._log = path.with_suffix(".log").open("ab")
        self._process = subprocess.Popen(
            [sys.executable, str(Path(__file__).with_name("driver.py")), str(path)],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=self._log, env=environment(tree), cwd=tree,
            text=True,
        )  # fmt: skip

    def __call__(self, command: str, *arguments: Any) -> Any:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(json.dumps([command, *arguments]) + "\n")
        self._process.stdin.flush()
        line = self._process.stdout.readline()
        assert line, self.path.with_suffix(".log").read_text(encoding="utf-8")
        answer = json.loads(line)
        if "fault" in answer:
            raise DeskFault(answer["fault"])
        return answer["ok"]

    def close(self) -> None:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        with suppress(BrokenPipeError):
            self._process.stdin.close()
        assert self._process.wait(timeout=30) == 0, self.path.with_suffix(".log").read_text(encoding="utf-8")
        self._process.stdout.close()
        self._log.close()


@dataclass
class Headquarters:
    """`qiantai-hq` of one version on one database and port."""

    tree: Path
    folder: Path
    port: int = 0
    url: str = ""
    _process: subprocess.Popen[bytes] | None = None

    @property
    def database(self) -> str:
        return f"sqlite:///{self.folder / 'hq.db'}"

    def command(self, *arguments: str) -> str:
        done = subprocess.run(
            [sys.executable, "-m", "sync.server", "--database", self.database, *arguments],
            capture_output=True, text=True, check=False, env=environment(self.tree), cwd=self.tree,
        )  # fmt: skip
        assert done.returncode == 0, done.stderr
        return done.stdout.strip()

    def start(self) -> None:
        ready = self.folder / "ready"
        ready.unlink(missing_ok=True)
        with (self.folder / "hq.log").open("ab") as log:
            self._process = subprocess.Popen(
                [
                    *(sys.executable, "-m", "sync.server", "--database", self.database, "serve"),
                    *("--port", str(self.port), "--ready-file", str(ready)),
                ],
                stderr=log, stdin=subprocess.DEVNULL, env=environment(self.tree), cwd=self.tree,
            )  # fmt: skip
        for _ in range(600):
            if ready.exists():
                break
            assert self._process.poll() is None, (self.folder / "hq.log").read_text(encoding="utf-8")
            time.sleep(0.05)
        self.url = ready.read_text(encoding="utf-8")
        self.port = int(self.url.rpartition(":")[2])

    def stop(self) -> None:
        if self._process is not None:
            self._process.terminate()
            self._process.wait(timeout=30)
            self._process = None

    def becomes(self, tree: Path) -> None:
        """The same database and address, served by another version."""
        self.stop()
        self.tree = tree
        self.start()
