"""Where the files of reports are. A file that has its name is whole, so what is there says which steps are done."""

from pathlib import Path
from uuid import UUID

from examples.inventory.reports.options import ReportOptions

ROWS, PDF, EXCEL = "movements.csv", "report.pdf", "report.xlsx"
STEPS = (ROWS, PDF, EXCEL)


class ReportShelf:
    """A folder for each report."""

    def __init__(self, options: ReportOptions) -> None:
        self._options = options

    def folder(self, report_id: UUID) -> Path:
        return self._options.folder / str(report_id)

    def file(self, report_id: UUID, name: str) -> Path:
        """The path of one of `STEPS`, whether it is there or not."""
        return self.folder(report_id) / name

    def made(self, report_id: UUID) -> list[str]:
        """Those of `STEPS` that are done."""
        return [name for name in STEPS if self.file(report_id, name).is_file()]
