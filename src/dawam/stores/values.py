"""What a job store is given and what it answers, as plain values, and the limits that every store keeps."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any
from uuid import UUID

from msgspec import Struct

from dawam.doorbells.base import Topic
from dawam.ids import HostId
from dawam.jobs.options_check import QUEUE_NAME_RULE, is_queue_name
from dawam.jobs.priority import Priority
from dawam.jobs.record import NewJob
from dawam.jobs.state import JobState

LOST_LIMIT = 10
"""After so many lost leases without a witness a job is no longer rescued but fails."""
SUSPECT_FROM = 2
"""From so many crashes on a job is a suspect: it runs beside no other suspect, so that one death accuses one job."""
CRASH_LIMIT = 3
"""A suspect that was the only one fails at the death of its process that makes so many."""


class Statement(Struct, frozen=True):
    """One statement and the rows it is executed for, as the store's own database understands them."""

    sql: str
    rows: Sequence[Sequence[Any]]


class CompletionStatements(Struct, frozen=True):
    """What settles a claim inside somebody's transaction."""

    guard: Statement
    """Of one row. It answers with one if the claim was held; if not, nothing of that transaction may be committed."""
    rest: Sequence[Statement]


class HostCommand(StrEnum):
    """What somebody wants of a host."""

    GO_ON = "go on"
    """Nothing in particular."""
    QUIET = "quiet"
    """It claims no job and no tick any more; what runs goes on."""
    STOP = "stop"
    """It ends in good order, as by a signal."""

    @classmethod
    def _missing_(cls, value: object) -> "HostCommand":  # noqa: ARG003  (whatever it is)
        """What only newer code can say, this code cannot follow; a heartbeat must not fail for it."""
        return cls.GO_ON


@dataclass(frozen=True, slots=True, kw_only=True)
class HostInfo:
    """A process that runs jobs. Its lease is live, or it is no longer trusted to run anything."""

    id: HostId
    process_id: int
    machine: str
    queues: tuple[str, ...]
    job_names: tuple[str, ...]
    concurrency: int
    version: str
    started_at: datetime
    is_stopping: bool = False
    is_live: bool = True
    lapsed_for: timedelta | None = None
    """How long ago the lease ran out; None while it is live, and where the machine was started anew since."""
    running_count: int = 0
    command: HostCommand = HostCommand.GO_ON


@dataclass(frozen=True, slots=True, kw_only=True)
class QueueInfo:
    """One queue that has unfinished jobs, or is paused or limited by a person."""

    name: str
    due: int = 0
    scheduled: int = 0
    """Not due yet; those between two attempts are among them."""
    parked: int = 0
    running: int = 0
    is_paused: bool = False
    limit: int | None = None
    """How many of its jobs a person allows in each process at once."""
    oldest_due_at: datetime | None = None
    """Since when the job has been due that has been due for longest."""


class Promotion(Struct, frozen=True):
    """What `promote` did: how many became ready, and when the next scheduled one is due."""

    count: int
    next_run_at: datetime | None


class Rescue(Struct, frozen=True):
    """What became of the jobs of hosts that are gone: those of `rescue`, or the one of `give_up`."""

    readied: tuple[UUID, ...] = ()
    failed: tuple[UUID, ...] = ()
    cancelled: tuple[UUID, ...] = ()
    dead_hosts: tuple[HostId, ...] = ()
    crashed: tuple[UUID, ...] = ()
    """Those of all these to which the death of their process was charged."""
    lost_ticks: tuple[str, ...] = ()
    """The workers whose tick was lost with its host, by name."""

    @property
    def count(self) -> int:
        """How many jobs were taken back."""
        return len(self.readied) + len(self.failed) + len(self.cancelled)


class HostOrders(Struct, frozen=True):
    """What a host must know about the wishes of people: read once a second, which writes nothing."""

    cancel: frozenset[UUID] = frozenset()
    """Running jobs of this host whose cancellation is requested."""
    queue_limits: dict[str, int] = {}
    """How many jobs of a queue people allow in each process at once."""


KEPT_LOGS = 20
"""Of so many claims of a job, the newest ones, it is kept what was logged: one that snoozes may have thousands."""


class ProgressNote(Struct, frozen=True):
    """How far a running job says that it is."""

    id: UUID
    fence: int
    text: str


