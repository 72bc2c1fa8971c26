"""The fonts: made once, whole or not at all, found where they are."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from fontTools.ttLib import TTFont

from resources import fonts
from resources.fonts import build, faces

SMALL = next(face for face in faces.FACES if face.key == "jp-regular")


def test_every_face_is_there_and_static() -> None:
    paths = fonts.paths()
    assert list(paths) == [face.key for face in faces.FACES]
    for face in faces.FACES:
        with TTFont(paths[face.key], lazy=True) as font:
            assert "fvar" not in font and "glyf" in font
            assert font["OS/2"].usWeightClass == face.weight
            assert font["name"].getDebugName(6) == face.postscript_name
            assert font["name"].getDebugName(1) == face.family
            assert "SIL Open Font License" in font["name"].getDebugName(13)


def test_names_of_people_have_glyphs_and_fall_back_faces_do_not_repeat() -> None:
    seen: set[int] = set()
    for key, path in fonts.paths().items():
        if not key.endswith("regular"):
            continue
        with TTFont(path, lazy=True) as font:
            own = set(font.getBestCmap())
        assert not own & seen, key
        seen |= own
    assert not [character for character in "喆堃婳𬭎𠮷𡧛龘䶮𬴊한□✓①②③④" if ord(character) not in seen]


def test_qt_takes_the_same_files(qapp: object) -> None:
    from PySide6.QtGui import QFontDatabase

    for key, path in fonts.paths().items():
        number = QFontDatabase.addApplicationFont(str(path))
        assert number >= 0, key
        assert QFontDatabase.applicationFontFamilies(number) == [
            next(face.family for face in faces.FACES if face.key == key)
        ]


def test_a_missing_face_says_which_command_makes_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fonts, "folder_candidates", lambda: (tmp_path / "a", tmp_path / "b"))
    assert not fonts.is_ready()
    with pytest.raises(fonts.FontsNotBuiltError, match=r"-m resources\.fonts"):
        fonts.paths()


def test_an_installation_that_cannot_be_written_uses_the_cache(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    closed, cache = tmp_path / "closed", tmp_path / "cache"
    monkeypatch.setattr(fonts, "folder_candidates", lambda: (closed, cache))
    assert fonts.writable_folder() == cache  # a folder that is not there cannot be written either
    assert cache.is_dir()
    for face in faces.FACES:
        (cache / face.file_name).write_bytes(b"x")
    assert fonts.folder() == cache


def test_a_face_is_written_whole_or_not_at_all(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    package = build.source_folder()
    target = tmp_path / SMALL.file_name

    def full_disk(*_arguments: object, **_named: object) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(TTFont, "save", full_disk)
        with pytest.raises(OSError, match="No space"):
            build.make_face(SMALL, package / SMALL.source, frozenset({0x20BB7}), target)
    assert list(tmp_path.iterdir()) == []
    build.make_face(SMALL, package / SMALL.source, frozenset({0x20BB7}), target)
    assert list(tmp_path.iterdir()) == [target]
    with TTFont(target, lazy=True) as font:
        assert set(font.getBestCmap()) == {0x20BB7}


def test_building_keeps_what_is_there_and_sweeps_what_is_old(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(build, "FACES", (SMALL,))
    (tmp_path / "NotoSansJP-Regular-0.ttf").write_bytes(b"old")
    (tmp_path / ".NotoSansJP-Regular-1-x.part").write_bytes(b"half")
    said: list[str] = []
    build.build(tmp_path, workers=1, report=said.append)
    made = tmp_path / SMALL.file_name
    assert sorted(path.name for path in tmp_path.iterdir()) == [".fonts.lock", SMALL.file_name]
    assert len(said) == 1
    before = made.stat().st_mtime_ns
    build.build(tmp_path, workers=1, report=said.append)
    assert made.stat().st_mtime_ns == before
    assert len(said) == 1


def test_no_source_package_is_one_sentence(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(build, "SOURCE_PACKAGE", "no_such_package_of_fonts")
    with pytest.raises(build.FontSourceMissingError, match="no-such-package-of-fonts is not installed"):
        build.build(tmp_path)


def test_the_command_says_where_they_are() -> None:
    result = subprocess.run(
        [sys.executable, "-m", "resources.fonts"],
        capture_output=True,
        text=True,
        check=True,
        cwd=Path(fonts.__file__).parents[2],
        env={**os.environ, "PYTHONIOENCODING": "utf-8"},
    )
    assert str(fonts.folder()) in result.stdout
