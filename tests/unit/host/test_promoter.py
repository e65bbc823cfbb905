"""Scheduled jobs become ready when their time comes: by a timer for the next one, and by polling."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime, timedelta

import pytest

from dawam.clock import SystemClock
from dawam.doorbells.base import Topic
from dawam.events.lifecycle import LifecycleEvents
from dawam.host.promoter import Promoter
from dawam.stores.values import Promotion

HOUR = timedelta(hours=1)
NOTHING = Promotion(0, None)


class Bench:
    """A store that answers from a script, and a doorbell."""

    def __init__(self, *answers: Promotion) -> None:
        self.answers = list(answers)
        self.looks = 0
        self.limits: list[int] = []
        self.rings: list[Topic] = []
        self._looked = asyncio.Condition()
        self.promoter = Promoter(
            store=self,  # type: ignore[arg-type]
            doorbell=self,  # type: ignore[arg-type]
            clock=SystemClock(),
            events=LifecycleEvents(),
            poll=HOUR,
        )

    async def promote(self, limit: int) -> Promotion:
        self.limits.append(limit)
        async with self._looked:
            self.looks += 1
            self._looked.notify_all()
        return self.answers.pop(0) if self.answers else NOTHING

    def ring(self, topic: Topic) -> None:
        self.rings.append(topic)

    async def looked(self, count: int) -> None:
        async with asyncio.timeout(5), self._looked:
            await self._looked.wait_for(lambda: self.looks >= count)
        await asyncio.sleep(0.002)  # what follows from the answer

    @asynccontextmanager
    async def promoting(self) -> AsyncIterator[Promoter]:
        await self.promoter.start()
        yield self.promoter
        await self.promoter.stop()


def now() -> datetime:
    return SystemClock().now()


async def test_it_rings_when_jobs_became_ready_and_not_otherwise() -> None:
    bench = Bench(NOTHING, Promotion(2, None))
    async with bench.promoting() as promoter:
        await bench.looked(1)
        assert bench.rings == []
        promoter.look()
        await bench.looked(2)
        assert bench.rings == [Topic.READY]


@pytest.mark.guide(3)
async def test_it_looks_again_when_the_next_job_is_due_and_not_before() -> None:
    bench = Bench(Promotion(0, now() + timedelta(milliseconds=60)))
    async with bench.promoting():
        await bench.looked(1)
        began = now()
        await bench.looked(2)
    assert timedelta(milliseconds=40) < now() - began < timedelta(seconds=2)


async def test_a_full_batch_is_followed_by_the_next_at_once() -> None:
    bench = Bench(*[Promotion(1_000, None)] * 3)
    async with bench.promoting():
        await bench.looked(4)
    assert set(bench.limits) == {1_000}


async def test_a_job_that_was_scheduled_here_for_earlier_moves_the_timer_and_a_later_one_does_not() -> None:
    bench = Bench(Promotion(0, now() + HOUR))
    async with bench.promoting() as promoter:
        await bench.looked(1)
        promoter.scheduled(now() + HOUR * 2)
        await asyncio.sleep(0.01)
        assert bench.looks == 1
        promoter.scheduled(now() + HOUR / 2)
        await bench.looked(2)


async def test_the_first_scheduled_job_is_seen_where_none_was() -> None:
    bench = Bench(NOTHING)
    async with bench.promoting() as promoter:
        await bench.looked(1)
        promoter.scheduled(now() + HOUR)
        await bench.looked(2)
