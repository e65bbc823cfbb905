"""The store's doorbell: it wakes who waits, here at least."""

import asyncio
from datetime import datetime

from dawam.doorbells.base import Topic
from dawam.jobs.record import ClaimedJob
from dawam.testing.conformance.stores.bench import SECOND, Bench

SOON = 10.0


class Ringing(Bench):
    """`JobStore.doorbell`. Of a store's verbs only `add` rings; for all else whoever changed something does."""

    async def _hear_by_now(self) -> None:
        """Whoever begins to hear is woken once, for what was rung for before: that is over when this returns."""
        bell = self.store.doorbell.listen(Topic.READY, lambda: None)
        await self.begin_to_hear(self.store)
        bell.close()

    async def test_whoever_hears_that_a_job_was_added_can_claim_it(self) -> None:
        host, claims = await self.new_host(), asyncio.Queue[list[ClaimedJob]]()
        job = self.new_job()

        def wake() -> None:
            claiming = asyncio.ensure_future(self.store.claim(host, [job.queue], 1))
            claiming.add_done_callback(lambda done: claims.put_nowait(done.result()))

        await self._hear_by_now()
        bell = self.store.doorbell.listen(Topic.READY, wake)
        await self.store.add([job])

        async with asyncio.timeout(SOON):
            [claimed] = await claims.get()
        assert claimed.id == job.id
        bell.close()

    async def test_whoever_hears_that_a_job_was_scheduled_finds_when_it_is_due(self) -> None:
        moments = asyncio.Queue[datetime | None]()
        job = self.new_job(due_in=SECOND)

        def wake() -> None:
            looking = asyncio.ensure_future(self.store.promote(1))
            looking.add_done_callback(lambda done: moments.put_nowait(done.result().next_run_at))

        await self._hear_by_now()
        bell = self.store.doorbell.listen(Topic.SCHEDULED, wake)
        await self.store.add([job])

        async with asyncio.timeout(SOON):
            assert await moments.get() == job.run_at
        bell.close()

    async def test_a_ring_wakes_everybody_who_listens(self) -> None:
        doorbell, heard = self.store.doorbell, [asyncio.Event(), asyncio.Event()]
        bells = [doorbell.listen(Topic.READY, event.set) for event in heard]

        doorbell.ring(Topic.READY)

        async with asyncio.timeout(SOON):
            await asyncio.gather(*(event.wait() for event in heard))
        for bell in bells:
            bell.close()

    async def test_a_ring_from_another_thread_wakes_on_the_listeners_loop(self) -> None:
        loop, heard = asyncio.get_running_loop(), asyncio.Event()
        loops: list[asyncio.AbstractEventLoop] = []

        def wake() -> None:
            loops.append(asyncio.get_running_loop())
            heard.set()

        bell = self.store.doorbell.listen(Topic.FINISHED, wake)
        await asyncio.to_thread(self.store.doorbell.ring, Topic.FINISHED)

        async with asyncio.timeout(SOON):
            await heard.wait()
        assert set(loops) == {loop}
        bell.close()

    async def test_a_ring_about_something_else_wakes_nobody(self) -> None:
        doorbell, heard, other = self.store.doorbell, asyncio.Event(), asyncio.Event()
        await self._hear_by_now()
        bells = [doorbell.listen(Topic.READY, heard.set), doorbell.listen(Topic.FINISHED, other.set)]

        doorbell.ring(Topic.FINISHED)

        async with asyncio.timeout(SOON):
            await other.wait()
        assert not heard.is_set()
        for bell in bells:
            bell.close()

    async def test_a_ring_for_some_queues_wakes_whoever_serves_one_of_them(self) -> None:
        doorbell, one, all_of_them = self.store.doorbell, asyncio.Event(), asyncio.Event()
        bells = [
            doorbell.listen(Topic.READY, one.set, ("mail", "reports")),
            doorbell.listen(Topic.READY, all_of_them.set),
        ]

        doorbell.ring(Topic.READY, ("default", "mail"))

        async with asyncio.timeout(SOON):
            await asyncio.gather(one.wait(), all_of_them.wait())
        for bell in bells:
            bell.close()

    async def test_and_in_another_process_too(self) -> None:
        other, heard = await self.open_store(), asyncio.Event()
        bell = other.doorbell.listen(Topic.READY, heard.set, ("mail", "reports"))
        await self.begin_to_hear(other)

        self.store.doorbell.ring(Topic.READY, ("default", "mail"))

        async with asyncio.timeout(SOON):
            await heard.wait()
        bell.close()

    async def test_whoever_serves_the_queue_of_a_new_job_is_woken_in_another_process_too(self) -> None:
        other, heard = await self.open_store(), asyncio.Event()
        await self.new_host(other)
        job = self.new_job()
        bell = other.doorbell.listen(Topic.READY, heard.set, (job.queue,))
        await self.begin_to_hear(other)

        await self.store.add([job])

        async with asyncio.timeout(SOON):
            await heard.wait()
        bell.close()

    async def test_a_job_that_is_the_last_thing_a_process_does_wakes_another_one(self) -> None:
        heard, producer = asyncio.Event(), await self.open_store()
        await self.new_host()
        bell = self.store.doorbell.listen(Topic.READY, heard.set)
        await self.begin_to_hear(self.store)

        await producer.add([self.new_job()])
        await producer.close()

        async with asyncio.timeout(SOON):
            await heard.wait()
        bell.close()

    async def test_who_no_longer_listens_is_not_woken(self) -> None:
        doorbell, heard, other = self.store.doorbell, asyncio.Event(), asyncio.Event()
        doorbell.listen(Topic.READY, heard.set).close()
        bell = doorbell.listen(Topic.READY, other.set)

        doorbell.ring(Topic.READY)

        async with asyncio.timeout(SOON):
            await other.wait()
        assert not heard.is_set()
        bell.close()

    async def test_ringing_when_nobody_listens_is_fine(self) -> None:
        for topic in Topic:
            self.store.doorbell.ring(topic)

    async def test_another_store_on_the_same_place_hears_the_ring(self) -> None:
        other, heard = await self.open_store(), asyncio.Event()
        bell = other.doorbell.listen(Topic.READY, heard.set)
        await self.begin_to_hear(other)

        self.store.doorbell.ring(Topic.READY)

        async with asyncio.timeout(SOON):
            await heard.wait()
        bell.close()
