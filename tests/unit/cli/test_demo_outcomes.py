"""The demo succeeds only if the store says of every job exactly what was expected."""

from dataclasses import replace
from typing import Any

import pytest

from dawam.cli.demo.outcomes import HEADERS, Expected
from dawam.jobs.state import StoredState
from tests.unit.cli.test_job_text import ID, job

EXPECTED = Expected(job_id=ID, name="shop.greet", result='"Hello"', failed_count=2)
AS_EXPECTED = job(stored_state=StoredState.SUCCEEDED, attempt_count=2, result='"Hello"')


def test_a_job_that_ended_exactly_so_is_as_expected() -> None:
    assert EXPECTED.is_met_by(AS_EXPECTED)
    assert EXPECTED.row(AS_EXPECTED)[-1] == "yes"


@pytest.mark.parametrize(
    "changes",
    [
        {"stored_state": StoredState.FAILED},
        {"attempt_count": 1},
        {"crash_count": 1},
        {"result": None},
        {"name": "shop.other"},
    ],
)
def test_any_other_end_is_not(changes: dict[str, Any]) -> None:
    otherwise = replace(AS_EXPECTED, **changes)

    assert not EXPECTED.is_met_by(otherwise)
    assert EXPECTED.row(otherwise)[-1] == "NO"


def test_a_job_that_is_gone_is_not() -> None:
    assert not EXPECTED.is_met_by(None)
    assert EXPECTED.row(None)[1:2] == ("not in the store",)
    assert len(EXPECTED.row(None)) == len(HEADERS)
