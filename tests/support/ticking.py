"""A ticker on a stage: a store in memory, a clock that only the story moves, and what came of each tick."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Unpack

from dawam.events.lifecycle import LifecycleEvents, WorkerTicked, WorkerTickRejected
from dawam.host.ticker import Ticker, TickerParts
from dawam.ids import HostId, new_host_id
from dawam.modules.scopes import ScopeFactory
from dawam.stores.memory import MemoryStore
from dawam.testing.clock import ManualClock
from dawam.workers.declaring import worker_declaration
from dawam.workers.record import WorkerDeclaration
from dawam.workers.registry import WorkerRegistry
from dawam.workers.tick_options import TickWords
from tests.support.hosts import host_info
from tests.support.scopes import Scopes

SOON = timedelta(milliseconds=1)


async def at_once(_: timedelta) -> None:
    """In place of a pause between two attempts of a tick."""


class Stage:
    """A ticker and everything around it: its host is registered in a store in memory."""

    def __init__(
        self,
        threads: ThreadPoolExecutor,
        scopes: ScopeFactory | None = None,
        *,
        clock: ManualClock | None = None,
        store: MemoryStore | None = None,
    ) -> None:
        self.clock = clock or ManualClock()
        self.scopes = Scopes()
        """What its workers are built from, unless `scopes` is given."""
        self.events = LifecycleEvents()
        self.ticked: list[WorkerTicked] = []
        self.events.subscribe(WorkerTicked, self.ticked.append)
        self.rejected: list[str] = []
        self.events.subscribe(WorkerTickRejected, lambda event: self.rejected.append(event.worker))
        self.registry = WorkerRegistry()
        self.store = store or MemoryStore(clock=self.clock)
        self.host = new_host_id()
        self.ticker = Ticker(
            TickerParts(
                store=self.store,
                doorbell=self.store.doorbell,
                registry=self.registry,
                scopes=scopes or self.scopes,
                events=self.events,
                clock=self.clock,
                threads=threads,
                poll=timedelta(milliseconds=20),
                declarations=self,
                forget_after=timedelta(days=7),
                pause=at_once,
            ),
            self.host,
        )

    async def open(self) -> None:
        await self.store.open()
        await self.store.register(host_info(self.host, self.clock.now()), timedelta(days=365))

    # the declarations of its host

    def all(self, host: HostId) -> list[WorkerDeclaration]:
        return [each for worker in self.registry for each in self.one(worker.name, host)]

    def one(self, name: str, host: HostId) -> list[WorkerDeclaration]:
        worker = self.registry.find(name)
        return [] if worker is None else [worker_declaration(worker, host, self.clock.now(), 100)]

    async def add(self, *targets: object, **words: Unpack[TickWords]) -> None:
        for target in targets:
            definition = self.registry.add(target, **words)
            await self.store.declare_workers(self.host, self.one(definition.name, self.host))
        self.ticker.look()

    async def pass_time(self, duration: timedelta, step: timedelta = timedelta(minutes=1)) -> list[WorkerTicked]:
        """What a test's manual clock does: forward in small steps, ticking what is due."""
        ticked: list[WorkerTicked] = []
        for _ in range(duration // step):
            self.clock.advance(step)
            ticked += await self.ticker.tick_due()
        return ticked

    async def stop(self, grace: timedelta = SOON) -> None:
        """As a host stops it."""
        await self.ticker.end_ticks(grace)
        await self.ticker.flush(timedelta(seconds=1))
        await self.ticker.stop()
