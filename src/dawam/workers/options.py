"""The options of background workers."""

from dataclasses import dataclass
from datetime import timedelta

from dawam.errors import SettingsError


@dataclass(slots=True, kw_only=True)
class BackgroundWorkerOptions:
    """The application's options for workers. Settings section `BackgroundWorkers`."""

    is_enabled: bool = True
    """False: workers and recurring jobs are accepted, and this process never runs them."""
    shortest_period: timedelta | None = timedelta(seconds=1)
    """A worker or recurring job that ticks more often than this is warned of when it begins; None: never."""
    kept_records: int = 100
    """How many records of its ticks are kept of each worker."""
    forget_after: timedelta = timedelta(days=7)
    """After so long a time without a live host that has it, a worker is forgotten, its last run with it."""

    def check(self) -> None:
        """Raises `SettingsError` naming the first option that cannot work."""
        if self.shortest_period is not None and self.shortest_period <= timedelta(0):
            raise SettingsError(
                f"BackgroundWorkers.shortest_period = {self.shortest_period}: more than zero was expected, or null for "
                "no warning"
            )
        if self.kept_records < 1:
            raise SettingsError(f"BackgroundWorkers.kept_records = {self.kept_records}: 1 or more was expected")
        if self.forget_after <= timedelta(0):
            raise SettingsError(f"BackgroundWorkers.forget_after = {self.forget_after}: more than zero was expected")
