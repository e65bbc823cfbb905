"""The time of the store, as a host carries it on."""

from datetime import timedelta

from dawam.host.store_clock import StoreClock
from dawam.testing.clock import ManualClock

HOUR, SECOND = timedelta(hours=1), timedelta(seconds=1)


def test_until_the_store_has_said_something_it_is_the_time_of_this_machine() -> None:
    ours = ManualClock()
    assert StoreClock(ours).now() == ours.now()


def test_then_it_is_the_stores_and_goes_on_with_the_clock_of_boot() -> None:
    ours = ManualClock()
    clock, theirs = StoreClock(ours), ours.now() + HOUR
    clock.set(theirs)
    assert clock.now() == theirs
    ours.advance(SECOND)
    assert (clock.now(), clock.boot_time()) == (theirs + SECOND, ours.boot_time())
