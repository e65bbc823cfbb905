"""What people and caretakers do to jobs: cancel, retry, delete, pause, promote, prune."""

from datetime import timedelta
from typing import Any

from hypothesis import strategies as st

from dawam.stores.values import JobChange
from dawam.testing.conformance.stores.machines import model_reading
from dawam.testing.conformance.stores.machines.machine import step
from dawam.testing.conformance.stores.machines.shops import Job, Shops, retention
from dawam.testing.conformance.stores.machines.strategies import (
    HOSTS,
    JOBS,
    QUEUES,
    at,
    changes,
    filters,
    kept_for,
    limits,
    of,
    reasons,
)

_VERBS = ("cancel", "retry", "delete")


class Hands(Shops):
    """`JobController`, `QueueController` and `JobCaretaker`."""

    @step(job=JOBS, of=of, reason=reasons)
    async def cancel(self, job: Job, of: str, reason: str) -> None:
        shop = self.shop_of(job, of)
        assert await shop.store.cancel(job.id, reason) is shop.model.cancel(job.id, reason)

    @step(job=JOBS, of=of)
    async def retry(self, job: Job, of: str) -> None:
        shop = self.shop_of(job, of)
        assert await shop.store.retry(job.id) is shop.model.retry(job.id)

    @step(job=JOBS, of=of)
    async def delete(self, job: Job, of: str) -> None:
        shop = self.shop_of(job, of)
        assert await shop.store.delete(job.id) is shop.model.delete(job.id)

    @step(job=JOBS, of=of, change=changes)
    async def change(self, job: Job, of: str, change: dict[str, Any]) -> None:
        shop = self.shop_of(job, of)
        wanted = self.wanted(change)
        assert await shop.store.change(job.id, wanted) is shop.model.change(job.id, wanted)

    def wanted(self, said: dict[str, Any]) -> JobChange:
        due_in = said.get("due_in")
        run_at = None if due_in is None else self.bench.clock.now() + timedelta(seconds=due_in)
        return JobChange(run_at=run_at, queue=said.get("queue"), priority=said.get("priority"))

    @step(given=(JOBS, HOSTS), at=at, verb=st.sampled_from(_VERBS), jobs=st.lists(JOBS, unique=True), chosen=filters)
    async def do_to_chosen(self, at: str, verb: str, jobs: list[Job], chosen: dict[str, Any]) -> None:
        """To those of these jobs that the filter means."""
        shop, meaning = self.shops[at], self.filter(chosen)
        meant = [job.id for job in jobs if model_reading.is_meant(shop.model, meaning, job.id)]
        answers = await getattr(shop.store, f"{verb}_chosen")([job.id for job in jobs], meaning)
        assert answers == [getattr(shop.model, verb)(job_id) for job_id in meant]

    @step(at=at, queue=st.sampled_from(QUEUES[1:]))
    async def pause_or_resume(self, at: str, queue: str) -> None:
        """Never the first queue, so that something goes on."""
        shop = self.shops[at]
        if queue in shop.model.paused:
            await shop.store.resume_queue(queue)
        else:
            await shop.store.pause_queue(queue)
        shop.model.paused ^= {queue}
        assert await shop.store.paused_queues() == shop.model.paused

    @step(at=at, queue=st.sampled_from(QUEUES), limit=st.sampled_from([None, 1, 20]))
    async def limit_queue(self, at: str, queue: str, limit: int | None) -> None:
        """A wish that hosts fulfil: the store only keeps it."""
        shop = self.shops[at]
        await shop.store.limit_queue(queue, limit)
        shop.model.limits.pop(queue, None)
        shop.model.limits |= {} if limit is None else {queue: limit}

    @step(at=at, limit=limits)
    async def promote(self, at: str, limit: int) -> None:
        shop = self.shops[at]
        assert await shop.store.promote(limit) == shop.model.promote(limit)

    @step(at=at, limit=limits, succeeded=kept_for, failed=kept_for, cancelled=kept_for)
    async def prune(self, at: str, limit: int, **kept_for: int | None) -> None:
        shop, kept = self.shops[at], retention(**kept_for)
        assert await shop.store.prune(kept, limit) == shop.model.prune(kept, limit)
