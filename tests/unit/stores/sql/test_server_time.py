"""The time of a server, as a process carries it on."""

from datetime import timedelta

import pytest

from dawam.stores.sql.server_time import ServerTime
from dawam.testing.clock import ManualClock

HOUR, SECOND, MILLISECOND = timedelta(hours=1), timedelta(seconds=1), timedelta(milliseconds=1)


def test_until_the_server_has_said_something_it_is_the_time_of_this_machine() -> None:
    ours = ManualClock()
    assert ServerTime(ours).now() == ours.now()


@pytest.mark.parametrize("off", [HOUR, -HOUR])
def test_then_it_is_the_servers_and_goes_on_with_the_clock_of_boot(off: timedelta) -> None:
    ours = ManualClock()
    time, theirs = ServerTime(ours), ours.now() + off
    time.heard(theirs, asked_at=ours.boot_time())
    assert time.now() == theirs
    ours.advance(SECOND)
    assert (time.now(), time.boot_time()) == (theirs + SECOND, ours.boot_time())


def test_of_a_slow_answer_the_middle_is_taken() -> None:
    ours = ManualClock()
    time, asked_at, theirs = ServerTime(ours), ours.boot_time(), ours.now() + HOUR
    ours.advance(2 * SECOND)
    time.heard(theirs + SECOND, asked_at)
    assert time.now() == theirs + 2 * SECOND


def test_an_answer_that_may_be_wrong_by_more_than_the_clock_is_sets_nothing() -> None:
    ours = ManualClock()
    time, asked_at = ServerTime(ours), ours.boot_time()
    ours.advance(2 * SECOND)
    time.heard(ours.now(), asked_at)  # it was frozen until just now, and is a second off the middle
    assert time.now() == ours.now()


def test_what_is_right_to_some_milliseconds_is_left_alone() -> None:
    ours = ManualClock()
    time = ServerTime(ours)
    time.heard(ours.now() + 9 * MILLISECOND, ours.boot_time())
    assert time.now() == ours.now()
    time.heard(ours.now() + 11 * MILLISECOND, ours.boot_time())
    assert time.now() == ours.now() + 11 * MILLISECOND
