"""Small stand-ins for what lies below the screens: a store without a database, an actor with every right."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from models.rules.rights import Right
from models.work import Actor


def example_actor() -> Actor:
    return Actor("0" * 32, "0001", "周敏", frozenset(Right), "客服专员")


@dataclass(frozen=True)
class PlainWritten:
    value: Any
    changes: frozenset[str]


@dataclass
class PlainStore:
    """Calls queries and services with ``None`` for their session; a service's answer may be (value, changed
    tables)."""

    actors: list[Any] = field(default_factory=list)

    def read(self, query: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Any:
        return query(None, *args, **kwargs)

    def write(self, actor: Any, operation: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Any:
        self.actors.append(actor)
        answer = operation(None, *args, **kwargs)
        if isinstance(answer, tuple) and len(answer) == 2 and isinstance(answer[1], frozenset):
            return PlainWritten(*answer)
        return PlainWritten(answer, frozenset())
