"""How SQLite goes about workers: with tens of thousands of them only an index leads to the few that are due."""

import re
import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest

from dawam.stores.sqlite import migrations
from dawam.stores.sqlite.statements import SQL

DECLARED = "SEARCH d USING COVERING INDEX dawam_declaration_worker (application=? AND worker=? AND place=? AND host=?"


@pytest.fixture
def db() -> Iterator[sqlite3.Connection]:
    connection = sqlite3.connect(":memory:", isolation_level=None)
    migrations.migrate(connection, Path("memory"))
    yield connection
    connection.close()


def plan(db: sqlite3.Connection, name: str) -> str:
    """How SQLite goes about it, a line for each step."""
    sql = SQL[name]
    values = dict.fromkeys(re.findall(r":(\w+)", sql), "[]") or ("[]",) * max(map(int, re.findall(r"\?(\d+)", sql)))
    return "\n".join(row[3] for row in db.execute(f"EXPLAIN QUERY PLAN {sql}", values))


@pytest.mark.parametrize(
    ("name", "index"),
    [
        ("due_workers", "SEARCH w USING INDEX dawam_worker_due (application=? AND due_at>? AND due_at<?)"),
        ("next_due_at", "SEARCH w USING INDEX dawam_worker_due (application=? AND due_at>?)"),
        ("select_workers", "SEARCH dawam_worker USING PRIMARY KEY (application=? AND name=? AND place=?)"),
        ("workers_named", "SEARCH dawam_worker USING PRIMARY KEY (application=? AND name=?)"),
        ("list_workers", "SEARCH dawam_worker USING PRIMARY KEY (application=? AND (name,place)>(?,?))"),
        ("workers_of_host", "SEARCH dawam_worker USING INDEX dawam_worker_own (place=?)"),
        ("workers_running_on", "SEARCH dawam_worker USING INDEX dawam_worker_running (host=?)"),
        ("workers_running_nowhere", "SEARCH dawam_worker USING INDEX dawam_worker_running (host>?)"),
        ("ticks_of_host", "SEARCH dawam_worker USING INDEX dawam_worker_running (host=?)"),
        ("needs_declaring", "SEARCH m USING PRIMARY KEY (application=? AND host=?)"),
        ("needs_declaring", "SEARCH w USING PRIMARY KEY (application=? AND name=? AND place=?)"),
        ("needs_declaring", DECLARED),
        ("lonely_workers", DECLARED),
        ("add_tick", "SEARCH dawam_tick USING PRIMARY KEY (application=? AND worker=?)"),
        ("trim_ticks", "SEARCH dawam_tick USING PRIMARY KEY (application=? AND worker=? AND number<?)"),
        ("list_ticks", "SEARCH dawam_tick USING PRIMARY KEY (application=? AND worker=?)"),
    ],
)
def test_a_statement_about_workers_finds_its_index(db: sqlite3.Connection, name: str, index: str) -> None:
    assert index in plan(db, name)


@pytest.mark.parametrize("name", ["due_workers", "next_due_at", "list_workers", "list_ticks"])
def test_workers_come_out_of_the_index_in_order_and_need_no_sorting(db: sqlite3.Connection, name: str) -> None:
    assert "TEMP B-TREE" not in plan(db, name)
