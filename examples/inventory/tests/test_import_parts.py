"""Where a large file is cut: into whole rows, without ever being in memory as a whole."""

import csv
import tracemalloc
from io import StringIO
from pathlib import Path

import pytest

from examples.inventory.catalogue import COLUMNS
from examples.inventory.imports.parts import LARGEST_PART, Part, parts_of
from examples.inventory.large_catalogue import write_large_catalogue

HEADER = ",".join(COLUMNS)


def parts(path: Path, rows: int, after: Part | None = None) -> list[Part]:
    with path.open("rb") as file:
        return list(parts_of(file, rows, after))


@pytest.mark.guide("13a")
def test_parts_lie_end_to_end_and_hold_whole_rows(tmp_path: Path) -> None:
    path = tmp_path / "large.csv"
    write_large_catalogue(path, 2_000)

    found = parts(path, 300)

    content = path.read_bytes()
    assert [part.number for part in found] == list(range(1, 8))
    assert found[0].begin == content.index(b"\n") + 1
    assert [part.begin for part in found[1:]] == [part.end for part in found[:-1]]
    assert found[-1].end == len(content)
    in_parts = [
        row for part in found for row in csv.reader(StringIO(content[part.begin : part.end].decode(), newline=""))
    ]
    assert in_parts == list(csv.reader(StringIO(content.decode(), newline="")))[1:]
    assert [content[: part.begin].count(b"\n") + 1 for part in found] == [part.first_line for part in found]


@pytest.mark.guide("13a")
def test_the_search_for_parts_goes_on_behind_any_of_them(tmp_path: Path) -> None:
    path = tmp_path / "large.csv"
    write_large_catalogue(path, 500)
    found = parts(path, 60)

    for number, part in enumerate(found, start=1):
        assert parts(path, 60, after=part) == found[number:]


@pytest.mark.guide("13a")
def test_a_file_of_megabytes_is_split_in_a_few_kilobytes(tmp_path: Path) -> None:
    path = tmp_path / "large.csv"
    write_large_catalogue(path, 100_000)
    assert path.stat().st_size > 4_000_000

    tracemalloc.start()
    try:
        found = parts(path, 1_000)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()

    assert len(found) == 100
    assert peak < 200_000


def test_a_quote_that_is_never_closed_ends_with_its_part(tmp_path: Path) -> None:
    path = tmp_path / "broken.csv"
    path.write_text(f'{HEADER}\nA-1,"Pen,Stationery,1,5,2\n' + "A-2,Ink,Stationery,1,5,2\n" * 100_000, encoding="utf-8")

    found = parts(path, 1_000)

    assert LARGEST_PART <= found[0].end - found[0].begin < LARGEST_PART + 100
    assert {part.line_count for part in found[1:-1]} == {1_000}


def test_a_file_without_rows_has_no_parts(tmp_path: Path) -> None:
    path = tmp_path / "empty.csv"
    path.write_text(f"{HEADER}\n", encoding="utf-8")

    assert parts(path, 10) == []
