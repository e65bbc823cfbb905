"""Which job a log line belongs to, so that the lines of a job's own code can be found by its id."""

import logging
from typing import Any

from dawam.jobs.context import JobContext
from dawam.jobs.current import current_job
from dawam.jobs.record import ClaimedJob


class JobLogFilter(logging.Filter):
    """Adds `job_id`, `job_name`, `attempt`, `queue` and `fence` to every line that a job's own code logs.

    Add it to handlers, not to loggers: a logger's filter does not see the lines of its children.
    """

    def filter(self, record: logging.LogRecord) -> bool:
        job = current_job.get()
        if job is not None and not hasattr(record, "job_id"):
            vars(record).update(_fields(job, job.fence_token))
        return True


def job_fields(job: ClaimedJob) -> dict[str, Any]:
    """What a line about a job carries beside its text, for tools that read logs."""
    return _fields(job, job.fence)


def _fields(job: ClaimedJob | JobContext, fence: int) -> dict[str, Any]:
    return {"job_id": str(job.id), "job_name": job.name, "attempt": job.attempt, "queue": job.queue, "fence": fence}
