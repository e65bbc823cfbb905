"""Whoever closes an application and is cancelled meanwhile ends the grace, and leaves nothing behind."""

import asyncio
import threading
from pathlib import Path

import pytest

from dawam import App
from dawam.clock import SystemClock
from dawam.jobs.state import StoredState
from dawam.stores.base import JobFilter
from dawam.stores.sqlite.store import SqliteStore
from tests.support.applications import always, running


async def test_a_cancelled_close_hands_its_jobs_back_and_ends_its_loops(tmp_path: Path) -> None:
    app, began, closing = App(), asyncio.Event(), asyncio.Event()

    @app.job("wait")
    async def wait() -> None:
        began.set()
        await asyncio.get_running_loop().create_future()

    store = SqliteStore(tmp_path / "jobs.db", clock=SystemClock())

    async def use() -> None:
        async with running(app, settings={"Host.ShutdownGrace": "1h"}, store=always(store)):
            await wait.enqueue()
            await began.wait()
            closing.set()

    before = asyncio.all_tasks()
    using = asyncio.create_task(use())
    await closing.wait()
    await asyncio.sleep(0.1)  # it waits for the job by now
    using.cancel()
    with pytest.raises(asyncio.CancelledError):
        await asyncio.wait_for(using, 5)
    assert asyncio.all_tasks() == before
    assert not [thread for thread in threading.enumerate() if thread.name.startswith("dawam")]
    after = SqliteStore(tmp_path / "jobs.db", clock=SystemClock())
    await after.open()
    [job] = await after.jobs(JobFilter(), 10)
    assert (job.stored_state, job.lost_count, await after.hosts()) == (StoredState.READY, 0, [])
    await after.close()
