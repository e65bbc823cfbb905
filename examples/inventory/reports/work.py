"""The steps of a report."""

import asyncio
from collections.abc import Callable
from functools import partial
from uuid import UUID

from dawam import Logger
from examples.inventory.reports.excel import ExcelReport
from examples.inventory.reports.movements import Movements, keep_rows, kept_rows
from examples.inventory.reports.pdf import PdfReport, Tell
from examples.inventory.reports.shelf import EXCEL, PDF, ROWS, ReportShelf
from examples.inventory.reports.words import Words
from examples.inventory.whole_file import sweep


class ReportWork:
    """The steps, each of which does nothing where it is done already."""

    def __init__(
        self, movements: Movements, shelf: ReportShelf, pdf: PdfReport, excel: ExcelReport, logger: Logger
    ) -> None:
        self._movements = movements
        self._shelf = shelf
        self._pdf = pdf
        self._excel = excel
        self._logger = logger

    async def fetch(self, report_id: UUID) -> int:
        """Fetches the rows, and answers how many there are."""
        path = self._shelf.file(report_id, ROWS)
        if not path.is_file():
            await asyncio.to_thread(keep_rows, path, await self._movements.all())
        return len(await asyncio.to_thread(kept_rows, path))

    def make_pdf(self, report_id: UUID, words: Words, tell: Tell) -> None:
        self._make(report_id, PDF, partial(self._pdf.make, words=words, tell=tell))

    def make_excel(self, report_id: UUID, words: Words, tell: Tell) -> None:
        self._make(report_id, EXCEL, partial(self._excel.make, words=words, tell=tell))
        sweep(self._shelf.folder(report_id))

    def _make(self, report_id: UUID, name: str, make: Callable[..., None]) -> None:
        path = self._shelf.file(report_id, name)
        if path.is_file():
            self._logger.info("report %s: %s is there already", report_id, name)
            return
        make(kept_rows(self._shelf.file(report_id, ROWS)), path=path)
        self._logger.info("report %s: %s is made", report_id, name)
