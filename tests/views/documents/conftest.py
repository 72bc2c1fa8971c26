"""Paper is tested in both languages; the language is put back after each test."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from resources import translations


@pytest.fixture(autouse=True)
def chinese() -> Iterator[None]:
    before = translations.language()
    translations.use("zh_CN")
    yield
    translations.use(before)
