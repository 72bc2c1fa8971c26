"""Made-up people and requests for the demonstration site; nobody real is meant."""

from __future__ import annotations

import json
from functools import cache
from importlib.resources import files
from typing import Any


@cache
def estate() -> dict[str, Any]:
    """Names, work, requests by kind and category, and what the crew answered."""
    loaded: dict[str, Any] = json.loads((files(__name__) / "estate.json").read_text(encoding="utf-8"))
    return loaded
