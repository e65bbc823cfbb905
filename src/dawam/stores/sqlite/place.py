"""What every verb needs beside the connection: whose jobs, what time it is, how long history is kept."""

from dataclasses import dataclass
from datetime import timedelta

from dawam.clock import Clock, boot_id, to_microseconds
from dawam.stores.base import Retention
from dawam.stores.sql.statements import load_statements

SQL = load_statements("dawam.stores.sqlite")
_NOTHING = timedelta(0)


@dataclass(frozen=True, slots=True)
class Place:
    """One application's part of the file."""

    application: str
    clock: Clock
    retention: Retention

    def now(self) -> int:
        """The wall clock, in microseconds since 1970."""
        return to_microseconds(self.clock.now())

    def boot_now(self) -> int:
        """The boot clock, in microseconds: what leases are measured with."""
        return int(self.clock.boot_time() * 1_000_000)

    @property
    def boot(self) -> str:
        return boot_id()

    def keeps(self, state: str) -> bool:
        """Whether a job that ends in this state is kept as history at all."""
        kept_for: timedelta | None = getattr(self.retention, state)
        return kept_for != _NOTHING
