"""The end of a process that was told to end: nothing that listens to nobody can hold it up."""

import logging
import os
import select
import struct
import sys
import threading
import time
from datetime import timedelta

_logger = logging.getLogger("dawam.host")
_MOMENT = struct.Struct("d")
_LAST_LINE = 0.7
"""Seconds to say so: whoever does not end may hold the lock of a log."""


class LastResort:
    """Ends the process by force when its time is over.

    Python waits without limit for coroutines that ignore their cancellation and for the threads of
    `asyncio.to_thread`. The host does not need them any more: their jobs have been handed back by then. And while a
    step blocks the loop, nobody on it can end anything.

    A thread of its own watches the time, and is told of it through a pipe: a signal's handler, which may come between
    any two steps of any code, must not take a lock.
    """

    def __init__(self) -> None:
        self.exit_code = 0
        self._read, self._write = os.pipe()
        threading.Thread(target=self._watch, name="dawam last resort", daemon=True).start()

    def arm(self, within: timedelta) -> None:
        """Ends the process after that time; of several calls the earliest end counts."""
        os.write(self._write, _MOMENT.pack(time.monotonic() + within.total_seconds()))

    def disarm(self) -> None:
        """The process ends by itself."""
        os.close(self._write)

    def _watch(self) -> None:
        ends_at: float | None = None
        while True:
            left = None if ends_at is None else max(ends_at - time.monotonic(), 0.0)
            told, _, _ = select.select([self._read], [], [], left)
            if not told:
                _end(self.exit_code)
            said = os.read(self._read, _MOMENT.size)
            if not said:
                os.close(self._read)
                return
            (moment,) = _MOMENT.unpack(said)
            ends_at = moment if ends_at is None else min(ends_at, moment)


def _end(exit_code: int) -> None:
    saying = threading.Thread(target=_say_so, daemon=True)
    saying.start()
    saying.join(_LAST_LINE)
    os._exit(exit_code)


def _say_so() -> None:
    _logger.warning(
        "a job or worker did not let the process end in time: what still runs is taken over by other hosts, and the "
        "process ends now"
    )
    for stream in (sys.stdout, sys.stderr):
        stream.flush()
