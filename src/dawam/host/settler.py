"""Writes outcomes to the store, many at a time.

What is handed in while one batch is being written forms the next, so there is no timer. While the store is
away outcomes are kept, and the host claims nothing until they are written.
"""

import asyncio
from collections import deque
from collections.abc import Callable
from datetime import datetime, timedelta
from functools import partial
from uuid import UUID

from msgspec import Struct, structs

from dawam.crash_points import CrashPoint, reached
from dawam.doorbells.base import Doorbell, Topic
from dawam.errors import RowRefusedError, StoreBusyError, StoreError, StoreUnavailableError
from dawam.events.lifecycle import JobEnqueued, JobSettled, LifecycleEvents, ServiceFailed
from dawam.host.completions import Completions
from dawam.ids import HostId
from dawam.jobs.outcome import (
    Cancelled,
    ErrorDetails,
    Failed,
    HandedBack,
    Parked,
    Retrying,
    SettleAnswer,
    Settlement,
    Snoozed,
    Succeeded,
    storable,
)
from dawam.jobs.record import ClaimedJob, NewJob
from dawam.stores.base import JobClaimer

_MOST_AT_ONCE = 1_000
_MOST_WAITING = 2_000
"""Outcomes. A host that dies takes along what is not written, and all those jobs run again."""
_BACK_OFF = 0.5
_LONGEST_BACK_OFF = 2.0


class EndedAttempt(Struct, frozen=True):
    """A claimed job and how it ended."""

    claimed: ClaimedJob
    settlement: Settlement
    attempt_limit: int | None = None
    refusals: int = 0
    """How often the store refused this row for what is in it."""
    completion: Succeeded | None = None
    """How it ended instead, if the transaction was committed in which the job completed itself."""


