"""One life for every background loop, and the one loop policy: tick, jitter, back-off, stop.

Two guarantees hold for every service: stopping one that was never started is fine, and so is stopping it twice.
"""

import asyncio
import random
from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Protocol

from dawam.errors import StoreUnavailableError
from dawam.events.lifecycle import LifecycleEvents, ServiceFailed

_FIRST_BACK_OFF = 0.2
_LONGEST_BACK_OFF = 30.0
_LONGEST_WHILE_AWAY = 5.0
"""A store that is away says so at once and may be back any moment, and all of the work waits for it."""
_JITTER = 0.2


class Service(Protocol):
    """Something that runs from `start` to `stop`."""

    async def start(self) -> None: ...

    async def stop(self) -> None:
        """Ends it. Stopping what was never started, or twice, is fine."""
        ...


class Loop:
    """Calls `step` again and again: every `interval` (± 20 %), sooner when woken, later after failures.

    `step` answers how long to wait at most before the next one, or None for the usual interval. A step that
    raises is reported as `ServiceFailed` and tried again after a growing wait; it never ends the loop.
    """

    def __init__(
        self,
        name: str,
        step: Callable[[], Awaitable[timedelta | None]],
        *,
        interval: timedelta,
        events: LifecycleEvents,
    ) -> None:
        self._name = name
        self._step = step
        self._interval = interval.total_seconds()
        self._events = events
        self._woken = asyncio.Event()
        self._task: asyncio.Task[None] | None = None
        self._failure_count = 0

    async def start(self) -> None:
        self._task = asyncio.create_task(self._run(), name=f"dawam {self._name}")

    async def stop(self) -> None:
        task, self._task = self._task, None
        if task is None:
            return
        task.cancel()
        await asyncio.wait([task])

    def wake(self) -> None:
        """Steps at once, or once more right after the step that is under way."""
        self._woken.set()

    async def _run(self) -> None:
        while True:
            self._woken.clear()
            wait = await self._guarded_step()
            if wait <= 0:
                await asyncio.sleep(0)
                continue
            try:
                async with asyncio.timeout(wait):
                    await self._woken.wait()
            except TimeoutError:
                continue

    async def _guarded_step(self) -> float:
        try:
            asked = await self._step()
        except Exception as error:  # noqa: BLE001  (the loop outlives whatever its step raises)
            return self._back_off(error)
        self._failure_count = 0
        usual = self._interval * random.uniform(1 - _JITTER, 1 + _JITTER)  # noqa: S311  (spreads load, guards nothing)
        return usual if asked is None else min(asked.total_seconds(), usual)

    def _back_off(self, error: Exception) -> float:
        self._failure_count += 1
        longest = _LONGEST_WHILE_AWAY if isinstance(error, StoreUnavailableError) else _LONGEST_BACK_OFF
        wait: float = min(_FIRST_BACK_OFF * 2 ** min(self._failure_count - 1, 20), longest)
        wait *= random.uniform(1 - _JITTER, 1 + _JITTER)  # noqa: S311
        self._woken.clear()
        self._events.emit(ServiceFailed(self._name, error, self._failure_count, timedelta(seconds=wait)))
        return wait
