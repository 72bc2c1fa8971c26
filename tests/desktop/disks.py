"""Small disks to fill: real ones, so that only root can make them."""

from __future__ import annotations

import contextlib
import os
import shutil
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

MEGABYTE = 1 << 20


@contextlib.contextmanager
def small_disk(folder: Path, size: int) -> Iterator[Callable[[str], None]]:
    """A disk of *size* bytes at *folder*; gives what mounts it anew with other options."""
    folder.mkdir(exist_ok=True)

    def mount(options: str) -> None:
        done = subprocess.run(
            ["mount", "-t", "tmpfs", "-o", options, "none", str(folder)], capture_output=True, check=False
        )
        if done.returncode:
            pytest.skip("only root may mount a small disk")

    if os.name == "nt" or os.geteuid() != 0:
        pytest.skip("only root may mount a small disk")
    mount(f"size={size}")
    try:
        yield lambda options: mount(f"remount,size={size},{options}")
    finally:
        subprocess.run(["umount", "-l", str(folder)], check=False, capture_output=True)


def fill_up(folder: Path, left: int) -> Path:
    """A file that leaves so many bytes free."""
    path = folder / "filler"
    free = shutil.disk_usage(folder).free
    path.write_bytes(b"\0" * max(0, free - left))
    return path
