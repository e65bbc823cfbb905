"""The options of background workers."""

from dataclasses import dataclass
from datetime import timedelta


@dataclass(slots=True, kw_only=True)
class BackgroundWorkerOptions:
    """The application's options for workers. Settings section `BackgroundWorkers`."""

    is_enabled: bool = True
    """False: workers are accepted, and this process never runs them."""
    shortest_period: timedelta | None = timedelta(seconds=1)
    """A worker that ticks more often than this is warned of when it begins; None: never."""
