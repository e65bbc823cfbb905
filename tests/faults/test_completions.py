"""A process is killed around the commit of what its jobs did: effect and end of each job agree, whenever that was."""

import asyncio
import os
import sqlite3
import sys
from asyncio.subprocess import PIPE, Process
from collections import Counter
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import pytest

from dawam.runtime import Runtime
from tests.faults.crew import PATIENCE, ROOT, SHORT_LEASE, becomes
from tests.faults.till import (
    AFTER_COMMIT,
    AFTER_END,
    BEFORE_COMMIT,
    BEFORE_COMPLETION,
    DIES,
    STORE,
    app,
    charge,
    charge_in_a_thread,
)
from tests.support.applications import running
from tests.support.postgres import Postgres

ORDERS = 12
"""Of each of the two jobs."""


class Till:
    """The database, and the processes on it."""

    def __init__(self, url: str, folder: Path, execute: Callable[[str], list[Any]]) -> None:
        self.url, self.folder, self.execute = url, folder, execute
        self._processes: list[Process] = []

    async def host(self, *, dies: str = "") -> Process:
        """One more; it dies at that point."""
        environ = {key: value for key, value in os.environ.items() if not key.startswith("DAWAM")}
        environ |= {
            STORE: self.url,
            DIES: dies,
            "PYTHONPATH": str(ROOT),
            **SHORT_LEASE,
            "DAWAM__HOST__CONCURRENCY": "6",
        }
        with (self.folder / "errors.log").open("ab") as log:
            process = await asyncio.create_subprocess_exec(
                sys.executable, "-m", "tests.faults.till", stdout=PIPE, stderr=log, cwd=self.folder, env=environ
            )
        self._processes.append(process)
        return process

    def effects(self) -> Counter[str]:
        """How often what each job does was done."""
        return Counter(key for (key,) in self.execute("SELECT job FROM effect"))

    async def clear(self) -> None:
        for process in self._processes:
            if process.returncode is None:
                process.kill()
                await process.wait()


@pytest.fixture(params=["sqlite", "postgresql"])
async def till(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Till]:
    if request.param == "sqlite":
        database = tmp_path / "till.db"

        def in_the_file(statement: str) -> list[Any]:
            db = sqlite3.connect(database)
            rows = db.execute(statement).fetchall()
            db.close()
            return rows

        till = Till(f"sqlite:///{database}", tmp_path, in_the_file)
    else:
        server: Postgres = request.getfixturevalue("postgres")
        url: str = request.getfixturevalue("emptied_postgres_url")
        till = Till(url, tmp_path, lambda statement: server.execute(statement.encode(), url=url))
    yield till
    await till.clear()


@pytest.fixture
async def runtime(till: Till) -> AsyncIterator[Runtime]:
    """Enqueues, and looks."""
    async with running(app, settings={"Store.Url": till.url}, run_host=False) as runtime:
        till.execute("CREATE TABLE effect (job text)")
        yield runtime


@pytest.mark.parametrize("point", [BEFORE_COMPLETION, BEFORE_COMMIT, AFTER_COMMIT, AFTER_END])
@pytest.mark.fault("kill -9 in a transaction")
async def test_effect_and_end_of_every_job_agree_wherever_its_process_is_killed(
    till: Till, runtime: Runtime, point: str
) -> None:
    calls = [call for order in range(ORDERS) for call in (charge.call(order), charge_in_a_thread.call(order))]
    jobs = {job.id for job in await runtime.parts.manager.enqueue_many(calls)}
    store = runtime.parts.store

    async def all_done() -> bool:
        return (await store.counts()).succeeded == 2 * len(jobs)

    first = await till.host(dies=point)
    assert first.stdout is not None
    async with asyncio.timeout(PATIENCE):
        assert await first.wait() == -9, (till.folder / "errors.log").read_text()
        victim, fence = (await first.stdout.read()).decode().split()
    done = {job.id for job in await runtime.parts.desk.inspector.get_jobs(state="succeeded", max_result_count=1000)}
    assert till.effects() == Counter(map(str, done & jobs))  # also before anybody mends anything
    await till.host()
    await becomes(all_done)

    assert till.effects() == Counter(map(str, jobs))
    charges = [job for job in await runtime.parts.desk.inspector.get_jobs(max_result_count=1000) if job.id in jobs]
    ran_again = {str(job.id) for job in charges if job.fence > 1}
    assert (victim in ran_again) == (point in (BEFORE_COMPLETION, BEFORE_COMMIT))
    assert fence == "1"
