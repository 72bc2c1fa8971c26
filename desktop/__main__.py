"""`qiantai`: without a command it opens the window, with one it does that and ends."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from io import TextIOWrapper


def main(arguments: Sequence[str] | None = None) -> int:
    """The exit status; see `desktop.cli`."""
    from desktop.cli import main as run

    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):
            if not stream.isatty():
                stream.reconfigure(encoding="utf-8")  # for files and programs, whatever the system's is
            stream.reconfigure(errors="backslashreplace")
    return run(sys.argv[1:] if arguments is None else arguments)


if __name__ == "__main__":
    sys.exit(main())
