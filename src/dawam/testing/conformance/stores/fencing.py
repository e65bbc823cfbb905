"""The fence: it grows at every claim, never falls, and guards every settlement."""

from datetime import timedelta

import pytest

from dawam.jobs.outcome import HandedBack, SettleAnswer, Settlement, Succeeded
from dawam.jobs.record import ClaimedJob
from dawam.jobs.state import StoredState
from dawam.stores.values import Retention
from dawam.testing.conformance.stores.bench import AT_ONCE, LEASE, SECOND, Bench

ACCEPTED, ALREADY, LOST = SettleAnswer.ACCEPTED, SettleAnswer.ALREADY, SettleAnswer.LOST


class Fencing(Bench):
    """Only the holder of a claim can settle it."""

    async def test_the_fence_grows_by_one_at_every_claim_whatever_ended_the_last(self) -> None:
        host = await self.new_host()
        job = await self.running(host=host)
        ends = ("handed back", "parked", "failed", "cancelled", "succeeded", "parked")
        for fence, name in enumerate(ends, start=1):
            assert job.fence == fence
            await self.settle(job, self.outcome(name))
            assert (await self.info(job.id)).fence == fence
            job = await self._claim_again(job)
        assert job.fence == 7

    async def test_the_fence_grows_on_through_rescue_giving_up_retries_and_snoozes(self) -> None:
        job = await self.running(host=await self.new_host(lease=LEASE))
        await self.pass_time(LEASE + SECOND)
        await self.store.rescue(10)
        leaving = await self.new_host()
        assert (await self.claimed(leaving)).fence == 2
        await self.store.give_up(leaving)

        third = await self.claimed()
        await self.settle(third, self.retrying(-SECOND))
        fourth = await self.claimed()
        await self.settle(fourth, self.snoozed(-SECOND))

        assert (third.fence, fourth.fence, (await self.claimed()).fence) == (3, 4, 5)
        assert (await self.info(job.id)).fence == 5

    async def test_an_older_fence_settles_nothing(self) -> None:
        stale = await self.running(host=await self.new_host(lease=LEASE))
        await self.pass_time(LEASE + SECOND)
        await self.store.rescue(10)
        current = await self.claimed()
        before = await self.info(stale.id)

        assert await self.settle(stale, Succeeded(b'"late"')) is LOST

        assert await self.info(stale.id) == before
        assert await self.settle(current, Succeeded()) is ACCEPTED

    async def test_nor_does_it_where_jobs_that_succeed_are_not_kept(self) -> None:
        forgetful = await self.open_store(retention=Retention(succeeded=timedelta(0)))
        stale = await self.running(host=await self.new_host(lease=LEASE))
        await self.pass_time(LEASE + SECOND)
        await self.store.rescue(10)
        current = await self.claimed()

        assert await forgetful.settle([self.settlement(stale, Succeeded())]) == [LOST]
        assert (await self.info(stale.id)).stored_state is StoredState.RUNNING
        assert await forgetful.settle([self.settlement(current, Succeeded())]) == [ACCEPTED]

    async def test_a_rescued_attempt_has_lost_its_claim_before_anybody_claims_again(self) -> None:
        stale = await self.running(host=await self.new_host(lease=LEASE))
        await self.pass_time(LEASE + SECOND)
        await self.store.rescue(10)

        assert await self.settle(stale, Succeeded()) is LOST

        assert await self.state_of(stale.id) is StoredState.READY

    async def test_an_attempt_whose_host_was_given_up_has_lost_its_claim(self) -> None:
        host = await self.new_host()
        stale = await self.running(host=host)
        await self.store.give_up(host)

        assert await self.settle(stale, Succeeded()) is LOST

        assert await self.state_of(stale.id) is StoredState.READY

    async def test_an_attempt_that_was_cancelled_with_its_host_has_lost_its_claim(self) -> None:
        host = await self.new_host()
        stale = await self.running(host=host)
        await self.store.cancel(stale.id)
        await self.store.give_up(host)

        assert await self.settle(stale, Succeeded()) is LOST

        assert await self.state_of(stale.id) is StoredState.CANCELLED

    async def test_what_was_settled_before_the_loss_of_a_host_stays_settled(self) -> None:
        first = await self.running()
        await self.settle(first, HandedBack())
        lost = await self.claimed(await self.new_host(lease=LEASE))
        await self.store.cancel(lost.id)
        await self.pass_time(LEASE + SECOND)
        await self.store.rescue(10)

        assert await self.settle(lost, HandedBack()) is LOST
        assert await self.settle(first, HandedBack()) is ALREADY

    async def test_a_fence_that_was_never_handed_out_settles_nothing(self) -> None:
        job = await self.running()
        now = self.clock.now()

        (answer,) = await self.store.settle([Settlement(job.id, job.fence + 1, Succeeded(), now, now)])

        assert answer is LOST
        assert await self.state_of(job.id) is StoredState.RUNNING

    @pytest.mark.parametrize(
        "name", ["succeeded", "failed", "cancelled", "retrying", "snoozed", "parked", "handed back"]
    )
    async def test_a_repeated_settlement_is_answered_already_and_written_once(self, name: str) -> None:
        job = await self.running()
        outcome = self.outcome(name)
        assert await self.settle(job, outcome) is ACCEPTED
        before = await self.info(job.id)

        assert await self.settle(job, outcome) is ALREADY

        assert await self.info(job.id) == before

    async def test_a_settlement_that_stands_twice_in_one_batch_is_written_once(self) -> None:
        job, other = await self.running(), await self.running()
        batch = [self.settlement(each, Succeeded()) for each in (job, other, job)]

        assert await self.store.settle(batch) == [ACCEPTED, ACCEPTED, ALREADY]

        assert (await self.store.counts()).succeeded == 2

    async def test_a_settlement_repeated_after_the_next_claim_is_still_answered_already(self) -> None:
        first = await self.running()
        await self.settle(first, HandedBack())
        await self.claimed()

        assert await self.settle(first, HandedBack()) is ALREADY

        assert await self.state_of(first.id) is StoredState.RUNNING

    async def test_a_settlement_of_a_job_that_is_gone_is_answered_lost(self) -> None:
        at_once = await self.open_store(retention=AT_ONCE)
        job = await self.running()
        assert await at_once.settle([self.settlement(job, Succeeded())]) == [ACCEPTED]

        assert await at_once.settle([self.settlement(job, Succeeded())]) == [LOST]

    async def test_one_lost_row_never_touches_another(self) -> None:
        good, stale, last = await self.running(), await self.running(), await self.running()
        await self.settle(stale, HandedBack())
        current = await self.claimed()

        answers = await self.store.settle(
            [
                self.settlement(good, Succeeded()),
                Settlement(stale.id, 99, self.failed(), self.clock.now(), self.clock.now()),
                self.settlement(last, self.retrying()),
            ]
        )

        assert answers == [ACCEPTED, LOST, ACCEPTED]
        assert await self.state_of(good.id) is StoredState.SUCCEEDED
        assert await self.state_of(current.id) is StoredState.RUNNING
        assert await self.state_of(last.id) is StoredState.SCHEDULED

    async def test_settling_nothing_is_fine(self) -> None:
        assert await self.store.settle([]) == []

    async def _claim_again(self, job: ClaimedJob) -> ClaimedJob:
        """Claims the job anew, from wherever it waits or rests."""
        if await self.state_of(job.id) is StoredState.PARKED:
            (again,) = await self.store.claim_parked(await self.new_host(), ["default"], {job.name: 1}, 1)
            return again
        if await self.state_of(job.id) is not StoredState.READY:
            await self.store.retry(job.id)
        return await self.claimed()
