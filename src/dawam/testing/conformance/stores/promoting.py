"""`promote` and `orders`: due jobs become ready, and hosts learn what people wish."""

import pytest

from dawam.jobs.state import StoredState
from dawam.stores.values import HostOrders, Promotion, QueueInfo
from dawam.testing.conformance.stores.bench import DAY, HOUR, MINUTE, SECOND, Bench


class Promoting(Bench):
    """`JobCaretaker.promote` and `orders`."""

    @pytest.mark.abp(42)
    @pytest.mark.guide(3)
    async def test_scheduled_jobs_become_ready_when_their_time_has_come_and_no_sooner(self) -> None:
        soon, later = await self.added(due_in=MINUTE), await self.added(due_in=HOUR)

        assert (await self.store.promote(10)).count == 0
        await self.pass_time(MINUTE)
        assert (await self.store.promote(10)).count == 1

        assert await self.state_of(soon) is StoredState.READY
        assert await self.state_of(later) is StoredState.SCHEDULED

    async def test_promotion_says_when_the_next_job_is_due(self) -> None:
        start = self.clock.now()
        await self.added(due_in=HOUR)
        await self.added(due_in=MINUTE)

        assert await self.store.promote(10) == Promotion(0, start + MINUTE)
        await self.pass_time(MINUTE + SECOND)
        assert await self.store.promote(10) == Promotion(1, start + HOUR)
        await self.pass_time(HOUR)
        assert await self.store.promote(10) == Promotion(1, None)

    async def test_promotion_goes_in_batches_earliest_first(self) -> None:
        start = self.clock.now()
        last, first, middle = [await self.added(due_in=due) for due in (3 * MINUTE, MINUTE, 2 * MINUTE)]
        await self.pass_time(HOUR)

        assert await self.store.promote(2) == Promotion(2, start + 3 * MINUTE)

        states = [await self.state_of(job_id) for job_id in (first, middle, last)]
        assert states == [StoredState.READY, StoredState.READY, StoredState.SCHEDULED]
        assert await self.store.promote(2) == Promotion(1, None)

    async def test_a_promoted_job_keeps_its_due_time_and_goes_before_later_ones(self) -> None:
        due = self.clock.now() + MINUTE
        scheduled = await self.added(due_in=MINUTE)
        await self.pass_time(DAY)
        fresh = await self.added()
        await self.store.promote(10)

        claimed = await self.store.claim(await self.new_host(), ["default"], 10)

        assert [job.id for job in claimed] == [scheduled, fresh]
        assert (claimed[0].run_at, claimed[0].counted_from) == (due, due)

    async def test_nothing_to_promote_is_fine(self) -> None:
        await self.running()

        assert await self.store.promote(10) == Promotion(0, None)

    async def test_a_host_is_told_which_of_its_jobs_to_cancel(self) -> None:
        host, other = await self.new_host(), await self.new_host()
        mine = await self.running(host=host)
        await self.running(host=host)
        theirs = await self.running(host=other)
        for job in (mine, theirs):
            await self.store.cancel(job.id)

        assert await self.store.orders(host) == HostOrders(cancel=frozenset({mine.id}))

        await self.settle(mine, self.failed())
        assert await self.store.orders(host) == HostOrders()

    async def test_a_host_is_told_how_many_jobs_of_a_queue_people_allow(self) -> None:
        host, bakery = await self.new_host(), await self.open_store(application="bakery")
        for queue, limit in (("mail", 2), ("print", 9), ("mail", 3), ("print", None), ("never limited", None)):
            await self.store.limit_queue(queue, limit)

        assert await self.store.orders(host) == HostOrders(queue_limits={"mail": 3})
        assert await self.store.queues() == [QueueInfo(name="mail", limit=3)]
        assert await bakery.queues() == []
