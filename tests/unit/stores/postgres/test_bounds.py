"""Where the next claim begins: nothing between the spans is left out, and dead rows are left behind."""

from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st

from dawam.stores.postgres.bounds import Bounds, Key, Span, strides

KEYS = st.tuples(st.integers(-25, -5), st.integers(0, 3), st.integers(0, 10_000), st.uuids(version=4))


def key(moment: int, *, rank: int = -15, attempts: int = 0) -> Key:
    return rank, attempts, moment, UUID(int=moment)


def covers(span: Span, looked_for: Key) -> bool:
    """What the statement asks of the index."""
    behind, until = span
    return looked_for > behind and looked_for[:2] <= until


def stride_covers(stride: Span, looked_for: Key) -> bool:
    """The same, of one of the pieces into which spans are cut."""
    (rank, *behind), (end_rank, end_attempts) = stride
    if rank < end_rank:
        return rank < looked_for[0] < end_rank
    return looked_for[0] == rank and list(looked_for[1:]) > behind and looked_for[1] <= end_attempts


def is_looked_at(bounds: Bounds, looked_for: Key, now: float = 0.5) -> bool:
    return any(covers(span, looked_for) for span in bounds.spans(now))


def bounds_after(*claims: list[Key]) -> Bounds:
    """Of a host that has just looked at everything, and has claimed these since."""
    bounds = Bounds()
    bounds.spans(0.0)
    bounds.looked(0.0, 0.01)
    for claim in claims:
        bounds.claimed(claim)
    return bounds


@given(st.lists(KEYS, max_size=30), KEYS)
def test_at_first_everything_is_looked_at_once(claimed: list[Key], any_key: Key) -> None:
    bounds = Bounds()

    assert sum(covers(span, any_key) for span in bounds.spans(0.0)) == 1


@given(st.lists(st.lists(KEYS, min_size=1, max_size=300), max_size=5), KEYS)
def test_no_job_is_looked_at_twice_and_spans_come_in_the_order_of_claims(claims: list[list[Key]], any_key: Key) -> None:
    bounds = bounds_after(*(sorted(claim) for claim in claims))
    spans = bounds.spans(0.5)

    assert sum(covers(span, any_key) for span in spans) <= 1
    assert spans == sorted(spans)


@given(st.lists(st.lists(KEYS, min_size=1, max_size=300), max_size=5), KEYS)
def test_cut_up_by_rank_they_hold_the_same_in_the_same_order(claims: list[list[Key]], any_key: Key) -> None:
    bounds = bounds_after(*(sorted(claim) for claim in claims))
    spans = bounds.spans(0.5)
    cut = list(strides(spans))

    assert sum(stride_covers(stride, any_key) for stride in cut) == sum(covers(span, any_key) for span in spans)
    assert [begin[0] for begin, _ in cut] == sorted(begin[0] for begin, _ in cut)
    assert all(begin[0] == end[0] or end[1] == 0 for begin, end in cut)


@given(st.lists(st.lists(KEYS, min_size=1, max_size=300), min_size=1, max_size=5), KEYS)
def test_what_comes_after_all_that_was_claimed_in_its_lane_is_always_looked_at(
    claims: list[list[Key]], any_key: Key
) -> None:
    bounds = bounds_after(*(sorted(claim) for claim in claims))
    grade = [each for claim in claims for each in claim if each[:2] == any_key[:2]]

    assert is_looked_at(bounds, any_key) or any_key <= max(grade)


def test_dead_rows_are_left_behind() -> None:
    bounds = bounds_after([key(moment) for moment in range(1_000)], [key(moment) for moment in range(1_000, 2_000)])

    assert not is_looked_at(bounds, key(500))
    assert is_looked_at(bounds, key(2_500))


def test_latecomers_among_the_last_claims_are_still_found() -> None:
    bounds = bounds_after(*([key(moment)] for moment in range(1_000)))

    assert is_looked_at(bounds, key(950))
    assert not is_looked_at(bounds, key(100))


def test_jobs_of_a_higher_priority_and_those_that_are_retried_have_lanes_of_their_own() -> None:
    bounds = bounds_after([key(moment) for moment in range(1_000)], [key(moment) for moment in range(1_000, 2_000)])

    assert is_looked_at(bounds, key(1, rank=-25))
    assert is_looked_at(bounds, key(1, attempts=1))


def test_a_full_look_comes_again_after_a_while() -> None:
    bounds = bounds_after([key(moment) for moment in range(1_000)], [key(moment) for moment in range(1_000, 2_000)])

    assert is_looked_at(bounds, key(500), now=2.5)


def test_a_slow_full_look_is_made_seldom_even_if_somebody_asks_for_it() -> None:
    bounds = Bounds()
    bounds.spans(0.0)
    bounds.looked(1.0, 1.0)
    for start in (0, 1_000):
        bounds.claimed([key(moment) for moment in range(start, start + 1_000)])

    bounds.look_again()

    assert not is_looked_at(bounds, key(500), now=5.0)
    assert is_looked_at(bounds, key(500), now=25.0)


def test_one_that_is_asked_for_while_another_is_under_way_is_made_as_well() -> None:
    bounds = Bounds()
    bounds.spans(0.0)
    bounds.look_again()  # what it is about may have come too late for the look that is under way
    bounds.looked(0.0, 0.01)
    for start in (0, 1_000):
        bounds.claimed([key(moment) for moment in range(start, start + 1_000)])

    assert is_looked_at(bounds, key(500), now=0.5)


def test_after_a_quick_one_it_is_made_as_soon_as_somebody_asks_for_it() -> None:
    bounds = bounds_after([key(moment) for moment in range(1_000)], [key(moment) for moment in range(1_000, 2_000)])

    bounds.look_again()

    assert is_looked_at(bounds, key(500), now=0.5)
