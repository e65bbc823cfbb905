"""Makes a host's heart beat, from a thread of its own: a busy event loop must not cost the host its jobs."""

import asyncio
import threading
from collections.abc import Callable
from typing import Protocol

Beat = Callable[[], float | None]
"""Beats once, and answers in how many seconds it is to be called again; None: never."""

_LAST_BEAT = 1.0
"""Seconds that a beat under way has to end."""


class Pacemaker(Protocol):
    """Calls one beat again and again, from `start` to `stop`."""

    def start(self, beat: Beat, after: float) -> None:
        """Has the first beat made `after` so many seconds."""
        ...

    async def stop(self) -> None:
        """Begins no further beat. Stopping what was never started, or twice, is fine."""
        ...


class ThreadPacemaker:
    """Has beats made in a thread, which may wait for the store without holding up anybody."""

    def __init__(self) -> None:
        self._stopped = threading.Event()
        self._thread: threading.Thread | None = None

    def start(self, beat: Beat, after: float) -> None:
        self._thread = threading.Thread(target=self._keep, args=(beat, after), name="dawam heartbeat", daemon=True)
        self._thread.start()

    async def stop(self) -> None:
        thread, self._thread = self._thread, None
        if thread is not None:
            self._stopped.set()
            await asyncio.to_thread(thread.join, _LAST_BEAT)  # a store that is away must not hold up the end

    def _keep(self, beat: Beat, wait: float | None) -> None:
        while wait is not None and not self._stopped.wait(wait):
            wait = beat()
