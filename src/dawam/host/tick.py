"""One tick of one worker: a scope, a fresh instance, its work, and what came of it."""

import asyncio
import logging
from concurrent.futures import Executor
from contextvars import copy_context
from datetime import timedelta
from typing import Any

from dawam.clock import Clock
from dawam.events.lifecycle import WorkerTicked
from dawam.modules.scopes import ScopeFactory, logger_for
from dawam.workers.registry import WorkerKind
from dawam.workers.schedule import PlannedTick
from dawam.workers.worker import PeriodicWorkerContext


class Tick:
    """Runs once. Whatever the worker raises becomes the `error` of the answer."""

    def __init__(self, planned: PlannedTick, scopes: ScopeFactory, clock: Clock, threads: Executor) -> None:
        self._definition = planned.definition
        self._scopes = scopes
        self._clock = clock
        self._threads = threads
        self.context = PeriodicWorkerContext(
            name=planned.definition.name,
            tick=planned.number,
            planned_at=planned.planned_at,
            started_at=clock.now(),
        )

    @property
    def name(self) -> str:
        return self._definition.name

    async def run(self) -> WorkerTicked:
        """Does the work. Only a cancellation of the present task ends a tick early, and that is answered too."""
        began = self._clock.boot_time()
        error: BaseException | None
        try:
            if self._definition.is_async:
                await self._work()
                error = None
            else:
                error = await self._work_in_thread()
        except BaseException as raised:  # noqa: BLE001  (no worker ends the process, or its own next ticks)
            error = raised
        duration = timedelta(seconds=self._clock.boot_time() - began)
        return WorkerTicked(self.name, self.context.started_at, duration, error)

    async def _work(self) -> None:
        async with self._scopes.open(self._given()) as services:
            self.context.serve_from(services=services)
            definition = self._definition
            if definition.kind is WorkerKind.FUNCTION:
                values = {name: await services.get(kind) for name, kind in definition.parameters.items()}
                await definition.target(**values)
            else:
                worker = await services.get(definition.target)
                await worker.do_work(self.context)

    async def _work_in_thread(self) -> BaseException | None:
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._threads, copy_context().run, self._caught_work_in_this_thread)

    def _caught_work_in_this_thread(self) -> BaseException | None:
        # an error is handed over as a value: a future that is given StopIteration never answers on Python 3.11
        try:
            self._work_in_this_thread()
        except BaseException as raised:  # noqa: BLE001
            return raised
        return None

    def _work_in_this_thread(self) -> None:
        with self._scopes.open_blocking(self._given()) as services:
            self.context.serve_from(blocking_services=services)
            definition = self._definition
            if definition.kind is WorkerKind.FUNCTION:
                definition.target(**{name: services.get(kind) for name, kind in definition.parameters.items()})
            else:
                worker = services.get(definition.target)
                worker.do_work(self.context)

    def _given(self) -> dict[type[Any], Any]:
        return {PeriodicWorkerContext: self.context, logging.Logger: logger_for(self._definition.target)}
