"""What a host deletes of the history of finished jobs, and what it leaves alone."""

import asyncio
from typing import Any

import pytest

from dawam import App
from dawam.clock import SystemClock
from dawam.jobs.state import StoredState
from dawam.runtime import Runtime
from dawam.stores.memory import MemoryStore
from dawam.stores.values import Retention
from tests.support.applications import always, running, until

SHORT = {"Store.Url": "memory://", "Host.Poll": "20ms", "BackgroundJobs.SuccessfulJobRetention": "1us"}


class Shelved(MemoryStore):
    """Outlives the runtimes that use it, and tells when it was pruned."""

    def __init__(self) -> None:
        super().__init__(clock=SystemClock(), retention=Retention())
        self.pruned = asyncio.Event()

    async def prune(self, retention: Retention, limit: int) -> int:
        count = await super().prune(retention, limit)
        self.pruned.set()
        return count


@pytest.fixture
def shop() -> App:
    app = App()

    @app.job("ship")
    async def ship() -> None:
        """Does nothing."""

    return app


async def shipped(shop: App, store: Shelved) -> Any:
    """The id of a job that succeeded, and is kept; nothing has been pruned since."""
    async with running(
        shop, settings={**SHORT, "BackgroundJobs.SuccessfulJobRetention": "7d"}, store=always(store)
    ) as it:
        await store.pruned.wait()
        job = await it.parts.manager.enqueue("ship", {})
        await until(lambda: has_succeeded(it, job.id))
    store.pruned.clear()
    return job.id


async def has_succeeded(runtime: Runtime, job_id: Any) -> bool:
    job = await runtime.parts.store.get(job_id)
    return job is not None and job.stored_state is StoredState.SUCCEEDED


async def test_what_is_older_than_its_retention_is_deleted_when_a_host_starts(shop: App) -> None:
    store = Shelved()
    job_id = await shipped(shop, store)

    async with running(shop, settings=SHORT, store=always(store)) as runtime:
        await store.pruned.wait()
        assert await runtime.parts.store.get(job_id) is None


@pytest.mark.abp(36)
async def test_where_history_was_switched_off_what_was_kept_before_stays(shop: App) -> None:
    store = Shelved()
    job_id = await shipped(shop, store)

    async with running(
        shop, settings={**SHORT, "BackgroundJobs.StoreSuccessfulJobs": False}, store=always(store)
    ) as runtime:
        await store.pruned.wait()
        assert await has_succeeded(runtime, job_id)
