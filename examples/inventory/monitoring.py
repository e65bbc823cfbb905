"""What the inventory shows of its own jobs."""

from uuid import UUID

from dawam import JobInfo, JobInspector
from dawam.jobs.record import AttemptRecord, JobCounts


class JobMonitoringService:
    """The guide's monitoring service."""

    def __init__(self, jobs: JobInspector) -> None:
        self._jobs = jobs

    async def get_pending_jobs(self) -> list[JobInfo]:
        """The next hundred jobs that wait: the due ones in the order in which they will run, then the later ones."""
        return await self._jobs.get_waiting_jobs(max_result_count=100)

    async def get_counts(self) -> JobCounts:
        """How many jobs are in each state."""
        return await self._jobs.counts()

    async def get_status(self, job_id: UUID) -> JobInfo | None:
        """One job, waiting, running or finished; None when there is none of this id."""
        return await self._jobs.get_job(job_id)

    async def get_failures(self, job_id: UUID) -> list[AttemptRecord]:
        """The failed attempts of one job, oldest first."""
        return await self._jobs.history(job_id)
