"""What people read: lists, page by page, numbers, records."""

from typing import Any
from uuid import UUID

from hypothesis import strategies as st

from dawam.testing.conformance.stores.machines import model_reading
from dawam.testing.conformance.stores.machines.machine import step
from dawam.testing.conformance.stores.machines.shops import Job, Shops
from dawam.testing.conformance.stores.machines.strategies import HOSTS, JOBS, at, filters, of


class Reads(Shops):
    """`JobReader`."""

    @step(given=(JOBS, HOSTS), at=at, chosen=filters, size=st.integers(1, 5), behind=st.none() | JOBS)
    async def turn_pages(self, at: str, chosen: dict[str, Any], size: int, behind: Job | None) -> None:
        shop, meaning, after = self.shops[at], self.filter(chosen), None if behind is None else behind.id
        look = await shop.store.look(meaning, size, after)
        assert [job.id for job in look.jobs] == model_reading.listed(shop.model, meaning, size, after)

    @step(at=at, chosen=filters, size=st.integers(1, 5), within=st.none() | st.integers(1, 5))
    async def pass_through_jobs(self, at: str, chosen: dict[str, Any], size: int, within: int | None) -> None:
        shop, meaning = self.shops[at], self.filter(chosen)
        found, count, bookmark, is_over = list[UUID](), 0, None, False
        while not is_over:
            look = await shop.store.ids(meaning, size, bookmark, within)
            found, bookmark = found + look.ids, look.bookmark
            is_over = bookmark is None
        is_over = False
        while not is_over:
            counted = await shop.store.count(meaning, bookmark, within)
            count, bookmark = count + counted.count, counted.bookmark
            is_over = bookmark is None
        assert (len(found), count) == (len(set(found)), len(found))
        assert set(found) == model_reading.ids(shop.model, meaning)

    @step(at=at)
    async def count_jobs(self, at: str) -> None:
        shop = self.shops[at]
        assert await shop.store.counts() == model_reading.counts(shop.model)
        assert await shop.store.queues() == model_reading.queues(shop.model)
        assert await shop.store.waiting_names() == model_reading.waiting_names(shop.model)

    @step(job=JOBS, of=of)
    async def look_at_attempts(self, job: Job, of: str) -> None:
        shop = self.shop_of(job, of)
        expected = shop.model.jobs[job.id].records if job.id in shop.model.jobs else []
        records = await shop.store.attempts(job.id)
        assert [(record.fence, record.error_type) for record in records] == expected
