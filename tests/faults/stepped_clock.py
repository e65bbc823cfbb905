"""A wall clock that somebody sets while the processes run: it is as far off as a file says, a moment after it says so.

The clock of boot, by which leases and pauses are measured, cannot be set, and goes on as it is.
"""

import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

from dawam.clock import SystemClock

SETTING = "SHIFT_CLOCK"
"""The variable that names the file."""


def set_clock(file: Path, by: timedelta) -> None:
    """How far the wall clock is off from now on."""
    unready = file.with_suffix(".new")
    unready.write_text(str(by.total_seconds()))
    unready.rename(file)


def obey(file: Path) -> None:
    """This process takes its wall time from the clock that the file sets."""
    true_time, true_time_ns = time.time, time.time_ns

    def off_by() -> float:
        return float(file.read_text()) if file.exists() else 0.0

    def now() -> datetime:
        return datetime.now(UTC) + timedelta(seconds=off_by())

    time.time = lambda: true_time() + off_by()
    time.time_ns = lambda: true_time_ns() + int(off_by() * 1e9)
    SystemClock.now = staticmethod(now)
