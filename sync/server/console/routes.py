"""A page of the console as a declaration: where it is, what it asks for, what makes it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from sync.server.console.rights import Right
from sync.server.console.visit import Answer, Visit


@dataclass(frozen=True)
class Route:
    """``path`` is relative to the console; ``{site_id:str}`` are parts of it."""

    method: str
    path: str
    page: Callable[[Visit], Answer]
    right: Right


def get(path: str, page: Callable[[Visit], Answer], right: Right = Right.READ) -> Route:
    return Route("GET", path, page, right)


def post(path: str, page: Callable[[Visit], Answer], right: Right) -> Route:
    return Route("POST", path, page, right)
