"""`add`: takes new jobs, all or none, and changes nothing when it is repeated."""

import asyncio
from collections.abc import Iterator
from datetime import datetime
from enum import StrEnum
from typing import Any

import pytest

from dawam.errors import DawamError
from dawam.jobs.record import NewJob
from dawam.jobs.state import StoredState
from dawam.testing.conformance.stores.bench import HOUR, MINUTE, SECOND, Bench


class _Desk(StrEnum):
    """Queues, as people like to name them."""

    MAIL = "mail"


class _PaperJamError(Exception):
    """What making a job may end with."""


class Adding(Bench):
    """`JobWriter`."""

    @pytest.mark.abp(4)
    @pytest.mark.abp(5)
    @pytest.mark.abp(41)
    @pytest.mark.guide(4)
    async def test_an_added_job_is_found_as_it_was_given(self) -> None:
        job = self.new_job(
            "orders.receipt", args=b'{"order":41}', queue="paper", headers={"tenant": "north"}, tags=("web", "eu")
        )

        assert await self.store.add([job]) == [True]

        found = await self.info(job.id)
        assert (found.id, found.name, found.args) == (job.id, "orders.receipt", '{"order":41}')
        assert (found.queue, found.headers, found.tags) == ("paper", {"tenant": "north"}, ("web", "eu"))
        assert found.state == "waiting"

    async def test_a_job_whose_time_has_come_is_ready(self) -> None:
        assert await self.state_of(await self.added()) is StoredState.READY
        assert await self.state_of(await self.added(due_in=-HOUR)) is StoredState.READY

    @pytest.mark.abp(20)
    @pytest.mark.guide(3)
    @pytest.mark.abp("delayed jobs")
    async def test_a_job_for_later_is_scheduled_and_not_claimed_before_it_is_promoted(self) -> None:
        later = await self.added(due_in=MINUTE)
        host = await self.new_host()

        assert await self.state_of(later) is StoredState.SCHEDULED
        assert await self.store.claim(host, ["default"], 10) == []

        await self.pass_time(MINUTE + SECOND)
        assert await self.store.claim(host, ["default"], 10) == []

        await self.store.promote(10)
        assert [job.id for job in await self.store.claim(host, ["default"], 10)] == [later]

    async def test_adding_the_same_job_again_changes_nothing(self) -> None:
        job = self.new_job("orders.receipt")
        again = self.new_job("orders.refund", id=job.id, args=b"{}", queue="slow", due_in=HOUR)
        await self.store.add([job])
        before = await self.info(job.id)

        assert await self.store.add([again]) == [False]

        assert await self.info(job.id) == before

    async def test_adding_a_running_job_again_changes_nothing(self) -> None:
        claimed = await self.running()
        before = await self.info(claimed.id)

        assert await self.store.add([self.new_job(id=claimed.id)]) == [False]

        assert await self.info(claimed.id) == before

    async def test_adding_a_finished_job_again_does_not_bring_it_back(self) -> None:
        job_id = await self.finished()
        before = await self.info(job_id)

        assert await self.store.add([self.new_job(id=job_id)]) == [False]

        assert await self.info(job_id) == before
        assert (await self.store.counts()).waiting == 0

    async def test_answers_say_in_order_which_jobs_were_created(self) -> None:
        old, new, newest = self.new_job(), self.new_job(), self.new_job()
        await self.store.add([old])

        assert await self.store.add([new, old, newest]) == [True, False, True]

        assert (await self.store.counts()).due == 3

    async def test_a_job_that_stands_twice_in_one_batch_is_added_once(self) -> None:
        job = self.new_job()

        assert await self.store.add([job, job]) == [True, False]

        assert (await self.store.counts()).due == 1

    async def test_a_batch_is_added_whole_or_not_at_all(self) -> None:
        good: list[Any] = [self.new_job(), self.new_job()]
        broken = self.new_job(run_at=datetime(2026, 1, 1))  # noqa: DTZ001  (a moment that no store can place)

        with pytest.raises((TypeError, ValueError, DawamError)):
            await self.store.add([good[0], broken, good[1]])

        assert [await self.state_of(job.id) for job in good] == [None, None]

    async def test_adding_nothing_is_fine(self) -> None:
        assert await self.store.add([]) == []

    async def test_a_thousand_jobs_are_added_at_once(self) -> None:
        jobs = [self.new_job() for _ in range(1_000)]

        assert await self.store.add(jobs) == [True] * 1_000

        assert (await self.store.counts()).due == 1_000

    async def test_the_same_job_added_by_many_at_once_is_created_once(self) -> None:
        job, other = self.new_job(), await self.open_store()

        answers = await asyncio.gather(*(store.add([job]) for store in [self.store, other] * 5))

        assert sorted(answers) == [[False]] * 9 + [[True]]

    @pytest.mark.parametrize("count", [1, 2])
    async def test_a_queue_may_be_named_by_an_enumeration(self, count: int) -> None:
        host = await self.new_host(queues=(_Desk.MAIL,))
        jobs = [self.new_job(queue=_Desk.MAIL) for _ in range(count)]

        assert await self.store.add(jobs) == [True] * count

        claimed = await self.store.claim(host, [_Desk.MAIL], 10)
        assert [(job.id, job.queue) for job in claimed] == [(job.id, "mail") for job in jobs]

    async def test_a_stream_of_batches_is_added_as_one(self) -> None:
        batches = [[self.new_job(f"orders.{number}") for _ in range(number)] for number in (3, 0, 200)]

        assert await self.store.add_stream(iter(batches)) == [True] * 203
        assert await self.store.add_stream(iter(batches[:1])) == [False] * 3

        assert (await self.store.counts()).due == 203

    @pytest.mark.parametrize("kind", [_PaperJamError, ConnectionResetError, TimeoutError])
    async def test_a_stream_that_breaks_off_adds_nothing(self, kind: type[Exception]) -> None:
        first = [self.new_job() for _ in range(10)]

        def batches() -> Iterator[list[NewJob]]:
            yield first
            raise kind("whoever reads the orders")

        with pytest.raises(kind, match="whoever reads the orders"):
            await self.store.add_stream(batches())

        assert [await self.state_of(job.id) for job in first] == [None] * 10
