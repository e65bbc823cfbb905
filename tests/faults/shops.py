"""Processes of the shop on one store, and what each of them says."""

import asyncio
import os
import signal
import sys
from asyncio.subprocess import PIPE, Process
from collections.abc import Mapping
from pathlib import Path
from typing import Generic, TypeVar
from uuid import UUID

from dawam.jobs.record import JobInfo
from dawam.jobs.state import StoredState
from dawam.stores.base import JobStore
from tests.faults.ground import Ground
from tests.support.applications import until

S = TypeVar("S", bound=JobStore)
ROOT = Path(__file__).parents[2]
SHORT_LEASE = {"DAWAM__HOST__LEASE": "1500ms", "DAWAM__HOST__HEARTBEAT": "300ms", "DAWAM__HOST__POLL": "200ms"}
LONG = 30.0


class Running:
    """A process of the shop, and what it said."""

    def __init__(self, process: Process) -> None:
        self.process = process
        self.said: list[str] = []

    async def says(self, beginning: str, within: float = LONG) -> str:
        """Waits for a line that begins so."""
        assert self.process.stdout is not None
        async with asyncio.timeout(within):
            while line := (await self.process.stdout.readline()).decode().rstrip():
                self.said.append(line)
                if line.startswith(beginning):
                    return line
        raise AssertionError(f"it ended without a line {beginning!r}: {self.said}")

    def signal(self, number: signal.Signals) -> None:
        self.process.send_signal(number)

    async def ended(self, within: float = LONG) -> int:
        async with asyncio.timeout(within):
            return await self.process.wait()


class Shop(Generic[S]):
    """One store, and any number of processes on it."""

    def __init__(self, ground: Ground, store: S) -> None:
        self.ground, self.folder, self.store = ground, ground.folder, store
        self._processes: list[Running] = []

    async def run(self, *arguments: str, settings: Mapping[str, str] | None = None) -> Running:
        environ = {key: value for key, value in os.environ.items() if not key.startswith("DAWAM")}
        environ |= {"SHOP_STORE": self.ground.url, "PYTHONPATH": str(ROOT), **(settings or {})}
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "tests.faults.shop", *arguments, stdout=PIPE, cwd=self.folder, env=environ
        )
        started = Running(process)
        self._processes.append(started)
        return started

    async def host(self, **settings: str) -> Running:
        host = await self.run("host", settings=settings)
        await host.says("started")
        return host

    async def enqueue(self, name: str) -> UUID:
        process = await self.run("enqueue", name)
        job_id = UUID((await process.says("enqueued")).split()[1])
        assert await process.ended() == 0
        return job_id

    async def job(self, job_id: UUID) -> JobInfo:
        job = await self.store.get(job_id)
        assert job is not None
        return job

    async def becomes(self, job_id: UUID, state: StoredState) -> JobInfo:
        async def is_so() -> bool:
            return (await self.job(job_id)).stored_state is state

        await until(is_so, within=LONG)
        return await self.job(job_id)

    async def clear(self) -> None:
        for each in self._processes:
            if each.process.returncode is None:
                each.process.send_signal(signal.SIGCONT)
                each.process.kill()
            await each.process.communicate()
