"""The API keeps to its own description, whatever is sent to it: schemathesis makes the requests."""

from collections.abc import Iterator
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, given, settings
from schemathesis.specs.openapi.checks import positive_data_acceptance

from dawam.dashboard.api.endpoints import ENDPOINTS, PREFIX
from tests.dashboard.serving import ServedShop, served

SETTINGS = settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))


@pytest.fixture(scope="module")
def shop() -> Iterator[ServedShop]:
    with served() as shop:
        yield shop


@pytest.fixture(scope="module")
def described(shop: ServedShop) -> Any:
    return schemathesis.openapi.from_url(f"{shop.url}{PREFIX}/openapi.json")


@pytest.mark.parametrize(("method", "path"), [(each.method, each.path) for each in ENDPOINTS])
def test_an_endpoint_answers_as_it_is_described(described: Any, method: str, path: str) -> None:
    @SETTINGS
    @given(case=described[path][method].as_strategy())
    def ask(case: Any) -> None:
        case.call_and_validate(excluded_checks=[positive_data_acceptance])

    ask()
