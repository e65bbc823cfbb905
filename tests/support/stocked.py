"""A store that is stocked in this process, for commands and programs that work on its file."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import timedelta
from pathlib import Path
from typing import Any, TypeVar
from uuid import UUID

from dawam.clock import SystemClock
from dawam.ids import HostId, new_host_id, new_id
from dawam.jobs.outcome import ErrorDetails, Failed, Outcome, Settlement, Succeeded
from dawam.jobs.priority import Priority
from dawam.jobs.record import NewJob
from dawam.stores.sqlite.store import SqliteStore
from dawam.stores.values import HostInfo

T = TypeVar("T")
LEASE = timedelta(minutes=10)
TIMEOUT = Failed(ErrorDetails("TimeoutError", "smtp did not answer", "Traceback"))
NO_STOCK = Failed(ErrorDetails("ValueError", "no stock", "Traceback"))


class Stock:
    """An open store, and words for what to put into it."""

    def __init__(self, store: SqliteStore) -> None:
        self.store = store

    async def add(
        self,
        count: int = 1,
        *,
        name: str = "shop.send",
        queue: str = "mail",
        age: timedelta = timedelta(0),
        **more: Any,
    ) -> list[UUID]:
        """Waiting jobs, due now unless said otherwise."""
        moment = SystemClock().now() - age
        fields: dict[str, Any] = {"args": b"{}", "priority": Priority.NORMAL, "created_at": moment, "run_at": moment}
        jobs = [NewJob(id=new_id(), name=name, queue=queue, **{**fields, **more}) for _ in range(count)]
        await self.store.add(jobs)
        return [job.id for job in jobs]

    async def host(self, *queues: str, lease: timedelta = LEASE) -> HostId:
        host = HostInfo(
            id=new_host_id(),
            process_id=4711,
            machine="press-1",
            queues=queues or ("mail",),
            job_names=("shop.send",),
            concurrency=8,
            version="1.0",
            started_at=SystemClock().now(),
        )
        await self.store.register(host, lease)
        return host.id

    async def run(self, count: int, *, queue: str = "mail") -> list[UUID]:
        """The next jobs of a queue run, on a host that never ends them."""
        return [job.id for job in await self.store.claim(await self.host(queue), [queue], count)]

    async def finish(self, count: int, outcome: Outcome | None = None, **more: Any) -> list[UUID]:
        """Jobs that have ended, well unless said otherwise; nothing else of their queue may be due."""
        ids, host = await self.add(count, **more), await self.host()
        claimed = await self.store.claim(host, [more.get("queue", "mail")], count)
        assert {job.id for job in claimed} == set(ids), "something else was due"
        now = SystemClock().now()
        await self.store.settle([Settlement(job.id, job.fence, outcome or Succeeded(), now, now) for job in claimed])
        await self.store.give_up(host)
        return ids


def stocked(path: Path, fill: Callable[[Stock], Awaitable[T]]) -> T:
    """Opens the store at the path (a new one if need be), fills it, and closes it."""

    async def work() -> T:
        store = SqliteStore(path, clock=SystemClock())
        await store.open()
        try:
            return await fill(Stock(store))
        finally:
            await store.close()

    return asyncio.run(work())
