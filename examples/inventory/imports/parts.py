"""Cuts a large file into parts, as positions, and reads one part. Neither ever holds the whole file."""

import csv
from collections.abc import Iterator
from dataclasses import dataclass
from io import StringIO
from itertools import chain
from pathlib import Path
from typing import BinaryIO, Self

from examples.inventory.catalogue import Catalogue, CatalogueError, check_header, read_catalogue

LARGEST_PART = 1024 * 1024
"""In bytes. A quote that is never closed would make one row of all that follows; here it ends."""


@dataclass(frozen=True, slots=True)
class Part:
    """The bytes from `begin` to before `end`: whole rows, of which the first begins in line `first_line`."""

    number: int
    begin: int
    end: int
    first_line: int
    line_count: int


@dataclass(frozen=True, slots=True)
class CatalogueFile:
    """A file as it is now: if one of these is another, its positions mean nothing any more."""

    path: Path
    size: int
    modified: int
    """In nanoseconds since 1970."""

    @classmethod
    def at(cls, path: Path) -> Self:
        """Raises `CatalogueError` where there is none."""
        try:
            stat = path.stat()
        except OSError as error:
            raise CatalogueError(f"{path} cannot be read: {error}") from error
        return cls(path.absolute(), stat.st_size, stat.st_mtime_ns)


def read_header(path: Path) -> str:
    """The first line. Raises `CatalogueError` for what is no catalogue."""
    try:
        with path.open("rb") as file:
            header = file.readline(LARGEST_PART).decode("utf-8-sig", errors="replace")
    except OSError as error:
        raise CatalogueError(f"{path} cannot be read: {error}") from error
    check_header(next(csv.reader([header]), list[str]()))
    return header


def parts_of(file: BinaryIO, rows_to_a_part: int, after: Part | None = None) -> Iterator[Part]:
    """The parts of a file behind its header, or behind a part that is known already; reads line by line."""
    number, begin, first_line = (0, len(file.readline(LARGEST_PART)), 2) if after is None else _behind(after)
    file.seek(begin)
    end, rows, lines, is_quoted = begin, 0, 0, False
    for line in iter(lambda: file.readline(LARGEST_PART), b""):
        end, lines = end + len(line), lines + 1
        is_quoted ^= line.count(b'"') % 2 == 1
        rows += not is_quoted
        if (rows >= rows_to_a_part and not is_quoted) or end - begin >= LARGEST_PART:
            number += 1
            yield Part(number, begin, end, first_line, lines)
            begin, first_line, rows, lines, is_quoted = end, first_line + lines, 0, 0, False
    if lines:
        yield Part(number + 1, begin, end, first_line, lines)


def read_part(file: BinaryIO, header: str, part: Part) -> Catalogue:
    """The rows of one part, with the lines that they have in the file."""
    file.seek(part.begin)
    text = file.read(part.end - part.begin).decode(errors="replace")
    return read_catalogue(chain([header], StringIO(text, newline="\n")), lines_before=part.first_line - 2)


def _behind(part: Part) -> tuple[int, int, int]:
    return part.number, part.end, part.first_line + part.line_count
