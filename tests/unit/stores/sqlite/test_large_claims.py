"""A claim is one value of SQLite's, which has a largest size: jobs that are larger together come in several claims."""

import sqlite3
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from dawam.clock import SystemClock, boot_id
from dawam.ids import HostId, new_host_id
from dawam.stores.sql.place import Place
from dawam.stores.sqlite import claiming
from dawam.stores.sqlite.connection import connect
from dawam.stores.sqlite.database import SqliteDatabase
from dawam.stores.sqlite.store import SqliteStore
from dawam.stores.values import Retention
from tests.support.sqlite import Claims
from tests.unit.stores.sqlite.test_sqlite_places import a_job

LARGEST = 100_000
HOST = new_host_id()


@pytest.fixture
async def db(tmp_path: Path) -> AsyncIterator[SqliteDatabase]:
    """The file of a store with one host, through a connection that takes values of that size only."""
    store = SqliteStore(tmp_path / "jobs.db", clock=SystemClock())
    await store.open()
    await Claims(store).claimed(HOST, 0)
    connection = connect(store.path, synchronous="FULL")
    connection.setlimit(sqlite3.SQLITE_LIMIT_LENGTH, LARGEST)
    yield SqliteDatabase(connection)
    connection.close()
    await store.close()


@pytest.mark.parametrize("args", [b'"' + b"x" * 30_000 + b'"', b"\xff" * 15_000], ids=["text", "no text"])
def test_large_jobs_are_claimed_a_few_at_a_time_and_in_order(db: SqliteDatabase, args: bytes) -> None:
    place = Place("default", SystemClock(), Retention(), boot_id())
    jobs = [a_job(args) for _ in range(5)]
    db.add(place, jobs)

    claims = [claiming.claim(db, place, HostId(HOST), ["default", "mail"], 10) for _ in range(4)]

    assert [job.id for claim in claims for job in claim] == [job.id for job in jobs]
    assert len(claims[0]) > 1
