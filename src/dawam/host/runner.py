"""Runs claimed jobs side by side, as many as there are slots, and hands their ends to the settler."""

import asyncio
from collections import deque
from collections.abc import Callable, Collection, Iterable, Sequence
from datetime import timedelta
from typing import Any
from uuid import UUID

from dawam.clock import Clock
from dawam.events.lifecycle import JobStarted, LifecycleEvents
from dawam.executor import Attempt, JobExecutor
from dawam.host.marks import StartMarks
from dawam.host.options import HostOptions
from dawam.host.settler import EndedAttempt, Settler
from dawam.ids import HostId
from dawam.jobs.context import HOST_STOPPING, JobContext
from dawam.jobs.current import fresh_context
from dawam.jobs.outcome import HandedBack, Settlement, Succeeded
from dawam.jobs.record import ClaimedJob
from dawam.stores.values import SUSPECT_FROM

_SHORT = 0.05
"""Seconds: jobs that usually take longer are claimed only when there is a slot for them."""
_LONGEST_WAIT_FOR_A_SLOT = 0.5
_WAIT_THAT_IS_FINE = 0.25
"""Seconds that a job claimed ahead should wait at most: it decides how many are."""
_WEIGHT_OF_THE_LATEST = 0.1
_MOST_TEXT_AHEAD = 32 * 1024 * 1024
"""Characters of args that may be claimed ahead: two thousand jobs of a megabyte each would be two gigabytes."""


