"""The log: one JSON object a line, and never a word of what people wrote.

Messages of errors are left out: an error may carry the value that it is about. What is kept of one is its
kind, where it was raised, and what it was raised from.
"""

from __future__ import annotations

import json
import logging
import sys
import time
import traceback
from types import TracebackType
from typing import TextIO

DEEPEST = 12
"""Frames kept of each error, the innermost."""


class JsonLines(logging.Formatter):
    """``{"at", "level", "from", "text"}``, or the fields of a record that has a dict for its message."""

    def format(self, record: logging.LogRecord) -> str:
        at = time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(record.created))
        line: dict[str, object] = {
            "at": f"{at}.{int(record.msecs):03d}Z",
            "level": record.levelname.lower(),
            "from": record.name,
        }
        if isinstance(record.msg, dict):
            line.update(record.msg)
        else:
            line["text"] = record.getMessage() if record.name.startswith("qiantai") else str(record.msg)
        if record.exc_info and record.exc_info[1] is not None:
            line["error"] = story(record.exc_info[1])
        return json.dumps(line, ensure_ascii=False, default=str)


def story(error: BaseException) -> list[dict[str, object]]:
    """An error and what led to it, without their messages."""
    told: list[dict[str, object]] = []
    one: BaseException | None = error
    while one is not None and len(told) < 5:
        kind = f"{type(one).__module__}.{type(one).__qualname__}"
        told.append({"kind": kind, "at": _places(one.__traceback__)})
        one = one.__cause__ or one.__context__
    return told


def _places(trace: TracebackType | None) -> list[str]:
    frames = traceback.extract_tb(trace)[-DEEPEST:]
    return [f"{frame.filename}:{frame.lineno} {frame.name}" for frame in frames]


def begin(*, is_quiet: bool, stream: TextIO | None = None) -> None:
    """Everything that is logged in this process goes out as such lines, on standard error."""
    handler = logging.StreamHandler(stream or sys.stderr)
    handler.setFormatter(JsonLines())
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(logging.WARNING if is_quiet else logging.INFO)
    logging.getLogger("uvicorn").setLevel(logging.WARNING)
    logging.captureWarnings(True)
