"""A worker as stores keep it: what a host declares, what a claim of a tick says, what people read.

A row of these has a name and a **place**: the empty text for what ticks once in the whole cluster, or the id of the
host whose own it is. A recurring job is a row like all others; only, its tick enqueues a job and calls nothing.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta
from enum import StrEnum
from typing import NamedTuple
from uuid import UUID

from msgspec import Struct

from dawam.ids import HostId
from dawam.jobs.outcome import ErrorDetails
from dawam.jobs.priority import Priority
from dawam.jobs.record import NewJob

CLUSTER = ""
"""The place of a worker that ticks on one host at a time."""
LOST_TICK_LIMIT = 3
"""A planned tick that was lost with its host so many times is given up, whatever its worker says."""


class AfterCrash(StrEnum):
    """What becomes of a tick whose host died under it."""

    AGAIN = "again"
    """Another host runs it again, up to `LOST_TICK_LIMIT` times."""
    SKIP = "skip"
    """It is recorded as lost, and the worker goes on with its next one."""


class TickOutcome(StrEnum):
    """What became of one planned tick, or of several that nobody was there to run."""

    SUCCEEDED = "succeeded"
    FAILED = "failed"
    INTERRUPTED = "interrupted"
    """Its host stopped in good order, and did not wait for its end."""
    LOST = "lost"
    """Its host died, or froze for longer than its lease."""
    MISSED = "missed"
    """Its moment passed while no host could run it."""


class JobTemplate(Struct, frozen=True, kw_only=True):
    """The job that a tick of a recurring job enqueues, encoded already, so that every host can."""

    name: str
    args: bytes
    args_version: int
    queue: str
    priority: Priority
    headers: Mapping[str, str] = {}


class WorkerDeclaration(Struct, frozen=True, kw_only=True):
    """What the code of a host, or a person, says about one worker or recurring job."""

    name: str
    place: str = CLUSTER
    schedule: str
    """As `workers.schedules.stored` writes it."""
    first_at: datetime | None
    """The first planned moment, if the row is new or its schedule another; None: never."""
    run_on_start: bool = False
    """A tick at once, unless another live host declares the same worker."""
    catch_up: int = 1
    """How many of the latest moments that were missed are run after all."""
    jitter: timedelta = timedelta(0)
    after_crash: AfterCrash = AfterCrash.AGAIN
    kept_records: int = 100
    """How many records of its ticks are kept; of a worker with a row for each host, of all of them together."""
    job: JobTemplate | None = None
    """None: a tick runs in the host."""

    @property
    def definition(self) -> str:
        """All of it that makes two declarations different, as one text."""
        job = self.job
        what: tuple[object, ...] = ()
        if job is not None:  # numbers, and not names of an enumeration, which Python's versions write differently
            headers = sorted(job.headers.items())
            what = (job.name, job.args_version, job.queue, int(job.priority), headers, job.args)
        parts = (self.schedule, self.catch_up, str(self.jitter), self.after_crash.value, self.kept_records, what)
        return repr(parts)


class DueTick(Struct, frozen=True, kw_only=True):
    """A row whose time has come, as it was read: a claim holds only if nothing of it changed since."""

    name: str
    place: str
    fence: int
    revision: int
    """Of its plan: it grows whenever anything but the end of a tick makes the plan."""
    schedule: str
    """The one that holds: the declared one, or what a person put in its place."""
    next_at: datetime | None
    """The planned moment; None for a row that is never planned again, and was triggered."""
    is_triggered: bool
    """A person, or a start, asked for a tick now: it is one beside the plan."""
    lost_count: int
    """How many times the tick of `next_at` was lost with its host."""
    tick_count: int
    catch_up: int
    jitter: timedelta
    after_crash: AfterCrash
    job: JobTemplate | None


class DueTicks(Struct, frozen=True):
    """What a host may claim now, and when it should look again; None: nothing is planned."""

    ticks: tuple[DueTick, ...]
    next_at: datetime | None
    now: datetime
    """By the clock that decided it: the store's."""


class RunningTick(NamedTuple):
    """A tick that a store says a host is running."""

    name: str
    place: str
    fence: int
    claimed_at: datetime
    planned_at: datetime
    is_triggered: bool


class MissedTicks(Struct, frozen=True):
    """Planned moments that nobody was there to run, from the first to the last of them."""

    first_at: datetime
    last_at: datetime
    count: int
    """How many; a number that reaches `MOST_COUNTED` means that many, or more."""


MOST_COUNTED = 100


class TickClaim(Struct, frozen=True, kw_only=True):
    """A move of one due row: a tick is begun (`planned_at`), or the plan goes on without one (`next_at`)."""

    name: str
    place: str
    fence: int
    """The fence that was read; the tick gets the next one."""
    revision: int
    """The revision that was read."""
    planned_at: datetime | None
    """The moment that is run now; None: none, the row only gets its new plan."""
    is_triggered: bool = False
    """The tick is the one that was asked for, and not the planned one."""
    missed: MissedTicks | None = None
    next_at: datetime | None = None
    due_at: datetime | None = None
    """Without a tick: the new plan, and when it is due, which is later by the jitter."""


class TickSettlement(Struct, frozen=True, kw_only=True):
    """How one tick ended, guarded by the fence of its claim; with the one next moment of its worker."""

    name: str
    place: str
    fence: int
    outcome: TickOutcome
    """Succeeded, failed or interrupted."""
    planned_at: datetime
    is_triggered: bool
    started_at: datetime
    ended_at: datetime
    next_at: datetime | None
    due_at: datetime | None
    attempt_count: int = 1
    error: ErrorDetails | None = None
    new_jobs: tuple[NewJob, ...] = ()
    """They are added if, and only if, this settlement is accepted."""


class TickRecord(Struct, frozen=True, kw_only=True):
    """What is remembered of one tick, or of a row of missed ones."""

    worker: str
    place: str
    outcome: TickOutcome
    planned_at: datetime
    is_triggered: bool = False
    planned_until: datetime | None = None
    """Of missed ones: the last of them."""
    count: int = 1
    fence: int = 0
    host: str = ""
    started_at: datetime | None = None
    ended_at: datetime
    """When it ended, or was found to be lost or missed."""
    attempt_count: int = 1
    error_type: str = ""
    error_message: str = ""
    traceback: str = ""
    job_id: UUID | None = None
    """Of a recurring job: what was enqueued."""

    @property
    def duration(self) -> timedelta | None:
        """How long it ran; None for what never did."""
        return None if self.started_at is None else self.ended_at - self.started_at


class WorkerInfo(Struct, frozen=True, kw_only=True):
    """One worker or recurring job as people see it."""

    name: str
    place: str
    schedule: str
    """The one that holds."""
    declared_schedule: str
    """What the code says; another than `schedule` where a person changed it."""
    is_stored: bool
    """Put there at run time, and declared by no code."""
    is_paused: bool
    is_triggered: bool
    """A tick was asked for and has not begun."""
    catch_up: int
    jitter: timedelta
    after_crash: AfterCrash
    next_at: datetime | None
    host: HostId | None
    """Who runs a tick of it now."""
    claimed_at: datetime | None
    declared_by: tuple[HostId, ...]
    """The live hosts whose code has it."""
    tick_count: int
    """Ticks that ran to their end."""
    failure_count: int
    """Those that failed in a row, up to now."""
    last_outcome: TickOutcome | None
    last_planned_at: datetime | None
    last_started_at: datetime | None
    last_ended_at: datetime | None
    last_error: str | None
    job: JobTemplate | None

    @property
    def is_cluster_wide(self) -> bool:
        return self.place == CLUSTER
