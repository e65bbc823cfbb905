"""What is looked at, and how strictly: the section `Health` of the settings."""

from dataclasses import dataclass
from datetime import timedelta


@dataclass(slots=True, kw_only=True)
class HealthOptions:
    """What the operator may say about health checks."""

    is_enabled: bool = False
    """Whether this process looks at all, as appsettings.json has it; without it GET /health knows nothing."""
    check_every: timedelta | None = None
    """None: as the worker's class says."""
    check_timeout: timedelta = timedelta(seconds=5)
    """For each check: whatever answers later is not well."""
    stale_after: timedelta = timedelta(seconds=90)
    """What was found longer ago than this is worth nothing: the process is too busy to look, or stuck."""
    longest_wait: timedelta = timedelta(minutes=5)
    """A job that has been due for longer than this is stuck."""
    least_free_bytes: int = 100_000_000
    """Of the disk that the database is on."""

    def __post_init__(self) -> None:
        for name in ("check_timeout", "stale_after", "longest_wait"):
            if getattr(self, name) <= timedelta(0):
                raise ValueError(f"{name}={getattr(self, name)}: a duration above zero was expected, as 5s")
