"""`claim`: hands out ready jobs, in order, each to one host."""

import asyncio

import pytest

from dawam.ids import new_host_id
from dawam.jobs.priority import Priority
from dawam.jobs.state import StoredState
from dawam.testing.conformance.stores.bench import HOUR, LEASE, MINUTE, SECOND, Bench


class Claiming(Bench):
    """`JobClaimer.claim` and `claims_of`."""

    @pytest.mark.guide(5)
    async def test_a_claimed_job_is_running_and_owned_by_its_host(self) -> None:
        job_id, host = await self.added(), await self.new_host()

        (claimed,) = await self.store.claim(host, ["default"], 10)

        found = await self.info(job_id)
        assert (found.stored_state, found.host, found.claimed_at) == (StoredState.RUNNING, host, self.clock.now())
        assert (claimed.id, claimed.fence, claimed.attempt) == (job_id, 1, 1)
        assert found.fence == 1

    async def test_a_claimed_job_is_not_claimed_again(self) -> None:
        await self.running()

        assert await self.store.claim(await self.new_host(), ["default"], 10) == []

    @pytest.mark.guide(3)
    async def test_jobs_of_a_higher_priority_go_first(self) -> None:
        ids = {priority: await self.added(priority=priority) for priority in Priority}

        claimed = await self.store.claim(await self.new_host(), ["default"], 10)

        assert [job.id for job in claimed] == [ids[priority] for priority in sorted(Priority, reverse=True)]
        assert [job.priority for job in claimed] == sorted(Priority, reverse=True)

    @pytest.mark.guide(3)
    async def test_among_equals_in_priority_fewer_attempts_go_first(self) -> None:
        tried = await self.running(due_in=-HOUR)
        await self.settle(tried, self.retrying(after=-MINUTE))
        fresh = await self.added()

        claimed = await self.store.claim(await self.new_host(), ["default"], 10)

        assert [job.id for job in claimed] == [fresh, tried.id]

    @pytest.mark.guide(3)
    async def test_then_the_earlier_due_time_and_then_the_smaller_id(self) -> None:
        first, second = self.new_job(), self.new_job()
        early = self.new_job(due_in=-SECOND)
        await self.store.add([second, first, early])

        claimed = await self.store.claim(await self.new_host(), ["default"], 10)

        assert [job.id for job in claimed] == [early.id, first.id, second.id]

    @pytest.mark.abp("fetch order")
    async def test_the_order_holds_across_queues_and_the_limit_cuts_its_end(self) -> None:
        low = await self.added(queue="a", priority=Priority.LOW)
        high = await self.added(queue="b", priority=Priority.HIGH)
        normal = await self.added(queue="c")
        host = await self.new_host()

        first = await self.store.claim(host, ["a", "b", "c"], 2)
        rest = await self.store.claim(host, ["a", "b", "c"], 2)

        assert [job.id for job in first] == [high, normal]
        assert [job.id for job in rest] == [low]

    async def test_only_the_queues_that_are_named_are_claimed_from(self) -> None:
        await self.added(queue="slow")
        wanted = await self.added(queue="fast")
        host = await self.new_host()

        assert [job.id for job in await self.store.claim(host, ["fast", "empty"], 10)] == [wanted]
        assert await self.store.claim(host, [], 10) == []

    async def test_a_queue_that_is_named_twice_hands_out_each_job_once(self) -> None:
        job_id = await self.added()

        claimed = await self.store.claim(await self.new_host(), ["default", "default"], 10)

        assert [job.id for job in claimed] == [job_id]

    async def test_a_limit_of_zero_claims_nothing(self) -> None:
        job_id = await self.added()

        assert await self.store.claim(await self.new_host(), ["default"], 0) == []
        assert await self.state_of(job_id) is StoredState.READY

    async def test_jobs_of_a_paused_queue_are_left_alone_until_it_is_resumed(self) -> None:
        paused, other = await self.added(queue="mail"), await self.added(queue="print")
        host = await self.new_host()
        await self.store.pause_queue("mail")

        assert [job.id for job in await self.store.claim(host, ["mail", "print"], 10)] == [other]

        await self.store.resume_queue("mail")
        assert [job.id for job in await self.store.claim(host, ["mail", "print"], 10)] == [paused]

    async def test_a_host_that_is_not_registered_gets_nothing(self) -> None:
        await self.added()

        assert await self.store.claim(new_host_id(), ["default"], 10) == []

    async def test_a_host_whose_lease_has_lapsed_gets_nothing(self) -> None:
        await self.added()
        host = await self.new_host(lease=LEASE)
        await self.pass_time(LEASE + SECOND)

        assert await self.store.claim(host, ["default"], 10) == []

    async def test_a_host_that_is_stopping_gets_nothing(self) -> None:
        await self.added()
        host = await self.new_host()
        await self.store.mark_stopping(host)

        assert await self.store.claim(host, ["default"], 10) == []

    async def test_a_host_that_was_given_up_gets_nothing(self) -> None:
        await self.added()
        host = await self.new_host()
        await self.store.give_up(host)

        assert await self.store.claim(host, ["default"], 10) == []

    async def test_a_host_that_was_declared_dead_gets_nothing(self) -> None:
        await self.added()
        host = await self.new_host(lease=LEASE)
        await self.pass_time(LEASE + SECOND)
        await self.store.rescue(10)

        assert await self.store.claim(host, ["default"], 10) == []

    async def test_an_expired_job_becomes_cancelled_instead_of_being_claimed(self) -> None:
        expired = await self.added(expires_at=self.clock.now() + MINUTE)
        in_time = await self.added(expires_at=self.clock.now() + HOUR)
        await self.pass_time(2 * MINUTE)

        claimed = await self.store.claim(await self.new_host(), ["default"], 10)

        assert [job.id for job in claimed] == [in_time]
        found = await self.info(expired)
        assert (found.stored_state, found.fence) == (StoredState.CANCELLED, 0)

    async def test_expired_jobs_do_not_hide_those_that_wait_behind_them(self) -> None:
        await self.store.add([self.new_job(expires_at=self.clock.now() + MINUTE) for _ in range(7)])
        in_time = [await self.added(), await self.added()]
        await self.pass_time(2 * MINUTE)

        claimed = await self.store.claim(await self.new_host(), ["default"], 2)

        assert [job.id for job in claimed] == in_time

    @pytest.mark.parametrize("queues", [["default"], ["default", "mail"]], ids=["one queue", "two queues"])
    async def test_two_hosts_that_claim_at_once_never_get_the_same_job(self, queues: list[str]) -> None:
        await self.store.add([self.new_job() for _ in range(60)])
        other = await self.open_store()
        hosts = [(store, await self.new_host(store)) for store in (self.store, other)]

        batches = await asyncio.gather(*(store.claim(host, queues, 7) for store, host in hosts * 6))

        claimed = [job.id for batch in batches for job in batch]
        assert len(claimed) == len(set(claimed)) == 60

    async def test_claims_of_a_host_are_what_it_is_running_and_no_more(self) -> None:
        host, other = await self.new_host(), await self.new_host()
        mine = await self.running(host=host)
        await self.pass_time(SECOND)
        done = await self.running(host=host)
        await self.running(host=other)
        await self.settle(done, self.failed())

        assert await self.store.claims_of(host) == [(mine.id, mine.fence, self.clock.now() - SECOND)]
        assert await self.store.claims_of(new_host_id()) == []
