"""Whether a worker ticks too often: measured at its period, or at the moments of its calendar."""

from datetime import UTC, datetime, timedelta

import pytest

from dawam.workers.frequency import shortest_gap, too_short
from dawam.workers.schedules.schedule import Cron, Dialect, Every, Schedule

NOW = datetime(2026, 3, 1, tzinfo=UTC)
SECOND, MINUTE = timedelta(seconds=1), timedelta(minutes=1)
HALF = Every(SECOND / 2)


@pytest.mark.guide(19)
def test_a_gap_below_the_shortest_is_too_short() -> None:
    assert too_short(HALF, SECOND, NOW) == SECOND / 2


def test_the_shortest_itself_is_allowed() -> None:
    assert too_short(Every(SECOND), SECOND, NOW) is None


def test_where_nothing_is_too_short_all_is_well() -> None:
    assert too_short(HALF, None, NOW) is None


@pytest.mark.parametrize(
    ("schedule", "gap"),
    [
        (Cron("0 3 * * *"), timedelta(days=1)),
        (Cron("0,5,59 * * * *"), MINUTE),
        (Cron("* * * * * *", dialect=Dialect.SECONDS), SECOND),
        (Cron("0 0 0 1 3 ? 2027", dialect=Dialect.QUARTZ), None),
    ],
    ids=str,
)
def test_of_a_calendar_the_moments_that_lie_closest_count(schedule: Schedule, gap: timedelta | None) -> None:
    assert shortest_gap(schedule, NOW) == gap
