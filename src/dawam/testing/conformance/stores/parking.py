"""Parked jobs: claimed once by a host that could not read them, and then only by one that can."""

from typing import Any

from dawam.jobs.outcome import Parked
from dawam.jobs.priority import Priority
from dawam.jobs.record import ClaimedJob
from dawam.jobs.state import StoredState
from dawam.testing.conformance.stores.bench import LEASE, MINUTE, SECOND, Bench


class Parking(Bench):
    """`JobClaimer.claim_parked`."""

    async def parked(self, name: str = "orders.receipt", **more: Any) -> ClaimedJob:
        job = await self.running(name, **more)
        await self.settle(job, Parked("nobody here knows it"))
        return job

    async def test_a_parked_job_waits_uncharged_and_out_of_the_way_of_claims(self) -> None:
        job = await self.parked()

        assert await self.store.claim(await self.new_host(), ["default"], 10) == []
        found = await self.info(job.id)
        assert (found.stored_state, found.state, found.host) == (StoredState.PARKED, "waiting", None)
        assert (found.attempt_count, found.snooze_count, found.lost_count) == (0, 0, 0)

    async def test_a_host_that_knows_the_name_claims_it_with_a_new_fence(self) -> None:
        job, host = await self.parked(), await self.new_host()

        (claimed,) = await self.store.claim_parked(host, ["default"], {"orders.receipt": 1}, 10)

        assert (claimed.id, claimed.fence, claimed.attempt) == (job.id, job.fence + 1, 1)
        assert (await self.info(job.id)).host == host

    async def test_a_host_that_knows_other_names_leaves_it(self) -> None:
        await self.parked()
        host = await self.new_host()

        assert await self.store.claim_parked(host, ["default"], {"orders.refund": 9}, 10) == []
        assert await self.store.claim_parked(host, ["default"], {}, 10) == []

    async def test_a_host_that_knows_an_older_args_version_leaves_it(self) -> None:
        job, host = await self.parked(args_version=3), await self.new_host()

        assert await self.store.claim_parked(host, ["default"], {"orders.receipt": 2}, 10) == []
        (claimed,) = await self.store.claim_parked(host, ["default"], {"orders.receipt": 3}, 10)

        assert (claimed.id, claimed.args_version) == (job.id, 3)

    async def test_a_host_that_knows_a_newer_args_version_claims_it(self) -> None:
        job = await self.parked(args_version=2)

        (claimed,) = await self.store.claim_parked(await self.new_host(), ["default"], {"orders.receipt": 7}, 10)

        assert claimed.id == job.id

    async def test_parked_jobs_are_claimed_by_queue_and_not_from_paused_ones(self) -> None:
        job, host, known = await self.parked(queue="mail"), await self.new_host(), {"orders.receipt": 1}

        assert await self.store.claim_parked(host, ["print"], known, 10) == []
        await self.store.pause_queue("mail")
        assert await self.store.claim_parked(host, ["mail"], known, 10) == []
        await self.store.resume_queue("mail")
        assert [each.id for each in await self.store.claim_parked(host, ["mail"], known, 10)] == [job.id]

    async def test_parked_jobs_are_claimed_up_to_the_limit_and_each_once(self) -> None:
        known = {"orders.receipt": 1, "orders.refund": 1}
        ids = {(await self.parked(name)).id for name in ("orders.receipt", "orders.refund", "orders.receipt")}
        host = await self.new_host()

        first = await self.store.claim_parked(host, ["default"], known, 2)
        rest = await self.store.claim_parked(host, ["default"], known, 2)

        assert (len(first), len(rest)) == (2, 1)
        assert {job.id for job in (*first, *rest)} == ids

    async def test_parked_jobs_are_claimed_in_claim_order(self) -> None:
        low = await self.parked("orders.receipt", priority=Priority.LOW)
        high = await self.parked("orders.refund", priority=Priority.HIGH)
        normal = await self.parked("orders.receipt")
        known = {"orders.receipt": 1, "orders.refund": 1}

        claimed = await self.store.claim_parked(await self.new_host(), ["default"], known, 10)

        assert [job.id for job in claimed] == [high.id, normal.id, low.id]

    async def test_an_expired_parked_job_becomes_cancelled(self) -> None:
        job = await self.parked(expires_at=self.clock.now() + MINUTE)
        await self.pass_time(2 * MINUTE)

        assert await self.store.claim_parked(await self.new_host(), ["default"], {"orders.receipt": 1}, 10) == []
        assert await self.state_of(job.id) is StoredState.CANCELLED

    async def test_expired_parked_jobs_do_not_hide_those_that_wait_behind_them(self) -> None:
        expired = await self.parked(expires_at=self.clock.now() + MINUTE)
        in_time = [await self.parked(), await self.parked()]
        await self.pass_time(2 * MINUTE)

        claimed = await self.store.claim_parked(await self.new_host(), ["default"], {"orders.receipt": 1}, 2)

        assert [job.id for job in claimed] == [job.id for job in in_time]
        assert await self.state_of(expired.id) is StoredState.CANCELLED

    async def test_a_host_without_a_live_lease_gets_no_parked_job(self) -> None:
        await self.parked()
        lapsed, stopping = await self.new_host(lease=LEASE), await self.new_host()
        await self.store.mark_stopping(stopping)
        await self.pass_time(LEASE + SECOND)

        for host in (lapsed, stopping):
            assert await self.store.claim_parked(host, ["default"], {"orders.receipt": 1}, 10) == []

    async def test_a_settled_claim_of_a_parked_job_is_as_any_other(self) -> None:
        await self.parked()
        (claimed,) = await self.store.claim_parked(await self.new_host(), ["default"], {"orders.receipt": 1}, 10)

        await self.settle(claimed, self.failed())

        assert await self.state_of(claimed.id) is StoredState.FAILED
