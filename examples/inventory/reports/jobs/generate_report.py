"""The guide's use case: fetch, make PDF and Excel, save, notify. A step that is done is not repeated."""

import asyncio
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from dawam import AsyncBackgroundJob, Fail, JobContext, Retry, UnitOfWork, job_args
from dawam.clock import Clock
from examples.inventory.mail.jobs.send_email import SendEmailArgs
from examples.inventory.mail.message import check_mail
from examples.inventory.reports.entities import Report
from examples.inventory.reports.pdf import Tell
from examples.inventory.reports.shelf import EXCEL, PDF
from examples.inventory.reports.words import WORDS, Language
from examples.inventory.reports.work import ReportWork


@job_args("reports.generate")
@dataclass(frozen=True, slots=True)
class GenerateReportArgs:
    """Which report, in which language, and who is to be told. Raises `ValueError` for what is no mail address."""

    report_id: UUID
    language: Language
    recipient: str | None = None

    def __post_init__(self) -> None:
        if self.recipient is not None:
            check_mail(self.recipient, WORDS[self.language].ready_subject)


class GenerateReportJob(AsyncBackgroundJob[GenerateReportArgs]):
    """Makes the files of a report and tells whoever asked for it.

    Each step leaves a file, and a retry goes on after the last that is there. The mail is a job that is stored in
    the transaction which settles this one, so it is sent if, and only if, the report was finished: once.
    """

    queue = "reports"
    retry = Retry(first_wait=timedelta(seconds=1))
    time_limit = timedelta(minutes=10)

    def __init__(
        self, work: ReportWork, context: JobContext, unit_of_work: UnitOfWork[AsyncSession], clock: Clock
    ) -> None:
        self._work = work
        self._context = context
        self._unit_of_work = unit_of_work
        self._clock = clock

    async def execute(self, args: GenerateReportArgs) -> str:
        words = WORDS[args.language]
        self._context.progress(0.0, "fetching")
        count = await self._work.fetch(args.report_id)
        # both makers keep a processor busy for seconds: they have threads, and the loop stays free for other jobs
        await asyncio.to_thread(self._work.make_pdf, args.report_id, words, self._tell("PDF", count, 0.1, 0.7))
        await asyncio.to_thread(self._work.make_excel, args.report_id, words, self._tell("Excel", count, 0.7, 0.95))
        await self._notify(args, count)
        return f"{count} rows"

    async def _notify(self, args: GenerateReportArgs, count: int) -> None:
        async with self._unit_of_work.begin() as session:
            report = await session.get(Report, args.report_id)
            if report is None:
                raise Fail(f"there is no report {args.report_id} to finish: ask for one with ReportService.request")
            report.ready_at = report.ready_at or self._clock.now()
            report.row_count = count
        if args.recipient is not None:
            words = WORDS[args.language]
            links = "\n".join(f"/reports/{args.report_id}/{name}" for name in (PDF, EXCEL))
            body = words.ready_body.format(count=count, links=links)
            await self._context.enqueue(SendEmailArgs(args.recipient, words.ready_subject, body))
        self._context.progress(1.0, "ready")

    def _tell(self, what: str, count: int, begin: float, end: float) -> Tell:
        """Reports progress from inside of a thread, and ends the work there when the job is to stop."""

        def tell(done: int) -> None:
            self._context.raise_if_cancelled()
            self._context.progress(begin + (end - begin) * done / max(count, 1), f"{what}: {done} of {count} rows")

        return tell
