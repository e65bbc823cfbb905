"""A job outlives the process that enqueued it."""

import asyncio
import signal
import sys
from pathlib import Path

import pytest

from dawam import App
from dawam.events.lifecycle import JobSettled
from examples.inventory.module import InventoryModule
from examples.inventory.tests.rows import job_rows, select
from examples.inventory.tests.shelf import CHAIR_ID

ROOT = Path(__file__).parents[3]
ENQUEUE_AND_DIE = """
import asyncio, os, signal
from examples.inventory.app import app
from examples.inventory.tests.shelf import CHAIR, change_stock, stock

async def main():
    async with app.open(run_host=False):
        await stock(app, CHAIR)
        await change_stock(app, CHAIR, to=9)
        os.kill(os.getpid(), signal.SIGKILL)

asyncio.run(main())
"""


@pytest.mark.guide(4, 5)
async def test_a_job_of_a_process_that_was_killed_is_run_by_another(
    database: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DAWAM__STORE__URL", f"sqlite:///{database}")
    monkeypatch.setenv("DAWAM__ALERTS__SENDER", "Notification")
    process = await asyncio.create_subprocess_exec(sys.executable, "-c", ENQUEUE_AND_DIE, cwd=ROOT)
    assert await process.wait() == -signal.SIGKILL
    assert job_rows(database) == [("products.low-stock-alert", "ready", CHAIR_ID, 9)]

    settled = asyncio.Event()
    another = App(InventoryModule, settings=ROOT / "examples" / "inventory" / "appsettings.json")
    another.events.subscribe(JobSettled, lambda _: settled.set())
    async with another, asyncio.timeout(10):
        await settled.wait()

    assert job_rows(database) == []
    assert select(database, "SELECT name, state, fence FROM dawam_finished") == [
        ("products.low-stock-alert", "succeeded", 1)
    ]
    assert select(database, "SELECT text FROM notification") == [("Chair is down to 9; at least 10 should be there.",)]
