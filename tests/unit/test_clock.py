"""The two senses of time, and moments that lose nothing on their way to a store."""

import time
from datetime import UTC, datetime, timedelta, timezone

from hypothesis import given
from hypothesis import strategies as st

from dawam.clock import SystemClock, boot_id, from_microseconds, to_microseconds


def test_now_is_an_aware_moment_in_utc() -> None:
    now = SystemClock().now()
    assert now.tzinfo is UTC
    assert abs(now.timestamp() - time.time()) < 5


def test_boot_time_never_steps_back() -> None:
    clock = SystemClock()
    readings = [clock.boot_time() for _ in range(1_000)]
    assert readings == sorted(readings)


def test_the_boot_id_is_the_same_for_this_run_of_the_machine() -> None:
    assert boot_id() == boot_id() != ""


@given(st.datetimes(timezones=st.just(UTC)))
def test_a_moment_comes_back_from_microseconds_exactly(moment: datetime) -> None:
    assert from_microseconds(to_microseconds(moment)) == moment


def test_microseconds_count_from_1970_whatever_the_time_zone() -> None:
    assert to_microseconds(datetime(1970, 1, 1, 0, 0, 1, 5, tzinfo=UTC)) == 1_000_005
    riyadh = timezone(timedelta(hours=3))
    assert to_microseconds(datetime(1970, 1, 1, 3, tzinfo=riyadh)) == 0
    assert from_microseconds(0).tzinfo is UTC
