"""Makes the Excel file of a report. This is slow and blocks: it belongs into a thread."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from xlsxwriter import Workbook  # pyright: ignore[reportMissingTypeStubs]  (it has none, and half of the types)

from examples.inventory.reports.movements import Movement
from examples.inventory.reports.pdf import Tell
from examples.inventory.reports.words import Words
from examples.inventory.whole_file import whole_file

_WIDTHS = (18, 14, 44, 10, 10)
_TOLD_EVERY = 500
_make_book: Any = Workbook


class ExcelReport:
    """Writes movements to one sheet, row by row; in Arabic it runs right to left."""

    def make(self, rows: Sequence[Movement], words: Words, path: Path, tell: Tell) -> None:
        """Writes the file, whole or not at all."""
        # a name that begins with "=" stays a text, and no more than one row is held in memory
        how = {"constant_memory": True, "strings_to_formulas": False, "strings_to_urls": False, "remove_timezone": True}
        with whole_file(path) as part, _make_book(str(part), how) as book:
            sheet = book.add_worksheet(words.title)
            if words.is_right_to_left:
                sheet.right_to_left()
            for column, width in enumerate(_WIDTHS):
                sheet.set_column(column, column, width)
            sheet.freeze_panes(1, 0)
            sheet.write_row(0, 0, words.columns, book.add_format({"bold": True, "bg_color": "#EBEBEB"}))
            moment = book.add_format({"num_format": "yyyy-mm-dd hh:mm"})
            for number, row in enumerate(rows, start=1):
                sheet.write_datetime(number, 0, row.moved_at, moment)
                sheet.write_row(number, 1, (row.sku, row.product, row.change, row.stock))
                if number % _TOLD_EVERY == 0:
                    tell(number)
