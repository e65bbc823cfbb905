"""Waits for the result of a job: the doorbell wakes, the store is the truth."""

import asyncio
from datetime import timedelta
from uuid import UUID

from dawam.doorbells.base import Doorbell, Topic
from dawam.errors import JobCancelledError, JobFailedError, ResultNotKeptError, ResultTimeoutError
from dawam.jobs.options import BackgroundJobOptions
from dawam.jobs.record import JobInfo
from dawam.jobs.state import StoredState
from dawam.stores.people import JobReader

_POLL = 1.0


class JobResults:
    """Answers `EnqueuedJob.result()`."""

    def __init__(self, reader: JobReader, doorbell: Doorbell, options: BackgroundJobOptions) -> None:
        self._reader, self._doorbell, self._options = reader, doorbell, options

    async def wait(self, job_id: UUID, within: timedelta | None) -> bytes | None:
        """The stored result, as JSON, once the job has succeeded; None when it returned nothing.

        Raises `JobFailedError`, `JobCancelledError`, `ResultTimeoutError`, or `ResultNotKeptError` when there is
        nothing to wait for.
        """
        if not self._options.store_successful_jobs:
            raise ResultNotKeptError(
                job_id,
                f"the result of job {job_id} is not kept: jobs that succeed are deleted. Set "
                "BackgroundJobs.StoreSuccessfulJobs to true to await results",
            )
        rung = asyncio.Event()
        bell = self._doorbell.listen(Topic.FINISHED, rung.set)
        try:
            async with asyncio.timeout(None if within is None else within.total_seconds()):
                return await self._until_finished(job_id, rung)
        except TimeoutError as error:
            raise ResultTimeoutError(
                job_id,
                f"job {job_id} did not finish within {within}: it may still finish. Wait longer, or look at it with "
                f"`dawam jobs show {job_id}`: is there a host that runs it?",
            ) from error
        finally:
            bell.close()

    async def _until_finished(self, job_id: UUID, rung: asyncio.Event) -> bytes | None:
        while True:
            rung.clear()
            job = await self._reader.get(job_id)
            if job is None:
                raise ResultNotKeptError(
                    job_id,
                    f"there is no job {job_id} to wait for: if it was enqueued inside a transaction, commit that "
                    "first; otherwise it was deleted",
                )
            if job.stored_state is StoredState.SUCCEEDED:
                return None if job.result is None else job.result.encode()
            _raise_if_ended(job)
            try:
                async with asyncio.timeout(_POLL):
                    await rung.wait()
            except TimeoutError:
                continue


def _raise_if_ended(job: JobInfo) -> None:
    if job.stored_state is StoredState.FAILED:
        raise JobFailedError(job.id, f"job {job.name!r} ({job.id}) failed: {job.last_error}")
    if job.stored_state is StoredState.CANCELLED:
        raise JobCancelledError(job.id, f"job {job.name!r} ({job.id}) was cancelled")
