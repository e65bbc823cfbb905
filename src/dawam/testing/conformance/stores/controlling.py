"""The human hand: cancel, retry, delete, pause, resume."""

from datetime import timedelta

import pytest

from dawam.ids import new_id
from dawam.jobs.outcome import Cancelled, Outcome, Parked, Succeeded
from dawam.jobs.priority import Priority
from dawam.jobs.state import StoredState
from dawam.stores.values import CancelAnswer, EditedArgs, JobChange, JobFilter
from dawam.testing.conformance.stores.bench import AT_ONCE, DAY, HOUR, LEASE, MINUTE, SECOND, Bench


class Controlling(Bench):
    """`JobController` and `QueueController`."""

    async def test_a_waiting_job_is_cancelled_at_once(self) -> None:
        parked = await self.running()
        await self.settle(parked, Parked())
        for job_id in (parked.id, await self.added(due_in=HOUR), await self.added()):
            assert await self.store.cancel(job_id, "nobody wants it") is CancelAnswer.CANCELLED

            found = await self.info(job_id)
            assert (found.stored_state, found.finished_at) == (StoredState.CANCELLED, self.clock.now())
            assert found.cancel_requested is False
        assert await self.store.claim(await self.new_host(), ["default"], 10) == []

    async def test_a_running_job_is_asked_to_stop_and_runs_on_until_it_does(self) -> None:
        job = await self.running()

        assert await self.store.cancel(job.id, "nobody wants it") is CancelAnswer.REQUESTED

        found = await self.info(job.id)
        assert (found.stored_state, found.cancel_requested, found.fence) == (StoredState.RUNNING, True, job.fence)
        await self.settle(job, Cancelled("stopped"))
        found = await self.info(job.id)
        assert (found.stored_state, found.cancel_requested) == (StoredState.CANCELLED, False)

    async def test_cancelling_comes_too_late_for_a_finished_job(self) -> None:
        outcomes: tuple[Outcome, ...] = (Succeeded(), self.failed(), Cancelled())
        for outcome in outcomes:
            job_id = await self.finished(outcome)
            before = await self.info(job_id)

            assert await self.store.cancel(job_id) is CancelAnswer.FINISHED

            assert await self.info(job_id) == before

    async def test_a_job_that_is_not_there_cannot_be_cancelled_retried_or_deleted(self) -> None:
        assert await self.store.cancel(new_id()) is CancelAnswer.UNKNOWN
        assert await self.store.retry(new_id()) is False
        assert await self.store.delete(new_id()) is False

    async def test_a_waiting_job_is_given_another_moment_queue_and_priority(self) -> None:
        job_id = await self.added(due_in=HOUR)
        at = self.clock.now() + MINUTE

        assert await self.store.change(job_id, JobChange(run_at=at, queue="mail", priority=Priority.HIGH))

        found = await self.info(job_id)
        assert (found.run_at, found.queue, found.priority) == (at, "mail", Priority.HIGH)
        assert found.stored_state is StoredState.SCHEDULED
        assert await self.store.change(job_id, JobChange())
        assert await self.info(job_id) == found
        assert await self.store.change(job_id, JobChange(run_at=self.clock.now()))
        assert (await self.claimed(queues=("mail",))).id == job_id

    async def test_a_due_job_is_put_off_moved_and_put_before_others(self) -> None:
        first, second, third = [await self.added() for _ in range(3)]
        assert await self.store.change(third, JobChange(priority=Priority.HIGH))
        assert await self.store.change(first, JobChange(run_at=self.clock.now() + HOUR))
        assert await self.store.change(second, JobChange(queue="mail"))

        host = await self.new_host(queues=("default", "mail"))
        assert [job.id for job in await self.store.claim(host, ["default"], 10)] == [third]
        assert [job.id for job in await self.store.claim(host, ["mail"], 10)] == [second]
        assert await self.state_of(first) is StoredState.SCHEDULED

    async def test_a_parked_job_that_is_changed_stays_parked(self) -> None:
        parked = await self.running()
        await self.settle(parked, Parked())
        assert await self.store.change(parked.id, JobChange(run_at=self.clock.now() + HOUR, priority=Priority.LOW))
        found = await self.info(parked.id)
        assert (found.stored_state, found.priority) == (StoredState.PARKED, Priority.LOW)

    async def test_what_does_not_wait_is_not_changed(self) -> None:
        running, done = await self.running(), await self.finished()
        for job_id in (running.id, done, new_id()):
            assert not await self.store.change(job_id, JobChange(queue="mail"))
        assert (await self.info(running.id)).queue == "default"

    async def test_the_waiting_jobs_that_are_meant_are_changed_and_no_others(self) -> None:
        mail, print_ = await self.added(queue="mail"), await self.added(queue="print")
        change, chosen = JobChange(priority=Priority.HIGH), JobFilter(queue="mail")
        assert await self.store.change_chosen([mail, print_], chosen, change) == [True]
        assert [(await self.info(job_id)).priority for job_id in (mail, print_)] == [Priority.HIGH, Priority.NORMAL]

    async def test_a_job_is_retried_with_other_args(self) -> None:
        failed, waiting = await self.finished(self.failed()), await self.added(due_in=HOUR)
        for job_id in (failed, waiting):
            assert await self.store.retry(job_id, EditedArgs(b'{"order":8}', 2))
            claimed = await self.claimed()
            assert (claimed.id, claimed.args, claimed.args_version) == (job_id, b'{"order":8}', 2)
            assert not await self.store.retry(job_id, EditedArgs(b"{}"))
            await self.settle(claimed, Succeeded())

    async def test_a_cancelled_job_is_deleted_where_nothing_is_kept(self) -> None:
        store, job_id = await self.open_store(retention=AT_ONCE), await self.added()

        assert await store.cancel(job_id) is CancelAnswer.CANCELLED

        assert await self.state_of(job_id) is None

    async def test_a_finished_job_retried_by_hand_begins_anew_under_its_id_and_fence(self) -> None:
        outcomes: tuple[Outcome, ...] = (Succeeded(b"1"), self.failed(), Cancelled())
        for outcome in outcomes:
            job_id = await self.finished(outcome, due_in=-HOUR)
            await self.pass_time(MINUTE)

            assert await self.store.retry(job_id)

            found = await self.info(job_id)
            assert (found.stored_state, found.run_at, found.fence) == (StoredState.READY, self.clock.now(), 1)
            assert (found.finished_at, found.result, found.host, found.claimed_at) == (None, None, None, None)
            assert found.attempt_count == 0
            again = await self.claimed()
            assert (again.id, again.fence, again.attempt) == (job_id, 2, 1)
            assert (again.run_at, again.counted_from) == (self.clock.now(), self.clock.now())

    async def test_all_counters_are_fresh_after_a_retry_by_hand_and_the_records_stay(self) -> None:
        job = await self.running(host=await self.new_host(lease=LEASE))
        await self.pass_time(LEASE + SECOND)
        await self.store.rescue(10)
        await self.settle(await self.claimed(), self.snoozed(-SECOND))
        await self.settle(await self.claimed(), self.retrying(-SECOND))
        await self.settle(await self.claimed(), self.failed())
        first_due_at = (await self.info(job.id)).first_due_at

        await self.store.retry(job.id)

        found = await self.info(job.id)
        assert (found.attempt_count, found.crash_count, found.lost_count, found.snooze_count) == (0, 0, 0, 0)
        assert (found.fence, found.first_due_at) == (4, first_due_at)
        assert [record.fence for record in await self.store.attempts(job.id)] == [1, 3, 4]

    async def test_a_waiting_job_retried_by_hand_is_ready_now(self) -> None:
        retrying = await self.running()
        await self.settle(retrying, self.retrying(DAY))
        parked = await self.running()
        await self.settle(parked, Parked())
        ids = [retrying.id, parked.id, await self.added(due_in=DAY), await self.added(due_in=-DAY)]

        assert [await self.store.retry(job_id) for job_id in ids] == [True] * 4

        for job_id in ids:
            found = await self.info(job_id)
            assert (found.stored_state, found.run_at) == (StoredState.READY, self.clock.now())
            assert found.attempt_count == 0
        assert {job.counted_from for job in await self.store.claim(await self.new_host(), ["default"], 10)} == {
            self.clock.now()
        }

    async def test_a_running_job_is_not_retried_by_hand(self) -> None:
        job = await self.running()
        before = await self.info(job.id)

        assert await self.store.retry(job.id) is False

        assert await self.info(job.id) == before

    async def test_an_expired_job_that_is_retried_by_hand_runs(self) -> None:
        job_id = await self.added(expires_at=self.clock.now() + MINUTE)
        await self.pass_time(HOUR)
        host = await self.new_host()
        await self.store.claim(host, ["default"], 1)

        await self.store.retry(job_id)

        assert (await self.claimed(host)).id == job_id

    @pytest.mark.parametrize("due_in", [timedelta(0), HOUR])
    async def test_a_waiting_job_is_deleted_and_never_runs(self, due_in: timedelta) -> None:
        job_id = await self.added(due_in=due_in)

        assert await self.store.delete(job_id)

        assert await self.store.get(job_id) is None
        await self.pass_time(2 * HOUR)
        await self.store.promote(10)
        assert await self.store.claim(await self.new_host(), ["default"], 10) == []

    async def test_a_finished_job_is_deleted_with_its_records(self) -> None:
        job_id = await self.finished(self.failed())

        assert await self.store.delete(job_id)

        assert (await self.store.get(job_id), await self.store.attempts(job_id)) == (None, [])
        assert await self.store.delete(job_id) is False

    async def test_a_running_job_is_not_deleted(self) -> None:
        job = await self.running()

        assert await self.store.delete(job.id) is False

        assert await self.state_of(job.id) is StoredState.RUNNING

    async def test_an_id_whose_job_was_deleted_can_be_added_again(self) -> None:
        job = self.new_job()
        await self.store.add([job])
        await self.store.delete(job.id)

        assert await self.store.add([job]) == [True]

        assert (await self.claimed()).id == job.id

    async def test_queues_are_paused_and_resumed_as_often_as_one_likes(self) -> None:
        assert await self.store.paused_queues() == frozenset()
        for queue in ("mail", "print", "mail"):
            await self.store.pause_queue(queue)

        assert await self.store.paused_queues() == {"mail", "print"}

        for queue in ("mail", "mail", "never paused"):
            await self.store.resume_queue(queue)
        assert await self.store.paused_queues() == {"print"}

    async def test_a_running_job_of_a_queue_that_is_paused_ends_as_always(self) -> None:
        job = await self.running()
        await self.store.pause_queue("default")

        await self.settle(job, Succeeded())

        assert await self.state_of(job.id) is StoredState.SUCCEEDED