class Retention(Struct, frozen=True):
    """How long finished jobs are kept; None keeps them for ever, zero deletes them when they finish."""

    succeeded: timedelta | None = timedelta(days=7)
    failed: timedelta | None = timedelta(days=90)
    cancelled: timedelta | None = timedelta(days=7)


class ArgsMatch(Struct, frozen=True):
    """What stands in the args at one place: `ArgsMatch("customer.id", "12")`, `ArgsMatch("items.0.sku", "TEA-1")`."""

    path: str
    """Names of fields, and numbers of items from 0, with a dot between each two."""
    value: str
    """A text without quotes; anything else (`12`, `true`, `null`) as JSON writes it."""

    def __post_init__(self) -> None:
        if '"' in self.path or not all(self.steps):
            raise ValueError(f"{self.path!r}: names or numbers with a dot between each two were expected")

    @property
    def steps(self) -> tuple[str, ...]:
        return tuple(self.path.split("."))


class JobFilter(Struct, frozen=True, kw_only=True):
    """Which jobs are meant. Empty fields match everything; all that is said has to hold. Texts match exactly."""

    states: frozenset[JobState] = frozenset()
    name: str | None = None
    queue: str | None = None
    due_only: bool = False
    priority: Priority | None = None
    host: str | None = None
    """The id of the host that runs the job, or ran it last."""
    error: str | None = None
    """A part of the last error, letter by letter."""
    fingerprint: str | None = None
    """Of the error by which it failed, or by which its last attempt did."""
    tag: str | None = None
    args: ArgsMatch | None = None
    attempts_from: int | None = None
    """So many attempts are charged to it, or more."""
    created_from: datetime | None = None
    created_before: datetime | None = None
    """Strictly before."""
    due_from: datetime | None = None
    due_before: datetime | None = None
    """When it is, or was, due; strictly before."""
    finished_from: datetime | None = None
    """Finished, at that moment or later."""
    finished_before: datetime | None = None
    """Finished, and strictly before that moment."""
    took: timedelta | None = None
    """Finished, and so much or more lay between its last claim and its end."""

    def wants(self, state: JobState) -> bool:
        """Whether a job in this state can be meant."""
        if self.due_only and state is not JobState.WAITING:
            return False
        is_of_finished = any(each is not None for each in (self.finished_from, self.finished_before, self.took))
        if is_of_finished and state in (JobState.WAITING, JobState.RUNNING):
            return False
        return not self.states or state in self.states


class JobChange(Struct, frozen=True, kw_only=True):
    """What is to be said of a job that waits; what is None stays as it is."""

    run_at: datetime | None = None
    queue: str | None = None
    priority: Priority | None = None

    def __post_init__(self) -> None:
        if self.queue is not None and not is_queue_name(self.queue):
            raise ValueError(f"queue {self.queue!r}: {QUEUE_NAME_RULE} was expected")


class EditedArgs(Struct, frozen=True):
    """The args that a job is given by hand, as JSON, and the version of their definition."""

    json: bytes
    version: int = 1


class SchemaReport(Struct, frozen=True):
    """The state of the tables: the version found, the version this code writes, and what is pending."""

    found: int
    expected: int
    pending: tuple[str, ...] = ()


def topics_of(jobs: Sequence[NewJob]) -> frozenset[Topic]:
    """What to ring for new jobs."""
    return frozenset(Topic.READY if job.run_at <= job.created_at else Topic.SCHEDULED for job in jobs)


def queues_of(jobs: Sequence[NewJob]) -> frozenset[str]:
    """Whom to ring for."""
    return frozenset(job.queue for job in jobs)


class CancelAnswer(StrEnum):
    """What became of a request to cancel."""

    CANCELLED = "cancelled"
    REQUESTED = "requested"
    """It is running; its host is told within about a second."""
    FINISHED = "finished"
    """Too late: it had already ended."""
    UNKNOWN = "unknown"
    """There is no such job, or it is in a state that only newer code knows."""


class CompletionAnswer(StrEnum):
    """What became of a transaction in which a job completed itself."""

    COMMITTED = "committed"
    """The job was settled under that fence, or is gone."""
    NOT_COMMITTED = "not committed"
    """It was rolled back, so the job still runs; or the claim was lost meanwhile."""
    OPEN = "open"
    """Neither yet."""
