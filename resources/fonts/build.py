"""Makes the static faces of ``faces.py`` from the variable fonts of the source package.

About half a minute in all on two cores, once. Each file appears whole or not at all (written beside its
place, then renamed), and a lock file keeps two installations that start together from doing the work twice.
"""

from __future__ import annotations

import importlib.util
import os
import tempfile
from collections.abc import Callable, Iterable
from concurrent.futures import ProcessPoolExecutor, as_completed
from multiprocessing import get_context
from pathlib import Path
from typing import Any

from filelock import FileLock

from resources.fonts import writable_folder
from resources.fonts.faces import FACES, SOURCE_PACKAGE, Face

# Shaping and vertical setting are not used on paper or screen here; hinting stays.
_DROPPED_TABLES = ("BASE", "GDEF", "GPOS", "GSUB", "HVAR", "MVAR", "STAT", "VORG", "VVAR", "vhea", "vmtx")
_KEPT_NAMES = frozenset({0, 5, 13, 14})  # copyright, version, licence, licence's address
_BOLD_BIT, _REGULAR_BIT = 0x20, 0x40  # OS/2 fsSelection


class FontSourceMissingError(RuntimeError):
    """The package with the variable fonts is not installed, or holds other files than we know."""


def source_folder() -> Path:
    """The folder of the installed source package; ``FontSourceMissingError`` if it is absent."""
    spec = importlib.util.find_spec(SOURCE_PACKAGE)
    if spec is None or not spec.submodule_search_locations:
        raise FontSourceMissingError(f"the package {SOURCE_PACKAGE.replace('_', '-')} is not installed")
    return Path(next(iter(spec.submodule_search_locations)))


def _characters(source: Path) -> frozenset[int]:
    from fontTools.ttLib import TTFont

    if not source.is_file():
        raise FontSourceMissingError(f"the font source {source.name} is missing")
    with TTFont(source, lazy=True) as font:
        return frozenset(font.getBestCmap())


def wanted_characters(package: Path) -> dict[str, frozenset[int] | None]:
    """What to keep of each source font: ``None`` for all of it, else the characters that no earlier one
    has."""
    wanted: dict[str, frozenset[int] | None] = {}
    seen: frozenset[int] = frozenset()
    for face in FACES:
        if face.source in wanted:
            continue
        own = _characters(package / face.source)
        wanted[face.source] = own - seen if face.is_fallback else None
        seen |= own
    return wanted


def _rename(font: Any, face: Face) -> None:
    names = font["name"]
    names.names = [n for n in names.names if n.nameID in _KEPT_NAMES and n.platformID == 3]
    full = f"{face.family} {face.style}"
    texts = {1: face.family, 2: face.style, 3: f"{full} {face.weight}", 4: full, 6: face.postscript_name}
    for number, text in texts.items():
        names.setName(text, number, 3, 1, 0x409)
    font["OS/2"].usWeightClass = face.weight
    selection = font["OS/2"].fsSelection & ~(_BOLD_BIT | _REGULAR_BIT)
    font["OS/2"].fsSelection = selection | (_BOLD_BIT if face.is_bold else _REGULAR_BIT)
    font["head"].macStyle = 1 if face.is_bold else 0


def _subset(font: Any, characters: Iterable[int]) -> None:
    from fontTools import subset

    options = subset.Options()
    options.drop_tables += list(_DROPPED_TABLES)
    options.notdef_outline = True
    options.name_IDs = ["*"]
    chooser = subset.Subsetter(options)
    chooser.populate(unicodes=characters)
    chooser.subset(font)


def make_face(face: Face, source: Path, characters: frozenset[int] | None, target: Path) -> Path:
    """Write one static face to *target* (replaced as a whole) and return it.

    *characters* limits what is kept; ``None`` keeps everything.
    """
    from fontTools.ttLib import TTFont
    from fontTools.varLib import instancer

    with TTFont(source) as font:
        if characters is not None:
            _subset(font, characters)
        for tag in _DROPPED_TABLES:
            if tag in font:
                del font[tag]
        keep = instancer.OverlapMode.KEEP_AND_DONT_SET_FLAGS
        instancer.instantiateVariableFont(font, {"wght": face.weight}, inplace=True, overlap=keep)
        _rename(font, face)
        handle, temporary = tempfile.mkstemp(prefix=f".{target.stem}-", suffix=".part", dir=target.parent)
        try:
            with os.fdopen(handle, "wb") as out:
                font.save(out)
            Path(temporary).chmod(0o644)
            Path(temporary).replace(target)
        except BaseException:
            Path(temporary).unlink(missing_ok=True)
            raise
    return target


def _make(face: Face, package: Path, characters: frozenset[int] | None, where: Path) -> Path:
    return make_face(face, package / face.source, characters, where / face.file_name)


def _sweep(target: Path) -> None:
    """Remove what an interrupted run and older recipes left behind."""
    current = {face.file_name for face in FACES}
    leftovers = [*target.glob(".Noto*.part"), *(p for p in target.glob("Noto*.ttf") if p.name not in current)]
    for path in leftovers:
        path.unlink(missing_ok=True)


def build(
    target: Path | None = None,
    *,
    force: bool = False,
    workers: int | None = None,
    report: Callable[[str], None] | None = None,
) -> Path:
    """Make every face that is missing (all with *force*) in *target*, default ``writable_folder()``; return
    it.

    *report* is told one line a finished file. Raises ``FontSourceMissingError``; ``OSError`` for a full disk.
    """
    where = target or writable_folder()
    where.mkdir(parents=True, exist_ok=True)
    lock = where / ".fonts.lock"
    with FileLock(lock):
        todo = [face for face in FACES if force or not (where / face.file_name).is_file()]
        if not todo:
            return where
        _sweep(where)
        package = source_folder()
        wanted = wanted_characters(package)
        count = workers or max(1, min(len(todo), os.cpu_count() or 1))
        with ProcessPoolExecutor(count, mp_context=get_context("spawn")) as pool:
            jobs = [pool.submit(_make, face, package, wanted[face.source], where) for face in todo]
            for job in as_completed(jobs):
                made = job.result()
                if report:
                    report(f"{made.name}  {made.stat().st_size / 1e6:.1f} MB")
    return where
