"""A row that newer code wrote is run as well as may be, and stops nobody else's."""

import sqlite3
from functools import partial
from pathlib import Path
from uuid import UUID

import pytest

from dawam import App, Priority
from dawam.clock import SystemClock
from dawam.stores.sqlite.store import SqliteStore
from tests.support.applications import always, running, until


@pytest.mark.fault("two versions")
async def test_a_priority_that_is_unknown_here_is_the_nearest_known_one(tmp_path: Path) -> None:
    app = App()
    path = tmp_path / "jobs.db"

    @app.job("count")
    async def count(number: int) -> int:
        return number

    async with running(app, run_host=False, store=always(SqliteStore(path, clock=SystemClock()))):
        urgent, usual = await count.enqueue(1), await count.enqueue(2)
    db = sqlite3.connect(path)
    db.execute("UPDATE dawam_job SET rank = -21 WHERE id = ?", (urgent.id.bytes,))
    db.commit()
    db.close()
    store = SqliteStore(path, clock=SystemClock())
    async with running(app, store=always(store)):
        for enqueued in (usual, urgent):
            await until(partial(_is_done, store, enqueued.id))
        found = await store.get(urgent.id)
        assert found is not None
        assert found.priority is Priority.ABOVE_NORMAL


async def _is_done(store: SqliteStore, job_id: UUID) -> bool:
    job = await store.get(job_id)
    return job is not None and job.state == "succeeded"
