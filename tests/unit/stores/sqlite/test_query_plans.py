"""How SQLite goes about what people ask: with millions of jobs only an index in the right order stays quick."""

import re
import sqlite3
from collections.abc import AsyncIterator
from contextlib import closing
from pathlib import Path

import pytest

from dawam.clock import SystemClock, boot_id
from dawam.stores.sql.choosing import parameters
from dawam.stores.sql.place import Place
from dawam.stores.sqlite.database import SqliteDatabase
from dawam.stores.sqlite.statements import SQL
from dawam.stores.sqlite.store import SqliteStore
from dawam.stores.values import JobFilter, Retention

LIST = {
    "lane": "x",
    "limit": 50,
    "after": SqliteDatabase.last_key,
    "after_rank": 0,
    "after_attempts": 0,
    "after_moment": 0,
    "until": SqliteDatabase.last_key,
    "until_rank": 9,
    "until_attempts": 9,
    "until_moment": 9,
    "within": 10_000,
    "states": '["ready"]',
    "fingerprint": "0123456789abcdef",
    "at_most": 10_000,
}


@pytest.fixture
async def path(tmp_path: Path) -> AsyncIterator[Path]:
    store = SqliteStore(tmp_path / "jobs.db", clock=SystemClock())
    await store.open()
    yield store.path
    await store.close()


def plan(path: Path, statement: str, **more: object) -> str:
    place = Place("default", SystemClock(), Retention(), boot_id())
    with closing(sqlite3.connect(path)) as db:
        said = {**parameters(place, JobFilter()), **more}
        return " / ".join(row[3] for row in db.execute(f"EXPLAIN QUERY PLAN {SQL[statement]}", said))


@pytest.mark.parametrize(
    ("statement", "index"),
    [
        ("list_ready", "dawam_job_ready"),
        ("list_scheduled", "dawam_job_scheduled"),
        ("list_finished", "dawam_finished_age"),
        ("list_finished_by_error", "dawam_finished_error"),
        ("end_of_ready", "dawam_job_ready"),
        ("end_of_scheduled", "dawam_job_scheduled"),
        ("end_of_finished", "dawam_finished_age"),
        ("end_of_finished_by_error", "dawam_finished_error"),
        ("ids_of_finished", "dawam_finished_age"),
        ("ids_of_finished_by_error", "dawam_finished_error"),
        ("count_of_finished", "dawam_finished_age"),
    ],
)
def test_a_page_of_a_list_begins_at_its_place_in_an_index_and_is_not_sorted(
    path: Path, statement: str, index: str
) -> None:
    found = plan(path, statement, **LIST)

    assert re.search(rf"SEARCH \w+ USING (COVERING )?INDEX {index}\b", found), found
    assert ">(" in found or "<(" in found, "the place is found by the index"
    assert "TEMP B-TREE" not in found


def test_running_jobs_are_found_among_millions_of_waiting_ones(path: Path) -> None:
    assert "USING INDEX dawam_job_running" in plan(path, "list_running", **LIST)


def test_the_jobs_that_are_due_in_each_queue_are_counted_in_their_index(path: Path) -> None:
    found = plan(path, "count_due", **LIST)

    assert "SCAN dawam_job" not in found
    assert found.count("INDEX dawam_job_ready") >= 3


def test_a_pass_through_unfinished_jobs_goes_by_id(path: Path) -> None:
    assert "USING PRIMARY KEY (id>? AND id<?)" in plan(path, "ids_of_live", **LIST)


@pytest.mark.parametrize(("statement", "table"), [("still_live", "dawam_job"), ("still_finished", "dawam_finished")])
def test_whether_some_jobs_are_still_meant_is_looked_up_by_their_ids(path: Path, statement: str, table: str) -> None:
    assert f"SEARCH {table} USING PRIMARY KEY (id=?" in plan(path, statement, **LIST, keys=b"", numbers="[]")


def test_an_id_is_looked_for_by_its_end_among_some_and_by_its_begin_where_it_is(path: Path) -> None:
    said = {"lowest": b"1", "highest": b"2", "part": "1", "tail": 1, "newest": 10}

    found = plan(path, "find_ids", **{**LIST, **said})

    assert found.count("USING PRIMARY KEY (id>? AND id<?)") == 2
    assert "INDEX" not in found
    assert not re.search(r"SCAN dawam_\w+ / USE TEMP", found), "the newest are not sorted out"


@pytest.mark.parametrize("statement", ["count_live", "count_finished"])
def test_bounded_counts_read_no_table_from_end_to_end(path: Path, statement: str) -> None:
    with closing(sqlite3.connect(path)) as db:
        rows = db.execute(f"EXPLAIN QUERY PLAN {SQL[statement]}", ("default", 100)).fetchall()

    assert not [row[3] for row in rows if row[3].startswith(("SCAN dawam_job", "SCAN dawam_finished"))]
