"""Keeps time for the workers: ticks the periodic ones, starts and stops the custom ones.

The plan of ticks is a pure value (`workers.schedule`). In a host a loop steps it; under a test's manual clock the test
does, with `tick_due`.
"""

import asyncio
from concurrent.futures import Executor
from datetime import datetime, timedelta

from dawam.clock import Clock
from dawam.events.lifecycle import LifecycleEvents, WorkerStarted, WorkerTicked, WorkerTooFrequent
from dawam.host.custom_workers import CustomWorkers
from dawam.host.service import Loop
from dawam.host.tick import Tick
from dawam.modules.scopes import ScopeFactory
from dawam.workers.frequency import too_short
from dawam.workers.options import BackgroundWorkerOptions
from dawam.workers.registry import WorkerDefinition, WorkerKind
from dawam.workers.schedule import PlannedTick, TickPlan

_LONGEST_SLEEP = timedelta(seconds=30)
_LAST_WORDS = timedelta(seconds=1)
"""How long a tick that was cancelled has for its clean-up."""


class Ticker:
    """Runs every worker of this process. A service: `start`, `stop`; and `add` at any time in between.

    What a tick raises is emitted as `WorkerTicked` and never stops the next one. `stop` asks the ticks that are under
    way to end, waits up to `grace`, and cancels those that are left (a thread cannot be cancelled: it is left behind).
    """

    def __init__(
        self,
        *,
        scopes: ScopeFactory,
        events: LifecycleEvents,
        clock: Clock,
        threads: Executor,
        options: BackgroundWorkerOptions,
        grace: timedelta = timedelta(seconds=20),
    ) -> None:
        self._scopes = scopes
        self._events = events
        self._clock = clock
        self._threads = threads
        self._is_enabled = options.is_enabled
        self._shortest = options.shortest_period
        self._grace = grace
        self._definitions: dict[str, WorkerDefinition] = {}
        self._plan = TickPlan()
        self._custom = CustomWorkers(scopes, events)
        self._ticks: dict[asyncio.Task[WorkerTicked], Tick] = {}
        self._loop: Loop | None = None
        self._is_running = False
        self._origin = (clock.now(), clock.boot_time())

    async def add(self, definition: WorkerDefinition) -> None:
        """Adds a worker; on a running ticker it starts at once. With workers disabled it is accepted and never runs.

        Adding one that is known changes its period, if it has another now, and nothing else.
        """
        is_news = self._definitions.get(definition.name) != definition
        self._definitions[definition.name] = definition
        if self._is_running and is_news:
            await self._begin(definition)
            if self._loop is not None:
                self._loop.wake()

    async def start(self, *, by_hand: bool = False) -> None:
        """Starts every worker, in the order of adding; `by_hand` leaves the ticking to calls of `tick_due`."""
        if self._is_running or not self._is_enabled:
            return
        self._is_running = True
        self._origin = (self._clock.now(), self._clock.boot_time())
        for definition in tuple(self._definitions.values()):
            await self._begin(definition)
        if not by_hand:
            self._loop = Loop("ticker", self._step, interval=_LONGEST_SLEEP, events=self._events)
            await self._loop.start()

    async def stop(self, grace: timedelta | None = None) -> None:
        """Ends all workers within the grace, whatever they do; a second call with a shorter one hurries the first."""
        self._is_running = False
        grace = self._grace if grace is None else grace
        if self._loop is not None:
            await self._loop.stop()
        await asyncio.gather(self._end_ticks(grace), self._custom.stop(grace))

    async def tick_due(self, now: datetime) -> list[WorkerTicked]:
        """Runs every tick that is due, each of them once, and answers when all have ended. For manual clocks."""
        if not self._is_running:
            return []
        tasks = [self._launch(planned) for planned in self._plan.take_due(now)]
        return list(await asyncio.gather(*tasks))

    def next_at(self) -> datetime | None:
        """When the next tick is due; None without one."""
        return self._plan.next_at()

    async def _begin(self, definition: WorkerDefinition) -> None:
        if definition.kind is WorkerKind.CUSTOM:
            await self._custom.start(definition)
        else:
            self._plan.add(definition, self._now())
        self._events.emit(WorkerStarted(definition.name, definition.every))
        if (gap := too_short(definition.every, self._shortest)) is not None:
            self._events.emit(WorkerTooFrequent(definition.name, gap))

    async def _step(self) -> timedelta | None:
        for planned in self._plan.take_due(self._now()):
            self._launch(planned)
        next_at = self._plan.next_at()
        return None if next_at is None else next_at - self._now()

    def _launch(self, planned: PlannedTick) -> asyncio.Task[WorkerTicked]:
        tick = Tick(planned, self._scopes, self._clock, self._threads)
        task = asyncio.create_task(self._run(tick), name=f"dawam worker {planned.definition.name}")
        self._ticks[task] = tick
        task.add_done_callback(self._ticks.pop)
        return task

    async def _run(self, tick: Tick) -> WorkerTicked:
        ticked = await tick.run()
        self._plan.ticked(tick.name, self._now())
        self._events.emit(ticked)
        if self._loop is not None:
            self._loop.wake()
        return ticked

    async def _end_ticks(self, grace: timedelta) -> None:
        if not self._ticks:
            return
        for tick in self._ticks.values():
            tick.context.stop()
        _, late = await asyncio.wait(self._ticks, timeout=grace.total_seconds())
        for task in late:
            task.cancel()
        if late:
            await asyncio.wait(late, timeout=_LAST_WORDS.total_seconds())

    def _now(self) -> datetime:
        """The wall time at start plus the time that really went by, so that a clock step moves no tick."""
        wall, boot = self._origin
        return wall + timedelta(seconds=self._clock.boot_time() - boot)
