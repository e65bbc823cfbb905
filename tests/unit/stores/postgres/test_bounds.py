"""Where the next claim begins: nothing between the spans is left out, and dead rows are left behind."""

from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st

from dawam.stores.postgres.bounds import MOST_LATE, Bounds, Key, Span
from dawam.stores.postgres.strides import strides

KEYS = st.tuples(st.integers(-25, -5), st.integers(0, 3), st.integers(0, 10_000), st.uuids(version=4))


def key(moment: int, *, rank: int = -15, attempts: int = 0) -> Key:
    return rank, attempts, moment, UUID(int=moment)


def covers(span: Span, looked_for: Key) -> bool:
    """What the statement asks of the index."""
    behind, until = span
    if until < behind[:2]:
        return looked_for == behind
    return looked_for > behind and looked_for[:2] <= until


def stride_covers(stride: Span, looked_for: Key) -> bool:
    """The same, of one of the pieces into which spans are cut."""
    (rank, *behind), (end_rank, end_attempts) = stride
    if rank > end_rank:
        return looked_for == stride[0]
    if rank < end_rank:
        return rank < looked_for[0] < end_rank
    return looked_for[0] == rank and list(looked_for[1:]) > behind and looked_for[1] <= end_attempts


def is_looked_at(bounds: Bounds, looked_for: Key) -> bool:
    return any(covers(span, looked_for) for span in bounds.spans())


def bounds_after(*claims: list[Key]) -> Bounds:
    """Of a host that has claimed these, and always left some."""
    bounds = Bounds()
    for claim in claims:
        bounds.claimed(claim, is_all=False)
    return bounds


def look(bounds: Bounds, late: list[Key], now: float = 0.0, took: float = 0.001) -> None:
    """Makes the look that is due, which finds these."""
    due = bounds.next_look(now)
    assert due is not None
    bounds.look_ended(due, now, took, late)


TWO_CLAIMS = [[key(moment) for moment in range(1_000)], [key(moment) for moment in range(1_000, 2_000)]]


@given(KEYS)
def test_at_first_everything_is_looked_at_once(any_key: Key) -> None:
    bounds = Bounds()

    assert sum(covers(span, any_key) for span in bounds.spans()) == 1


@given(st.lists(st.lists(KEYS, min_size=1, max_size=300), max_size=5), KEYS)
def test_no_job_is_looked_at_twice_and_spans_come_in_the_order_of_claims(claims: list[list[Key]], any_key: Key) -> None:
    bounds = bounds_after(*(sorted(claim) for claim in claims))
    spans = bounds.spans()

    assert sum(covers(span, any_key) for span in spans) <= 1
    assert spans == sorted(spans)


@given(st.lists(st.lists(KEYS, min_size=1, max_size=300), max_size=5), KEYS)
def test_cut_up_by_rank_they_hold_the_same_in_the_same_order(claims: list[list[Key]], any_key: Key) -> None:
    bounds = bounds_after(*(sorted(claim) for claim in claims))
    if claims:
        look(bounds, sorted({key for key in claims[0][:20] if not is_looked_at(bounds, key)}))
    spans = bounds.spans()
    cut = list(strides(spans))

    assert sum(stride_covers(stride, any_key) for stride in cut) == sum(covers(span, any_key) for span in spans)
    assert [begin[0] for begin, _ in cut] == sorted(begin[0] for begin, _ in cut)
    assert all(begin[0] == end[0] or end[1] == 0 for begin, end in cut)


