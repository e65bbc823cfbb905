"""Takes chance and time away from everybody, and gives them those of one seed."""

import os
import platform
import random
import time
from collections.abc import Callable, Generator
from contextlib import contextmanager
from unittest.mock import patch

import dawam.crash_points as crash_points
import dawam.ids as ids
from dawam.crash_points import CrashPoint
from tests.simulation.loop import VirtualLoop


@contextmanager
def of_one_seed(seed: int, loop: VirtualLoop, reached: Callable[[CrashPoint, str], None]) -> Generator[None]:
    """All chance in this process comes from the seed, and all time from the loop."""
    luck = random.Random(f"{seed} of the system")
    random.seed(seed)
    with (
        patch.object(os, "getpid", lambda: 1),
        patch.object(platform, "node", lambda: "machine"),
        patch.object(os, "urandom", luck.randbytes),
        patch.object(time, "time_ns", lambda: int(loop.now().timestamp() * 1e9)),
        patch.object(crash_points, "armed", reached),
    ):
        ids._start_anew()  # pyright: ignore[reportPrivateUsage]
        yield
    ids._start_anew()  # pyright: ignore[reportPrivateUsage]
