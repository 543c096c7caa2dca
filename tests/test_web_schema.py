"""The OpenAPI description: what it promises is tried with made-up requests."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

pytest.importorskip("schemathesis", reason="schemathesis is not installed")
pytest.importorskip("fastapi", reason="fastapi is not installed")

import schemathesis
from hypothesis import HealthCheck, given, settings
from schemathesis.specs.openapi.checks import positive_data_acceptance
from schemathesis.specs.openapi.schemas import OpenApiSchema

from servers import served

ADDRESSES = (
    *("POST /calls", "POST /qc", "POST /reports", "GET /jobs/{id}", "GET /jobs/{id}/result"),
    *("POST /jobs/{id}/cancel", "DELETE /jobs/{id}", "GET /datasets", "GET /methods", "GET /health"),
)


@pytest.fixture(scope="module")
def description(tmp_path_factory: pytest.TempPathFactory) -> Iterator[OpenApiSchema]:
    words = ("--workers", "1", "--max-per-client", "100000", "--max-waiting", "100000")
    with served(tmp_path_factory.mktemp("jobs"), *words) as server:
        yield schemathesis.openapi.from_url(f"{server.api}/openapi.json")


def test_every_address_is_described(description: OpenApiSchema) -> None:
    paths = description.raw_schema["paths"]
    ways = {f"{method.upper()} {path}" for path in paths for method in paths[path]}
    assert ways == {way.replace(" ", " /api/v1") for way in ADDRESSES}


@pytest.mark.parametrize("address", ADDRESSES)
def test_every_promise_of_the_description_is_kept(description: OpenApiSchema, address: str) -> None:
    method, path = address.split()
    operation = description[f"/api/v1{path}"][method]

    @settings(max_examples=15, derandomize=True, database=None, suppress_health_check=list(HealthCheck))
    @given(operation.as_strategy())
    def ask(case: schemathesis.Case[Any]) -> None:
        # No description can say which bytes are a time course: most made-up files are refused, by rule.
        case.call_and_validate(excluded_checks=[positive_data_acceptance], timeout=120)

    ask()
