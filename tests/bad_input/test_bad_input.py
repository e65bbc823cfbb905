"""Whoever does something wrong is told what, where, and how to mend it; and the page of errors says so."""

import os

import pytest

from tests.bad_input import of_servers
from tests.bad_input.answers import CASES, told
from tests.bad_input.case import BadInput
from tests.bad_input.errors_page import PAGE, page
from tests.support.postgres import why_no_server

pytestmark = pytest.mark.xdist_group("bad input")  # each is done once, for its own test and for the page

_ALL = [pytest.param(case, id=case.title) for cases in CASES.values() for case in cases]
_NO_SERVER = why_no_server()


@pytest.fixture
def server() -> None:
    """There has to be one where a machine says what is fine for all."""
    if _NO_SERVER is not None and os.environ.get("CI") == "true":
        pytest.fail(f"CI must run this test: {_NO_SERVER}")
    if _NO_SERVER is not None:
        pytest.skip(_NO_SERVER)


@pytest.mark.parametrize("case", _ALL)
def test_the_message_names_the_thing_the_problem_and_the_cure(case: BadInput, request: pytest.FixtureRequest) -> None:
    if case in of_servers.CASES:
        request.getfixturevalue("server")
    answer = told(case)

    assert answer.how == case.how, answer.message
    assert [part for part in (case.thing, case.problem, case.cure) if not part or part not in answer.message] == []


@pytest.mark.usefixtures("server")
def test_the_page_of_errors_is_up_to_date() -> None:
    assert PAGE.exists(), "write it with: make reference"
    assert PAGE.read_text(encoding="utf-8") == page(), "write it anew with: make reference"
