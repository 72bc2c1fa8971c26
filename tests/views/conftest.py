"""What tests of screens share: a context whose tasks run at once over a store without a database."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from PySide6.QtWidgets import QApplication

from resources import translations
from tests.views.fakes import PlainStore, example_actor
from views.context import AppContext, Notice
from views.tasks import TaskRunner, inline_runner


@pytest.fixture
def store() -> PlainStore:
    return PlainStore()


@pytest.fixture
def tasks(qapp: QApplication, store: PlainStore) -> TaskRunner:
    return inline_runner(store, actor=example_actor())


@pytest.fixture
def notices() -> list[Notice]:
    return []


@pytest.fixture
def context(tasks: TaskRunner, notices: list[Notice]) -> AppContext:
    return AppContext(tasks, example_actor(), notify=notices.append)


@pytest.fixture
def english() -> Iterator[None]:
    translations.use("en")
    yield
    translations.use(translations.SOURCE_LANGUAGE)
