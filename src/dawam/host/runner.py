"""Runs claimed jobs side by side, as many as there are slots, and hands their ends to the settler."""

import asyncio
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from dawam.attempt import Attempt
from dawam.clock import Clock
from dawam.crash_points import CrashPoint, reached
from dawam.events.lifecycle import JobStarted, LifecycleEvents
from dawam.executor import JobExecutor
from dawam.host.lanes import Lane, Lanes
from dawam.host.log_keeper import LogKeeper
from dawam.host.marks import StartMarks
from dawam.host.meter import Meter
from dawam.host.options import HostOptions
from dawam.host.settler import EndedAttempt, Settler
from dawam.ids import HostId
from dawam.jobs.context import JobContext
from dawam.jobs.current import fresh_context
from dawam.jobs.outcome import HandedBack, Outcome, Settlement, Succeeded
from dawam.jobs.record import ClaimedJob
from dawam.stores.values import SUSPECT_FROM

_LONGEST_WAIT_FOR_A_SLOT = 0.5


class JobRunner:
    """Keeps the slots full from the small sorted queues of claimed jobs in its lanes.

    Jobs are claimed ahead only while recent ones were short, and one that found no slot within 500 ms is
    handed back, uncharged, for another host to run.
    """

    def __init__(
        self,
        *,
        executor: JobExecutor,
        settler: Settler,
        clock: Clock,
        events: LifecycleEvents,
        host: HostId,
        marks: StartMarks,
        options: HostOptions,
        lanes: Lanes,
        meter: Meter,
        log_keeper: LogKeeper,
        make_context: Callable[[ClaimedJob], JobContext],
        on_room: Callable[[], None],
        on_taken: Callable[[], None],
    ) -> None:
        self._executor = executor
        self._settler = settler
        self._clock = clock
        self._events = events
        self._host = host
        self._marks = marks
        self._concurrency = options.concurrency
        self._lanes = lanes
        self._meter = meter
        self._log_keeper = log_keeper
        self._make_context = make_context
        self._on_room, self._on_taken = on_room, on_taken
        self._running: dict[Attempt, asyncio.Task[None]] = {}
        self._context = fresh_context()
        """What every job begins with, so that nothing of the one whose slot it takes is left over."""
        self._recall: asyncio.TimerHandle | None = None
        self._is_stopping = self._knows_limits = False
        self.handed_back_count = 0
        """How many jobs were handed back since this host began to stop."""
        self._suspect: UUID | None = None
        """The last one that was taken."""

    @property
    def running_count(self) -> int:
        return len(self._running)

    def attempts(self) -> list[Attempt]:
        """What runs here, with the handles by which it can be stopped."""
        return list(self._running)

    def running(self) -> list[ClaimedJob]:
        """What runs here. May be asked from another thread while the loop is blocked."""
        return [attempt.claimed for attempt in list(self._running)]

    def job_of(self, task: "asyncio.Task[Any] | None") -> ClaimedJob | None:
        """The job that this task runs. May be asked from another thread while the loop is blocked."""
        found = (attempt.claimed for attempt, running in list(self._running.items()) if running is task)
        return next(found, None)

    def claims(self) -> set[tuple[UUID, int]]:
        """Every claim that is held here, as (id, fence)."""
        held = [attempt.claimed for attempt in self._running] + self._lanes.ahead()
        return {(job.id, job.fence) for job in held}

    @property
    def has_suspect(self) -> bool:
        """Whether a job is here that may bring down its process: one at a time, so that a death accuses one job."""
        return self._suspect is not None and (
            any(attempt.claimed.id == self._suspect for attempt in self._running)
            or any(job.id == self._suspect for job in self._lanes.ahead())
        )

    @property
    def may_start(self) -> bool:
        """Whether a job that is claimed now will be run."""
        return self._knows_limits and not self._is_stopping

    def rooms(self, hungry: Collection[Lane]) -> list[tuple[Lane, int]]:
        """How many jobs to claim now, and from which lanes; `hungry` are those of which more may wait."""
        return self._lanes.rooms(hungry) if self.may_start else []

    def take(self, claimed: Sequence[ClaimedJob]) -> None:
        """Starts what fits and queues the rest; `claimed` is of one claim, and in its order."""
        if not claimed:
            return
        if claimed[0].crash_count >= SUSPECT_FROM:  # it comes alone, by a claim of its own
            self._suspect = claimed[0].id
        self._lanes.add(claimed, asyncio.get_running_loop().time())
        if self._lanes.have_limits:
            self._hand_back_excess()
        self._fill()
        self._on_taken()
        self._recall_later()

    def stop_jobs(self, ids: Collection[UUID], reason: str) -> None:
        """Asks these jobs to stop, where they run here."""
        if ids:
            self._stop([attempt for attempt in self._running if attempt.claimed.id in ids], reason)

    def limit_queues(self, limits: Mapping[str, int]) -> bool:
        """From now on people allow so many jobs of these queues here. Answers whether anything is new in that.

        Before it was called once nothing is claimed.
        """
        is_new, self._knows_limits = self._lanes.limit(limits) or not self._knows_limits, True
        self._hand_back_excess()
        return is_new

    def hand_back_ahead(self) -> None:
        """Starts nothing more, and hands back what has not started."""
        self._is_stopping = True
        if self._recall is not None:
            self._recall.cancel()
        for job in self._lanes.take_ahead():
            self._hand_back(job)
            self.handed_back_count += 1

    def stop_all(self, reason: str) -> None:
        """Stops what runs, and forgets what was claimed and has not started: the claims are gone, or handed back."""
        self._lanes.take_ahead()
        self._stop(list(self._running), reason)

    async def wait_until_idle(self, within: timedelta) -> bool:
        """Waits for the running jobs; False when some are still running after that time."""
        if not self._running:
            return True
        _, pending = await asyncio.wait(self._running.values(), timeout=within.total_seconds())
        return not pending

    @staticmethod
    def _stop(attempts: Iterable[Attempt], reason: str) -> None:
        for attempt in attempts:
            attempt.stop(reason)

    # -- one job

    def _fill(self) -> None:
        loop = asyncio.get_running_loop()
        while len(self._running) < self._concurrency and (job := self._lanes.start()):
            attempt = Attempt(job, self._make_context(job), self._marks.begin)
            self._running[attempt] = loop.create_task(self._run(attempt), context=self._context.copy())

    async def _run(self, attempt: Attempt) -> None:
        started_at = attempt.started_at = self._clock.now()
        if self._events.wants(JobStarted):
            self._events.emit(JobStarted(attempt.claimed, self._host))
        outcome = await self._executor.run(attempt)
        ended_at = self._clock.now()
        reached(CrashPoint.JOB_ENDED, attempt.claimed.name)
        if attempt.mark is not None:  # before the end is written: what has ended is not to be blamed any more
            self._marks.end(attempt.mark)
        del self._running[attempt]
        if attempt.is_settled:
            return
        self._settle(attempt, outcome, started_at, ended_at)
        lane = self._lanes.ended(attempt.claimed.queue, (ended_at - started_at).total_seconds())
        if not self._is_stopping:
            self._fill()
            if lane.wants_more:
                self._on_room()
        elif isinstance(outcome, HandedBack):
            self.handed_back_count += 1

    def _settle(self, attempt: Attempt, outcome: Outcome, started_at: datetime, ended_at: datetime) -> None:
        job, context = attempt.claimed, attempt.context
        settlement = Settlement(
            job.id, job.fence, outcome, started_at, ended_at, context.said_progress, context.follow_ups
        )
        limit = None if isinstance(outcome, Succeeded) else self._executor.attempt_limit(job.name)
        self._settler.settle(EndedAttempt(job, settlement, limit, completion=context.completion))
        self._meter.ended(job, context.completion or outcome, started_at, ended_at)
        if context.log is not None:
            self._log_keeper.ended(attempt, context.log, context.completion or outcome)

    def settle_left(self) -> None:
        """Settles what goes on though it was over its time limit, or cancelled, before this host began to end: handed
        back it would do the same to the next one."""
        for attempt in self._running:
            outcome = None if attempt.started_at is None else self._executor.outcome_if_left(attempt)
            if outcome is not None and attempt.started_at is not None:
                attempt.is_settled = True
                self._settle(attempt, outcome, attempt.started_at, self._clock.now())

    # -- handing back

    def _recall_later(self) -> None:
        if self._recall is None and self._lanes.has_ahead:
            loop = asyncio.get_running_loop()
            self._recall = loop.call_later(_LONGEST_WAIT_FOR_A_SLOT / 2, self._recall_stale)

    def _recall_stale(self) -> None:
        """Hands back what has waited too long for a slot here."""
        self._recall = None
        for job in self._lanes.take_stale(asyncio.get_running_loop().time() - _LONGEST_WAIT_FOR_A_SLOT):
            self._hand_back(job)
        self._recall_later()

    def _hand_back_excess(self) -> None:
        """What a limit does not allow: it may have come since the claim, or several claims were under way at once."""
        for job in self._lanes.take_excess():
            self._hand_back(job, "no more of its queue are allowed here")

    def _hand_back(self, job: ClaimedJob, why: str = "it found no free slot here") -> None:
        now = self._clock.now()
        settlement = Settlement(job.id, job.fence, HandedBack(why), now, now)
        self._settler.settle(EndedAttempt(job, settlement))
