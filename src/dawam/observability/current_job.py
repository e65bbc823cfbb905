"""Which job a log line belongs to, so that the lines of a job's own code can be found by its id."""

import logging
from contextvars import ContextVar
from typing import Any

from dawam.jobs.record import ClaimedJob

job_log_context: ContextVar[ClaimedJob | None] = ContextVar("dawam_job_log_context", default=None)
"""The job whose code is running here; the executor sets it around each run."""


class JobLogFilter(logging.Filter):
    """Adds `job_id`, `job_name`, `attempt`, `queue` and `fence` to every line that a job's own code logs.

    Add it to handlers, not to loggers: a logger's filter does not see the lines of its children.
    """

    def filter(self, record: logging.LogRecord) -> bool:
        job = job_log_context.get()
        if job is not None and not hasattr(record, "job_id"):
            vars(record).update(job_fields(job))
        return True


def job_fields(job: ClaimedJob) -> dict[str, Any]:
    """What a line about a job carries beside its text, for tools that read logs."""
    return {
        "job_id": str(job.id),
        "job_name": job.name,
        "attempt": job.attempt,
        "queue": job.queue,
        "fence": job.fence,
    }
