"""How listings look: aligned columns for people, JSON for tools."""

import shutil
import sys
import unicodedata
from collections.abc import Iterable, Sequence
from typing import Any

import click
import msgspec

_GAP = "  "


def print_json(value: Any) -> None:
    """One JSON document, indented, to standard output."""
    click.echo(msgspec.json.format(msgspec.json.encode(value), indent=2))


def print_table(headers: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
    """Aligned columns to standard output; on a terminal the last one is cut at its width."""
    width = terminal_width()
    first, *others = table_lines(headers, rows, width)
    click.secho(first, bold=True)
    for line in others:
        click.echo(line)


def terminal_width() -> int | None:
    """How wide the terminal is; None when standard output is none."""
    return shutil.get_terminal_size().columns if sys.stdout.isatty() else None


def table_lines(headers: Sequence[str], rows: Iterable[Sequence[str]], width: int | None = None) -> list[str]:
    """The lines of a table: the header, then the rows, each column as wide as its widest cell.

    Only the last column is cut to keep within the width: what stands in the others is needed as a whole.
    """
    cells = [[one_line(cell) for cell in row] for row in (headers, *rows)]
    widths = [max(display_width(cell) for cell in column) for column in zip(*cells, strict=True)]
    if width is not None:
        room = width - sum(widths[:-1]) - len(_GAP) * (len(widths) - 1)
        widths[-1] = min(widths[-1], max(room, display_width(headers[-1])))
    return [_GAP.join(map(_fitted, row, widths)).rstrip() for row in cells]


def table_width(headers: Sequence[str], rows: Iterable[Sequence[str]], *, but_last: bool = False) -> int:
    """How wide the table is; without the last column, which can be cut, only its header counts there."""
    columns = list(zip(headers, *rows, strict=True))
    widths = [max(display_width(one_line(cell)) for cell in column) for column in columns]
    if but_last:
        widths[-1] = display_width(headers[-1])
    return sum(widths) + len(_GAP) * (len(widths) - 1)


def display_width(text: str) -> int:
    """How many columns of a terminal the text takes: wide characters two, marks upon others none."""
    return sum(_character_width(character) for character in text)


def padded(text: str, width: int) -> str:
    """The text with blanks behind it, up to this width."""
    return text + " " * (width - display_width(text))


def shortened(text: str, width: int) -> str:
    """The text, cut with `…` where it is wider than this."""
    if display_width(text) <= width:
        return text
    taken, kept = 1, ""
    for character in text:
        taken += _character_width(character)
        if taken > width:
            break
        kept += character
    return f"{kept}…"


def one_line(text: str) -> str:
    """The text without line breaks and other characters that would move the cursor."""
    return "".join(" " if unicodedata.category(character) in ("Cc", "Zl", "Zp") else character for character in text)


def _fitted(text: str, width: int) -> str:
    return padded(shortened(text, width), width)


def _character_width(character: str) -> int:
    if unicodedata.category(character) in ("Mn", "Me", "Cf"):
        return 0
    return 2 if unicodedata.east_asian_width(character) in ("W", "F") else 1
