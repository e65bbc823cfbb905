"""How SQLite goes about what people ask: with millions of jobs only an index in the right order stays quick."""

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
    ],
)
def test_a_page_of_a_list_begins_at_its_place_in_an_index_and_is_not_sorted(
    path: Path, statement: str, index: str
) -> None:
    found = plan(path, statement, **LIST)

    assert f"SEARCH {'dawam_finished' if index.startswith('dawam_fin') else 'dawam_job'} USING INDEX {index}" in found
    assert ">(" in found or "<(" in found, "the place is found by the index"
    assert "TEMP B-TREE" not in found


def test_running_jobs_are_found_among_millions_of_waiting_ones(path: Path) -> None:
    assert "USING INDEX dawam_job_running" in plan(path, "list_running", **LIST)


def test_all_finished_jobs_of_one_state_are_found_by_that_state(path: Path) -> None:
    found = plan(path, "ids_of_finished", lane="failed", after=b"", limit=10)

    assert "USING INDEX dawam_finished_age (application=? AND state=? AND finished_at>? AND finished_at<?)" in found


@pytest.mark.parametrize("statement", ["count_live", "count_finished"])
def test_bounded_counts_read_no_table_from_end_to_end(path: Path, statement: str) -> None:
    with closing(sqlite3.connect(path)) as db:
        rows = db.execute(f"EXPLAIN QUERY PLAN {SQL[statement]}", ("default", 100)).fetchall()

    assert not [row[3] for row in rows if row[3].startswith(("SCAN dawam_job", "SCAN dawam_finished"))]
