"""What time it is on a database server, as this process knows it."""

from datetime import UTC, datetime

from dawam.clock import Clock

_FINE = 0.01
"""Seconds that it may be off: so it is not set at each answer, and what is measured by it meanwhile is right."""


class ServerTime:
    """A `Clock` that goes by what the server said, and is carried on by the boot clock of this machine.

    Machines whose own clocks differ, or are set while they run, so agree on the time. Until the server has said
    anything it is the time of this machine. Any thread may ask, and tell.
    """

    def __init__(self, machine: Clock) -> None:
        self.boot_time = machine.boot_time
        self._booted_at = machine.now().timestamp() - self.boot_time()
        """When the boot clock stood at zero, in seconds since 1970."""

    def now(self) -> datetime:
        return datetime.fromtimestamp(self._booted_at + self.boot_time(), UTC)

    def heard(self, moment: datetime, asked_at: float) -> None:
        """The server has just said so, asked at that moment of the boot clock; it was so anywhere in between."""
        half = (self.boot_time() - asked_at) / 2
        booted_at = moment.timestamp() - asked_at - half
        if abs(booted_at - self._booted_at) > half + _FINE:
            self._booted_at = booted_at
