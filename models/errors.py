"""Expected faults: what the user or the surroundings did, told by code and values, never by prose."""

from __future__ import annotations


class DomainError(Exception):
    """A fault that belongs to the trade or the surroundings, not a bug.

    ``code`` is a stable kebab-case word (``"room-not-found"``); ``values`` are what a sentence about it
    needs. `views.error_messages` words it; nothing else does.
    """

    def __init__(self, code: str, /, **values: object) -> None:
        super().__init__(code, values)
        self.code = code
        self.values = values

    def __str__(self) -> str:
        details = ", ".join(f"{name}={value!r}" for name, value in self.values.items())
        return f"{self.code}({details})" if details else self.code

    def __reduce__(self) -> tuple[object, ...]:
        return (_rebuild, (type(self), self.code, self.values))


def _rebuild(kind: type[DomainError], code: str, values: dict[str, object]) -> DomainError:
    return kind(code, **values)


class Cancelled(Exception):  # noqa: N818 - an outcome the user chose, not an error
    """The user pressed Cancel: everything of the running job is rolled back."""
