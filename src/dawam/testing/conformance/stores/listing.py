"""`jobs`: lists in the order that people expect, filtered, page by page."""

from collections.abc import AsyncIterator
from uuid import UUID

import pytest

from dawam.jobs.outcome import Parked, Succeeded
from dawam.jobs.priority import Priority
from dawam.jobs.state import JobState
from dawam.stores.values import JobFilter
from dawam.testing.conformance.stores.bench import HOUR, MINUTE, SECOND, Bench

EVERYTHING = JobFilter()
WAITING = JobFilter(states=frozenset({JobState.WAITING}))


class Listing(Bench):
    """`JobReader.look`."""

    async def ids(self, chosen: JobFilter, limit: int = 100, after: UUID | None = None) -> list[UUID]:
        return [job.id for job in await self.listed(chosen, limit, after)]

    async def one_of_each(self) -> list[UUID]:
        """Jobs in every place, in the order in which a list shows them."""
        older, newer = await self.finished(), (await self._wait_and_finish())
        running = await self.running()
        parked = await self.running("orders.unknown", due_in=-HOUR)
        await self.settle(parked, Parked())
        later = [await self.added(due_in=due) for due in (MINUTE, HOUR)]
        normal, high = await self.added(), await self.added(priority=Priority.HIGH)
        return [high, normal, parked.id, *later, running.id, newer, older]

    async def test_due_jobs_come_first_then_later_ones_then_running_then_finished_newest_first(self) -> None:
        expected = await self.one_of_each()

        assert await self.ids(EVERYTHING) == expected

    async def test_a_listed_job_is_the_job_that_get_shows(self) -> None:
        await self.one_of_each()

        for job in await self.listed(EVERYTHING):
            assert job == await self.store.get(job.id)

    async def test_due_jobs_are_listed_in_claim_order(self) -> None:
        for index in range(12):
            priority = list(Priority)[index % 5]
            await self.added(priority=priority, queue="ab"[index % 2], due_in=-SECOND * (index % 3))
        listed = await self.ids(WAITING)

        claimed = await self.store.claim(await self.new_host(), ["a", "b"], 100)

        assert listed == [job.id for job in claimed]

    @pytest.mark.parametrize("size", [1, 2, 3, 7])
    async def test_pages_together_are_the_whole_list(self, size: int) -> None:
        expected = await self.one_of_each()
        for chosen in (EVERYTHING, WAITING, JobFilter(states=frozenset({JobState.SUCCEEDED, JobState.RUNNING}))):
            whole = await self.ids(chosen)

            assert [job_id async for job_id in self._paged(chosen, size)] == whole

        assert await self.ids(EVERYTHING, 100, after=expected[-1]) == []

    async def test_the_limit_cuts_the_list(self) -> None:
        expected = await self.one_of_each()

        assert await self.ids(EVERYTHING, 3) == expected[:3]
        assert await self.ids(EVERYTHING, 0) == []

    @pytest.mark.parametrize("state", list(JobState))
    async def test_jobs_are_filtered_by_state(self, state: JobState) -> None:
        await self.finished(self.failed())
        await self.store.cancel(await self.added())
        await self.one_of_each()

        listed = await self.listed(JobFilter(states=frozenset({state})))

        everything = await self.listed(EVERYTHING)
        assert listed == [job for job in everything if job.state == state]
        assert listed

    @pytest.mark.abp(43)
    async def test_jobs_are_filtered_by_name(self) -> None:
        wanted = {await self.added("orders.receipt"), await self.finished(name="orders.first", priority=Priority.HIGH)}
        await self.added("orders.receipt.copy")

        found = {*await self.ids(JobFilter(name="orders.receipt")), *await self.ids(JobFilter(name="orders.first"))}

        assert found == wanted
        assert await self.ids(JobFilter(name="orders")) == []

    async def test_jobs_are_filtered_by_queue(self) -> None:
        await self.added(queue="print")
        mail = [await self.added(queue="mail"), await self.added(queue="mail", due_in=HOUR)]

        assert await self.ids(JobFilter(queue="mail")) == mail
        assert await self.ids(JobFilter(queue="mai")) == []

    @pytest.mark.abp(42)
    @pytest.mark.abp(46)
    async def test_due_only_leaves_out_everything_that_could_not_run_now(self) -> None:
        await self.one_of_each()
        due = [job.id for job in await self.listed(JobFilter(due_only=True))]

        claimed = await self.store.claim(await self.new_host(), ["default"], 100)

        assert due == [job.id for job in claimed]
        assert len(due) == 2
        assert await self.ids(JobFilter(due_only=True)) == []

    async def test_filters_hold_together(self) -> None:
        wanted = await self.added("a", queue="mail")
        await self.added("a", queue="print")
        await self.added("b", queue="mail")
        await self.added("a", queue="mail", due_in=HOUR)

        chosen = JobFilter(states=frozenset({JobState.WAITING}), name="a", queue="mail", due_only=True)

        assert await self.ids(chosen) == [wanted]

    async def test_finished_jobs_that_ended_at_once_are_still_paged_completely(self) -> None:
        for _ in range(5):
            await self.finished()

        paged = [job_id async for job_id in self._paged(EVERYTHING, 2)]

        assert len(paged) == len(set(paged)) == 5

    async def _wait_and_finish(self) -> UUID:
        await self.pass_time(SECOND)
        return await self.finished(Succeeded())

    async def _paged(self, chosen: JobFilter, size: int) -> AsyncIterator[UUID]:
        page = await self.ids(chosen, size)
        while page:
            for job_id in page:
                yield job_id
            page = await self.ids(chosen, size, after=page[-1])
