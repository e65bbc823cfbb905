"""Histograms of durations: percentiles that are right to a sixteenth, and sums of any two."""

import math
from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st

from dawam.measures.spread import Spread, added_up, class_of

MICROSECOND = timedelta(microseconds=1)
durations = st.timedeltas(timedelta(0), timedelta(days=3_650))


def spread_of(*each: timedelta) -> Spread:
    spread = Spread()
    for duration in each:
        spread.add(duration)
    return spread


def test_of_nothing_there_is_no_percentile() -> None:
    assert Spread().percentile(0.5) is None


@given(durations)
def test_one_duration_is_told_to_a_sixteenth(duration: timedelta) -> None:
    told = spread_of(duration).percentile(0.5)
    assert told is not None
    assert abs(told - duration) <= max(duration / 16, MICROSECOND)


@given(durations, durations)
def test_classes_are_in_the_order_of_durations(one: timedelta, other: timedelta) -> None:
    assert (class_of(one // MICROSECOND) <= class_of(other // MICROSECOND)) or one > other


@given(st.lists(durations), st.lists(durations))
def test_two_are_added_up_as_if_they_had_been_one(some: list[timedelta], others: list[timedelta]) -> None:
    assert added_up([spread_of(*some), spread_of(*others)]) == spread_of(*some, *others)


@given(st.lists(durations))
def test_it_is_read_as_it_was_written(some: list[timedelta]) -> None:
    assert Spread.of_text(spread_of(*some).to_text()) == spread_of(*some)


@given(st.lists(durations, min_size=1), st.sampled_from([0.25, 0.5, 0.75, 1.0]))
def test_percentiles_are_those_of_the_durations(some: list[timedelta], share: float) -> None:
    told, true = spread_of(*some).percentile(share), sorted(some)[math.ceil(share * len(some)) - 1]
    assert told is not None
    assert abs(told - true) <= true / 16 + MICROSECOND


def test_what_a_clock_that_was_set_back_makes_negative_counts_as_none() -> None:
    assert spread_of(-timedelta(hours=5)).percentile(0.5) == timedelta(0)
