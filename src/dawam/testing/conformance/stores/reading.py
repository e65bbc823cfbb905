"""What people see of one job, and of all together in numbers."""

import pytest

from dawam.ids import new_id
from dawam.jobs.outcome import Cancelled, Parked, Succeeded
from dawam.jobs.record import JobCounts
from dawam.jobs.state import StoredState
from dawam.stores.values import QueueInfo
from dawam.testing.conformance.stores.bench import HOUR, SECOND, Bench


class Reading(Bench):
    """`JobReader.get`, `counts`, `queues`, `waiting_names` and `attempts`."""

    @pytest.mark.abp(45)
    async def test_a_job_that_is_not_there_is_none_and_no_error(self) -> None:
        assert await self.store.get(new_id()) is None
        assert await self.store.attempts(new_id()) == []

    async def test_a_new_job_reads_as_one_that_nothing_has_happened_to(self) -> None:
        parent = new_id()
        job = self.new_job(due_in=HOUR, headers={"tenant": "north"}, tags=("a", "b"), parent=parent)
        await self.store.add([job])

        found = await self.info(job.id)

        assert (found.headers, found.tags, found.parent) == ({"tenant": "north"}, ("a", "b"), parent)
        assert (found.created_at, found.first_due_at, found.run_at) == (job.created_at, job.run_at, job.run_at)
        assert (found.fence, found.attempt_count, found.crash_count) == (0, 0, 0)
        assert (found.lost_count, found.snooze_count, found.cancel_requested) == (0, 0, False)
        assert (found.host, found.claimed_at, found.finished_at) == (None, None, None)
        assert (found.progress, found.result, found.last_error) == (None, None, None)

    async def test_what_a_claim_hands_out_is_what_was_added(self) -> None:
        job = self.new_job(args_version=4, args_encoding="json", headers={"tenant": "north"})
        await self.store.add([job])

        claimed = await self.claimed()

        assert (claimed.name, claimed.args, claimed.queue) == (job.name, job.args, job.queue)
        assert (claimed.args_version, claimed.args_encoding, claimed.headers) == (4, "json", {"tenant": "north"})
        assert (claimed.priority, claimed.created_at, claimed.run_at) == (job.priority, job.created_at, job.run_at)
        assert claimed.counted_from == job.run_at

    async def test_an_empty_store_counts_nothing(self) -> None:
        assert await self.store.counts() == JobCounts()

    @pytest.mark.abp(46)
    async def test_jobs_are_counted_by_where_they_are_and_why_they_wait(self) -> None:
        await self.settle(await self.running(), Succeeded())
        await self.settle(await self.running(), self.failed())
        await self.settle(await self.running(), Cancelled())
        await self.settle(await self.running(), Parked())
        await self.settle(await self.running(), self.retrying(after=HOUR))
        await self.settle(await self.running(), self.snoozed())
        await self.running()
        for due_in in (-HOUR, -SECOND, HOUR):
            await self.added(due_in=due_in)

        counts = await self.store.counts()

        assert counts == JobCounts(
            due=2, scheduled=2, retrying=1, parked=1, running=1, succeeded=1, failed=1, cancelled=1
        )
        assert counts.waiting == 6

    async def test_counts_go_no_further_than_they_are_asked_to(self) -> None:
        for _ in range(3):
            await self.finished()
        await self.settle(await self.running(), self.retrying(after=HOUR))
        for due_in in (-SECOND, -SECOND, -SECOND, HOUR, HOUR, HOUR):
            await self.added(due_in=due_in)

        counts = await self.store.counts(2)

        assert (counts.due, counts.scheduled + counts.retrying, counts.succeeded) == (2, 2, 2)
        assert await self.store.counts(10) == await self.store.counts()

    async def test_queues_tell_what_is_in_them_and_whether_they_are_paused(self) -> None:
        due = self.clock.now() - HOUR
        await self.running(queue="mail")
        await self.finished(queue="done")
        for due_in in (-SECOND, -HOUR, HOUR):
            await self.added(queue="mail", due_in=due_in)
        await self.settle(await self.running(queue="print"), self.retrying(after=HOUR))
        await self.settle(await self.running(queue="unknown"), Parked())
        for queue in ("mail", "nothing in it"):
            await self.store.pause_queue(queue)

        assert await self.store.queues() == [
            QueueInfo(name="mail", due=2, scheduled=1, running=1, is_paused=True, oldest_due_at=due),
            QueueInfo(name="nothing in it", is_paused=True),
            QueueInfo(name="print", scheduled=1),
            QueueInfo(name="unknown", parked=1),
        ]

    async def test_waiting_names_are_looked_for_among_the_first_jobs_of_each_place(self) -> None:
        for queue in ("mail", "print"):
            for due_in in (-SECOND, -SECOND, -SECOND):
                await self.added(queue=queue, due_in=due_in)
        await self.added("orders.later", due_in=HOUR)

        assert await self.store.waiting_names(2) == {
            ("orders.later", "default"): 1,
            ("orders.receipt", "mail"): 2,
            ("orders.receipt", "print"): 2,
        }

    async def test_waiting_names_are_counted_by_queue_parked_ones_included(self) -> None:
        parked = await self.running("orders.unknown")
        await self.settle(parked, Parked())
        await self.running("orders.running")
        await self.finished(name="orders.finished")
        await self.added("orders.receipt")
        await self.added("orders.receipt", due_in=HOUR)
        await self.added("orders.receipt", queue="mail")

        assert await self.store.waiting_names() == {
            ("orders.receipt", "default"): 2,
            ("orders.receipt", "mail"): 1,
            ("orders.unknown", "default"): 1,
        }

    async def test_a_second_store_on_the_same_place_sees_the_same(self) -> None:
        other = await self.open_store()
        job_id = await self.added()

        assert await other.get(job_id) == await self.store.get(job_id)
        assert await other.counts() == JobCounts(due=1)

        (claimed,) = await other.claim(await self.new_host(other), ["default"], 1)
        assert await self.state_of(claimed.id) is StoredState.RUNNING
