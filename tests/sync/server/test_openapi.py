"""Whatever fits headquarters' own description, and what nearly does, gets an answer as described."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import nullcontext, suppress
from typing import Any

import pytest
import requests
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from hypothesis.errors import Unsatisfiable
from litestar.testing import TestClient
from schemathesis.checks import not_a_server_error
from schemathesis.core.result import Ok
from schemathesis.generation import GenerationMode
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from sync.server.app import create_app
from sync.server.openapi import ROUTES, routes_of
from tests.sync.parts import HqProcess, TestDesk, TestHq

CHECKS = [
    not_a_server_error, content_type_conformance, response_schema_conformance, status_code_conformance,
]  # fmt: skip
MODES = (GenerationMode.POSITIVE, GenerationMode.NEGATIVE)


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[HqProcess, TestDesk]]:
    folder = tmp_path_factory.mktemp("openapi")
    process = HqProcess(folder)
    process.start("--quiet")
    process.add_site("阳光花园")
    desk = process.desk("阳光花园", folder / "desk.db")
    desk.add_building("3")
    desk.sync()
    yield process, desk
    desk.link.close()
    desk.database.close()
    process.stop()


def ask(house: tuple[HqProcess, TestDesk], examples: int) -> int:
    """Every operation asked so often in either way; the number of requests."""
    process, desk = house
    schema = schemathesis.openapi.from_url(f"{process.url}/openapi.json")
    headers = {"authorization": f"Bearer {(desk.tokens.token or '').split()[0]}"}
    asked = 0
    with requests.Session() as session:
        for found in schema.get_all_operations():
            assert isinstance(found, Ok), found
            operation = found.ok()
            for mode in MODES:
                strategy = operation.as_strategy(generation_mode=mode)

                @given(case=strategy)
                @settings(
                    max_examples=examples, deadline=None, derandomize=True, database=None,
                    phases=[Phase.generate], suppress_health_check=list(HealthCheck),
                )  # fmt: skip
                def check(case: Any) -> None:
                    nonlocal asked
                    asked += 1
                    response = case.call(session=session, headers=headers, timeout=30)
                    case.validate_response(response, checks=CHECKS)
                    if response.status_code != 200 and response.status_code != 405:
                        assert set(response.json()) >= {"code", "request_id"}, response.text

                with suppress(Unsatisfiable) if mode is GenerationMode.NEGATIVE else nullcontext():
                    check()  # nothing about a GET without parameters can be wrong
    return asked


def test_what_fits_the_description_is_answered_as_described(house: tuple[HqProcess, TestDesk]) -> None:
    assert ask(house, 12) > 150
    assert house[1].sync().is_equal


@pytest.mark.slow
def test_what_fits_the_description_is_answered_as_described_at_length(
    house: tuple[HqProcess, TestDesk],
) -> None:
    assert ask(house, 100) > 1_500
    assert house[1].sync().is_equal


def test_every_route_of_the_wire_is_described(hq: TestHq) -> None:
    app = create_app(hq.store, hq.blobs)
    there = {(method, path) for path, method in routes_of(app) if not path.startswith("/console")}
    assert there == set(ROUTES)
    with TestClient(app) as client:
        found = client.get("/openapi.json").json()
    operations = {(verb.upper(), path) for path, verbs in found["paths"].items() for verb in verbs}
    assert operations == set(ROUTES)
    sync = found["paths"]["/v1/sync"]["post"]
    assert set(sync["requestBody"]["content"]) == {"application/json", "application/vnd.qiantai+msgpack"}
    assert found["components"]["schemas"]["SyncRequest"]["properties"]["b"]["$ref"].endswith("/Batch")


@given(st.text(max_size=40), st.sampled_from(["GET", "POST", "PUT", "DELETE", "PATCH", "OPTIONS"]))
@settings(max_examples=150, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
def test_addresses_that_nobody_knows_get_a_code(
    house: tuple[HqProcess, TestDesk], path: str, method: str
) -> None:
    answer = requests.request(method, f"{house[0].url}/v1/{path}", timeout=30)
    assert answer.status_code < 500
    if answer.status_code >= 400:
        assert answer.json()["code"]
