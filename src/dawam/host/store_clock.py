"""What time it is where the plans of workers are kept: hosts with clocks of their own have to agree on it."""

from datetime import datetime, timedelta

from dawam.clock import Clock


class StoreClock:
    """A `Clock` that goes by the store's: set at each look at the store, and carried on by the clock of boot."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._seen: tuple[datetime, float] | None = None

    def set(self, now: datetime) -> None:
        """The store has just said so."""
        self._seen = now, self._clock.boot_time()

    def now(self) -> datetime:
        """Before the store has said anything, the time of this machine."""
        if self._seen is None:
            return self._clock.now()
        moment, since = self._seen
        return moment + timedelta(seconds=self._clock.boot_time() - since)

    def boot_time(self) -> float:
        return self._clock.boot_time()
