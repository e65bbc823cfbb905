"""What the store claimed for us without our knowing is handed back, but never what is merely on its way."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any
from uuid import UUID

from dawam.doorbells.base import Topic
from dawam.events.lifecycle import LifecycleEvents, UnknownClaimsReturned
from dawam.host.auditor import Auditor
from dawam.ids import HostId, new_id
from dawam.jobs.outcome import HandedBack, SettleAnswer, Settlement
from dawam.testing import ManualClock

HOST = HostId("here-1-ab")
BEAT = timedelta(milliseconds=10)


@dataclass
class Bench:
    """A store with claims of ours, some of which we know."""

    claims: set[tuple[UUID, int]] = field(default_factory=set)
    known: set[tuple[UUID, int]] = field(default_factory=set)
    settled: list[Settlement] = field(default_factory=list)
    answer: SettleAnswer = SettleAnswer.ACCEPTED
    rings: list[Topic] = field(default_factory=list)
    told: list[UnknownClaimsReturned] = field(default_factory=list)
    looks: int = 0
    between: timedelta = BEAT
    """How much time passes from one look to the next."""

    def __post_init__(self) -> None:
        self._looked = asyncio.Condition()
        self.clock = ManualClock()

    async def claims_of(self, host: HostId) -> list[tuple[UUID, int, Any]]:
        assert host == HOST
        async with self._looked:
            self.looks += 1
            self.clock.advance(self.between)
            self._looked.notify_all()
        return [(*claim, None) for claim in sorted(self.claims)]

    async def settle(self, settlements: Sequence[Settlement]) -> list[SettleAnswer]:
        self.settled += settlements
        self.claims -= {(each.id, each.fence) for each in settlements}
        return [self.answer] * len(settlements)

    def ring(self, topic: Topic) -> None:
        self.rings.append(topic)

    async def looked(self, count: int) -> None:
        async with asyncio.timeout(5), self._looked:
            await self._looked.wait_for(lambda: self.looks >= count)

    @asynccontextmanager
    async def auditing(self, heartbeat: timedelta = BEAT) -> AsyncIterator[Auditor]:
        events = LifecycleEvents()
        events.subscribe(UnknownClaimsReturned, self.told.append)
        auditor = Auditor(
            store=self,  # type: ignore[arg-type]
            doorbell=self,  # type: ignore[arg-type]
            clock=self.clock,
            events=events,
            host=HOST,
            heartbeat=heartbeat,
            known=lambda: self.known,
        )
        await auditor.start()
        yield auditor
        await auditor.stop()


async def test_a_claim_that_nobody_has_known_for_a_heartbeat_is_handed_back_under_its_fence() -> None:
    lost, ours = (new_id(), 3), (new_id(), 1)
    bench = Bench(claims={lost, ours}, known={ours})
    async with bench.auditing():
        await bench.looked(1)
        assert bench.settled == []
        await bench.looked(3)
    [settlement] = bench.settled
    assert (settlement.id, settlement.fence) == lost
    assert isinstance(settlement.outcome, HandedBack)
    assert (bench.rings, bench.told) == ([Topic.READY], [UnknownClaimsReturned(HOST, (lost[0],))])


async def test_looks_that_follow_each_other_at_once_count_as_one() -> None:
    bench = Bench(claims={(new_id(), 1)}, between=timedelta(0))
    async with bench.auditing():
        await bench.looked(5)
    assert bench.settled == []


async def test_a_claim_whose_answer_arrives_meanwhile_is_left_alone() -> None:
    bench = Bench(claims={(new_id(), 1)})
    async with bench.auditing():
        await bench.looked(1)
        bench.known = set(bench.claims)
        await bench.looked(4)
    assert bench.settled == []


async def test_a_job_that_ended_while_the_store_was_read_is_left_alone() -> None:
    bench = Bench(claims={(new_id(), 1)})
    async with bench.auditing():
        await bench.looked(1)
        bench.claims.clear()
        await bench.looked(4)
    assert bench.settled == []


async def test_the_same_job_under_a_new_fence_is_doubted_anew() -> None:
    job_id = new_id()
    bench = Bench(claims={(job_id, 1)})
    async with bench.auditing():
        await bench.looked(1)
        bench.claims = {(job_id, 2)}
        await bench.looked(2)
        assert bench.settled == []
        await bench.looked(4)
    assert [each.fence for each in bench.settled] == [2]


async def test_what_was_lost_meanwhile_is_no_news() -> None:
    bench = Bench(claims={(new_id(), 1)}, answer=SettleAnswer.LOST)
    async with bench.auditing():
        await bench.looked(4)
    assert len(bench.settled) == 1
    assert (bench.rings, bench.told) == ([], [])


async def test_after_a_failed_claim_it_looks_at_once() -> None:
    bench = Bench()
    async with bench.auditing(heartbeat=timedelta(hours=1)) as auditor:
        await bench.looked(1)
        auditor.look_soon()
        await bench.looked(2)
