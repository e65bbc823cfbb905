"""A clock that moves when the test says so."""

from datetime import UTC, datetime, timedelta, timezone

import pytest

from dawam.testing.clock import ManualClock

MORNING = datetime(2026, 3, 1, 8, 0, tzinfo=UTC)


def test_it_stands_still_until_it_is_moved() -> None:
    clock = ManualClock(MORNING)

    assert (clock.now(), clock.now(), clock.boot_time()) == (MORNING, MORNING, clock.boot_time())


def test_wall_time_and_boot_time_move_together() -> None:
    clock = ManualClock(MORNING)
    booted = clock.boot_time()

    clock.advance(timedelta(minutes=2))
    assert (clock.now(), clock.boot_time() - booted) == (MORNING + timedelta(minutes=2), 120.0)

    clock.set(MORNING + timedelta(hours=1))
    assert (clock.now(), clock.boot_time() - booted) == (MORNING + timedelta(hours=1), 3600.0)


def test_it_starts_at_some_aware_moment_of_its_own() -> None:
    assert ManualClock().now().utcoffset() == timedelta(0)
    assert ManualClock().now() == ManualClock().now()


def test_it_does_not_go_back() -> None:
    clock = ManualClock(MORNING)

    with pytest.raises(ValueError, match="does not go back"):
        clock.advance(timedelta(seconds=-1))
    with pytest.raises(ValueError, match="does not go back"):
        clock.set(MORNING - timedelta(seconds=1))

    assert clock.now() == MORNING


def test_standing_still_is_no_going_back() -> None:
    clock = ManualClock(MORNING)

    clock.advance(timedelta(0))
    clock.set(MORNING)

    assert clock.now() == MORNING


def test_a_moment_without_a_time_zone_is_refused_with_the_cure() -> None:
    with pytest.raises(ValueError, match="tzinfo=UTC"):
        ManualClock(datetime(2026, 3, 1))  # noqa: DTZ001
    with pytest.raises(ValueError, match="tzinfo=UTC"):
        ManualClock(MORNING).set(datetime(2026, 3, 2))  # noqa: DTZ001


def test_moments_of_other_time_zones_become_utc() -> None:
    clock = ManualClock(MORNING.astimezone(timezone(timedelta(hours=3))))

    assert clock.now().tzinfo is UTC
    assert clock.now() == MORNING
