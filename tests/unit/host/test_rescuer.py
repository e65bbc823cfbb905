"""Jobs of dead hosts are taken back, but only by a host that was itself on time."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import timedelta

from dawam.doorbells.base import Topic
from dawam.events.lifecycle import JobsRescued, LifecycleEvents
from dawam.host.rescuer import Rescuer
from dawam.ids import HostId, new_id
from dawam.stores.values import Rescue

DEAD = (HostId("there-2-cd"),)


class Bench:
    """A store that answers from a script, a heartbeat that may judge or not, and a doorbell."""

    def __init__(self, *answers: Rescue, may_judge: bool = True) -> None:
        self.answers = list(answers)
        self.may_judge = may_judge
        self.asked = self.looks = 0
        self.rings: list[Topic] = []
        self.told: list[JobsRescued] = []
        self._looked = asyncio.Condition()
        events = LifecycleEvents()
        events.subscribe(JobsRescued, self.told.append)
        self.rescuer = Rescuer(
            store=self,  # type: ignore[arg-type]
            doorbell=self,  # type: ignore[arg-type]
            heartbeat=self,  # type: ignore[arg-type]
            events=events,
            lease=timedelta(milliseconds=40),
        )

    def may_judge_others(self) -> bool:
        self.asked += 1
        return self.may_judge

    async def rescue(self, limit: int, may_judge: Callable[[], bool]) -> Rescue:
        assert may_judge() is self.may_judge
        async with self._looked:
            self.looks += 1
            self._looked.notify_all()
        return self.answers.pop(0) if self.answers else Rescue()

    def ring(self, topic: Topic) -> None:
        self.rings.append(topic)

    async def looked(self, count: int) -> None:
        async with asyncio.timeout(5), self._looked:
            await self._looked.wait_for(lambda: self.looks >= count)

    @asynccontextmanager
    async def rescuing(self) -> AsyncIterator[None]:
        await self.rescuer.start()
        yield
        await self.rescuer.stop()


async def test_jobs_that_became_ready_are_told_and_rung_for() -> None:
    readied = (new_id(), new_id())
    bench = Bench(Rescue(readied=readied, dead_hosts=DEAD))
    async with bench.rescuing():
        await bench.looked(2)
    assert bench.told == [JobsRescued(readied, (), (), DEAD)]
    assert bench.rings == [Topic.READY]


async def test_a_host_that_died_with_nothing_running_is_told_and_rings_for_nobody() -> None:
    bench = Bench(Rescue(dead_hosts=DEAD))
    async with bench.rescuing():
        await bench.looked(2)
    assert bench.told == [JobsRescued((), (), (), DEAD)]
    assert bench.rings == []


async def test_nothing_to_rescue_says_nothing() -> None:
    bench = Bench()
    async with bench.rescuing():
        await bench.looked(3)
    assert (bench.told, bench.rings) == ([], [])


async def test_who_may_not_judge_others_does_not_even_look() -> None:
    bench = Bench(may_judge=False)
    async with bench.rescuing(), asyncio.timeout(5):
        while bench.asked < 3:  # noqa: ASYNC110  (nobody tells of a look that is not taken)
            await asyncio.sleep(0.001)
        assert bench.looks == 0
        bench.may_judge = True
        await bench.looked(1)
