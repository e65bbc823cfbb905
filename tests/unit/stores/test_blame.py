"""Who is charged with the death of a process."""

import pytest

from dawam.stores.blame import blame, is_suspect
from dawam.stores.values import CRASH_LIMIT, SUSPECT_FROM


def test_nobody_is_charged_where_nothing_had_started() -> None:
    judged = blame(dict[str, int]())
    assert (judged.charged, judged.doomed) == (set(), set())


def test_without_suspects_all_are_charged_and_none_is_doomed() -> None:
    judged = blame({"a": 0, "b": SUSPECT_FROM - 1})
    assert (judged.charged, judged.doomed) == ({"a", "b"}, set())


def test_a_suspect_is_charged_alone() -> None:
    assert blame({"a": 0, "suspect": SUSPECT_FROM}).charged == {"suspect"}


@pytest.mark.parametrize("crash_count", [CRASH_LIMIT - 1, CRASH_LIMIT, CRASH_LIMIT + 4])
def test_the_sole_suspect_is_doomed_at_the_limit_and_beyond(crash_count: int) -> None:
    assert blame({"a": 1, "suspect": crash_count}).doomed == {"suspect"}


def test_of_several_suspects_none_is_doomed() -> None:
    judged = blame({"one": CRASH_LIMIT, "two": SUSPECT_FROM})
    assert (judged.charged, judged.doomed) == ({"one", "two"}, set())


def test_a_job_is_a_suspect_before_it_can_be_doomed() -> None:
    assert is_suspect(CRASH_LIMIT - 1)
    assert not is_suspect(SUSPECT_FROM - 1)
