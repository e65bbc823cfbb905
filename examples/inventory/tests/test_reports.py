"""The guide's use case of a report: made of thousands of rows, step by step, and told of once."""

import asyncio
import os
import signal
import sys
import threading
from collections.abc import AsyncIterator, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pytest
from openpyxl import load_workbook
from pypdf import PdfReader

from dawam import App
from dawam.events.lifecycle import JobSettled
from dawam.jobs.outcome import Succeeded
from dawam.testing import AppHarness
from examples.inventory.app import app
from examples.inventory.mail.jobs.send_email import SendEmailArgs
from examples.inventory.module import InventoryModule
from examples.inventory.past_movements import record_past_movements
from examples.inventory.reports.entities import Report
from examples.inventory.reports.excel import ExcelReport
from examples.inventory.reports.font import ReportFontError, find_font
from examples.inventory.reports.jobs.generate_report import GenerateReportArgs, GenerateReportJob
from examples.inventory.reports.movements import Movement
from examples.inventory.reports.options import ReportOptions
from examples.inventory.reports.pdf import PdfReport, Tell
from examples.inventory.reports.service import ReportService, ReportStatus
from examples.inventory.reports.words import WORDS, Language, Words
from examples.inventory.tests.rows import select
from examples.inventory.tests.shelf import CHAIR, TEA, change_stock, stock

ROOT = Path(__file__).parents[3]
BEGIN = datetime(2026, 1, 1, tzinfo=UTC)
AMAL = "amal@example.com"


@pytest.fixture
def settings(database: Path) -> dict[str, object]:
    return {"Store.Url": f"sqlite:///{database}", "Reports.Folder": str(database.parent / "reports")}


@pytest.fixture
async def office(settings: dict[str, object]) -> AsyncIterator[AppHarness]:
    async with AppHarness(app, settings=settings) as harness:
        yield harness


async def request(place: App | AppHarness, language: Language, recipient: str | None = None) -> Report:
    async with place.scope() as scope:
        service: ReportService = await scope.get(ReportService)
        return await service.request(language, recipient)


async def status(place: App | AppHarness, report_id: UUID) -> ReportStatus:
    async with place.scope() as scope:
        service: ReportService = await scope.get(ReportService)
        return await service.status(report_id)


def lines_of(pdf: Path) -> str:
    return "\n".join(page.extract_text() for page in PdfReader(pdf).pages)


def sheet_of(excel: Path) -> Any:
    [sheet] = load_workbook(excel).worksheets
    return sheet


@pytest.mark.guide(14)
async def test_a_report_of_five_thousand_movements_is_read_back_whole(
    office: AppHarness, settings: dict[str, object], database: Path
) -> None:
    await stock(office, CHAIR, TEA)
    await record_past_movements(office, 5_000)
    report = await request(office, "ar", AMAL)

    await office.drain()

    folder = Path(str(settings["Reports.Folder"])) / str(report.id)
    assert sorted(path.name for path in folder.iterdir()) == ["movements.csv", "report.pdf", "report.xlsx"]
    assert len(PdfReader(folder / "report.pdf").pages) == 125
    sheet = sheet_of(folder / "report.xlsx")
    assert (sheet.max_row, sheet.sheet_view.rightToLeft, sheet.title) == (5_001, True, "تقرير حركة المخزون")
    in_sheet = [(row[1], row[3], row[4]) for row in sheet.iter_rows(min_row=2, values_only=True)]
    in_database = select(
        database,
        "SELECT sku, change, stock_movement.stock FROM stock_movement JOIN product ON product.id = product_id "
        "ORDER BY moved_at",
    )
    assert in_sheet == in_database
    text = lines_of(folder / "report.pdf")
    assert text.count("HOM-001") + text.count("COF-001") == 5_000


@pytest.mark.guide(14)
async def test_whoever_asked_is_told_once_in_the_language_of_the_report(office: AppHarness) -> None:
    await stock(office, CHAIR, TEA)
    await record_past_movements(office, 3)
    report = await request(office, "ar", AMAL)

    await office.drain()

    [mail] = office.enqueued(SendEmailArgs)
    assert (mail.to, mail.subject) == (AMAL, "تقريرك جاهز")
    assert mail.body == (
        f"تقرير حركة المخزون جاهز، وفيه 3 حركة:\n/reports/{report.id}/report.pdf\n/reports/{report.id}/report.xlsx\n"
    )


