"""Priorities, and what a job may decide about itself."""

from datetime import UTC, datetime, timedelta

import pytest

from dawam.errors import DawamError
from dawam.jobs.decisions import Cancel, Fail, JobDecision, RetryLater, Snooze
from dawam.jobs.priority import Priority

MOMENT = datetime(2026, 1, 1, tzinfo=UTC)


@pytest.mark.guide(3)
def test_the_priorities_are_those_of_abp_and_higher_ones_are_larger() -> None:
    assert [(each.name, each.value) for each in Priority] == [
        ("LOW", 5),
        ("BELOW_NORMAL", 10),
        ("NORMAL", 15),
        ("ABOVE_NORMAL", 20),
        ("HIGH", 25),
    ]


def test_every_decision_is_caught_as_one() -> None:
    for decision in (Snooze(timedelta(0)), Fail("x"), Cancel(), RetryLater(at=MOMENT)):
        assert isinstance(decision, JobDecision)
        assert isinstance(decision, DawamError)


def test_a_snooze_is_for_a_while_or_until_a_moment() -> None:
    assert Snooze(timedelta(minutes=5)).after == timedelta(minutes=5)
    assert Snooze(until=MOMENT).until == MOMENT


@pytest.mark.parametrize("make", [lambda: Snooze(), lambda: Snooze(timedelta(1), until=MOMENT), lambda: RetryLater()])
def test_a_decision_about_time_needs_exactly_one_time(make: object) -> None:
    with pytest.raises(ValueError, match="either a duration or a moment"):
        make()  # type: ignore[operator]


def test_a_snooze_into_the_past_or_without_time_zone_is_refused() -> None:
    with pytest.raises(ValueError, match="a snooze cannot lie in the past"):
        Snooze(timedelta(seconds=-1))
    with pytest.raises(ValueError, match="time zone"):
        Snooze(until=datetime(2026, 1, 1))  # noqa: DTZ001


def test_each_decision_keeps_its_reason_and_says_it() -> None:
    assert (Fail("no such order").reason, str(Fail("no such order"))) == ("no such order", "no such order")
    assert str(Cancel()) == "the job cancelled itself"
    assert str(Snooze(timedelta(0), reason="rate limit")) == "rate limit"
    assert str(RetryLater(after=timedelta(0))) == "the job asked to be tried again"
