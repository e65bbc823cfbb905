"""Writes how ticks ended, and keeps what could not be written until it can be."""

import asyncio
from collections.abc import Callable
from contextlib import suppress
from datetime import timedelta

from dawam.crash_points import CrashPoint, reached
from dawam.doorbells.base import Doorbell
from dawam.errors import StoreBusyError, StoreUnavailableError
from dawam.events.lifecycle import JobEnqueued, LifecycleEvents, WorkerTickRejected
from dawam.host.service import Loop
from dawam.ids import HostId
from dawam.jobs.outcome import SettleAnswer
from dawam.stores.values import queues_of, topics_of
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
            if not self._ended:
                return None
            refusal = await self._write(self._ended[:_BATCH])
        self._on_settled()
        if refusal is not None:
            raise refusal
        return _AT_ONCE if self._ended else None

    async def _write(self, batch: list[TickSettlement]) -> Exception | None:
        """Writes what can be written, by halving around what cannot; answers what the store has against the rest."""
        try:
            answers = await self._store.settle_ticks(self._host, batch)
            reached(CrashPoint.TICK_SETTLED)
        except (StoreUnavailableError, StoreBusyError):
            raise  # it is away for all of them
        except Exception as refusal:  # noqa: BLE001  (one row's bad luck must not keep the others)
            if len(batch) == 1:
                self._ended.append(self._ended.pop(self._ended.index(batch[0])))  # behind those that come now
                return refusal
            half = len(batch) // 2
            refusals = [await self._write(batch[:half]), await self._write(batch[half:])]
            return next((each for each in refusals if each is not None), None)
        for settlement, answer in zip(batch, answers, strict=True):
            self._ended.remove(settlement)
            self._tell(settlement, answer)
        return None

    def _tell(self, settlement: TickSettlement, answer: SettleAnswer) -> None:
        if answer is SettleAnswer.LOST:
            self._events.emit(WorkerTickRejected(settlement.name, settlement.planned_at, settlement.fence))
        elif settlement.new_jobs:
            for topic in topics_of(settlement.new_jobs):
                self._doorbell.ring(topic, queues_of(settlement.new_jobs))
            for job in settlement.new_jobs:
                self._events.emit(JobEnqueued(job, created=True))