@pytest.mark.guide(14)
async def test_a_report_says_how_far_it_is(office: AppHarness) -> None:
    await stock(office, CHAIR, TEA)
    await record_past_movements(office, 3)
    report = await request(office, "en")

    before = await status(office, report.id)
    await office.drain()
    after = await status(office, report.id)
    job = await office.inspector.get_job(report.job_id)

    assert (before.state, before.progress, before.said, before.files) == ("waiting", 0.0, None, [])
    assert (after.state, after.progress, after.said, after.row_count) == ("ready", 1.0, "1.0000 ready", 3)
    assert after.files == ["movements.csv", "report.pdf", "report.xlsx"]
    assert job is not None
    assert (job.progress, job.result) == ("1.0000 ready", '"3 rows"')
    assert office.enqueued(SendEmailArgs) == []


class Patient(PdfReport):
    """Waits for the event loop to let it go on, which it can only do while the loop is free."""

    def __init__(self, options: ReportOptions) -> None:
        super().__init__(options)
        self.has_begun, self.may_go_on = threading.Event(), threading.Event()

    def make(self, rows: Sequence[Movement], words: Words, path: Path, tell: Tell) -> None:
        self.has_begun.set()
        assert self.may_go_on.wait(timeout=10), "the loop was blocked"
        super().make(rows, words, path, tell)


@pytest.mark.guide(14, 19)
async def test_the_loop_stays_free_while_a_pdf_is_made(settings: dict[str, object]) -> None:
    pdf = Patient(ReportOptions())
    async with AppHarness(app, settings=settings, fakes={PdfReport: pdf}) as office:
        await stock(office, CHAIR)
        report = await request(office, "en")
        running = asyncio.create_task(office.drain())
        await asyncio.to_thread(pdf.has_begun.wait, 10)

        assert (await status(office, report.id)).files == ["movements.csv"]
        pdf.may_go_on.set()

        assert (await running).succeeded == 1


class OnceBroken(ExcelReport):
    """Dies in the middle of its file, the first time."""

    def __init__(self) -> None:
        self.attempts = 0

    def make(self, rows: Sequence[Movement], words: Words, path: Path, tell: Tell) -> None:
        self.attempts += 1

        def die(_: int) -> None:
            raise OSError("no space left on the disk")

        super().make(rows, words, path, die if self.attempts == 1 else tell)


@pytest.mark.guide(14)
async def test_a_retry_repeats_no_step_that_is_done(settings: dict[str, object]) -> None:
    excel = OnceBroken()
    async with AppHarness(app, settings=settings, fakes={ExcelReport: excel}) as office:
        await stock(office, CHAIR, TEA)
        await record_past_movements(office, 600)
        report = await request(office, "en", AMAL)
        assert (await office.drain()).retried == 1
        folder = Path(str(settings["Reports.Folder"])) / str(report.id)
        halfway, pdf = await status(office, report.id), (folder / "report.pdf").stat()
        await change_stock(office, CHAIR, to=500)  # after the rows were fetched

        await office.advance(timedelta(seconds=2))

        assert (halfway.state, halfway.progress, halfway.files) == (
            "waiting",
            0.5,
            ["movements.csv", "report.pdf"],
        )
        assert halfway.last_error == "OSError: no space left on the disk"
        made = (folder / "report.pdf").stat()
        assert (made.st_ino, made.st_mtime_ns) == (pdf.st_ino, pdf.st_mtime_ns)
        assert sheet_of(folder / "report.xlsx").max_row == 601
        assert excel.attempts == 2
        assert len(office.enqueued(SendEmailArgs)) == 1
        assert [path.name for path in folder.iterdir() if path.name.startswith(".")] == []


DIE_AFTER_THE_PDF = """
import asyncio, os, signal
from examples.inventory.app import app
from examples.inventory.past_movements import record_past_movements
from examples.inventory.reports.excel import ExcelReport
from examples.inventory.tests.shelf import CHAIR, TEA, stock
from examples.inventory.tests.test_reports import request

def die_in_the_middle(self, rows, words, path, tell):
    path.with_name(".report.xlsx.half.part").write_bytes(b"half")
    os.kill(os.getpid(), signal.SIGKILL)

ExcelReport.make = die_in_the_middle

async def main():
    async with app.open(run_host=True):
        await stock(app, CHAIR, TEA)
        await record_past_movements(app, 100)
        await request(app, "ar", "amal@example.com")
        await asyncio.sleep(60)

asyncio.run(main())
"""