class Settler:
    """Owns every outcome from the moment a job ends until the store has answered."""

    def __init__(
        self,
        *,
        store: JobClaimer,
        doorbell: Doorbell,
        events: LifecycleEvents,
        host: HostId,
        on_scheduled: Callable[[datetime], None],
        on_caught_up: Callable[[], object] = lambda: None,
    ) -> None:
        """`on_caught_up` is called when outcomes were written and nothing is in the way of new claims."""
        self._store = store
        self._doorbell = doorbell
        self._events = events
        self._host = host
        self._on_scheduled, self._on_caught_up = on_scheduled, on_caught_up
        self._waiting: deque[EndedAttempt] = deque()
        self._writing: list[EndedAttempt] = []
        self._unwritable: set[tuple[UUID, int]] = set()
        """What the store refused in every form: it stays ours, or it would run and be refused again and again."""
        self._something = asyncio.Event()
        self._idle = asyncio.Event()
        self._idle.set()
        self._task: asyncio.Task[None] | None = None
        self._failure_count = 0
        self._completions = Completions(store, events)
        self.lost_count = 0
        """Settlements that came too late: somebody else holds the claim, or held it since."""

    @property
    def is_behind(self) -> bool:
        """Whether the store did not take the last batch, or jobs end faster than it does: no new claims until then."""
        return self._failure_count > 0 or len(self._waiting) > _MOST_WAITING or self._completions.is_behind

    def claims(self) -> set[tuple[UUID, int]]:
        """Every claim whose end is not written yet, as (id, fence)."""
        ended = (each.settlement for each in (*self._waiting, *self._writing))
        return {(each.id, each.fence) for each in ended} | self._unwritable | self._completions.claims()

    def settle(self, ended: EndedAttempt) -> None:
        """Hands in one outcome; it is written soon, unless it is found that the job has settled itself."""
        if ended.completion is not None:
            self._completions.find_out(ended.claimed, partial(self._completed, ended, ended.completion))
            return
        self._waiting.append(ended)
        if not self._something.is_set():
            self._idle.clear()
            self._something.set()

    async def start(self) -> None:
        self._task = asyncio.create_task(self._run(), name="dawam settler")

    async def flush(self, within: timedelta) -> bool:
        """Waits until all is written; False when the store did not take it in time."""
        try:
            async with asyncio.timeout(within.total_seconds()):
                await self._completions.all_known()
                await self._idle.wait()
        except TimeoutError:
            return False
        return True

    async def stop(self) -> None:
        await self._completions.stop()
        task, self._task = self._task, None
        if task is not None:
            task.cancel()
            await asyncio.wait([task])

    async def _run(self) -> None:
        while True:
            if not self._waiting:
                self._something.clear()
                self._idle.set()
                await self._something.wait()
                await asyncio.sleep(0)  # jobs that end in this turn of the loop come along
            self._writing = [self._waiting.popleft() for _ in range(min(len(self._waiting), _MOST_AT_ONCE))]
            await self._write(self._writing)
            self._writing = []
            if not self.is_behind:
                self._on_caught_up()

    def _completed(self, ended: EndedAttempt, success: Succeeded, is_committed: bool) -> None:
        if is_committed:
            settlement = structs.replace(ended.settlement, outcome=success)
            self._tell([EndedAttempt(ended.claimed, settlement)], [SettleAnswer.ACCEPTED])
        else:
            self.settle(structs.replace(ended, completion=None))

    async def _write(self, batch: list[EndedAttempt]) -> None:
        """Writes the batch, for as long as it takes; a row that the store cannot take is found by halving."""
        while batch:
            try:
                reached(CrashPoint.SETTLE_BEGINS)
                answers = await self._store.settle([ended.settlement for ended in batch])
                reached(CrashPoint.SETTLE_ANSWERED)
            except (StoreBusyError, StoreUnavailableError, OSError) as error:
                await self._back_off(error)
            except Exception as error:  # noqa: BLE001  (a data error: some row of the batch)
                half = len(batch) // 2
                await self._write(batch[:half])
                batch = batch[half:] if half else await self._milder(batch[0], error)
            else:
                self._failure_count = 0
                # a turn later, so that the next batch is handed in before the store has to wait for it
                asyncio.get_running_loop().call_soon(self._tell, batch, answers)
                return

    async def _milder(self, ended: EndedAttempt, error: Exception) -> list[EndedAttempt]:
        """What to write in place of the one row that the store refused; nothing, when it refused the barest form too.

        The job then stays with this host until its end, which hands it back: better than blocking all the others.
        """
        if ended.refusals < len(_SUBSTITUTES):
            settlement = _SUBSTITUTES[ended.refusals](ended.settlement, error)
            self._failed(error, timedelta(0))
            return [structs.replace(ended, settlement=settlement, refusals=ended.refusals + 1)]
        await self._back_off(error)
        if isinstance(error, StoreError) and not isinstance(error, RowRefusedError):
            # the store itself is unwell, whatever it is given
            return [ended]
        self._failure_count = 0
        self._unwritable.add((ended.settlement.id, ended.settlement.fence))
        return []

    async def _back_off(self, error: Exception) -> None:
        self._failure_count += 1
        wait = min(_BACK_OFF * 2 ** (min(self._failure_count, 10) - 1), _LONGEST_BACK_OFF)
        self._failed(error, timedelta(seconds=wait))
        await asyncio.sleep(wait)

    def _failed(self, error: Exception, next_in: timedelta) -> None:
        self._events.emit(ServiceFailed("settler", error, self._failure_count, next_in))

    def _tell(self, batch: list[EndedAttempt], answers: list[SettleAnswer]) -> None:
        topics, readied = set[Topic](), set[str]()
        wants_success = self._events.wants_routine(JobSettled)
        for ended, answer in zip(batch, answers, strict=True):
            if isinstance(ended.settlement.outcome, Succeeded) and not ended.settlement.new_jobs:
                topics.add(Topic.FINISHED)  # nearly all of them
                if answer is SettleAnswer.ACCEPTED and not wants_success:
                    continue
            else:
                topics |= self._topics(ended)
                readied |= _readied_queues(ended)
                if answer is SettleAnswer.ACCEPTED:
                    self._tell_of_follow_ups(ended.settlement.new_jobs)
            if self._events.wants(JobSettled):
                self._events.emit(_settled(ended, answer, self._host))
        for topic in topics:
            self._doorbell.ring(topic, readied if topic is Topic.READY else ())
        self.lost_count += answers.count(SettleAnswer.LOST)

    def _tell_of_follow_ups(self, jobs: tuple[NewJob, ...]) -> None:
        if self._events.wants(JobEnqueued):
            for job in jobs:
                self._events.emit(JobEnqueued(job, created=True))

    def _topics(self, ended: EndedAttempt) -> set[Topic]:
        """Whom this settlement may concern."""
        topics = {Topic.READY} if ended.settlement.new_jobs else set[Topic]()
        match ended.settlement.outcome:
            case Succeeded() | Failed() | Cancelled():
                topics.add(Topic.FINISHED)
            case Retrying(run_at=run_at) | Snoozed(run_at=run_at):
                self._on_scheduled(run_at)
            case HandedBack() | Parked():
                topics.add(Topic.READY)
        return topics


def _readied_queues(ended: EndedAttempt) -> set[str]:
    """Where something is ready now."""
    queues = {job.queue for job in ended.settlement.new_jobs}
    if isinstance(ended.settlement.outcome, HandedBack | Parked):
        queues.add(ended.claimed.queue)
    return queues


def _settled(ended: EndedAttempt, answer: SettleAnswer, host: HostId) -> JobSettled:
    settlement = ended.settlement
    duration = settlement.ended_at - settlement.started_at
    return JobSettled(ended.claimed, host, settlement.outcome, answer, duration, ended.attempt_limit)


def _without_texts(old: Settlement, error: Exception) -> Settlement:
    """The same end without the texts and the result that the store refused."""
    outcome = old.outcome
    refused = ErrorDetails.said("StoreRefused", f"(the store refused the text: {storable(str(error), 200)})")
    match outcome:
        case Failed():
            outcome = Failed(refused)
        case Retrying(run_at=run_at):
            outcome = Retrying(run_at, refused)
        case Snoozed(run_at=run_at):
            outcome = Snoozed(run_at)
        case _:
            outcome = type(outcome)()
    return Settlement(old.id, old.fence, outcome, old.started_at, old.ended_at, new_jobs=old.new_jobs)


def _without_follow_ups(old: Settlement, error: Exception) -> Settlement:  # noqa: ARG001
    return Settlement(old.id, old.fence, old.outcome, old.started_at, old.ended_at)


_SUBSTITUTES = (_without_texts, _without_follow_ups)
"""What is tried in turn, when the store refuses a row: each says less than the one before."""
