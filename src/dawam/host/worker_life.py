"""The workers of one process: they start with it, they come and go while it runs, and they end with it."""

from collections.abc import Callable, Sequence
from datetime import timedelta

from dawam.doorbells.base import Doorbell, Topic
from dawam.events.lifecycle import LifecycleEvents, WorkerStarted, WorkerTooFrequent
from dawam.host.custom_workers import CustomWorkers
from dawam.host.declarer import Declarer, WorkerDeclarations
from dawam.host.roots import root_of_worker
from dawam.modules.scopes import Container
from dawam.workers.frequency import too_short
from dawam.workers.registry import WorkerDefinition
from dawam.workers.schedules.schedule import Schedule
from dawam.workers.tick_options import TickWords
from dawam.workers.worker import AnyWorker


class WorkerLife:
    """Starts custom workers, and has the others declared; those that tick do so in whoever steps a ticker."""

    def __init__(
        self,
        *,
        declarations: WorkerDeclarations,
        container: Container,
        events: LifecycleEvents,
        doorbell: Doorbell,
    ) -> None:
        self._declarations, self._container, self._events, self._doorbell = declarations, container, events, doorbell
        self._registry, self._options = declarations.workers, declarations.options
        self._custom = CustomWorkers(container, events)
        self._is_running = False
        self._declarer: Callable[[], Declarer | None] = _nobody

    def declare_by(self, declarer: Callable[[], Declarer | None]) -> None:
        """Who tells the store of workers that come and go: the host's declarer, while it runs."""
        self._declarer = declarer

    async def start(self) -> None:
        """Begins with all that are registered, in the order of adding."""
        self._is_running = True
        if self._options.is_enabled:
            for worker in self._registry:
                await self._start(worker)
            for each in self._declarations.recurring:
                self._guard(each.name, each.options.schedule, is_recurring_job=True)

    async def stop(self, grace: timedelta) -> None:
        """Ends the custom workers, last started first, within the grace."""
        self._is_running = False
        await self._custom.stop(grace)

    async def add(self, worker: AnyWorker, words: TickWords) -> None:
        """One that a module adds while the application starts, or runs."""
        known = tuple(self._registry)
        definition = self._registry.add(worker, **words)
        if not any(each is definition for each in known):
            await self._container.admit(root_of_worker(definition))
            await self.worker_came(definition)

    async def worker_came(self, definition: WorkerDefinition) -> None:
        """One was registered just now: it starts at once, if workers run here; else it starts with them."""
        if not self._is_running or not self._options.is_enabled:
            return
        await self._start(definition)
        declarer = self._declarer()
        if declarer is not None and definition.options is not None:
            await declarer.declare(definition.name)
            self._doorbell.ring(Topic.WORKERS)

    async def workers_went(self, names: Sequence[str]) -> None:
        """They are not to be had here any more: tells the others."""
        if (declarer := self._declarer()) is not None:
            await declarer.withdraw(names)

    async def _start(self, worker: WorkerDefinition) -> None:
        if worker.options is None:
            await self._custom.start(worker)
            self._events.emit(WorkerStarted(worker.name, None))
            return
        schedule = worker.options.schedule
        self._events.emit(WorkerStarted(worker.name, schedule))
        self._guard(worker.name, schedule)

    def _guard(self, name: str, schedule: Schedule, *, is_recurring_job: bool = False) -> None:
        gap = too_short(schedule, self._options.shortest_period, self._declarations.clock.now())
        if gap is not None:
            self._events.emit(WorkerTooFrequent(name, gap, is_recurring_job))


def _nobody() -> Declarer | None:
    return None
