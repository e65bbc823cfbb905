"""Two applications in one place: neither sees nor touches what is the other's."""

import pytest

from dawam.jobs.outcome import Parked, SettleAnswer, Succeeded
from dawam.jobs.record import ClaimedJob, JobCounts
from dawam.stores.base import JobStore
from dawam.stores.values import CancelAnswer, HostOrders, JobFilter, Promotion, Rescue
from dawam.testing.conformance.stores.bench import AT_ONCE, HOUR, LEASE, SECOND, Bench
from dawam.testing.conformance.stores.leasing import Heartbeat


class Applications(Bench):
    """`self.store` is the shop's; the bakery's is beside it in the same place."""

    async def bakery(self) -> JobStore:
        return await self.open_store(application="bakery")

    async def bakery_runs(self, bakery: JobStore) -> ClaimedJob:
        """A job that the bakery is running."""
        await bakery.add([self.new_job()])
        (claimed,) = await bakery.claim(await self.new_host(bakery, lease=LEASE), ["default"], 1)
        return claimed

    @pytest.mark.abp(42)
    @pytest.mark.abp(47)
    async def test_jobs_of_another_application_are_not_seen(self) -> None:
        bakery = await self.bakery()
        job = await self.bakery_runs(bakery)
        await bakery.settle([self.settlement(job, self.failed())])
        await bakery.add([self.new_job(), self.new_job(due_in=HOUR)])

        assert await self.store.get(job.id) is None
        assert await self.store.attempts(job.id) == []
        assert await self.listed(JobFilter()) == []
        assert await self.store.counts() == JobCounts()
        assert await self.store.waiting_names() == {}
        assert len((await bakery.look(JobFilter(), 100)).jobs) == 3

    @pytest.mark.abp(42)
    async def test_jobs_of_another_application_are_not_claimed(self) -> None:
        bakery, host = await self.bakery(), await self.new_host()
        parked = await self.bakery_runs(bakery)
        await bakery.settle([self.settlement(parked, Parked())])
        await bakery.add([self.new_job()])

        assert await self.store.claim(host, ["default"], 10) == []
        assert await self.store.claim_parked(host, ["default"], {"orders.receipt": 1}, 10) == []

    async def test_a_host_of_another_application_claims_nothing_here(self) -> None:
        await self.added()
        baker = await self.new_host(await self.bakery())

        assert await self.store.claim(baker, ["default"], 10) == []

    async def test_one_id_may_be_a_job_in_each_application(self) -> None:
        bakery, job = await self.bakery(), self.new_job("shop.receipt")
        await self.store.add([job])

        assert await bakery.add([self.new_job("bakery.receipt", id=job.id)]) == [True]

        found = await bakery.get(job.id)
        assert found is not None
        assert (found.name, (await self.info(job.id)).name) == ("bakery.receipt", "shop.receipt")

    async def test_a_claim_of_another_application_cannot_be_settled_here(self) -> None:
        bakery, follow_up = await self.bakery(), self.new_job()
        job = await self.bakery_runs(bakery)

        assert await self.settle(job, Succeeded(), new_jobs=(follow_up,)) is SettleAnswer.LOST

        found = await bakery.get(job.id)
        assert found is not None
        assert found.state == "running"
        assert await self.store.get(follow_up.id) is None

    async def test_the_human_hand_does_not_reach_into_another_application(self) -> None:
        bakery = await self.bakery()
        job = self.new_job()
        await bakery.add([job])
        before = await bakery.get(job.id)

        assert await self.store.cancel(job.id) is CancelAnswer.UNKNOWN
        assert await self.store.retry(job.id) is False
        assert await self.store.delete(job.id) is False

        assert await bakery.get(job.id) == before

    async def test_the_human_hand_does_not_reach_finished_jobs_of_another_application(self) -> None:
        bakery = await self.bakery()
        job = await self.bakery_runs(bakery)
        await bakery.settle([self.settlement(job, self.failed())])
        before, records = await bakery.get(job.id), await bakery.attempts(job.id)

        assert await self.store.cancel(job.id) is CancelAnswer.UNKNOWN
        assert await self.store.retry(job.id) is False
        assert await self.store.delete(job.id) is False
        await self.pass_time(HOUR)
        assert await self.store.prune(AT_ONCE, 10) == 0

        assert (await bakery.get(job.id), await bakery.attempts(job.id)) == (before, records)

    async def test_hosts_of_another_application_are_not_seen_stopped_or_given_up(self) -> None:
        bakery = await self.bakery()
        job = await self.bakery_runs(bakery)
        (baker,) = [host.id for host in await bakery.hosts()]
        await bakery.cancel(job.id)

        await self.store.mark_stopping(baker)

        assert await self.store.give_up(baker, [job.id]) == Rescue()
        assert await self.store.hosts() == []
        assert await self.store.claims_of(baker) == []
        assert await self.store.orders(baker) == HostOrders()
        assert [(host.is_stopping, host.running_count) for host in await bakery.hosts()] == [(False, 1)]

    async def test_a_lease_of_another_application_is_neither_extended_nor_rescued(self) -> None:
        bakery = await self.bakery()
        job = await self.bakery_runs(bakery)
        (baker,) = [host.id for host in await bakery.hosts()]
        heartbeat = Heartbeat(self, baker)
        assert not await heartbeat.extend(HOUR)
        await heartbeat.stop()
        await self.pass_time(LEASE + SECOND)

        assert await self.store.rescue(10) == Rescue()

        assert await bakery.rescue(10) == Rescue(readied=(job.id,), dead_hosts=(baker,))

    async def test_the_scheduled_jobs_of_another_application_are_not_promoted(self) -> None:
        bakery = await self.bakery()
        await bakery.add([self.new_job(due_in=SECOND)])
        await self.pass_time(HOUR)

        assert await self.store.promote(10) == Promotion(0, None)
        assert (await bakery.promote(10)).count == 1

    async def test_a_queue_is_paused_in_one_application_only(self) -> None:
        bakery = await self.bakery()
        await self.store.pause_queue("default")
        await bakery.resume_queue("default")

        assert (await self.bakery_runs(bakery)).queue == "default"
        assert await self.store.paused_queues() == {"default"}
        assert await bakery.paused_queues() == frozenset()
