"""A child's end of the pipe that its parent holds: when the parent is gone, however, the child stops."""

import os
import signal
import threading
from datetime import timedelta

from dawam.host.last_resort import LastResort


def hold(descriptor: int, within: timedelta) -> None:
    """From now on the end of the parent stops this process as a SIGTERM would, and ends it after that time by force."""
    os.set_inheritable(descriptor, False)  # what jobs start is none of it
    threading.Thread(target=_watch, args=(descriptor, within), name="dawam lifeline", daemon=True).start()


def _watch(descriptor: int, within: timedelta) -> None:
    os.read(descriptor, 1)  # nothing is ever written: this ends when the last writer is gone
    LastResort().arm(within)
    os.kill(os.getpid(), signal.SIGTERM)
