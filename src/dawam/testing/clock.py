"""A clock that moves when the test says so."""

from datetime import UTC, datetime, timedelta

_START = datetime(2026, 1, 5, 9, 0, tzinfo=UTC)
_BOOTED_FOR = 1_000.0
"""A machine that has been up for a while, so that a zero does not pass for a moment."""


class ManualClock:
    """A `Clock` whose wall time and boot time stand still until they are moved, and then move together.

    Time goes forward only: going back would be a step of the boot clock, which never steps.
    """

    def __init__(self, start: datetime | None = None) -> None:
        self._start = self._now = _START if start is None else _aware(start)

    def now(self) -> datetime:
        return self._now

    def boot_time(self) -> float:
        return _BOOTED_FOR + (self._now - self._start).total_seconds()

    def advance(self, duration: timedelta) -> None:
        """Lets `duration` pass."""
        if duration < timedelta(0):
            raise ValueError(f"advance({duration!r}): a clock does not go back; zero or more was expected")
        self._now += duration

    def set(self, moment: datetime) -> None:
        """Lets time pass until `moment`."""
        moment = _aware(moment)
        if moment < self._now:
            raise ValueError(
                f"set({moment.isoformat()}): it is {self._now.isoformat()} already, and a clock does not go back"
            )
        self._now = moment


def _aware(moment: datetime) -> datetime:
    if moment.tzinfo is None:
        raise ValueError(f"{moment.isoformat()} has no time zone: give it one, as in datetime(..., tzinfo=UTC)")
    return moment.astimezone(UTC)
