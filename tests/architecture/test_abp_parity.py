"""Each check that ABP's own tests make has a test of ours, and the page of them tells the truth."""

from tests.architecture.abp_checks import DIFFERENCES, REMARKS, UNTESTED
from tests.architecture.abp_parity import CHECKS, PAGE, named_and_not_there, page, shown_by_behaviour, shown_by_check

LOCK_CHECKS = {24, 25, 28, *range(30, 35)}


def test_all_checks_are_there() -> None:
    assert list(CHECKS) == list(range(1, 78))


def test_every_check_is_shown_by_a_test_or_said_to_come_later() -> None:
    shown = shown_by_check()

    assert [f"{number}: {CHECKS[number]}" for number in CHECKS if not shown.get(number)] == []


def test_only_checks_of_locks_are_replaced_and_by_tests_that_exist() -> None:
    assert set(DIFFERENCES) == LOCK_CHECKS
    assert named_and_not_there() == []


def test_every_mark_names_a_check_or_a_behaviour_of_abp() -> None:
    assert sorted(shown_by_check().keys() - CHECKS.keys()) == []
    assert sorted(shown_by_behaviour().keys() - UNTESTED.keys()) == []


def test_every_behaviour_that_abp_does_not_test_is_shown_by_a_test() -> None:
    assert sorted(UNTESTED.keys() - shown_by_behaviour().keys()) == []
    assert sorted(REMARKS.keys() - UNTESTED.keys()) == []


def test_the_page_of_checks_is_up_to_date() -> None:
    assert PAGE.exists(), "write it with: make reference"
    assert PAGE.read_text(encoding="utf-8") == page(), "write it anew with: make reference"
