"""`prune`: finished jobs go when they were kept for longer than their retention."""

from datetime import timedelta
from uuid import UUID

import pytest

from dawam.jobs.outcome import Cancelled, Outcome, Succeeded
from dawam.stores.values import Retention
from dawam.testing.conformance.stores.bench import AT_ONCE, DAY, HOUR, SECOND, Bench

WEEK = Retention(succeeded=7 * DAY, failed=7 * DAY, cancelled=7 * DAY)
FOR_EVER = Retention(succeeded=None, failed=None, cancelled=None)


class Pruning(Bench):
    """`JobCaretaker.prune`."""

    @pytest.mark.abp(35)
    @pytest.mark.guide(5)
    async def test_what_is_older_than_its_retention_goes_and_the_rest_stays(self) -> None:
        for outcome in (Succeeded(), self.failed(), Cancelled()):
            old = await self.finished(outcome)
            await self.pass_time(6 * DAY)
            recent = await self.finished(outcome)
            await self.pass_time(DAY + SECOND)

            assert await self.store.prune(WEEK, 100) == 1

            assert await self.store.get(old) is None
            assert await self.store.get(recent) is not None
            await self.store.delete(recent)

    @pytest.mark.guide(5)
    async def test_what_is_exactly_as_old_as_its_retention_stays(self) -> None:
        job_id = await self.finished()
        await self.pass_time(7 * DAY)

        assert await self.store.prune(WEEK, 100) == 0
        await self.pass_time(timedelta(microseconds=1))
        assert await self.store.prune(WEEK, 100) == 1

        assert await self.store.get(job_id) is None

    async def test_each_kind_of_end_has_its_own_retention(self) -> None:
        kinds = (Succeeded(), self.failed(), Cancelled())
        succeeded, failed, cancelled = [await self.finished(outcome) for outcome in kinds]
        await self.pass_time(DAY)

        assert await self.store.prune(Retention(succeeded=HOUR, failed=2 * DAY, cancelled=None), 100) == 1

        gone = [await self.store.get(job_id) is None for job_id in (succeeded, failed, cancelled)]
        assert gone == [True, False, False]

    async def test_jobs_that_are_not_finished_are_never_pruned(self) -> None:
        ids = [await self.added(due_in=due) for due in (timedelta(0), 3650 * DAY)]
        ids.append((await self.running(queue="other")).id)
        await self.pass_time(365 * DAY)

        assert await self.store.prune(AT_ONCE, 100) == 0

        assert all([await self.store.get(job_id) for job_id in ids])

    @pytest.mark.abp(37)
    async def test_without_a_retention_everything_is_kept_for_ever(self) -> None:
        for outcome in (Succeeded(), self.failed(), Cancelled()):
            await self.finished(outcome)
        await self.pass_time(3650 * DAY)

        assert await self.store.prune(FOR_EVER, 100) == 0

    @pytest.mark.abp(38)
    async def test_pruning_goes_in_batches_until_nothing_is_left(self) -> None:
        for _ in range(5):
            await self.finished()
        await self.pass_time(8 * DAY)

        assert [await self.store.prune(WEEK, 2) for _ in range(4)] == [2, 2, 1, 0]

    async def test_the_limit_holds_for_all_kinds_together(self) -> None:
        outcomes: tuple[Outcome, ...] = (Succeeded(), self.failed(), Cancelled())
        for outcome in outcomes:
            await self.finished(outcome)
        await self.pass_time(8 * DAY)

        assert [await self.store.prune(WEEK, 2) for _ in range(3)] == [2, 1, 0]

    @pytest.mark.abp(39)
    async def test_the_oldest_go_first(self) -> None:
        first, second, third = [await self.running() for _ in range(3)]
        for job in (third, first, second):  # age counts from the end of a job, and not from when it was enqueued
            await self.settle(job, Succeeded())
            await self.pass_time(HOUR)
        await self.pass_time(8 * DAY)

        assert await self.store.prune(WEEK, 2) == 2

        assert [await self.store.get(job.id) is None for job in (third, first, second)] == [True, True, False]

    async def test_the_oldest_go_first_however_they_ended(self) -> None:
        outcomes: tuple[Outcome, ...] = (Cancelled(), self.failed(), Succeeded())
        ends = list[UUID]()
        for outcome in outcomes:
            ends.append(await self.finished(outcome))
            await self.pass_time(HOUR)
        await self.pass_time(8 * DAY)

        for count in (1, 2, 3):
            assert await self.store.prune(WEEK, 1) == 1
            assert [await self.store.get(job_id) is None for job_id in ends] == [True] * count + [False] * (3 - count)

    @pytest.mark.abp(40)
    async def test_a_limit_of_zero_deletes_nothing(self) -> None:
        job_id = await self.finished()
        await self.pass_time(8 * DAY)

        assert await self.store.prune(WEEK, 0) == 0

        assert await self.store.get(job_id) is not None

    async def test_the_records_of_attempts_go_with_their_job(self) -> None:
        job_id = await self.finished(self.failed())
        await self.pass_time(8 * DAY)

        await self.store.prune(WEEK, 100)

        assert await self.store.attempts(job_id) == []

    async def test_a_pruned_job_that_was_retried_by_hand_meanwhile_is_not_pruned(self) -> None:
        job_id = await self.finished(self.failed())
        await self.pass_time(8 * DAY)
        await self.store.retry(job_id)

        assert await self.store.prune(WEEK, 100) == 0

        assert await self.store.get(job_id) is not None

    @pytest.mark.abp(47)
    async def test_the_jobs_of_another_application_survive(self) -> None:
        mine = await self.finished()
        other = await self.open_store(application="bakery")
        theirs = self.new_job()
        await other.add([theirs])
        (claimed,) = await other.claim(await self.new_host(other), ["default"], 1)
        await other.settle([self.settlement(claimed, Succeeded())])
        await self.pass_time(8 * DAY)

        assert await self.store.prune(WEEK, 100) == 1

        assert await self.store.get(mine) is None
        assert await other.get(theirs.id) is not None
