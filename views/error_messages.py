"""Words for expected faults: code and values → one sentence in the language in use. Free of Qt.

Each area words its own codes in ``views/messages/<area>.py`` as ``MESSAGES``; they are merged here.
"""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Mapping
from functools import cache
from string import Formatter

from models.errors import DomainError
from resources import terms
from resources.translations import gettext as _
from views import messages

Wording = Mapping[str, str]


@cache
def sentences() -> Wording:
    """Code → Chinese sentence of every area. Two areas that word one code are a bug: ``ValueError``."""
    merged: dict[str, str] = {}
    for module in pkgutil.iter_modules(messages.__path__):
        area: Wording = importlib.import_module(f"{messages.__name__}.{module.name}").MESSAGES
        twice = merged.keys() & area.keys()
        if twice:
            raise ValueError(f"worded twice: {sorted(twice)}")
        merged.update(area)
    return merged


_VOCABULARIES: Mapping[str, str] = {
    "right": "right",
    "action": "ticket.event",
    "state": "ticket.state",
    "field": "field.ticket",
    "fields": "field.ticket",
    "table": "table",
}
"""Values that are codes, and the vocabulary of their words."""


def _worded(values: Mapping[str, object]) -> dict[str, object]:
    """The values with codes in the words of the trade; several are put side by side."""
    found = dict(values)
    for name, vocabulary in _VOCABULARIES.items():
        value = values.get(name)
        if isinstance(value, (list, tuple)):
            found[name] = _("、").join(terms.label(vocabulary, str(code)) for code in value)
        elif isinstance(value, str):
            found[name] = terms.label(vocabulary, value)
    return found


class _Forgiving(Formatter):
    """Fills in what is known; a value that the error did not carry shows as ``?`` instead of failing
    twice."""

    def get_value(self, key: int | str, args: object, kwargs: Mapping[str, object]) -> object:
        value = kwargs.get(str(key))
        return "?" if value is None else value


def message(error: DomainError) -> str:
    """The sentence for *error*; a code that nobody worded is shown with its code, so that it can be
    reported."""
    wording = sentences().get(error.code)
    if wording is None:
        return _("操作没有完成（{code}）。").format(code=str(error))
    return _Forgiving().vformat(_(wording), (), _worded(error.values))
