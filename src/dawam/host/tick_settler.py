"""Writes how ticks ended, and keeps what could not be written until it can be."""

import asyncio
from collections.abc import Callable
from contextlib import suppress
from datetime import timedelta

from dawam.doorbells.base import Doorbell
from dawam.events.lifecycle import JobEnqueued, LifecycleEvents, WorkerTickRejected
from dawam.host.service import Loop
from dawam.ids import HostId
from dawam.jobs.outcome import SettleAnswer
from dawam.stores.base import topics_of
from dawam.stores.workers import TickClaimer
from dawam.workers.record import TickSettlement

_BATCH = 500
_EVERY = timedelta(seconds=30)
_AT_ONCE = timedelta(0)


class TickSettler:
    """Settles in batches, in the order in which ticks ended; while the store is away, later."""

    def __init__(
        self,
        *,
        store: TickClaimer,
        doorbell: Doorbell,
        events: LifecycleEvents,
        host: HostId,
        on_settled: Callable[[], None],
    ) -> None:
        """`on_settled` is called when workers have a new plan."""
        self._store, self._doorbell, self._events, self._host = store, doorbell, events, host
        self._on_settled = on_settled
        self._ended: list[TickSettlement] = []
        self._writing = asyncio.Lock()
        self._loop = Loop("tick settler", self._write_next, interval=_EVERY, events=events)

    async def start(self) -> None:
        await self._loop.start()

    async def stop(self) -> None:
        await self._loop.stop()

    def put(self, settlement: TickSettlement) -> None:
        """Takes the end of a tick; it is written right away, if the store is there."""
        self._ended.append(settlement)
        self._loop.wake()

    def keys(self) -> set[tuple[str, str, int]]:
        """The ticks whose end is not written yet: name, place and fence."""
        return {(each.name, each.place, each.fence) for each in self._ended}

    async def flush(self, within: timedelta | None = None) -> None:
        """Writes all there is; what cannot be written in time is left to those who rescue."""
        with suppress(TimeoutError):
            async with asyncio.timeout(None if within is None else within.total_seconds()):
                while self._ended:
                    await self._write_next()

    async def _write_next(self) -> timedelta | None:
        async with self._writing:
            batch = self._ended[:_BATCH]
            if not batch:
                return None
            answers = await self._store.settle_ticks(self._host, batch)
            del self._ended[: len(batch)]
        for settlement, answer in zip(batch, answers, strict=True):
            self._tell(settlement, answer)
        self._on_settled()
        return _AT_ONCE if self._ended else None

    def _tell(self, settlement: TickSettlement, answer: SettleAnswer) -> None:
        if answer is SettleAnswer.LOST:
            self._events.emit(WorkerTickRejected(settlement.name, settlement.planned_at, settlement.fence))
        elif settlement.new_jobs:
            for topic in topics_of(settlement.new_jobs):
                self._doorbell.ring(topic)
            for job in settlement.new_jobs:
                self._events.emit(JobEnqueued(job, created=True))
