"""Another program holds the file's lock for longer than a lease: nobody is declared dead for that."""

import asyncio
import sqlite3
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path

import pytest

from dawam.clock import Clock
from dawam.ids import HostId, new_host_id, new_id
from dawam.jobs.priority import Priority
from dawam.jobs.record import NewJob
from dawam.stores.sqlite.store import SqliteStore
from dawam.stores.values import HostInfo, Rescue
from dawam.testing import ManualClock

LEASE = timedelta(seconds=20)
SECOND = timedelta(seconds=1)


@asynccontextmanager
async def opened(path: Path, clock: Clock) -> AsyncGenerator[SqliteStore]:
    store = SqliteStore(path, clock=clock)
    await store.open()
    try:
        yield store
    finally:
        await store.close()


async def joined(store: SqliteStore, clock: Clock) -> HostId:
    """A host that has claimed the one job there is."""
    now = clock.now()
    await store.add(
        [
            NewJob(
                id=new_id(), name="x", args=b"{}", queue="default", priority=Priority.NORMAL, created_at=now, run_at=now
            )
        ]
    )
    host = HostInfo(
        id=new_host_id(), process_id=1, machine="m", queues=(), job_names=(), concurrency=1, version="1", started_at=now
    )
    await store.register(host, LEASE)
    assert len(await store.claim(host.id, ["default"], 1)) == 1
    return host.id


@pytest.mark.fault("long lock")
async def test_a_rescue_that_waited_for_the_lock_judges_nobody(tmp_path: Path) -> None:
    clock = ManualClock()
    async with opened(tmp_path / "jobs.db", clock) as store:
        host = await joined(store, clock)
        clock.advance(LEASE + SECOND)
        lock = sqlite3.connect(store.path, isolation_level=None)
        lock.execute("BEGIN IMMEDIATE")
        rescuing = asyncio.create_task(store.rescue(10))
        await asyncio.sleep(0)  # it begins, and hands in its look
        await store.hosts()  # behind that look, in the line of the reader
        await asyncio.sleep(0)
        clock.advance(SECOND)  # the host's heartbeat waits for the lock as well
        lock.execute("COMMIT")
        lock.close()
        assert await rescuing == Rescue()
        assert len(await store.claims_of(host)) == 1
        assert (await store.rescue(10)).dead_hosts == (host,)
