"""Where the program keeps what is its own: one folder, the profile. Network drives are refused.

SQLite's locks do not hold on a network drive, and a write-ahead log there loses data; so does the rule in
`Profile`.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from models.errors import DomainError

NETWORK_FILE_SYSTEMS = frozenset(
    {
        "nfs",
        "nfs4",
        "cifs",
        "smb3",
        "smbfs",
        "sshfs",
        "fuse.sshfs",
        "davfs",
        "afs",
        "9p",
        "ncpfs",
        "glusterfs",
    }
    | {"fuse.glusterfs", "ceph", "lustre"}
)
DRIVE_REMOTE = 4
"""What Windows' GetDriveType says of a network drive."""


@dataclass(frozen=True)
class Profile:
    """The folder of one desk and the names in it."""

    folder: Path

    @property
    def database(self) -> Path:
        return self.folder / "qiantai.db"

    @property
    def sync_log(self) -> Path:
        return self.folder / "sync.log"

    @property
    def sync_lock(self) -> Path:
        """Held by whoever synchronises (`sync.client.local.round_lock`)."""
        return self.database.with_name(self.database.name + ".sync-lock")

    @property
    def attachments(self) -> Path:
        return self.folder / "attachments"

    @property
    def backups(self) -> Path:
        return self.folder / "backups"

    @property
    def crash_reports(self) -> Path:
        return self.folder / "crash-reports"

    @property
    def preferences(self) -> Path:
        return self.folder / "preferences.json"

    @property
    def lock(self) -> Path:
        return self.folder / "running.lock"


def default_folder() -> Path:
    """The profile of whoever is signed in to the computer."""
    import platformdirs

    return Path(platformdirs.user_data_dir("qiantai", appauthor=False))


def open_profile(folder: Path | None = None, *, is_remote: Callable[[Path], bool] | None = None) -> Profile:
    """The profile at *folder* (made if it is not there; the default one if ``None``).

    Raises ``DomainError``: ``network-drive`` or ``profile-not-writable``, each with ``path``.
    """
    where = (folder or default_folder()).expanduser().absolute()
    if (is_remote or on_network_drive)(where):
        raise DomainError("network-drive", path=str(where))
    profile = Profile(where)
    try:
        for made in (where, profile.attachments, profile.backups, profile.crash_reports):
            made.mkdir(parents=True, exist_ok=True, mode=0o700)
        probe = where / f".writable-{os.getpid()}"  # the command line may look beside the window
        probe.write_bytes(b"")
        probe.unlink()
    except OSError as error:
        raise DomainError("profile-not-writable", path=str(where)) from error
    return profile


def on_network_drive(path: Path) -> bool:
    """Whether *path* would lie on a network drive; False where that cannot be told."""
    if sys.platform == "win32":
        return _is_remote_on_windows(path)
    return file_system_of(path, _mounts()) in NETWORK_FILE_SYSTEMS


def _is_remote_on_windows(path: Path) -> bool:
    import ctypes

    if str(path).startswith("\\\\"):
        return True
    kernel = getattr(ctypes, "windll").kernel32  # noqa: B009 - only there on Windows
    return bool(kernel.GetDriveTypeW(path.anchor) == DRIVE_REMOTE)


def _mounts() -> str:
    try:
        return Path("/proc/self/mounts").read_text(encoding="utf-8", errors="surrogateescape")
    except OSError:
        return ""


def file_system_of(path: Path, mounts: str) -> str:
    """The type of the file system that holds *path*, by the longest mount point above it in *mounts*
    (the text of ``/proc/self/mounts``); ``""`` if there is none."""
    real = os.path.realpath(path)
    best, kind = "", ""
    for line in mounts.splitlines():
        parts = line.split(" ")
        if len(parts) < 3:
            continue
        point = parts[1].replace("\\040", " ")
        is_above = real == point or real.startswith(point.rstrip("/") + "/")
        if is_above and len(point) >= len(best):
            best, kind = point, parts[2]
    return kind
