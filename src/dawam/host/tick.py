"""One tick of one worker: a scope, a fresh instance, its work, and what came of it; tried again, where it may be."""

import asyncio
import logging
import random
from collections.abc import Awaitable, Callable
from concurrent.futures import Executor
from contextvars import copy_context
from datetime import datetime, timedelta
from typing import Any

from dawam.clock import Clock
from dawam.events.lifecycle import LifecycleEvents, WorkerTicked, WorkerTickRetried
from dawam.jobs.handler_check import refuse_coroutine
from dawam.modules.scopes import ScopeFactory, logger_for
from dawam.workers.record import DueTick, TickClaim
from dawam.workers.registry import HANDLER_CURE, WorkerDefinition, WorkerKind
from dawam.workers.worker import PeriodicWorkerContext

Pause = Callable[[timedelta], Awaitable[None]]


async def pause(duration: timedelta) -> None:
    """Waits in real time; a harness with a clock of its own does not."""
    await asyncio.sleep(duration.total_seconds())


class Tick:
    """A claimed tick. Whatever the worker raises becomes the `error` of the answer."""

    def __init__(
        self,
        definition: WorkerDefinition,
        due: DueTick,
        claim: TickClaim,
        *,
        scopes: ScopeFactory,
        clock: Clock,
        threads: Executor,
        events: LifecycleEvents,
        pause: Pause = pause,
    ) -> None:
        self.due, self.claim = due, claim
        self.is_left_behind = False
        """Whether its thread still works, though nobody waits for it any more."""
        self._definition = definition
        self._scopes, self._clock, self._threads, self._events, self._pause = scopes, clock, threads, events, pause
        started_at = clock.now()
        self.context = PeriodicWorkerContext(
            name=definition.name,
            tick=due.tick_count + 1,
            planned_at=claim.planned_at or started_at,
            started_at=started_at,
            is_triggered=claim.is_triggered,
            fence_token=due.fence + 1,
        )

    @property
    def name(self) -> str:
        return self._definition.name

    @property
    def key(self) -> tuple[str, str, int]:
        """Name, place and the fence of the claim."""
        return self.due.name, self.due.place, self.due.fence + 1

    async def run(self) -> WorkerTicked:
        """Does the work. Only a cancellation of the present task ends a tick early, and that is answered too."""
        began = self._clock.boot_time()
        error = await self._attempt()
        while error is not None and (wait := self._wait_after(error)) is not None:
            self._events.emit(WorkerTickRetried(self.name, self.context.attempt, error, wait))
            try:
                await self._pause(wait)
            except asyncio.CancelledError as cancelled:
                error = cancelled
                break
            self.context.attempt += 1
            error = await self._attempt()
        duration = timedelta(seconds=self._clock.boot_time() - began)
        return WorkerTicked(self.name, self.context.started_at, duration, error, self.context.planned_at)

    def _wait_after(self, error: BaseException) -> timedelta | None:
        """How long to wait before the next attempt; None: there is none."""
        policy = self._definition.ticks.retry
        if policy is None or self.context.stopping or isinstance(error, asyncio.CancelledError):
            return None
        now = self._clock.now()
        next_at: datetime | None = policy.next_attempt_at(
            attempt=self.context.attempt,
            error=error,
            ended_at=now,
            counted_from=self.context.started_at,
            luck=random.random(),  # noqa: S311  (spreads load, guards nothing)
        )
        return None if next_at is None else max(next_at - now, timedelta(0))

    async def _attempt(self) -> BaseException | None:
        try:
            if self._definition.is_async:
                await self._work()
                return None
            return await self._work_in_thread()
        except BaseException as raised:  # noqa: BLE001  (no worker ends the process, or its own next ticks)
            return raised

    async def _work(self) -> None:
        async with self._scopes.open(self._given()) as services:
            self.context.serve_from(services=services)
            definition = self._definition
            match definition.kind:
                case WorkerKind.HANDLER:
                    await definition.target(self.context)
                case WorkerKind.FUNCTION:
                    values = {name: await services.get(kind) for name, kind in definition.parameters.items()}
                    await definition.target(**values)
                case _:
                    worker = await services.get(definition.target)
                    await worker.do_work(self.context)

    async def _work_in_thread(self) -> BaseException | None:
        working = self._threads.submit(copy_context().run, self._caught_work_in_this_thread)
        try:
            return await asyncio.wrap_future(working)
        finally:
            self.is_left_behind = working.running()

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
            match definition.kind:
                case WorkerKind.HANDLER:
                    answer = definition.target(self.context)
                    refuse_coroutine(answer, f"worker {self.name!r}", HANDLER_CURE)
                case WorkerKind.FUNCTION:
                    definition.target(**{name: services.get(kind) for name, kind in definition.parameters.items()})
                case _:
                    worker = services.get(definition.target)
                    worker.do_work(self.context)

    def _given(self) -> dict[type[Any], Any]:
        return {PeriodicWorkerContext: self.context, logging.Logger: logger_for(self._definition.target)}
