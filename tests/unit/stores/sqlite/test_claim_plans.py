"""The statements of a claim read from the small index that was made for them."""

import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest

from dawam.stores.sqlite import migrations
from dawam.stores.sqlite.statements import SQL


@pytest.fixture
def db() -> Iterator[sqlite3.Connection]:
    connection = sqlite3.connect(":memory:", isolation_level=None)
    migrations.migrate(connection, Path("memory"))
    yield connection
    connection.close()


def plan(db: sqlite3.Connection, name: str) -> str:
    """How SQLite goes about it, a line for each step."""
    values = tuple("[]" for _ in range(SQL[name].count("?") and max(_numbers(SQL[name]))))
    return "\n".join(row[3] for row in db.execute(f"EXPLAIN QUERY PLAN {SQL[name]}", values))


def _numbers(sql: str) -> list[int]:
    return [int(part[0]) for part in sql.split("?")[1:]]


@pytest.mark.parametrize(
    ("name", "index"),
    [
        ("select_ready", "SEARCH dawam_job USING INDEX dawam_job_ready (application=? AND queue=?)"),
        ("select_parked", "USING INDEX dawam_job_parked (application=? AND name=? AND args_version<?)"),
        ("select_suspects", "SEARCH dawam_job USING INDEX dawam_job_suspect (application=?)"),
        ("has_suspect", "INDEX dawam_job_suspect (application=?)"),
        ("select_of_host", "SEARCH dawam_job USING INDEX dawam_job_running (application=? AND host=?)"),
    ],
)
def test_a_statement_of_the_hot_path_finds_its_index(db: sqlite3.Connection, name: str, index: str) -> None:
    assert index in plan(db, name)


@pytest.mark.parametrize("name", ["select_ready", "select_suspects"])
def test_jobs_come_out_of_the_index_in_claim_order_and_need_no_sorting(db: sqlite3.Connection, name: str) -> None:
    assert "ORDER BY" not in plan(db, name)
