"""The end of a process that was told to end: nothing that listens to nobody can hold it up."""

import logging
import os
import sys
import threading
import time
from datetime import timedelta

_logger = logging.getLogger("dawam.host")
_LAST_LINE = 1.0
"""Seconds to say so: whoever does not end may hold the lock of a log."""


class LastResort:
    """Ends the process by force when its time is over.

    Python waits without limit for coroutines that ignore their cancellation and for the threads of
    `asyncio.to_thread`. The host does not need them any more: their jobs have been handed back by then.
    """

    def __init__(self) -> None:
        self._timer: threading.Timer | None = None
        self._ends_at = 0.0

    def arm(self, within: timedelta) -> None:
        """Ends the process after that time; of several calls the earliest end counts."""
        ends_at = time.monotonic() + within.total_seconds()
        if self._timer is not None:
            if self._ends_at <= ends_at:
                return
            self._timer.cancel()
        self._ends_at = ends_at
        self._timer = threading.Timer(within.total_seconds(), _end)
        self._timer.daemon = True
        self._timer.start()

    def disarm(self) -> None:
        """The process ends by itself."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None


def _end() -> None:
    saying = threading.Thread(target=_say_so, daemon=True)
    saying.start()
    saying.join(_LAST_LINE)
    os._exit(0)


def _say_so() -> None:
    _logger.warning("a job or worker did not let the process end in time: it was handed back, and the process ends now")
    for stream in (sys.stdout, sys.stderr):
        stream.flush()
