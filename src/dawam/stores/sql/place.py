"""What every verb needs beside the database: whose jobs, what time it is, how long history is kept."""

from dataclasses import dataclass
from datetime import timedelta

from dawam.clock import Clock, to_microseconds
from dawam.stores.values import Retention

_NOTHING = timedelta(0)


@dataclass(frozen=True, slots=True)
class Place:
    """One application's part of the database."""

    application: str
    clock: Clock
    retention: Retention
    boot: str
    """Names the clock that leases are measured with: they are over where another one goes."""

    def now(self) -> int:
        """The wall clock, in microseconds since 1970."""
        return to_microseconds(self.clock.now())

    def boot_now(self) -> int:
        """The boot clock, in microseconds: what leases are measured with."""
        return int(self.clock.boot_time() * 1_000_000)

    def keeps(self, state: str) -> bool:
        """Whether a job that ends in this state is kept as history at all."""
        kept_for: timedelta | None = getattr(self.retention, state)
        return kept_for != _NOTHING
