"""An answer as it came over the wire, and what it says where it is none."""

from __future__ import annotations

import json
import logging
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import msgspec

from models.errors import DomainError
from sync.protocol import Failure

LOG = logging.getLogger("qiantai.sync")
LONGEST_ASKED_S = 3600
"""Seconds that an answer can make the desk stay away, whatever it says."""


@dataclass(frozen=True)
class Answer:
    """``headers`` are found in whatever case they were written."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def media(self) -> str:
        return self.headers.get("content-type", "").partition(";")[0].strip()


def refusal(answer: Answer, request_id: str) -> DomainError:
    """An answer that is none: headquarters' own code, or what stands in its place. With the id under which
    the request is in its log, and ``seconds`` where it says how long to stay away."""
    try:
        failure = msgspec.convert(json.loads(answer.body), Failure)
    except (ValueError, RecursionError):
        failure = None
    values: dict[str, Any] = {"request_id": request_id}
    asked = answer.headers.get("retry-after", "").strip()
    if asked.isdecimal():
        values["seconds"] = int(asked[:9])
    if failure is not None and answer.media == "application/json":
        values |= {name: value for name, value in failure.values.items() if name != "code"}
        code = failure.code
    else:
        code = "hq-error" if answer.status >= 500 or answer.status == 429 else "hq-foreign"
    if code in {"hq-error", "hq-foreign"}:
        values["status"] = answer.status
    if isinstance(values.get("seconds"), int):
        values["seconds"] = min(values["seconds"], LONGEST_ASKED_S)
    LOG.warning("%s %s %s", code, answer.status, request_id)
    return DomainError(code, **values)
