"""The tables of workers beside code of version 2, which knows nothing of them."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from datetime import timedelta
from pathlib import Path

import pytest

from dawam.clock import boot_id
from dawam.ids import HostId, new_host_id, new_id
from dawam.jobs.priority import Priority
from dawam.jobs.record import NewJob
from dawam.stores.sql.place import Place
from dawam.stores.sql.rows import host_row
from dawam.stores.sql.statements import load_migrations
from dawam.stores.sqlite.adding import job_rows
from dawam.stores.sqlite.statements import SQL
from dawam.stores.sqlite.store import SqliteStore
from dawam.stores.values import HostInfo, JobFilter, Retention
from dawam.testing.clock import ManualClock
from dawam.workers.record import DueTick, TickClaim, WorkerDeclaration

LEASE = timedelta(seconds=20)


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock()


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """A file that code of version 2 made."""
    path = tmp_path / "jobs.db"
    with closing(sqlite3.connect(path)) as db:
        for number, _, text in load_migrations("dawam.stores.sqlite")[:2]:
            db.executescript(text)
            db.execute("UPDATE dawam_schema SET version = ?", (number,))
        db.commit()
    return path


@pytest.fixture
def old_code(path: Path) -> Iterator[sqlite3.Connection]:
    """Its connection, which stays open beside the newer code."""
    db = sqlite3.connect(path, isolation_level=None)
    yield db
    db.close()


def job(clock: ManualClock) -> NewJob:
    now = clock.now()
    return NewJob(
        id=new_id(), name="a", args=b"{}", queue="default", priority=Priority.NORMAL, created_at=now, run_at=now
    )


def host_info(clock: ManualClock) -> HostInfo:
    return HostInfo(
        id=new_host_id(),
        process_id=1,
        machine="press-1",
        queues=("default",),
        job_names=(),
        concurrency=1,
        version="1",
        started_at=clock.now(),
    )


def declaration(clock: ManualClock, place: str = "") -> WorkerDeclaration:
    return WorkerDeclaration(name=f"refill{place and ' own'}", place=place, schedule="every 1h", first_at=clock.now())


def claim(tick: DueTick) -> TickClaim:
    return TickClaim(
        name=tick.name, place=tick.place, fence=tick.fence, revision=tick.revision, planned_at=tick.next_at
    )


async def test_a_file_of_version_2_keeps_its_rows_when_the_tables_of_workers_are_made(
    path: Path, old_code: sqlite3.Connection, clock: ManualClock
) -> None:
    place, before, host = Place("default", clock, Retention(), boot_id()), job(clock), host_info(clock)
    old_code.execute(SQL["add_job"], *job_rows(place, [before]))
    old_code.execute(SQL["register_host"], host_row(host, "default", place.boot, place.boot_now() + 60_000_000))
    store = SqliteStore(path, clock=clock)

    await store.open()

    assert not (await store.check()).pending
    assert [each.id for each in (await store.look(JobFilter(), 10)).jobs] == [before.id]
    assert [each.id for each in await store.hosts()] == [host.id]
    await store.declare_workers(host.id, [declaration(clock)])
    assert [tick.name for tick in (await store.due_ticks(host.id, 10)).ticks] == ["refill"]
    await store.close()


async def test_code_of_version_2_goes_on_beside_workers(
    path: Path, old_code: sqlite3.Connection, clock: ManualClock
) -> None:
    store = SqliteStore(path, clock=clock)
    await store.open()
    assert old_code.execute("SELECT minimum_code_version <= 2 FROM dawam_schema").fetchone() == (1,)
    place, added = Place("default", clock, Retention(), boot_id()), job(clock)

    assert old_code.execute(SQL["add_job"], *job_rows(place, [added])).rowcount == 1

    assert await store.get(added.id) is not None
    await store.close()


async def test_what_code_of_version_2_left_of_a_host_that_it_gave_up_is_taken_back_and_swept_away(
    path: Path, old_code: sqlite3.Connection, clock: ManualClock
) -> None:
    store = SqliteStore(path, clock=clock)
    await store.open()
    host, other = host_info(clock), host_info(clock)
    for each in (host, other):
        await store.register(each, LEASE)
        await store.declare_workers(each.id, [declaration(clock), declaration(clock, each.id)])
    ticks = (await store.due_ticks(host.id, 10)).ticks
    assert await store.claim_ticks(host.id, [claim(tick) for tick in ticks]) == [True, True]

    old_code.execute(SQL["remove_host"], ("default", host.id))

    assert (await store.rescue(10)).lost_ticks == ("refill", "refill own")
    assert left_of(host.id, old_code) == (2, 1)
    await store.forget_workers(timedelta(days=1))
    assert left_of(host.id, old_code) == (0, 0)
    assert [(each.name, each.declared_by) for each in await store.workers(10)] == [
        ("refill", (other.id,)),
        ("refill own", (other.id,)),
    ]
    await store.close()


def left_of(host: HostId, db: sqlite3.Connection) -> tuple[int, int]:
    """How many declarations, and how many rows of its own."""
    (declarations,) = db.execute("SELECT count(*) FROM dawam_declaration WHERE host = ?", (host,)).fetchone()
    (rows,) = db.execute("SELECT count(*) FROM dawam_worker WHERE place = ?", (host,)).fetchone()
    return declarations, rows
