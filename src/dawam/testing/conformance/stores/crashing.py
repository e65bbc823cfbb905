"""`give_up` by somebody who saw a process die, and `claim_suspect`: one death accuses one job."""

from collections.abc import Mapping
from typing import Any

import pytest

from dawam.ids import HostId
from dawam.jobs.outcome import Parked, Succeeded
from dawam.jobs.priority import Priority
from dawam.jobs.record import ClaimedJob
from dawam.jobs.state import StoredState
from dawam.stores.values import CRASH_LIMIT, SUSPECT_FROM, Rescue
from dawam.testing.conformance.stores.bench import AT_ONCE, SECOND, Bench

QUEUES = ("default",)
KNOWN: Mapping[str, int] = {"orders.receipt": 1}


class Crashing(Bench):
    """`HostRegistry.give_up(crashed=)` and `JobClaimer.claim_suspect`."""

    async def crash(self, job: ClaimedJob) -> Rescue:
        """The process that runs this job, and nothing else, dies by itself."""
        host = (await self.info(job.id)).host
        return await self.store.give_up(HostId(host or ""), [job.id])

    async def suspect(self, **more: Any) -> ClaimedJob:
        """A job that is running, alone, after the crashes that make it a suspect."""
        job = await self.running(**more)
        for _ in range(SUSPECT_FROM - 1):
            await self.crash(job)
            job = await self.claimed()
        await self.crash(job)
        return await self.suspect_claimed()

    async def suspect_claimed(
        self, host: HostId | None = None, *, known: Mapping[str, int] = KNOWN, queues: tuple[str, ...] = QUEUES
    ) -> ClaimedJob:
        job = await self.store.claim_suspect(host or await self.new_host(), queues, known)
        assert job is not None, "no suspect was handed out"
        return job

    # -- what is charged

    async def test_what_had_started_is_charged_and_the_rest_is_handed_back(self) -> None:
        host = await self.new_host()
        started, ahead = await self.running(host=host), await self.running(host=host)

        rescue = await self.store.give_up(host, [started.id])

        assert set(rescue.readied) == {started.id, ahead.id}
        assert (rescue.crashed, rescue.dead_hosts, rescue.count) == ((started.id,), (host,), 2)
        found = await self.info(started.id)
        assert (found.stored_state, found.host, found.fence) == (StoredState.READY, None, started.fence)
        assert (found.crash_count, found.attempt_count, found.lost_count) == (1, 0, 0)
        untouched = await self.info(ahead.id)
        assert (untouched.crash_count, untouched.lost_count, untouched.last_error) == (0, 0, None)
        assert await self.store.attempts(ahead.id) == []

    async def test_a_crash_leaves_a_record_that_names_the_host(self) -> None:
        host = await self.new_host()
        job = await self.running(host=host)
        await self.store.give_up(host, [job.id])

        (record,) = await self.store.attempts(job.id)

        assert (record.fence, record.attempt, record.host) == (job.fence, 1, host)
        assert (record.error_type, record.ended_at) == ("HostCrashed", self.clock.now())
        assert host in record.error_message
        assert (await self.info(job.id)).last_error == f"HostCrashed: {record.error_message}"

    async def test_who_sees_the_same_death_second_changes_nothing(self) -> None:
        host = await self.new_host()
        job = await self.running(host=host)
        await self.store.give_up(host, [job.id])
        again = await self.claimed()

        assert await self.store.give_up(host, [job.id]) == Rescue()

        found = await self.info(job.id)
        assert (found.stored_state, found.crash_count, found.fence) == (StoredState.RUNNING, 1, again.fence)

    async def test_a_job_that_ended_before_its_process_died_is_left_alone(self) -> None:
        host = await self.new_host()
        job = await self.running(host=host)
        await self.settle(job, Succeeded())

        assert (await self.store.give_up(host, [job.id])).crashed == ()

        assert await self.state_of(job.id) is StoredState.SUCCEEDED

    async def test_a_crashed_job_with_a_cancel_request_becomes_cancelled(self) -> None:
        job = await self.running()
        await self.store.cancel(job.id, "nobody wants it")

        rescue = await self.crash(job)

        assert (rescue.readied, rescue.cancelled, rescue.crashed) == ((), (job.id,), (job.id,))
        found = await self.info(job.id)
        assert (found.stored_state, found.crash_count, found.cancel_requested) == (StoredState.CANCELLED, 1, False)
        assert [record.error_type for record in await self.store.attempts(job.id)] == ["HostCrashed"]

    async def test_a_crashed_job_runs_again_as_its_first_attempt(self) -> None:
        job = await self.running()
        await self.crash(job)

        again = await self.claimed()

        assert (again.id, again.fence, again.attempt, again.crash_count) == (job.id, job.fence + 1, 1, 1)

    # -- suspects

    async def test_a_suspect_is_in_no_ordinary_claim_and_in_nobodys_way(self) -> None:
        suspect = await self.suspect(priority=Priority.HIGH)
        await self.settle(suspect, self.retrying(-SECOND))
        other = await self.added()
        host = await self.new_host()

        assert [job.id for job in await self.store.claim(host, QUEUES, 10)] == [other]

        assert (await self.suspect_claimed(host)).id == suspect.id

    async def test_without_a_suspect_there_is_none(self) -> None:
        await self.added()

        assert await self.store.claim_suspect(await self.new_host(), QUEUES, KNOWN) is None

    async def test_suspects_are_handed_out_one_at_a_time_in_claim_order(self) -> None:
        later = await self.suspect()
        urgent = await self.suspect(priority=Priority.HIGH)
        for job in (later, urgent):
            await self.settle(job, self.retrying(-SECOND))
        host = await self.new_host()

        assert [(await self.suspect_claimed(host)).id for _ in range(2)] == [urgent.id, later.id]
        assert await self.store.claim_suspect(host, QUEUES, KNOWN) is None

    async def test_a_suspect_is_handed_out_only_to_hosts_that_may_have_it(self) -> None:
        suspect = await self.suspect()
        await self.settle(suspect, self.retrying(-SECOND))
        host, gone = await self.new_host(), await self.new_host()
        await self.store.give_up(gone)

        assert await self.store.claim_suspect(gone, QUEUES, KNOWN) is None
        assert await self.store.claim_suspect(host, ("mail",), KNOWN) is None
        assert await self.store.claim_suspect(host, QUEUES, {"orders.invoice": 1}) is None
        await self.store.pause_queue("default")
        assert await self.store.claim_suspect(host, QUEUES, KNOWN) is None
        await self.store.resume_queue("default")
        assert (await self.suspect_claimed(host)).id == suspect.id

    async def test_a_parked_suspect_stays_one(self) -> None:
        suspect = await self.suspect()
        await self.settle(suspect, Parked())
        host = await self.new_host()

        assert await self.store.claim_parked(host, QUEUES, KNOWN, 10) == []

        assert (await self.suspect_claimed(host)).id == suspect.id

    async def test_a_suspect_that_expired_is_cancelled(self) -> None:
        job = await self.running(expires_at=self.clock.now() + SECOND)
        for _ in range(SUSPECT_FROM - 1):
            await self.crash(job)
            job = await self.claimed()
        await self.crash(job)
        await self.pass_time(2 * SECOND)

        assert await self.store.claim_suspect(await self.new_host(), QUEUES, KNOWN) is None

        assert await self.state_of(job.id) is StoredState.CANCELLED

    async def test_a_suspect_alone_is_charged_and_bystanders_count_as_lost(self) -> None:
        suspect = await self.suspect()
        host = HostId((await self.info(suspect.id)).host or "")
        bystander = await self.running(host=host)

        rescue = await self.store.give_up(host, [suspect.id, bystander.id])

        assert (rescue.crashed, rescue.readied) == ((suspect.id,), (bystander.id,))
        found = await self.info(bystander.id)
        assert (found.stored_state, found.crash_count, found.lost_count) == (StoredState.READY, 0, 1)
        assert [record.error_type for record in await self.store.attempts(bystander.id)] == ["HostLost"]

    async def test_the_sole_suspect_fails_at_the_last_crash_that_is_allowed(self) -> None:
        suspect = await self.suspect()

        rescue = await self.crash(suspect)

        assert (rescue.readied, rescue.failed, rescue.crashed) == ((), (suspect.id,), (suspect.id,))
        found = await self.info(suspect.id)
        assert (found.stored_state, found.crash_count, found.attempt_count) == (StoredState.FAILED, CRASH_LIMIT, 0)
        assert (found.last_error or "").startswith("HostCrashed")
        assert len(await self.store.attempts(suspect.id)) == CRASH_LIMIT

    async def test_of_two_suspects_none_fails(self) -> None:
        first, second = await self.suspect(), await self.suspect()
        for job in (first, second):
            await self.settle(job, self.retrying(-SECOND))
        host = await self.new_host()
        both = [(await self.suspect_claimed(host)).id for _ in range(2)]

        rescue = await self.store.give_up(host, both)

        assert (set(rescue.readied), set(rescue.crashed), rescue.failed) == (set(both), set(both), ())
        assert {(await self.info(each)).crash_count for each in both} == {CRASH_LIMIT}

    async def test_a_retry_by_hand_clears_every_suspicion(self) -> None:
        suspect = await self.suspect()
        await self.crash(suspect)

        assert await self.store.retry(suspect.id)

        assert (await self.claimed()).crash_count == 0

    @pytest.mark.parametrize("is_kept", [True, False])
    async def test_what_fails_by_a_crash_is_kept_only_where_failures_are(self, is_kept: bool) -> None:
        suspect = await self.suspect()
        host = HostId((await self.info(suspect.id)).host or "")
        store = self.store if is_kept else await self.open_store(retention=AT_ONCE)

        assert (await store.give_up(host, [suspect.id])).failed == (suspect.id,)

        assert await self.state_of(suspect.id) is (StoredState.FAILED if is_kept else None)
