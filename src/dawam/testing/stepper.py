"""Runs what is due, one job after another, with no loops and no real time: what the harness's clock steps."""

import asyncio
import os
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from msgspec import structs

from dawam.attempt import Attempt
from dawam.clock import Clock
from dawam.events.lifecycle import JobEnqueued, JobSettled, LifecycleEvents, WorkerTicked
from dawam.executor import JobExecutor
from dawam.host.declarer import Declarer
from dawam.host.ticker import Ticker, TickerParts
from dawam.ids import HostId, new_host_id
from dawam.jobs.context import JobContext
from dawam.jobs.current import fresh_context
from dawam.jobs.outcome import (
    Cancelled,
    Failed,
    Outcome,
    Parked,
    Retrying,
    SettleAnswer,
    Settlement,
    Snoozed,
    Succeeded,
)
from dawam.jobs.record import ClaimedJob
from dawam.stores.base import JobStore
from dawam.stores.values import HostInfo


async def _no_pause(_: timedelta) -> None:
    """A tick that is tried again is tried at once: while it runs, the test's time stands still."""


_FOREVER = timedelta(days=36_500)
_BATCH = 100


@dataclass(frozen=True, slots=True)
class Ended:
    """One attempt, or one tick, that was run."""

    name: str
    outcome: Outcome
    error: BaseException | None = None


@dataclass(frozen=True, slots=True)
class Report:
    """What ran: counts, and every end in order. A tick of a worker counts as succeeded, or as failed if it raised."""

    succeeded: int = 0
    retried: int = 0
    failed: int = 0
    snoozed: int = 0
    cancelled: int = 0
    parked: int = 0
    ended: tuple[Ended, ...] = field(default=())

    def __add__(self, other: "Report") -> "Report":
        names = ("succeeded", "retried", "failed", "snoozed", "cancelled", "parked", "ended")
        return Report(**{name: getattr(self, name) + getattr(other, name) for name in names})


_COUNTED_AS: dict[type[Outcome], str] = {
    Succeeded: "succeeded",
    Retrying: "retried",
    Failed: "failed",
    Snoozed: "snoozed",
    Cancelled: "cancelled",
    Parked: "parked",
}


class Stepper:
    """A host without loops."""

    def __init__(
        self,
        *,
        store: JobStore,
        executor: JobExecutor,
        ticker: TickerParts,
        clock: Clock,
        events: LifecycleEvents,
        make_context: Callable[[ClaimedJob], JobContext],
        queues: Callable[[], tuple[str, ...]],
    ) -> None:
        self._store = store
        self._executor = executor
        self._clock = clock
        self._events = events
        self._make_context = make_context
        self._queues = queues
        self._context = fresh_context()
        self._id: HostId = new_host_id()
        self._ticks = ticker.declarations.options.is_enabled
        self._ticker = Ticker(structs.replace(ticker, pause=_no_pause), self._id)
        self.declarer = Declarer(
            store=store,
            host=self._id,
            events=events,
            declarations=ticker.declarations,
        )

    async def start(self, job_names: tuple[str, ...], version: str) -> None:
        host = HostInfo(
            id=self._id,
            process_id=os.getpid(),
            machine="test",
            queues=self._queues(),
            job_names=job_names,
            concurrency=1,
            version=version,
            started_at=self._clock.now(),
        )
        await self._store.register(host, _FOREVER)
        if self._ticks:
            await self.declarer.declare()

    async def stop(self) -> None:
        await self._store.give_up(self._id)

    async def run_due_jobs(self) -> Report:
        """Runs every job that is due now, and those that they enqueue, until nothing is due."""
        report = Report()
        while True:
            await self._store.promote(_BATCH)
            claimed = await self._store.claim(self._id, self._queues(), 1)
            if not claimed:
                return report
            for job in claimed:
                report += await self._run(job)

    async def run_due_ticks(self) -> Report:
        """Runs every worker's tick that is due now."""
        report = Report()
        for ticked in await self._ticker.tick_due() if self._ticks else ():
            report += _counted(ticked)
        return report

    async def next_moment(self) -> datetime | None:
        """When something is due next: a scheduled job or a tick."""
        promotion = await self._store.promote(0)
        moments = [each for each in (promotion.next_run_at, await self._next_tick_at()) if each is not None]
        return min(moments, default=None)

    async def _next_tick_at(self) -> datetime | None:
        return await self._ticker.next_at() if self._ticks else None

    async def _run(self, job: ClaimedJob) -> Report:
        attempt = Attempt(job, self._make_context(job))
        started_at = self._clock.now()
        # in a task of its own, as in a host: what it sets, and what cancels it, must not touch the test
        outcome = await asyncio.create_task(self._executor.run_here(attempt), context=self._context.copy())
        context = attempt.context
        settlement = Settlement(
            job.id, job.fence, outcome, started_at, self._clock.now(), context.said_progress, context.follow_ups
        )
        [answer] = await self._store.settle([settlement])
        limit = None if isinstance(outcome, Succeeded) else self._executor.attempt_limit(job.name)
        duration = settlement.ended_at - started_at
        self._events.emit(JobSettled(job, self._id, outcome, answer, duration, limit))
        if answer is not SettleAnswer.ACCEPTED:
            return Report()
        for follow_up in context.follow_ups:
            self._events.emit(JobEnqueued(follow_up, created=True))
        return _report(_COUNTED_AS[type(outcome)], Ended(job.name, outcome))


def _report(counted_as: str, ended: Ended) -> Report:
    report = Report(ended=(ended,))
    return replace(report, **{counted_as: 1})  # type: ignore[arg-type]  # each of these fields is a count


def _counted(ticked: WorkerTicked) -> Report:
    outcome: Outcome = Succeeded()
    if ticked.error is None:
        return Report(succeeded=1, ended=(Ended(ticked.worker, outcome),))
    return Report(failed=1, ended=(Ended(ticked.worker, outcome, ticked.error),))