@given(st.lists(st.lists(KEYS, min_size=1, max_size=300), min_size=1, max_size=5), KEYS)
def test_what_comes_after_all_that_was_claimed_in_its_grade_is_always_looked_at(
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


def test_jobs_of_a_higher_priority_and_those_that_are_retried_have_grades_of_their_own() -> None:
    bounds = bounds_after([key(moment) for moment in range(1_000)], [key(moment) for moment in range(1_000, 2_000)])

    assert is_looked_at(bounds, key(1, rank=-25))
    assert is_looked_at(bounds, key(1, attempts=1))


def test_a_grade_is_walked_from_its_head_until_that_turns_out_to_be_slow() -> None:
    bounds = bounds_after([key(3_600_000_000)])
    look(bounds, [])
    assert is_looked_at(bounds, key(1))

    look(bounds, [], now=10.0, took=0.5)

    assert is_looked_at(bounds, key(3_599_000_000))
    assert not is_looked_at(bounds, key(3_500_000_000))


def test_the_grade_that_nobody_claims_in_is_the_one_that_is_forgotten() -> None:
    bounds = bounds_after(*TWO_CLAIMS)
    for attempts in range(1, 12):
        bounds.claimed([key(10_000_000, attempts=attempts)], is_all=False)
    bounds.claimed([key(2_500)], is_all=False)
    look(bounds, [], took=0.5)
    bounds.claimed([key(10_000_000, attempts=12)], is_all=False)

    assert not is_looked_at(bounds, key(500))
    assert is_looked_at(bounds, key(1, attempts=1))
    assert not is_looked_at(bounds, key(1, attempts=2))


# -- late jobs


@given(st.lists(st.lists(KEYS, min_size=1, max_size=300), min_size=1, max_size=5), KEYS)
def test_what_claims_do_not_look_at_is_what_looks_are_for(claims: list[list[Key]], any_key: Key) -> None:
    bounds = bounds_after(*(sorted(claim) for claim in claims))
    due = bounds.next_look(0.0)

    assert due is not None
    assert is_looked_at(bounds, any_key) or any(begin < any_key <= until for begin, until in due.ranges)


def test_a_late_job_that_was_found_is_claimed_before_the_rest_of_its_grade_and_after_more_urgent_ones() -> None:
    bounds = bounds_after(*TWO_CLAIMS, [key(1, rank=-25)])
    look(bounds, [key(500)])

    order = [span for span in bounds.spans() if covers(span, key(500)) or covers(span, key(2_500))]

    assert [covers(span, key(500)) for span in order] == [True, False]
    assert [covers(span, key(2, rank=-25)) for span in bounds.spans()].index(True) < bounds.spans().index(order[0])
    assert not is_looked_at(bounds, key(501))


def test_once_it_is_claimed_it_is_late_no_more() -> None:
    bounds = bounds_after(*TWO_CLAIMS)
    look(bounds, [key(500), key(501)])

    bounds.claimed([key(500)], is_all=False)

    assert not is_looked_at(bounds, key(500))
    assert is_looked_at(bounds, key(501))


def test_a_late_job_that_somebody_else_took_is_not_asked_for_again() -> None:
    bounds = bounds_after(*TWO_CLAIMS)
    look(bounds, [key(500)])

    bounds.spans()  # the claim is told of it
    bounds.claimed([], is_all=True)

    assert not is_looked_at(bounds, key(500))


def test_one_that_is_found_while_a_claim_is_under_way_is_left_for_the_next() -> None:
    bounds = bounds_after(*TWO_CLAIMS)
    bounds.spans()  # the claim begins, and knows of none
    look(bounds, [key(500)])

    bounds.claimed([], is_all=True)

    assert is_looked_at(bounds, key(500))


def test_where_many_are_late_claims_go_back_to_the_first_of_them() -> None:
    bounds = bounds_after(*TWO_CLAIMS)
    look(bounds, [key(moment) for moment in range(300, 300 + MOST_LATE)])

    assert is_looked_at(bounds, key(300))
    assert is_looked_at(bounds, key(900))
    assert not is_looked_at(bounds, key(298))
    assert sum(covers(span, key(300)) for span in bounds.spans()) == 1


# -- when to look


def test_before_anything_was_claimed_there_is_nothing_to_look_for() -> None:
    assert Bounds().next_look(100.0) is None


def test_a_look_comes_again_after_a_while() -> None:
    bounds = bounds_after(*TWO_CLAIMS)
    look(bounds, [])

    assert bounds.next_look(1.0) is None
    assert bounds.next_look(2.5) is not None


def test_a_look_that_read_much_is_made_beside_the_claims_and_seldom_even_if_somebody_asks_for_it() -> None:
    bounds = slow_bounds()
    bounds.look_again()

    short = bounds.next_look(5.0)
    long = bounds.next_look(105.0)

    assert short is not None
    assert long is not None
    assert (short.is_long, short.is_beside) == (False, False)
    assert (long.is_long, long.is_beside) == (True, True)
    assert short.ranges[0][0] > long.ranges[0][0]


def test_in_between_only_what_was_claimed_last_is_looked_at() -> None:
    bounds = Bounds()
    for begin in range(0, 30_000, 500):
        bounds.claimed([key(moment) for moment in range(begin, begin + 500)], is_all=False)
    look(bounds, [], now=1.0, took=1.0)

    short = bounds.next_look(2.0)

    assert short is not None
    [(begin, until)] = short.ranges
    assert 29_000 <= until[2] < 29_500
    assert 10_000 <= until[2] - begin[2] <= 10_500


def test_a_short_look_beside_a_grade_of_which_little_was_claimed_yet_comes_again() -> None:
    bounds = slow_bounds()
    bounds.claimed([key(4_000, rank=-25)], is_all=False)

    look(bounds, [], now=5.0)

    again = bounds.next_look(10.0)
    assert again is not None
    assert not again.is_long


def test_a_short_look_adds_to_what_a_long_one_has_found() -> None:
    bounds = slow_bounds(late=[key(100)])

    look(bounds, [key(900)], now=5.0)

    assert is_looked_at(bounds, key(100))
    assert is_looked_at(bounds, key(900))


def test_no_second_look_begins_while_one_is_under_way() -> None:
    bounds = bounds_after(*TWO_CLAIMS)
    bounds.next_look(0.0)
    bounds.look_again()

    assert bounds.next_look(100.0) is None


def test_one_that_is_asked_for_while_another_is_under_way_is_made_as_well() -> None:
    bounds = bounds_after(*TWO_CLAIMS)
    due = bounds.next_look(0.0)
    assert due is not None
    bounds.look_again()  # what it is about may have come too late for the look that is under way
    bounds.look_ended(due, 0.0, 0.01, [])

    assert bounds.next_look(0.5) is not None


def test_after_a_quick_one_it_is_made_as_soon_as_somebody_asks_for_it() -> None:
    bounds = bounds_after(*TWO_CLAIMS)
    look(bounds, [])

    bounds.look_again()

    due = bounds.next_look(0.5)
    assert due is not None
    assert not due.is_beside


def slow_bounds(late: list[Key] | None = None) -> Bounds:
    """Of a host whose look at everything has just taken a second."""
    bounds = bounds_after(*TWO_CLAIMS, [key(moment) for moment in range(2_000, 3_000)])
    look(bounds, late or [], now=1.0, took=1.0)
    return bounds
