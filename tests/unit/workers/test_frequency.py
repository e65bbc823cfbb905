"""Which workers tick too often."""

from datetime import timedelta

import pytest

from dawam.workers.frequency import too_short

SECOND = timedelta(seconds=1)
HALF = SECOND / 2


@pytest.mark.guide(19)
def test_a_gap_below_the_shortest_is_too_short() -> None:
    assert too_short(HALF, SECOND) == HALF


def test_the_shortest_itself_is_allowed() -> None:
    assert too_short(SECOND, SECOND) is None


def test_where_nothing_is_too_short_and_for_what_is_no_timer_all_is_well() -> None:
    assert too_short(HALF, None) is None
    assert too_short(None, SECOND) is None
