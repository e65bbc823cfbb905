"""What happens to jobs, hosts and workers, said once and as a typed value.

Log lines, metrics and traces are subscribers. A subscriber is called on the loop, must not block, and cannot
break a job: what it raises is logged and forgotten. An event nobody wants is never built.
"""

import logging
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any, TypeVar
from uuid import UUID

from msgspec import Struct

from dawam.ids import HostId
from dawam.jobs.outcome import Outcome, SettleAnswer
from dawam.jobs.record import ClaimedJob, NewJob
from dawam.workers.record import MissedTicks
from dawam.workers.schedules.schedule import Schedule

E = TypeVar("E")
_logger = logging.getLogger("dawam.events")


class LifecycleEvent(Struct, frozen=True):
    """Something that happened."""


class JobEnqueued(LifecycleEvent, frozen=True):
    """A job was stored (or, inside a transaction, will be when it commits)."""

    job: NewJob
    created: bool


class JobStarted(LifecycleEvent, frozen=True):
    """An attempt begins."""

    job: ClaimedJob
    host: HostId


class JobSettled(LifecycleEvent, frozen=True):
    """An attempt ended and the store answered."""

    job: ClaimedJob
    host: HostId
    outcome: Outcome
    answer: SettleAnswer
    duration: timedelta
    counted_max: int | None
    """How many attempts the retry policy allows in all, where that can be said."""


class JobsRescued(LifecycleEvent, frozen=True):
    """Jobs of dead hosts were taken back."""

    readied: tuple[UUID, ...]
    failed: tuple[UUID, ...]
    cancelled: tuple[UUID, ...]
    dead_hosts: tuple[HostId, ...]


class ArgsLarge(LifecycleEvent, frozen=True):
    """Args beyond the warning size were enqueued."""

    name: str
    size: int
    warning_size: int


class JobRunsLong(LifecycleEvent, frozen=True):
    """An attempt has run for longer than was expected of it, and still runs. Said once for each attempt."""

    job: ClaimedJob
    host: HostId
    running_for: timedelta
    expected: timedelta


class CancelIgnored(LifecycleEvent, frozen=True):
    """An attempt was asked to stop some time ago, and still runs. Said once for each attempt."""

    job: ClaimedJob
    reason: str
    """Why it was asked."""
    asked_for: timedelta
    """For how long it has been."""
    is_async: bool
    """Else it runs in a thread, which nobody can interrupt."""


class CancelSwallowed(LifecycleEvent, frozen=True):
    """A coroutine was cancelled and ended as if it had not been: what it did stands, and so does its outcome."""

    job: ClaimedJob
    reason: str
    """Why it was cancelled."""
    error: str | None
    """The type of what it raised instead; None when it returned."""


class LoopBlocked(LifecycleEvent, frozen=True):
    """One step held the event loop for longer than `Host.SlowStepWarning`. Said when the loop runs again."""

    job: ClaimedJob | None
    """Whose step it was; None for a task that belongs to no job, or where several shared the time."""
    task: str
    """What asyncio calls the task; empty where several shared the time."""
    blocked_for: timedelta
    stack: str
    """Where the loop's thread was while it was blocked."""


class ResultDropped(LifecycleEvent, frozen=True):
    """A job succeeded, but what it returned cannot be stored as JSON."""

    job: ClaimedJob
    reason: str


class CompletionLeftOpen(LifecycleEvent, frozen=True):
    """A job ended, and the transaction in which it completed itself is neither committed nor rolled back."""

    job: ClaimedJob
    open_for: timedelta


class HostStarted(LifecycleEvent, frozen=True):
    """A host is ready to claim. `banner` has one line per fact, for people."""

    host: HostId
    banner: tuple[str, ...]


class ExecutionDisabled(LifecycleEvent, frozen=True):
    """This process was asked to run, and settings say that it runs no jobs."""

    banner: tuple[str, ...]
    runs_workers: bool
    """Whether its workers tick; else it runs nothing at all."""


class DurabilityDoubted(LifecycleEvent, frozen=True):
    """The place of the jobs is set so that the newest of them may be lost when the power fails."""

    store: str
    """Its description."""
    doubt: str
    cure: str


class HostCommanded(LifecycleEvent, frozen=True):
    """Somebody wants something of this host, by hand."""

    host: HostId
    command: str
    """`go on`, `quiet` or `stop`."""


class HostStopping(LifecycleEvent, frozen=True):
    host: HostId
    running_count: int


class HostStopped(LifecycleEvent, frozen=True):
    host: HostId
    handed_back_count: int


class HostWornOut(LifecycleEvent, frozen=True):
    """This process has grown too large, or holds too many threads that nobody can end. Said once."""

    host: HostId
    reason: str
    is_replaced: bool
    """Whether it ends now, and another takes its place."""


