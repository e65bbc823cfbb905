"""The workers that are no timers: each is started once, and all are stopped in reverse order, come what may."""

import asyncio
from datetime import timedelta

from dawam.events.lifecycle import LifecycleEvents, WorkerStopFailed
from dawam.jobs.current import fresh_context
from dawam.modules.scopes import ScopeFactory
from dawam.workers.registry import WorkerDefinition
from dawam.workers.worker import BackgroundWorker

_LEAST = 0.1
"""Seconds that every stop gets, even when the grace is used up."""


class CustomWorkers:
    """Those that were started, and so have to be stopped."""

    def __init__(self, scopes: ScopeFactory, events: LifecycleEvents) -> None:
        self._scopes = scopes
        self._events = events
        self._started: list[tuple[str, BackgroundWorker]] = []

    async def start(self, definition: WorkerDefinition) -> None:
        """Builds the worker and starts it; what that raises is the caller's."""
        worker: BackgroundWorker = await self._scopes.get(definition.target)
        self._started.append((definition.name, worker))  # before it starts: half a start has to be undone as well
        # in a fresh context, which goes on to its tasks: it works for nobody who happened to be there
        await asyncio.create_task(worker.start(), context=fresh_context())

    async def stop(self, grace: timedelta) -> None:
        """Stops all, last started first. None can prevent the others: of the grace each has its share."""
        ends_at = asyncio.get_running_loop().time() + grace.total_seconds()
        while self._started:
            left = max(ends_at - asyncio.get_running_loop().time(), 0.0)
            name, worker = self._started.pop()
            error = await _stop_one(worker, max(left / (len(self._started) + 1), _LEAST))
            if error is not None:
                self._events.emit(WorkerStopFailed(name, error))


async def _stop_one(worker: BackgroundWorker, within: float) -> BaseException | None:
    task = asyncio.create_task(worker.stop())
    await asyncio.wait([task], timeout=within)
    if not task.done():
        task.cancel()  # not awaited: a stop that ignores this as well would hold up all the others
        return TimeoutError(f"its stop() did not end within {within:.1f} s")
    return asyncio.CancelledError() if task.cancelled() else task.exception()