class JobRunner:
    """Keeps the slots full from a small sorted queue of claimed jobs.

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
        self._prefetch = options.prefetch
        self._make_context = make_context
        self._on_room, self._on_taken = on_room, on_taken
        self._running: dict[Attempt, asyncio.Task[None]] = {}
        self._ahead: deque[tuple[ClaimedJob, float]] = deque()
        """Claimed and not started, in claim order, each with the moment at which it came."""
        self._context = fresh_context()
        """What every job begins with, so that nothing of the one whose slot it takes is left over."""
        self._usual_duration = _SHORT * 2  # unknown at first, so nothing is claimed ahead
        self._usual_size = 0.0
        self._ahead_limit = 0
        self._recall: asyncio.TimerHandle | None = None
        self._is_stopping = False
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
        held = [attempt.claimed for attempt in self._running] + [job for job, _ in self._ahead]
        return {(job.id, job.fence) for job in held}

    @property
    def has_suspect(self) -> bool:
        """Whether a job is here that may bring down its process: one at a time, so that a death accuses one job."""
        return self._suspect is not None and (
            any(attempt.claimed.id == self._suspect for attempt in self._running)
            or any(job.id == self._suspect for job, _ in self._ahead)
        )

    @property
    def may_start(self) -> bool:
        """Whether a job that is claimed now will be run."""
        return not self._is_stopping

    def room(self) -> int:
        """How many jobs to claim now: the free slots, and some ahead while jobs are short."""
        if self._is_stopping:
            return 0
        return max(0, self._concurrency + self._ahead_limit - len(self._running) - len(self._ahead))

    @property
    def wants_more(self) -> bool:
        """Whether a claim is worth its cost now: half of what was claimed ahead is gone, or there was none."""
        return len(self._ahead) * 2 <= self._ahead_limit

    def take(self, claimed: Sequence[ClaimedJob]) -> None:
        """Starts what fits and queues the rest; `claimed` is in claim order."""
        if not claimed:
            return
        now = asyncio.get_running_loop().time()
        self._usual_size = sum([len(job.args_text) for job in claimed]) / len(claimed)
        if claimed[0].crash_count >= SUSPECT_FROM:  # it comes alone, by a claim of its own
            self._suspect = claimed[0].id
        is_in_order = not self._ahead or self._ahead[-1][0].claim_key <= claimed[0].claim_key
        self._ahead.extend((job, now) for job in claimed)
        if not is_in_order:
            self._ahead = deque(sorted(self._ahead, key=lambda entry: entry[0].claim_key))
        self._fill()
        self._on_taken()
        if self._ahead and self._recall is None:
            self._recall_later()

    def stop_jobs(self, ids: Collection[UUID], reason: str) -> None:
        """Asks these jobs to stop, where they run here."""
        if ids:
            self._stop([attempt for attempt in self._running if attempt.claimed.id in ids], reason)

    def hand_back_ahead(self) -> None:
        """Starts nothing more, and hands back what has not started."""
        self._is_stopping = True
        if self._recall is not None:
            self._recall.cancel()
        for job, _ in self._ahead:
            self._hand_back(job)
        self.handed_back_count += len(self._ahead)
        self._ahead.clear()

    def forget_all(self, reason: str) -> None:
        """Stops everything: the claims are gone, and what these jobs answer will be rejected."""
        self._ahead.clear()
        self._stop(list(self._running), reason)

    async def wait_until_idle(self, within: timedelta) -> bool:
        """Waits for the running jobs; False when some are still running after that time."""
        if not self._running:
            return True
        _, pending = await asyncio.wait(self._running.values(), timeout=within.total_seconds())
        return not pending

    def cancel_running(self) -> None:
        """The grace is over."""
        self._stop(list(self._running), HOST_STOPPING)

    @staticmethod
    def _stop(attempts: Iterable[Attempt], reason: str) -> None:
        for attempt in attempts:
            attempt.stop(reason)

    # -- one job

    def _fill(self) -> None:
        loop = asyncio.get_running_loop()
        while self._ahead and len(self._running) < self._concurrency:
            job, _ = self._ahead.popleft()
            attempt = Attempt(job, self._make_context(job), self._marks.begin)
            self._running[attempt] = loop.create_task(self._run(attempt), context=self._context.copy())

    async def _run(self, attempt: Attempt) -> None:
        started_at = self._clock.now()
        if self._events.wants(JobStarted):
            self._events.emit(JobStarted(attempt.claimed, self._host))
        outcome = await self._executor.run(attempt)
        ended_at = self._clock.now()
        if attempt.mark is not None:  # before the end is written: what has ended is not to be blamed any more
            self._marks.end(attempt.mark)
        del self._running[attempt]
        job, context = attempt.claimed, attempt.context
        settlement = Settlement(
            job.id, job.fence, outcome, started_at, ended_at, context.said_progress, context.follow_ups
        )
        limit = None if isinstance(outcome, Succeeded) else self._executor.attempt_limit(job.name)
        self._settler.settle(EndedAttempt(job, settlement, limit))
        self._learn((ended_at - started_at).total_seconds())
        if not self._is_stopping:
            self._fill()
            if self.wants_more:
                self._on_room()
        elif isinstance(outcome, HandedBack):
            self.handed_back_count += 1

    def _learn(self, duration: float) -> None:
        """How long jobs usually take decides how many are claimed ahead: as many as find a slot soon."""
        self._usual_duration += (duration - self._usual_duration) * _WEIGHT_OF_THE_LATEST
        if self._usual_duration >= _SHORT:
            self._ahead_limit = 0
        elif self._usual_duration > 0:
            soon = self._concurrency * _WAIT_THAT_IS_FINE / self._usual_duration
            self._ahead_limit = self._prefetch if soon > self._prefetch else int(soon)
            if self._usual_size * self._ahead_limit > _MOST_TEXT_AHEAD:
                self._ahead_limit = int(_MOST_TEXT_AHEAD / self._usual_size)

    # -- handing back

    def _recall_later(self) -> None:
        loop = asyncio.get_running_loop()
        self._recall = loop.call_later(_LONGEST_WAIT_FOR_A_SLOT / 2, self._recall_stale)

    def _recall_stale(self) -> None:
        """Hands back what has waited too long for a slot here."""
        self._recall = None
        oldest = asyncio.get_running_loop().time() - _LONGEST_WAIT_FOR_A_SLOT
        stale = [job for job, came_at in self._ahead if came_at < oldest]
        if stale:
            self._ahead = deque(entry for entry in self._ahead if entry[1] >= oldest)
            self._usual_duration, self._ahead_limit = max(self._usual_duration, _SHORT), 0
            for job in stale:
                self._hand_back(job)
        if self._ahead:
            self._recall_later()

    def _hand_back(self, job: ClaimedJob) -> None:
        now = self._clock.now()
        settlement = Settlement(job.id, job.fence, HandedBack("it found no free slot here"), now, now)
        self._settler.settle(EndedAttempt(job, settlement))
