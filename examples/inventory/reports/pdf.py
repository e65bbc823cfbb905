"""Makes the PDF of a report. This is slow and blocks: it belongs into a thread."""

from collections.abc import Callable, Sequence
from pathlib import Path

from fpdf import FPDF
from fpdf.enums import Align

from examples.inventory.reports.font import find_font
from examples.inventory.reports.movements import Movement
from examples.inventory.reports.options import ReportOptions
from examples.inventory.reports.words import Words
from examples.inventory.whole_file import whole_file

Tell = Callable[[int], None]
"""Is told now and then how many rows are done, and may raise to end the work."""

_WIDTHS = (36.0, 28.0, 78.0, 24.0, 24.0)
_NUMBERS = (3, 4)
_HEIGHT = 6.0
_LONGEST = 40
_ROWS_TO_A_PAGE = 40


class PdfReport:
    """Lays out movements on A4 pages; in Arabic the first column is on the right."""

    def __init__(self, options: ReportOptions) -> None:
        self._options = options

    def make(self, rows: Sequence[Movement], words: Words, path: Path, tell: Tell) -> None:
        """Writes the file, whole or not at all. Raises `ReportFontError` where there is no font for it."""
        pages = _Pages(words, find_font(self._options.font))
        for begin in range(0, max(len(rows), 1), _ROWS_TO_A_PAGE):
            tell(begin)
            pages.add_page()
            for row in rows[begin : begin + _ROWS_TO_A_PAGE]:
                pages.row((f"{row.moved_at:%Y-%m-%d %H:%M}", row.sku, row.product, f"{row.change:+d}", str(row.stock)))
        with whole_file(path) as part:
            pages.output(str(part))


class _Pages(FPDF):
    """Pages with a heading, the names of the columns and a number."""

    def __init__(self, words: Words, font: Path) -> None:
        super().__init__(orientation="portrait", format="A4")
        self._words = words
        self._side = Align.R if words.is_right_to_left else Align.L
        self.set_auto_page_break(auto=False)
        self.set_title(words.title)
        self.set_lang("ar" if words.is_right_to_left else "en")
        self.add_font("report", fname=str(font))

    def header(self) -> None:
        self.set_font("report", size=14)
        self._write(self._words.title, self.epw, self._side)
        self.ln(10)
        self.set_font("report", size=9)
        self.set_fill_color(235)
        self.row(self._words.columns, is_filled=True)

    def footer(self) -> None:
        self.set_y(-15)
        self._write(self._words.page.format(page=self.page_no()), self.epw, Align.C)

    def row(self, texts: Sequence[str], *, is_filled: bool = False) -> None:
        """One line of the table: the columns in the order in which the language reads them."""
        columns = list(enumerate(zip(texts, _WIDTHS, strict=True)))
        for column, (text, width) in reversed(columns) if self._words.is_right_to_left else columns:
            self._write(text, width, Align.R if column in _NUMBERS else self._side, border="B", is_filled=is_filled)
        self.ln(_HEIGHT)

    def _write(self, text: str, width: float, side: Align, *, border: str = "", is_filled: bool = False) -> None:
        shown = text if len(text) <= _LONGEST else text[: _LONGEST - 1] + "…"
        # joining letters and ordering mixed text takes most of the time, and plain ASCII needs neither
        self.set_text_shaping(not shown.isascii())
        self.cell(w=width, h=_HEIGHT, text=shown, align=side, border=border or 0, fill=is_filled)