@pytest.mark.guide(14)
async def test_a_process_killed_after_the_pdf_is_followed_by_one_that_makes_the_rest(
    database: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = database.parent / "reports"
    monkeypatch.setenv("DAWAM__STORE__URL", f"sqlite:///{database}")
    monkeypatch.setenv("DAWAM__REPORTS__FOLDER", str(folder))
    monkeypatch.setenv("DAWAM__HOST__QUEUES", '["reports"]')
    process = await asyncio.create_subprocess_exec(sys.executable, "-c", DIE_AFTER_THE_PDF, cwd=ROOT)
    assert await process.wait() == -signal.SIGKILL
    [pdf] = folder.glob("*/report.pdf")
    before, inode = pdf.read_bytes(), os.stat(pdf).st_ino

    settled = asyncio.Event()
    another = App(InventoryModule, settings=ROOT / "examples" / "inventory" / "appsettings.json")
    another.events.subscribe(JobSettled, lambda event: settled.set() if _has_succeeded(event) else None)
    async with another, asyncio.timeout(20):
        await settled.wait()

    assert (pdf.read_bytes(), os.stat(pdf).st_ino) == (before, inode)
    assert sheet_of(pdf.with_name("report.xlsx")).max_row == 101
    assert sorted(path.name for path in pdf.parent.iterdir()) == ["movements.csv", "report.pdf", "report.xlsx"]
    assert select(database, "SELECT name FROM dawam_job") == [("mail.send-email",)]
    assert select(database, "SELECT count(*) FROM report WHERE ready_at IS NOT NULL") == [(1,)]


def _has_succeeded(event: JobSettled) -> bool:
    return event.job.name == "reports.generate" and isinstance(event.outcome, Succeeded)


@pytest.mark.guide(14)
def test_an_arabic_report_begins_on_the_right(tmp_path: Path) -> None:
    rows = [Movement(BEGIN, "HOM-001", "كرسي خشب 4", 7, 27)]

    def row(language: Language) -> str:
        path = tmp_path / f"{language}.pdf"
        PdfReport(ReportOptions()).make(rows, WORDS[language], path, lambda _: None)
        [page] = PdfReader(path).pages
        lines = page.extract_text(extraction_mode="layout").splitlines()
        return next(line for line in lines if "HOM-001" in line)

    arabic, english = row("ar"), row("en")

    assert arabic.index("27") < arabic.index("+7") < arabic.index("HOM-001") < arabic.index("2026-01-01")
    assert english.index("2026-01-01") < english.index("HOM-001") < english.index("+7") < english.index("27")


@pytest.mark.guide(14)
def test_a_name_that_looks_like_a_formula_is_a_text(tmp_path: Path) -> None:
    rows = [Movement(BEGIN, "A-1", "=1+1", 1, 1)]

    ExcelReport().make(rows, WORDS["en"], tmp_path / "report.xlsx", lambda _: None)

    assert sheet_of(tmp_path / "report.xlsx")["C2"].data_type == "s"


def test_without_a_font_the_error_says_what_to_install(tmp_path: Path) -> None:
    with pytest.raises(ReportFontError, match=r"missing\.ttf.*apt-get install fonts-dejavu-core.*Reports\.Font"):
        find_font(tmp_path / "missing.ttf")
    with pytest.raises(ReportFontError, match="no font with Arabic letters was found"):
        find_font(None, usual=())


async def test_the_settings_may_name_a_font(settings: dict[str, object], tmp_path: Path) -> None:
    async with AppHarness(app, settings={**settings, "Reports.Font": str(tmp_path / "missing.ttf")}) as office:
        await stock(office, CHAIR)
        report = await request(office, "ar")
        assert (await office.drain()).retried == 1

        said = (await status(office, report.id)).last_error
        assert said is not None
        assert "apt-get install fonts-dejavu-core" in said


async def test_a_report_that_nobody_asked_for_fails_for_good(office: AppHarness) -> None:
    await office.jobs.enqueue(GenerateReportJob, GenerateReportArgs(uuid4(), "en"))

    assert (await office.drain()).failed == 1
