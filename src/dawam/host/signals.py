"""Signals become calls on the loop: the first asks the host to stop, the second to hurry."""

import asyncio
import signal
from collections.abc import Callable

STOP_SIGNALS = (signal.SIGINT, signal.SIGTERM)


class StopSignals:
    """Between `install` and `remove`, SIGINT and SIGTERM set `stopped`, and the next ones call `hurry`."""

    def __init__(self, hurry: Callable[[], None]) -> None:
        self.stopped = asyncio.Event()
        self._hurry = hurry

    def install(self) -> None:
        loop = asyncio.get_running_loop()
        for number in STOP_SIGNALS:
            loop.add_signal_handler(number, self._received)

    def remove(self) -> None:
        loop = asyncio.get_running_loop()
        for number in STOP_SIGNALS:
            loop.remove_signal_handler(number)

    def _received(self) -> None:
        if self.stopped.is_set():
            self._hurry()
        self.stopped.set()
