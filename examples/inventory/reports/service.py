"""What can be done with reports."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID, uuid4

from sqlalchemy.ext.asyncio import AsyncSession

from dawam import BackgroundJobManager, JobInspector, UnitOfWork
from dawam.clock import Clock
from examples.inventory.reports.entities import Report
from examples.inventory.reports.jobs.generate_report import GenerateReportArgs, GenerateReportJob
from examples.inventory.reports.shelf import STEPS, ReportShelf
from examples.inventory.reports.words import Language


class UnknownReportError(Exception):
    """Nobody has asked for a report of this id."""

    def __init__(self, report_id: UUID) -> None:
        self.report_id = report_id
        super().__init__(f"there is no report {report_id}: ask for one with POST /reports")


@dataclass(frozen=True, slots=True)
class ReportStatus:
    """How far a report is."""

    id: UUID
    job: UUID
    state: str
    """`ready`, or else the state of its job."""
    progress: float
    """From 0 to 1, by the steps that are done."""
    said: str | None
    """What its job says of itself while it works, as in `0.4200 PDF: 800 of 2012 rows`."""
    files: list[str]
    requested_at: datetime
    ready_at: datetime | None
    row_count: int | None
    last_error: str | None


class ReportService:
    """Asks for reports, and says how far they are."""

    def __init__(
        self,
        unit_of_work: UnitOfWork[AsyncSession],
        jobs: BackgroundJobManager,
        inspector: JobInspector,
        shelf: ReportShelf,
        clock: Clock,
    ) -> None:
        self._unit_of_work = unit_of_work
        self._jobs = jobs
        self._inspector = inspector
        self._shelf = shelf
        self._clock = clock

    async def request(self, language: Language, recipient: str | None = None) -> Report:
        """Has a report made; its row and its job commit together. Whoever is named gets a mail when it is ready."""
        report_id = uuid4()
        async with self._unit_of_work.begin() as session:
            job = await self._jobs.enqueue(GenerateReportJob, GenerateReportArgs(report_id, language, recipient))
            report = Report(id=report_id, job_id=job.id, language=language, requested_at=self._clock.now())
            session.add(report)
        return report

    async def status(self, report_id: UUID) -> ReportStatus:
        """Raises `UnknownReportError`."""
        async with self._unit_of_work.begin() as session:
            report = await session.get(Report, report_id)
        if report is None:
            raise UnknownReportError(report_id)
        job = await self._inspector.get_job(report.job_id)
        files = self._shelf.made(report_id)
        is_ready = report.ready_at is not None
        return ReportStatus(
            id=report.id,
            job=report.job_id,
            state="ready" if is_ready else "gone" if job is None else job.state,
            progress=1.0 if is_ready else len(files) / (len(STEPS) + 1),
            said=None if job is None else job.progress,
            files=files,
            requested_at=report.requested_at,
            ready_at=report.ready_at,
            row_count=report.row_count,
            last_error=None if job is None or is_ready else job.last_error,
        )
