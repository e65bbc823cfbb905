"""Waits for what has to come, and not for ever."""

import time
from collections.abc import Callable

from examples.inventory.demo.processes import DemoError

_LONGEST = 20.0


def until(is_so: Callable[[], bool], what: str) -> None:
    """Returns as soon as it is so; otherwise the demo ends and says what it waited for."""
    deadline = time.monotonic() + _LONGEST
    while not is_so():
        if time.monotonic() > deadline:
            raise DemoError(f"waited {_LONGEST:.0f} s in vain for {what}")
        time.sleep(0.01)
