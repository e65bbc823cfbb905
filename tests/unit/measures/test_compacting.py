"""How measures grow coarser: nothing is lost or counted twice, in whatever order it is done."""

from datetime import datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dawam.measures.compacting import FINEST, WINDOWS, added_to, floor, home, home_of, is_at_home
from dawam.measures.record import Measure
from dawam.measures.spread import Spread
from dawam.testing.clock import ManualClock

NOW = ManualClock().now()
LONGEST = WINDOWS[-1].kept


def measure(age: timedelta, *, name: str = "ship", part: str = "host 1", succeeded: int = 1) -> Measure:
    return Measure(
        at=floor(NOW - age, FINEST), span=FINEST, name=name, queue="default", part=part, succeeded=succeeded,
        waits=Spread(), runs=Spread({1: succeeded}),
    )  # fmt: skip


def moved(rows: list[Measure], moving: list[Measure], now: datetime) -> list[Measure]:
    """What a store makes of it: those that move are taken away, and the sums where they go are written anew."""
    homes, staying = {home(each, now) for each in moving}, [each for each in rows if each not in moving]
    there = [each for each in staying if home_of(each) in homes]
    return [each for each in staying if each not in there] + added_to(there, moving, now)


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


@given(some, st.timedeltas(timedelta(0), LONGEST))
def test_what_is_kept_is_counted_once_now_and_later(rows: list[Measure], later: timedelta) -> None:
    sums = added_to([], rows, NOW)
    assert all(is_at_home(each, NOW) for each in sums)
    moment = NOW + later
    found = moved(sums, [each for each in sums if not is_at_home(each, moment)], moment)
    assert all(is_at_home(each, moment) for each in found)
    assert len({home_of(each) for each in found}) == len(found)
    kept = [each for each in sums if home(each, moment) is not None]
    assert sum(each.succeeded for each in found) == sum(each.succeeded for each in kept)
    assert sum(each.runs.count for each in found) == sum(each.succeeded for each in kept)


@given(some)
def test_it_makes_no_difference_which_are_moved_first(rows: list[Measure]) -> None:
    half = len(rows) // 2
    by_halves = moved(added_to([], rows[:half], NOW), rows[half:], NOW)
    assert sorted(by_halves, key=home_of) == sorted(added_to([], rows, NOW), key=home_of)


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
def test_how_old_a_span_grows(age: timedelta, span: timedelta) -> None:
    found = home(measure(age), NOW)
    assert found is not None
    assert found.span == span


def test_what_is_older_than_all_of_them_goes() -> None:
    assert home(measure(LONGEST), NOW) is None
