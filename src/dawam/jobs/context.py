"""What a running job can know and say about itself."""

from collections.abc import Awaitable, Callable, Iterable, Mapping
from datetime import datetime
from threading import RLock
from typing import Any, Protocol
from uuid import UUID

from dawam.errors import ClaimLost, EnqueueError
from dawam.jobs.decisions import Cancel
from dawam.jobs.log import JobLog, LogLine
from dawam.jobs.outcome import Succeeded, storable
from dawam.jobs.record import ClaimedJob, NewJob

PrepareJob = Callable[[Any], NewJob]
EnqueueNow = Callable[[NewJob], Awaitable[object]]
_PROGRESS_LIMIT = 1_000
_making = RLock()
"""Threads of one job may say their first words at once."""


class Completes(Protocol):
    """Settles a running job inside somebody's transaction."""

    async def complete(self, job: "JobContext", transaction: object, result: Any, /) -> None: ...

    def complete_blocking(self, job: "JobContext", transaction: object, result: Any, /) -> None: ...


class JobContext:
    """The attempt that is running. Inject it: `def __init__(self, context: JobContext)`, or as a parameter.

    Its methods may be called from the job's thread or coroutine.
    """

    __slots__ = (
        "_claimed",
        "_completes",
        "_completion",
        "_enqueue_now",
        "_follow_ups",
        "_kept_lines",
        "_prepare",
        "_progress",
        "_stop_reason",
        "deadline",
        "log",
    )

    def __init__(
        self,
        claimed: ClaimedJob,
        *,
        deadline: datetime | None = None,
        prepare: PrepareJob | None = None,
        enqueue_now: EnqueueNow | None = None,
        completes: Completes | None = None,
        kept_lines: int = 0,
    ) -> None:
        self._claimed = claimed
        self._prepare = prepare
        self._enqueue_now = enqueue_now
        self._completes = completes
        self._completion: Succeeded | None = None
        self._stop_reason: str | None = None
        self._progress: str | None = None
        self._follow_ups: tuple[NewJob, ...] = ()
        self._kept_lines = kept_lines
        self.log: JobLog | None = None
        """What was logged in it, as far as it is kept; None where nothing was."""
        self.deadline = deadline
        """When the time limit ends this attempt; None without one."""

    @property
    def id(self) -> UUID:
        return self._claimed.id

    @property
    def name(self) -> str:
        return self._claimed.name

    @property
    def queue(self) -> str:
        return self._claimed.queue

    @property
    def args_text(self) -> str:
        """The args as the JSON text that is stored."""
        return self._claimed.args.decode()

    @property
    def attempt(self) -> int:
        """1 for the first attempt; grows with each failed one."""
        return self._claimed.attempt

    @property
    def fence_token(self) -> int:
        """Grows with every claim of this job: pass it to systems that can refuse a smaller one."""
        return self._claimed.fence

    @property
    def idempotency_key(self) -> str:
        """The same for every attempt of this job: pass it to systems that do a thing once per key."""
        return str(self._claimed.id)

    @property
    def headers(self) -> Mapping[str, str]:
        """What the enqueuing side sent along."""
        return self._claimed.headers

    @property
    def cancelled(self) -> bool:
        """Whether this attempt should stop: cancelled by a person, over its time limit, or the claim was lost."""
        return self._stop_reason is not None

    def raise_if_cancelled(self) -> None:
        """Ends the job here if it should stop; a thread job calls this between its steps."""
        if self._stop_reason == CLAIM_LOST:
            raise ClaimLost("this attempt no longer holds its claim; what it does now may be done twice")
        if self._stop_reason is not None:
            raise Cancel(self._stop_reason)

    def progress(self, fraction: float, note: str = "") -> None:
        """Says how far the job is: a fraction from 0 to 1 and a few words.

        People see it within about a second (`JobInfo.progress`). Saying it costs nothing: however often, the last word
        of each second is stored, and that of the settlement stays.
        """
        if not 0 <= fraction <= 1:
            raise ValueError(f"progress is a fraction from 0 to 1, not {fraction!r}")
        self._progress = storable(f"{fraction:.4f} {note}".rstrip(), _PROGRESS_LIMIT)

    async def enqueue(self, job: Any, *, now: bool = False) -> None:
        """Enqueues a follow-up: a `JobCall` or registered args.

        It is stored in the same transaction that settles this attempt, so it exists if and only if this
        attempt's end was accepted, whatever that end is. With `now=True` it is stored at once and stays.
        """
        if self._prepare is None or self._enqueue_now is None:
            raise RuntimeError("this JobContext belongs to no running host, so it cannot enqueue")
        new_job = self._prepare(job)
        if now:
            await self._enqueue_now(new_job)
        else:
            self._follow(new_job)

    def enqueue_sync(self, job: Any) -> None:
        """Enqueues a follow-up from a job that runs in a thread, as `enqueue` does: it commits with the settlement."""
        if self._prepare is None:
            raise RuntimeError("this JobContext belongs to no running host, so it cannot enqueue")
        self._follow(self._prepare(job))

    def _follow(self, new_job: NewJob) -> None:
        if self._completion is not None:
            raise EnqueueError(
                f"job {self.name} {self.id} has completed itself in a transaction, which a follow-up cannot join any "
                "more: enqueue it before complete_in, or with transaction= or now=True"
            )
        self._follow_ups += (new_job,)

    async def complete_in(self, transaction: object, result: Any = None) -> None:
        """Settles this attempt inside your transaction: the job succeeded if, and only if, that is committed.

        `transaction` is what `enqueue` takes: the connection or session that carries your own statements, on the job
        store's database. The result (of the type that the job returns), the progress and the follow-ups so far are
        written with it. Make it the last statement before the commit; what the job returns afterwards is not kept.

        A transaction that is not committed leaves the job running. Its attempt then ends as the job raises, or as a
        failed one (`CompletionRolledBack`) if it returns.

        Raises `ClaimLost` when the job is not this attempt's any more, because its host was taken for dead. The
        transaction must not be committed then, and cannot: let the error end it.
        """
        await self._completing().complete(self, transaction, result)

    def complete_in_sync(self, transaction: object, result: Any = None) -> None:
        """As `complete_in`, from a job that runs in a thread: the statements run there, on your connection."""
        self._completing().complete_blocking(self, transaction, result)

    def _completing(self) -> Completes:
        if self._completes is None:
            raise RuntimeError("this JobContext belongs to no running host, so it cannot complete its job")
        return self._completes

    # -- for the executor and the runner

    @property
    def keeps_log(self) -> bool:
        return self._kept_lines > 0

    def hear(self, lines: Iterable[LogLine], missing: int = 0) -> None:
        """Keeps what was logged in it, from whatever thread; `missing` lines came before these and were dropped."""
        log = self.log
        if log is None:
            with _making:
                log = self.log = self.log or JobLog(self._kept_lines)
        log.add(lines, missing)

    def stop(self, reason: str) -> None:
        """Asks the attempt to stop; the first reason given stands."""
        self._stop_reason = self._stop_reason or reason

    @property
    def stop_reason(self) -> str | None:
        return self._stop_reason

    def take_over(
        self, progress: str | None, follow_ups: tuple[NewJob, ...] = (), completion: Succeeded | None = None
    ) -> None:
        """What the attempt has said, and left behind, in the process in which it ran."""
        self._progress, self._follow_ups, self._completion = progress, follow_ups, completion

    @property
    def said_progress(self) -> str | None:
        return self._progress

    @property
    def follow_ups(self) -> tuple[NewJob, ...]:
        return self._follow_ups

    def completed(self, success: Succeeded | None) -> None:
        """It is about to settle itself, and from now on only the store knows whether it has; None: it has not."""
        self._completion = success

    @property
    def completion(self) -> Succeeded | None:
        """How it ended if the transaction was committed in which it completed itself; None where it did not."""
        return self._completion


CANCEL_REQUESTED = "a person asked for it"
OVER_TIME_LIMIT = "the time limit was reached"
HOST_STOPPING = "the host is stopping"
CLAIM_LOST = "the claim was lost"
