"""A process of `dawam run --processes` that is worn out makes room for another, and no job notices."""

import asyncio
import os
import signal
import sys
from asyncio.subprocess import DEVNULL, Process
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path

import pytest

from dawam.errors import JobFailedError
from dawam.runtime import Runtime
from tests.faults.ground import Ground
from tests.faults.worn_shop import app, grow, hang, place
from tests.support.applications import until

ROOT = Path(__file__).parents[2]
LONG = timedelta(seconds=60)


@asynccontextmanager
async def shop(ground: Ground, *settings: str) -> AsyncIterator[Runtime]:
    """`dawam run --processes 1` in that folder, and an application beside it that enqueues."""
    folder, url = ground.folder, ground.url
    said = (*settings, f"Store.Url={url}", "Host.Poll=100ms", "Host.ShutdownGrace=1s")
    words = [word for setting in said for word in ("--set", setting)]
    environ = {key: value for key, value in os.environ.items() if not key.startswith("DAWAM")}
    parent = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "dawam", "run", "tests.faults.worn_shop:app", "--processes", "1", *words),
        cwd=folder,
        env={**environ, "PYTHONPATH": str(ROOT)},
        stderr=DEVNULL,
    )
    runtime = app.build(command_line={"Store.Url": url}, environment="Test")
    try:
        with app.opened_as(runtime):
            await runtime.start(run_host=False)
            yield runtime
    finally:
        await runtime.stop()
        await ended(parent)


async def ended(parent: Process) -> None:
    if parent.returncode is None:
        parent.send_signal(signal.SIGTERM)
    async with asyncio.timeout(LONG.total_seconds()):
        assert await parent.wait() == 0


async def another_than(process: int) -> None:
    """Waits until jobs run in another process."""

    async def is_another() -> bool:
        return await (await place.enqueue()).result(within=LONG) != process

    await until(is_another, within=LONG.total_seconds())


@pytest.mark.fault("leak")
async def test_a_process_that_has_grown_too_large_is_replaced(ground: Ground) -> None:
    async with shop(ground, f"Host.MemoryLimit={200 << 20}"):
        process = await (await grow.enqueue(300)).result(within=LONG)

        await another_than(process)


@pytest.mark.fault("leak")
async def test_one_whose_threads_all_hang_is_replaced_and_their_jobs_have_failed(ground: Ground) -> None:
    async with shop(ground, "Host.ThreadCount=2") as runtime:
        process = await (await place.enqueue()).result(within=LONG)
        hanging = [await hang.enqueue() for _ in range(2)]

        for enqueued in hanging:
            with pytest.raises(JobFailedError, match="time limit"):
                await enqueued.result(within=LONG)
            [attempt] = await runtime.parts.inspector.history(enqueued.id)
            assert attempt.attempt == 1
        await another_than(process)
