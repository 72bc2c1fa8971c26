"""The log of synchronisation: kept small, and written on where Windows will not let it be renamed."""

from __future__ import annotations

import logging
from pathlib import Path

import pytest

from desktop import sync_log
from desktop.paths import open_profile


@pytest.mark.parametrize("is_held", [False, True], ids=["ours alone", "another program writes too"])
def test_every_line_is_written_whether_or_not_the_file_can_be_renamed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, is_held: bool
) -> None:
    def held(self: Path, target: Path) -> None:
        raise PermissionError(13, "in use", str(self))

    monkeypatch.setattr(sync_log, "LARGEST", 1_500)
    if is_held:
        monkeypatch.setattr(Path, "replace", held)
    profile = open_profile(tmp_path)
    handler = sync_log.keep_log(profile)
    try:
        for number in range(40):
            logging.getLogger(sync_log.LOGGER).warning("hq-timeout %s", number)
    finally:
        sync_log.drop_log(handler)
    older = profile.sync_log.with_name(f"{profile.sync_log.name}.1")
    assert older.exists() is not is_held
    written = (older.read_text("utf-8") if older.exists() else "") + profile.sync_log.read_text("utf-8")
    assert [line.split()[-1] for line in written.splitlines()] == [str(number) for number in range(40)]
