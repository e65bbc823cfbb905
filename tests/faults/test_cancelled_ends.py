"""Whoever closes an application and is cancelled meanwhile ends the grace, and leaves nothing behind."""

import asyncio
import threading

import pytest

from dawam import App
from dawam.jobs.state import StoredState
from dawam.stores.values import JobFilter
from tests.faults.ground import Ground
from tests.support.applications import running, until

LONG = 30.0
"""Far less than the grace, which the test is about."""


async def test_a_cancelled_close_hands_its_jobs_back_and_ends_its_loops(ground: Ground) -> None:
    app, began = App(store=ground.url), asyncio.Event()

    @app.job("wait")
    async def wait() -> None:
        began.set()
        await asyncio.get_running_loop().create_future()

    async def use() -> None:
        async with running(app, settings={"Host.ShutdownGrace": "1h"}):
            await wait.enqueue()
            await began.wait()

    before, threads_before = asyncio.all_tasks(), _threads_of_dawam()
    using = asyncio.create_task(use())
    await began.wait()
    async with running(App(store=ground.url), run_host=False) as runtime:
        watching = runtime.parts.store

        async def waits_for_the_job() -> bool:
            return [host.is_stopping for host in await watching.hosts()] == [True]

        await until(waits_for_the_job)
        using.cancel()
        with pytest.raises(asyncio.CancelledError):
            await asyncio.wait_for(using, LONG)
        [job] = (await watching.look(JobFilter(), 10)).jobs
        assert (job.stored_state, job.lost_count, await watching.hosts()) == (StoredState.READY, 0, [])
    # a thread that was told to end, and a task that was cancelled, may need a moment on a busy machine
    await until(lambda: asyncio.all_tasks() == before and _threads_of_dawam() <= threads_before)


def _threads_of_dawam() -> set[threading.Thread]:
    return {thread for thread in threading.enumerate() if thread.name.startswith("dawam")}
