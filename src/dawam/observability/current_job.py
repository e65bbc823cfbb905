"""Which job a log line belongs to, and what it works for, so that the lines of a job's own code can be found."""

import logging
from collections.abc import Mapping
from typing import Any

from dawam.jobs.context import JobContext
from dawam.jobs.current import KNOWN_HEADERS, carried_headers, current_job
from dawam.jobs.record import ClaimedJob


class JobLogFilter(logging.Filter):
    """Adds `job_id`, `job_name`, `attempt`, `queue` and `fence` to every line that a job's own code logs.

    Beside them stand `tenant`, `user`, `correlation_id`, `traceparent` and `culture`, as far as they are known: also on
    the lines of other code that runs inside `carry`.

    Add it to handlers, not to loggers: a logger's filter does not see the lines of its children.
    """

    def filter(self, record: logging.LogRecord) -> bool:
        job, fields = current_job.get(), vars(record)
        if "job_id" not in fields:  # a line about a job says itself what it is about
            if job is not None:
                fields.update(_fields(job, job.fence_token))
            for name, value in _known(carried_headers()).items():
                fields.setdefault(name, value)
        return True


def job_fields(job: ClaimedJob) -> dict[str, Any]:
    """What a line about a job carries beside its text, for tools that read logs."""
    fields = _fields(job, job.fence)
    return {"correlation_id": fields["job_id"], **_known(job.headers), **fields}


def _known(headers: Mapping[str, str]) -> dict[str, str]:
    return {name: headers[name] for name in KNOWN_HEADERS if name in headers}


def _fields(job: ClaimedJob | JobContext, fence: int) -> dict[str, Any]:
    return {"job_id": str(job.id), "job_name": job.name, "attempt": job.attempt, "queue": job.queue, "fence": fence}
