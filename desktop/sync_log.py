"""What synchronisation noted, in ``sync.log`` of the profile: codes and numbers, nothing of anybody."""

from __future__ import annotations

import logging
from contextlib import suppress
from logging.handlers import RotatingFileHandler
from pathlib import Path

from desktop.paths import Profile

LOGGER = "qiantai.sync"
LARGEST = 256 * 1024
"""Bytes; one older file is kept beside."""


def keep_log(profile: Profile) -> logging.Handler:
    """Begin to write; the file comes with its first line. `drop_log` ends it."""
    handler = RotatingFileHandler(
        profile.sync_log, maxBytes=LARGEST, backupCount=1, encoding="utf-8", delay=True
    )
    handler.rotator = _rotated
    handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(message)s"))
    handler.handleError = lambda record: None  # type: ignore[method-assign]  # a full disk is told elsewhere
    logging.getLogger(LOGGER).addHandler(handler)
    return handler


def _rotated(source: str, target: str) -> None:
    """Windows lets nobody rename a file that the command line beside the window writes to as well: it grows
    on until it can be."""
    with suppress(OSError):
        Path(source).replace(target)


def drop_log(handler: logging.Handler) -> None:
    logging.getLogger(LOGGER).removeHandler(handler)
    handler.close()
