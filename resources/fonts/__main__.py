"""``python -m resources.fonts [--force] [--target FOLDER]``: make the program's fonts ready, once."""

from __future__ import annotations

import argparse
import sys
import time
from pathlib import Path

from resources.fonts import folder, is_ready
from resources.fonts.build import FontSourceMissingError, build


def main(arguments: list[str] | None = None) -> int:
    """Exit status 0 when every font is there, 1 with one sentence on stderr when it could not be made."""
    parser = argparse.ArgumentParser(prog="python -m resources.fonts", description=__doc__)
    parser.add_argument("--force", action="store_true", help="make them again even if they are there")
    parser.add_argument(
        "--target", type=Path, help="folder for them (default: the installation or the cache)"
    )
    options = parser.parse_args(arguments)
    if options.target is None and not options.force and is_ready():
        sys.stdout.write(f"fonts ready in {folder()}\n")
        return 0
    started = time.monotonic()
    try:
        where = build(options.target, force=options.force, report=lambda line: print(line, flush=True))  # noqa: T201
    except (FontSourceMissingError, OSError) as error:
        sys.stderr.write(f"the fonts could not be made: {error}\n")
        return 1
    sys.stdout.write(f"fonts ready in {where} after {time.monotonic() - started:.0f} s\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
