"""Templates into pages: everything that is put in is escaped, and whatever is missing is a bug."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from resources import console as resources
from resources.field_terms import field_words
from resources.terms import choices, label, marked, symbol
from resources.translations import LANGUAGES, gettext, language, pgettext
from sync.server.console import wording
from sync.server.console.rights import role_words
from sync.server.console.security import PATH

HTML_LANGUAGES: Mapping[str, str] = {"zh_CN": "zh-CN", "en": "en"}


def make_environment() -> Environment:
    """One for the life of the program; pages are rendered on several threads."""
    environment = Environment(
        loader=FileSystemLoader(resources.TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
        cache_size=-1,
    )
    environment.globals.update(
        _=gettext,
        base=PATH,
        choices=choices,
        field_words=field_words,
        html_language=lambda: HTML_LANGUAGES[language()],
        label=label,
        languages=LANGUAGES,
        marked=marked,
        pgettext=pgettext,
        role_words=role_words,
        symbol=symbol,
        words=wording,
        with_query=with_query,
    )
    return environment


def with_query(query: Mapping[str, str], **changes: Any) -> str:
    """A query with some values changed, ``None`` and empty ones left out: ``?group=open&page=2``."""
    merged = {**query, **changes}
    left = {name: str(value) for name, value in merged.items() if value not in (None, "")}
    return f"?{urlencode(left)}" if left else "?"
