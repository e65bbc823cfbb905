"""`dawam run --processes` as a user starts it, and an application beside it that enqueues."""

import asyncio
import os
import signal
import sys
from asyncio.subprocess import DEVNULL
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from dawam import App
from dawam.runtime import Runtime
from tests.faults.ground import Ground

ROOT = Path(__file__).parents[2]
LONG = 60.0
"""Seconds that anything may take which is not measured."""


@asynccontextmanager
async def run_by_a_parent(
    ground: Ground, app: App, name: str, *settings: str, processes: int = 1
) -> AsyncIterator[Runtime]:
    """So many processes of `name`, which is where that application is found. The parent has to outlive all of it."""
    said = (*settings, f"Store.Url={ground.url}", "Host.Poll=100ms", "Host.ShutdownGrace=1s")
    words = [word for setting in said for word in ("--set", setting)]
    environ = {key: value for key, value in os.environ.items() if not key.startswith("DAWAM")}
    parent = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "dawam", "run", name, "--processes", str(processes), *words),
        cwd=ground.folder,
        env={**environ, "PYTHONPATH": str(ROOT)},
        stderr=DEVNULL,
    )
    runtime = app.build(command_line={"Store.Url": ground.url}, environment="Test")
    try:
        with app.opened_as(runtime):
            await runtime.start(run_host=False)
            yield runtime
    finally:
        await runtime.stop()
        if parent.returncode is None:
            parent.send_signal(signal.SIGTERM)
        async with asyncio.timeout(LONG):
            assert await parent.wait() == 0
