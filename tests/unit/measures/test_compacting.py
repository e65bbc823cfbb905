"""For how long measures are kept: nothing is lost or counted twice, in whatever order it is added up."""

from datetime import timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dawam.measures.compacting import FINEST, WINDOWS, added_to, floor, home_of, homes, may_stay
from dawam.measures.record import MERGED, Measure
from dawam.measures.spread import Spread
from dawam.testing.clock import ManualClock

NOW = ManualClock().now()
LONGEST = WINDOWS[-1].kept


def measure(age: timedelta, *, name: str = "ship", part: str = "host 1", succeeded: int = 1) -> Measure:
    return Measure(
        at=floor(NOW - age, FINEST), span=FINEST, name=name, queue="default", part=part, succeeded=succeeded,
        waits=Spread(), runs=Spread({1: succeeded}),
    )  # fmt: skip


some = st.lists(
    st.builds(
        measure,
        st.timedeltas(timedelta(0), LONGEST + timedelta(days=2)),
        name=st.sampled_from(["ship", "bill"]),
        succeeded=st.integers(1, 9),
    )
)


def test_each_span_is_a_part_of_the_next() -> None:
    for finer, coarser in pairwise(WINDOWS):
        assert coarser.span % finer.span == timedelta(0)
        assert finer.kept < coarser.kept


@given(some)
def test_each_part_is_counted_once_in_the_sums_of_each_span_that_is_kept(parts: list[Measure]) -> None:
    sums = added_to([], parts, NOW)
    assert len({home_of(each) for each in sums}) == len(sums)
    for window in WINDOWS:
        kept = sum(part.succeeded for part in parts if floor(part.at, window.span) > NOW - window.kept)
        found = [each for each in sums if each.span == window.span]
        assert sum(each.succeeded for each in found) == sum(each.runs.count for each in found) == kept
        assert all(may_stay(each, NOW) for each in found)


@given(some)
def test_it_makes_no_difference_which_are_added_first(parts: list[Measure]) -> None:
    half = len(parts) // 2
    there = added_to([], parts[:half], NOW)
    touched = {home for part in parts[half:] for home in homes(part, NOW)}
    by_halves = added_to([each for each in there if home_of(each) in touched], parts[half:], NOW)
    by_halves += [each for each in there if home_of(each) not in touched]
    assert sorted(by_halves, key=home_of) == sorted(added_to([], parts, NOW), key=home_of)


@pytest.mark.parametrize(
    ("age", "span"),
    [
        (timedelta(0), timedelta(minutes=1)),
        (timedelta(hours=1, minutes=59), timedelta(minutes=1)),
        (timedelta(hours=2), timedelta(minutes=10)),
        (timedelta(days=2), timedelta(hours=1)),
        (timedelta(days=14), timedelta(days=1)),
        (timedelta(days=399), timedelta(days=1)),
    ],
)
def test_the_finest_sum_that_is_kept_for_so_long(age: timedelta, span: timedelta) -> None:
    assert min(home.span for home in homes(measure(age), NOW)) == span


def test_what_is_older_than_all_of_them_goes() -> None:
    assert homes(measure(LONGEST), NOW) == []


def test_a_sum_goes_when_it_is_too_old_and_a_part_when_its_minute_is_over() -> None:
    minute, kept = WINDOWS[0]
    part, merged = measure(timedelta(0)), measure(timedelta(0), part=MERGED)
    assert may_stay(part, part.at + minute - timedelta(microseconds=1))
    assert not may_stay(part, part.at + minute)
    assert may_stay(merged, merged.at + kept - timedelta(microseconds=1))
    assert not may_stay(merged, merged.at + kept)
