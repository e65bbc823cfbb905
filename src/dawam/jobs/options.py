"""The options of jobs: per job, and for the whole application."""

from dataclasses import dataclass, field, replace
from datetime import timedelta
from enum import StrEnum
from typing import Literal

from dawam.jobs.priority import Priority
from dawam.jobs.retry import Retry

DEFAULT_QUEUE = "default"


class OnCrash(StrEnum):
    """What becomes of a job whose process died, or whose host was lost, while it may have been running."""

    RETRY = "retry"
    """It runs again, until it has crashed too often."""
    FAIL = "fail"
    """It fails at once, and runs again only when somebody retries it by hand."""


RunsIn = Literal["host", "process"]
"""Where a job runs: in the process of its host, a coroutine on the loop and what blocks in a thread beside it; or in a
process with nothing else in it, for what keeps a core busy, or may have to be killed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class JobOptions:
    """What one job declares about itself; None means the application's default."""

    queue: str = DEFAULT_QUEUE
    priority: Priority = Priority.NORMAL
    retry: Retry | None = None
    time_limit: timedelta | None = None
    on_crash: OnCrash = OnCrash.RETRY
    expected_run_time: timedelta | None = None
    runs_in: RunsIn = "host"
    abandon_thread: bool = False


@dataclass(slots=True, kw_only=True)
class BackgroundJobOptions:
    """The application's defaults for jobs. Settings section `BackgroundJobs`.

    A module changes them with `services.options(BackgroundJobOptions)`; the last module wins, and what the
    operator says in a settings file or the environment wins over all of them.
    """

    is_job_execution_enabled: bool = True
    """False: this process enqueues and never runs a job."""
    default_retry: Retry = field(default_factory=Retry)
    """How the failed attempts of a job are retried that says nothing itself."""
    default_time_limit: timedelta | None = None
    """How long one run may take; None for as long as it likes."""
    default_expected_run_time: timedelta | None = timedelta(seconds=60)
    """After so long a run the log warns, while the job still runs, of a job that declares neither an
    `expected_run_time` nor a `time_limit` of its own; None: never."""
    cancel_warning: timedelta | None = timedelta(seconds=5)
    """How long a job may go on that was asked to stop, before the log warns; None: neither of that, nor of coroutines
    that swallow their cancellation."""
    give_up_after: timedelta | None = None
    """Overrides the age at which `default_retry` gives a job up."""
    args_size_warning: int = 64 * 1024
    """In bytes of the encoded args; more is enqueued, with a warning in the log."""
    args_size_limit: int = 1024 * 1024
    """In bytes of the encoded args; more is refused with `ArgsTooLargeError`."""
    store_successful_jobs: bool = True
    """False: a job that succeeded is deleted at once, as ABP does by default, and its result cannot be awaited.
    What was kept before stays."""
    successful_job_retention: timedelta | None = timedelta(days=7)
    """None keeps them for ever."""
    failed_job_retention: timedelta | None = timedelta(days=90)
    """None keeps them for ever, zero deletes them when they fail."""

    def time_limit(self, job: JobOptions) -> timedelta | None:
        """How long one run of a job may take: its own limit, or the application's."""
        return job.time_limit or self.default_time_limit

    def expected_run_time(self, job: JobOptions) -> timedelta | None:
        """What is expected of a job: what it says itself; who has a time limit of its own has thought about it."""
        if job.expected_run_time is not None or job.time_limit is not None:
            return job.expected_run_time
        return self.default_expected_run_time

    def retry_policy(self) -> Retry:
        """`default_retry`, given up after `give_up_after` where that is set."""
        if self.give_up_after is None:
            return self.default_retry
        return replace(self.default_retry, give_up_after=self.give_up_after)
