"""Statements by name, and migrations in order, from the files beside the code."""

import sys
from pathlib import Path

import pytest

from dawam.errors import StoreError
from dawam.stores.sql.statements import Statements, load_migrations, load_statements

TWO = """-- What this file is for.

-- name: first
-- Why it is there.
SELECT 1
FROM place; -- here

-- name: second
DELETE FROM place WHERE id = ?1;
"""


def test_a_statement_is_found_by_its_name_without_comments_and_semicolon() -> None:
    statements = Statements(TWO)
    assert statements.names == ("first", "second")
    assert statements["first"] == "SELECT 1 FROM place"
    assert statements["second"] == "DELETE FROM place WHERE id = ?1"


def test_a_statement_stands_in_another_for_its_name_in_braces() -> None:
    statements = Statements("-- name: part\na = 1;\n\n-- name: whole\nSELECT 1 WHERE {part} AND b;\n")
    assert statements["whole"] == "SELECT 1 WHERE a = 1 AND b"


def test_a_part_may_have_parts_of_its_own() -> None:
    text = "-- name: whole\nSELECT {part};\n\n-- name: part\na + {smaller};\n\n-- name: smaller\nb;\n"
    assert Statements(text)["whole"] == "SELECT a + b"


def test_one_that_is_not_there_is_an_error() -> None:
    with pytest.raises(KeyError):
        Statements(TWO)["third"]


def test_the_stores_own_statements_are_read_once() -> None:
    statements = load_statements("dawam.stores.sqlite")
    assert load_statements("dawam.stores.sqlite") is statements
    assert {"add_job", "select_ready", "mark_claimed"} <= set(statements.names)


def package(folder: Path, name: str, *files: str) -> str:
    place = folder / name / "migrations"
    place.mkdir(parents=True)
    (folder / name / "__init__.py").write_text("")
    for file in files:
        (place / file).write_text(f"-- {file}")
    return name


def test_migrations_come_in_the_order_of_their_numbers(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "path", [str(tmp_path), *sys.path])
    name = package(tmp_path, "dawam_test_in_order", "0002_more.sql", "0001_jobs.sql", "notes.txt")
    assert [(number, step) for number, step, _ in load_migrations(name)] == [(1, "0001_jobs"), (2, "0002_more")]


def test_a_gap_in_the_numbers_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "path", [str(tmp_path), *sys.path])
    name = package(tmp_path, "dawam_test_with_a_gap", "0001_jobs.sql", "0003_more.sql")
    with pytest.raises(StoreError, match="not numbered 1, 2, 3"):
        load_migrations(name)
