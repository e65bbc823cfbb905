"""What programs send, and what they get: these types are the description of the API."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Annotated, Any
from uuid import UUID

from msgspec import UNSET, Meta, Struct, UnsetType

from dawam.control import MOST_AT_ONCE
from dawam.dashboard.pages.errors import MARKS
from dawam.dashboard.pages.hosts import VERBS as HOST_VERBS
from dawam.dashboard.wishes import VERBS
from dawam.jobs.priority import PRIORITIES
from dawam.jobs.record import JobCounts

QUEUE_VERBS = ("pause", "resume", "limit")
WORKER_VERBS = ("pause", "resume", "trigger", "restore_schedule")


def one_of(words: Iterable[str]) -> Meta:
    """Says so in the description; whoever sends another word is told by the handler, which knows what was meant."""
    return Meta(extra_json_schema={"enum": [*words]})


class Refusal(Struct, frozen=True):
    """Why something was not done."""

    error: str


class Done(Struct, frozen=True):
    """What was asked for is done, or was not possible any more."""

    done: bool


class JobBody(Struct, frozen=True, kw_only=True):
    """One job."""

    id: UUID
    name: str
    queue: str
    state: str
    stored_state: str
    priority: str
    attempt_count: int
    created_at: datetime
    run_at: datetime
    claimed_at: datetime | None
    finished_at: datetime | None
    cancel_requested: bool
    tags: tuple[str, ...]
    host: str | None
    parent: UUID | None
    progress: str | None
    last_error: str | None
    fingerprint: str | None


class AttemptBody(Struct, frozen=True, kw_only=True):
    """An attempt that failed, or was lost with its host."""

    attempt: int
    host: str
    started_at: datetime | None
    ended_at: datetime
    error_type: str
    error_message: str
    traceback: str


class LogLineBody(Struct, frozen=True, kw_only=True):
    """What the code of a job logged."""

    at: datetime
    level: str
    logger: str
    text: str


class LogBody(Struct, frozen=True, kw_only=True):
    """The last lines that one attempt logged; so many are missing before these."""

    fence: int
    attempt: int
    host: str
    missing: int
    lines: list[LogLineBody]


class WholeJob(Struct, frozen=True, kw_only=True):
    """One job with its whole story. Fields that are hidden are dots."""

    job: JobBody
    args: Any
    result: Any
    headers: dict[str, str]
    attempts: list[AttemptBody]
    logs: list[LogBody]


class JobPage(Struct, frozen=True):
    """Some jobs, and where the list goes on. There may be none, and yet more: a look at very many ends early."""

    jobs: list[JobBody]
    next_after: str | None


class ProblemBody(Struct, frozen=True):
    """Something is not as it should be."""

    severity: str
    text: str
    cure: str


class Overview(Struct, frozen=True):
    """Is it healthy?"""

    problems: list[ProblemBody]
    counts: JobCounts
    counted_to: int
    """A count that reaches it means that many, or more."""


class ErrorBody(Struct, frozen=True, kw_only=True):
    """All occurrences of one error."""

    fingerprint: str
    error_type: str
    error_message: str
    traceback: str
    name: str
    queue: str
    job_id: UUID
    first_seen_at: datetime
    last_seen_at: datetime
    mark: str
    is_open: bool
    count: int


class QueueBody(Struct, frozen=True, kw_only=True):
    """One queue."""

    name: str
    due: int
    scheduled: int
    parked: int
    running: int
    is_paused: bool
    limit: int | None
    oldest_due_at: datetime | None


class HostBody(Struct, frozen=True, kw_only=True):
    """A process that runs jobs."""

    id: str
    machine: str
    process_id: int
    version: str
    queues: tuple[str, ...]
    concurrency: int
    running_count: int
    started_at: datetime
    is_live: bool
    is_stopping: bool
    command: str
    """What somebody wants of it: `go on`, `quiet` or `stop`."""


class WorkerBody(Struct, frozen=True, kw_only=True):
    """A worker, or a recurring job."""

    name: str
    place: str
    schedule: str
    is_paused: bool
    next_at: datetime | None
    last_outcome: str | None
    last_ended_at: datetime | None
    last_error: str | None
    failure_count: int
    tick_count: int


class ActionBody(Struct, frozen=True, kw_only=True):
    """What somebody did."""

    id: UUID
    by: str
    via: str
    verb: str
    subject: str
    q: str | None
    """Which jobs, where it was done to many."""
    reason: str
    asked_at: datetime
    ended_at: datetime | None
    outcome: str
    total: int | None
    done: int
    changed: int


class NewJobBody(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A job to be enqueued."""

    name: str
    args: dict[str, Any] = {}
    queue: str | None = None
    priority: Annotated[str, one_of(PRIORITIES)] | None = None
    run_at: datetime | None = None
    delay: timedelta | None = None
    reason: str = ""


class Enqueued(Struct, frozen=True):
    """The job that was enqueued."""

    id: UUID


class ChangeBody(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What is to be done to a job."""

    verb: Annotated[str, one_of(VERBS)]
    value: str = ""
    """The moment, the queue or the priority, where one is needed."""
    args: Any = None
    """With `retry`: other args."""
    reason: str = ""


class BulkBody(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The same for all jobs that a search means. `dry_run` only counts them."""

    q: str
    verb: Annotated[str, one_of(VERBS)]
    value: str = ""
    reason: str = ""
    dry_run: bool = False


class BulkAnswer(Struct, frozen=True):
    """How many jobs are meant, and whether it has begun: it goes on in the background, and the actions tell how far."""

    count: int
    is_count_whole: bool
    """Else so many are meant, or more: they are not counted for long."""
    is_begun: bool


class VerbBody(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What is to be done, and why."""

    verb: str
    reason: str = ""


class QueueVerbBody(VerbBody, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What is to be done to a queue."""

    verb: Annotated[str, one_of(QUEUE_VERBS)]
    limit: Annotated[int, Meta(ge=1, le=MOST_AT_ONCE)] | UnsetType | None = UNSET
    """With `limit`, and only there: how many of its jobs each process may have at once; null lifts it."""


class WorkerVerbBody(VerbBody, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What is to be done to a worker."""

    verb: Annotated[str, one_of(WORKER_VERBS)]


class HostVerbBody(VerbBody, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What is wanted of a host."""

    verb: Annotated[str, one_of(HOST_VERBS)]


class MarkBody(VerbBody, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What somebody thinks of an error."""

    verb: Annotated[str, one_of(MARKS)]
