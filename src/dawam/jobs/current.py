"""Which attempt the present code runs in, and what it carries on to the jobs that it enqueues."""

from collections.abc import Generator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar

from dawam.jobs.context import JobContext

current_job: ContextVar[JobContext | None] = ContextVar("dawam_current_job", default=None)
"""The context of the attempt that is running here; None outside of a job."""

_carried: ContextVar[Mapping[str, str] | None] = ContextVar("dawam_carried_headers", default=None)

_NOTHING: Mapping[str, str] = {}


@contextmanager
def carry(**headers: str) -> Generator[None]:
    """Sends these headers with every job that is enqueued inside the block: `with carry(correlation_id="a1")`.

    A job finds them in `JobContext.headers`, and whatever it enqueues carries them on.
    """
    token = _carried.set({**carried_headers(), **headers})
    try:
        yield
    finally:
        _carried.reset(token)


def carried_headers() -> Mapping[str, str]:
    """What an enqueue here sends along: the running job's headers, and those of `carry` on top."""
    job = current_job.get()
    return {**(job.headers if job is not None else _NOTHING), **(_carried.get() or _NOTHING)}
