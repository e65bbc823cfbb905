"""How each job of the demo should end, beside what the store says."""

from dataclasses import dataclass
from uuid import UUID

from dawam.jobs.record import JobInfo

HEADERS = ("JOB", "STATE", "FAILED ATTEMPTS", "CRASHES", "RESULT", "AS EXPECTED")


@dataclass(frozen=True, slots=True, kw_only=True)
class Expected:
    """The end that one job should come to."""

    job_id: UUID
    name: str
    result: str
    failed_count: int = 0
    crash_count: int = 0

    def is_met_by(self, job: JobInfo | None) -> bool:
        """Whether the store says exactly this."""
        return job is not None and (
            (job.name, job.state, job.attempt_count, job.crash_count, job.result)
            == (self.name, "succeeded", self.failed_count, self.crash_count, self.result)
        )

    def row(self, job: JobInfo | None) -> tuple[str, ...]:
        """One line of the closing table."""
        if job is None:
            return (self.name, "not in the store", "", "", "", "NO")
        met = "yes" if self.is_met_by(job) else "NO"
        return (job.name, job.state, str(job.attempt_count), str(job.crash_count), job.result or "", met)
