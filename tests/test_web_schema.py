"""The OpenAPI description: what it promises is tried with made-up requests."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

pytest.importorskip("schemathesis", reason="schemathesis is not installed")
pytest.importorskip("fastapi", reason="fastapi is not installed")

import schemathesis
from hypothesis import HealthCheck, settings

from servers import served


@pytest.fixture(scope="module")
def description(tmp_path_factory: pytest.TempPathFactory) -> Iterator[object]:
    words = ("--workers", "1", "--max-per-client", "100000", "--max-waiting", "100000")
    with served(tmp_path_factory.mktemp("jobs"), *words) as server:
        yield schemathesis.openapi.from_url(f"{server.api}/openapi.json")


schema = schemathesis.pytest.from_fixture("description")


@schema.parametrize()
@settings(max_examples=12, derandomize=True, database=None, suppress_health_check=list(HealthCheck))
def test_every_promise_of_the_description_is_kept(case: schemathesis.Case) -> None:
    case.call_and_validate()
