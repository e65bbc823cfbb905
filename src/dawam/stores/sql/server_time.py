"""What time it is on a database server, as this process knows it."""

from datetime import datetime, timedelta

from dawam.clock import Clock

_FINE = timedelta(milliseconds=10)
"""By so much it may be off: so it is not set at each answer, and what is measured by it meanwhile is right."""


class ServerTime:
    """A `Clock` that goes by what the server said, and is carried on by the boot clock of this machine.

    Machines whose own clocks differ, or are set while they run, so agree on the time. Until the server has said
    anything it is the time of this machine. Any thread may ask, and tell.
    """

    def __init__(self, machine: Clock) -> None:
        self._machine = machine
        self._at_boot = machine.now() - timedelta(seconds=machine.boot_time())

    def now(self) -> datetime:
        return self._at_boot + timedelta(seconds=self._machine.boot_time())

    def boot_time(self) -> float:
        return self._machine.boot_time()

    def heard(self, moment: datetime, asked_at: float) -> None:
        """The server has just said so, asked at that moment of the boot clock; it was so anywhere in between."""
        half = timedelta(seconds=(self._machine.boot_time() - asked_at) / 2)
        at_boot = moment - timedelta(seconds=asked_at) - half
        if abs(at_boot - self._at_boot) > half + _FINE:
            self._at_boot = at_boot
