"""Where dialogs for files start."""

from __future__ import annotations

from pathlib import Path

from views.context import MemoryPreferences
from views.file_places import documents, last_folder, remember


def test_a_dialog_starts_in_the_folder_used_last(tmp_path: Path) -> None:
    preferences = MemoryPreferences()
    assert last_folder(preferences) == documents()
    remember(preferences, tmp_path / "slip.pdf")
    assert last_folder(preferences) == tmp_path
    remember(preferences, tmp_path / "gone" / "slip.pdf")
    assert last_folder(preferences) == documents(), "the folder is gone"


def test_kinds_of_files_have_their_own_folder(tmp_path: Path) -> None:
    preferences = MemoryPreferences()
    remember(preferences, tmp_path / "a.xlsx", "import/folder")
    assert last_folder(preferences, "import/folder") == tmp_path
    assert last_folder(preferences) == documents()