class HostDeclaredDead(LifecycleEvent, frozen=True):
    """Others rescued this host's jobs: it stops them and registers anew."""

    host: HostId


class HostCrashed(LifecycleEvent, frozen=True):
    """Somebody saw a host's process die, and gave the host up: what became of its jobs."""

    host: HostId
    process_id: int
    readied: tuple[UUID, ...]
    failed: tuple[UUID, ...]
    cancelled: tuple[UUID, ...]
    charged: tuple[tuple[UUID, str], ...]
    """Those of them that had started and are charged a crash, with their names."""
    is_excused: bool
    """It had been told to end, or was killed on purpose: nobody is charged."""


class UnknownClaimsReturned(LifecycleEvent, frozen=True):
    """The store had claimed jobs for this host, whose answer never arrived: they were handed back."""

    host: HostId
    jobs: tuple[UUID, ...]


class ServiceFailed(LifecycleEvent, frozen=True):
    """One of the host's loops failed once; it backs off and goes on."""

    service: str
    error: BaseException
    failure_count: int
    next_in: timedelta


class UnknownJobsWaiting(LifecycleEvent, frozen=True):
    """Jobs wait that no live host knows."""

    name: str
    queue: str
    count: int
    nearest: str | None


class WorkerStarted(LifecycleEvent, frozen=True):
    """A worker's life in this process begins; `schedule` is None for one that is no timer."""

    worker: str
    schedule: Schedule | None


class WorkerTooFrequent(LifecycleEvent, frozen=True):
    """A worker or recurring job was begun that ticks more often than `BackgroundWorkers.ShortestPeriod`."""

    worker: str
    gap: timedelta
    """Between two of its ticks, where they are closest."""
    is_recurring_job: bool = False


class WorkerTicked(LifecycleEvent, frozen=True):
    """A periodic worker did its work once; `error` is what it raised at last."""

    worker: str
    started_at: datetime
    duration: timedelta
    error: BaseException | None
    planned_at: datetime


class WorkerTickRetried(LifecycleEvent, frozen=True):
    """An attempt inside a tick failed, and the worker's retry policy allows another one."""

    worker: str
    attempt: int
    error: BaseException
    next_in: timedelta


class WorkerTicksMissed(LifecycleEvent, frozen=True):
    """Planned moments passed while no host could run them, and are not made up for."""

    worker: str
    missed: MissedTicks


class WorkerTicksLost(LifecycleEvent, frozen=True):
    """Ticks were lost with hosts that died or froze; what becomes of them the workers' `after_crash` says."""

    workers: tuple[str, ...]


class WorkerTickRejected(LifecycleEvent, frozen=True):
    """A tick ended on this host after others had taken it back: what it did may be done twice."""

    worker: str
    planned_at: datetime
    fence: int


class WorkerUnplannable(LifecycleEvent, frozen=True):
    """The stored schedule of a worker cannot be read by this code: it does not tick here."""

    worker: str
    error: BaseException


class WorkerStopFailed(LifecycleEvent, frozen=True):
    """A custom worker raised when it was stopped, or did not stop in time; the others are stopped all the same."""

    worker: str
    error: BaseException


class LifecycleEvents:
    """Hands each event to those who subscribed to its type."""

    def __init__(self) -> None:
        self._subscribers: dict[type[Any], tuple[Callable[[Any], None], ...]] = {}
        self._wanted_always = set[type[Any]]()

    def subscribe(self, event_type: type[E], subscriber: Callable[[E], None], *, routine: bool = True) -> None:
        """Calls `subscriber` with every event of exactly this type, in order of subscription.

        Without `routine` it can do without those that tell of nothing but success: where nobody wants these, they are
        not even built.
        """
        self._subscribers[event_type] = (*self._subscribers.get(event_type, ()), subscriber)
        if routine:
            self._wanted_always.add(event_type)

    def copy(self) -> "LifecycleEvents":
        """The same subscribers now; what is subscribed to either one later is not the other's."""
        copied = LifecycleEvents()
        copied._subscribers = dict(self._subscribers)
        copied._wanted_always = set(self._wanted_always)
        return copied

    def wants(self, event_type: type[Any]) -> bool:
        """Whether anybody listens: on the hot path, ask before building the event."""
        return event_type in self._subscribers

    def wants_routine(self, event_type: type[Any]) -> bool:
        """Whether anybody listens to those too that tell of nothing but success."""
        return event_type in self._wanted_always

    def emit(self, event: LifecycleEvent) -> None:
        for subscriber in self._subscribers.get(type(event), ()):
            try:
                subscriber(event)
            except Exception:  # a subscriber cannot break a job
                _logger.exception("a subscriber to %s failed", type(event).__name__)
