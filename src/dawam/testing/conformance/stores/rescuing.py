"""`rescue`: takes back the jobs of hosts that are no more."""

from typing import Any

import pytest

from dawam.jobs.record import ClaimedJob
from dawam.jobs.state import StoredState
from dawam.stores.values import LOST_LIMIT, Rescue, Retention
from dawam.testing.conformance.stores.bench import LEASE, SECOND, Bench


class Rescuing(Bench):
    """`HostRegistry.rescue`."""

    async def lost(self, **more: Any) -> ClaimedJob:
        """A job whose host has not been heard of for longer than its lease."""
        job = await self.running(host=await self.new_host(lease=LEASE), **more)
        await self.pass_time(LEASE + SECOND)
        return job

    @pytest.mark.guide(4)
    async def test_a_job_of_a_dead_host_becomes_ready_again_and_counts_as_lost(self) -> None:
        host = await self.new_host(lease=LEASE)
        job = await self.running(host=host)
        await self.pass_time(LEASE + SECOND)

        assert await self.store.rescue(10) == Rescue(readied=(job.id,), dead_hosts=(host,))

        found = await self.info(job.id)
        assert (found.stored_state, found.host, found.claimed_at) == (StoredState.READY, None, None)
        assert (found.lost_count, found.attempt_count, found.crash_count) == (1, 0, 0)
        assert (found.run_at, found.fence) == (job.run_at, job.fence)

    async def test_the_loss_leaves_a_record_that_names_the_host(self) -> None:
        host = await self.new_host(lease=LEASE)
        job = await self.running(host=host)
        await self.pass_time(LEASE + SECOND)
        await self.store.rescue(10)

        (record,) = await self.store.attempts(job.id)

        assert (record.fence, record.attempt, record.host) == (job.fence, 1, host)
        assert (record.error_type, record.ended_at) == ("HostLost", self.clock.now())
        assert (await self.info(job.id)).last_error == f"HostLost: {record.error_message}"

    async def test_jobs_of_hosts_with_a_live_lease_are_left_alone(self) -> None:
        job = await self.running(host=await self.new_host(lease=LEASE))
        await self.pass_time(LEASE - SECOND)
        before = await self.info(job.id)

        assert await self.store.rescue(10) == Rescue()

        assert await self.info(job.id) == before

    async def test_who_may_not_judge_any_more_when_the_store_has_answered_judges_nobody(self) -> None:
        job = await self.lost()
        before = await self.info(job.id)

        assert await self.store.rescue(10, lambda: False) == Rescue()

        assert await self.info(job.id) == before

    async def test_a_dead_host_without_jobs_is_declared_dead_as_well(self) -> None:
        host = await self.new_host(lease=LEASE)
        await self.pass_time(LEASE + SECOND)

        assert await self.store.rescue(10) == Rescue(dead_hosts=(host,))
        assert await self.store.rescue(10) == Rescue()

    async def test_rescue_goes_in_batches_and_forgets_nobody(self) -> None:
        host = await self.new_host(lease=LEASE)
        ids = {(await self.running(host=host)).id for _ in range(5)}
        await self.pass_time(LEASE + SECOND)

        batches = [await self.store.rescue(2) for _ in range(4)]

        # from the second batch on the owner is no host at all any more, as when a claim commits after its host
        # was given up: the jobs are found by their owner not being alive, not by a list of lapsed leases
        assert [len(batch.readied) for batch in batches] == [2, 2, 1, 0]
        assert {job_id for batch in batches for job_id in batch.readied} == ids
        assert [batch.dead_hosts for batch in batches] == [(host,), (), (), ()]

    async def test_a_limit_of_zero_takes_no_job(self) -> None:
        job = await self.lost()

        assert (await self.store.rescue(0)).readied == ()

        assert await self.state_of(job.id) is StoredState.RUNNING

    async def test_a_lost_job_with_a_cancel_request_becomes_cancelled(self) -> None:
        host = await self.new_host(lease=LEASE)
        job = await self.running(host=host)
        await self.store.cancel(job.id, "nobody wants it")
        await self.pass_time(LEASE + SECOND)

        rescue = await self.store.rescue(10)

        assert (rescue.readied, rescue.cancelled) == ((), (job.id,))
        found = await self.info(job.id)
        assert (found.stored_state, found.lost_count, found.cancel_requested) == (StoredState.CANCELLED, 1, False)
        assert [record.error_type for record in await self.store.attempts(job.id)] == ["HostLost"]

    async def test_a_job_that_is_lost_too_often_fails(self) -> None:
        job_id = await self.added()
        for _ in range(LOST_LIMIT):
            await self._lose(job_id)
            assert (await self.store.rescue(10)).readied == (job_id,)
        await self._lose(job_id)

        rescue = await self.store.rescue(10)

        assert (rescue.readied, rescue.failed) == ((), (job_id,))
        found = await self.info(job_id)
        assert (found.stored_state, found.lost_count) == (StoredState.FAILED, LOST_LIMIT + 1)
        assert (found.attempt_count, found.finished_at) == (0, self.clock.now())
        assert (found.last_error or "").startswith("HostLost")
        assert len(await self.store.attempts(job_id)) == LOST_LIMIT + 1

    async def test_a_rescued_job_runs_again_elsewhere(self) -> None:
        job = await self.lost()
        await self.store.rescue(10)

        again = await self.claimed()

        assert (again.id, again.fence, again.attempt, again.lost_count) == (job.id, job.fence + 1, 1, 1)

    async def test_what_ends_by_rescue_is_deleted_where_nothing_is_kept(self) -> None:
        store = await self.open_store(retention=Retention(cancelled=LEASE - LEASE))
        job = await self.lost()
        await self.store.cancel(job.id)

        assert (await store.rescue(10)).cancelled == (job.id,)

        assert await self.state_of(job.id) is None

    async def _lose(self, job_id: object) -> None:
        job = await self.claimed(await self.new_host(lease=LEASE))
        assert job.id == job_id
        await self.pass_time(LEASE + SECOND)
