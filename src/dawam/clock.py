"""Time is passed in: whoever needs it is given a `Clock`, so that tests own theirs.

Moments are aware UTC `datetime`s, durations `timedelta`s. Stores keep moments as whole microseconds since
1970 (`to_microseconds`, `from_microseconds`), which loses nothing.
"""

import time
from datetime import UTC, datetime, timedelta
from functools import lru_cache, partial
from pathlib import Path
from typing import Protocol

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)
_BOOT_ID = Path("/proc/sys/kernel/random/boot_id")


class Clock(Protocol):
    """What time it is, in the two senses that matter."""

    def now(self) -> datetime:
        """The wall clock, as an aware UTC moment: due times, history, what people read. It may step."""
        ...

    def boot_time(self) -> float:
        """Seconds on a clock that never steps and counts suspended time: leases and pacing."""
        ...


class SystemClock:
    """The machine's own clocks."""

    now = staticmethod(partial(datetime.now, UTC))  # several times for every job, so it is no Python function

    def boot_time(self) -> float:
        return time.clock_gettime(_BOOT_CLOCK) if _BOOT_CLOCK is not None else time.monotonic()


_BOOT_CLOCK: int | None = getattr(time, "CLOCK_BOOTTIME", None)


@lru_cache(maxsize=1)
def boot_id() -> str:
    """Names this run of the machine: a lease measured on another boot's clock is over."""
    try:
        return _BOOT_ID.read_text().strip()
    except OSError:  # no such file beyond Linux: the moment of boot, to the minute, stands in for it
        return f"boot-{round((time.time() - time.monotonic()) / 60)}"


def to_microseconds(moment: datetime) -> int:
    """Whole microseconds since 1970; exact, unlike `datetime.timestamp`."""
    return (moment - EPOCH) // _MICROSECOND


def from_microseconds(value: int) -> datetime:
    """The aware UTC moment that `to_microseconds` was given."""
    return EPOCH + timedelta(microseconds=value)
