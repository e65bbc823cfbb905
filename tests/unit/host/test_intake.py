"""Claims: as many as there is room for, when a bell rings, when room appears, and at least once per poll."""

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import timedelta

import pytest

from dawam.events.lifecycle import LifecycleEvents
from dawam.host.intake import Intake
from dawam.ids import HostId
from dawam.jobs.handlers import DynamicJobContext, HandlerJob
from dawam.jobs.options import JobOptions
from dawam.jobs.record import ClaimedJob
from dawam.jobs.registry import JobRegistry
from tests.support.applications import until
from tests.support.claims import claimed

HOST = HostId("here-1-ab")


@dataclass
class Bench:
    """A store that hands out what waits, a runner with so much room, and a settler that may be behind."""

    waiting: list[ClaimedJob] = field(default_factory=list)
    parked: list[ClaimedJob] = field(default_factory=list)
    suspects: list[ClaimedJob] = field(default_factory=list)
    free: int = 3
    is_behind: bool = False
    is_stopping: bool = False
    taken: list[ClaimedJob] = field(default_factory=list)
    claims: list[int] = field(default_factory=list)
    looks: int = 0
    fails: bool = False
    registry: JobRegistry = field(default_factory=JobRegistry)

    def __post_init__(self) -> None:
        self._looked = asyncio.Condition()
        self.failed = asyncio.Event()

    # the store
    async def claim(self, host: HostId, queues: Sequence[str], limit: int) -> list[ClaimedJob]:
        assert (host, queues) == (HOST, ("default", "mail"))
        if self.fails:
            self.fails = False
            raise OSError("away")
        self.claims.append(limit)
        handed, self.waiting = self.waiting[:limit], self.waiting[limit:]
        async with self._looked:
            self._looked.notify_all()
        return handed

    async def claim_parked(
        self, host: HostId, queues: Sequence[str], known: Mapping[str, int], limit: int
    ) -> list[ClaimedJob]:
        handed, self.parked = self.parked[:limit], self.parked[limit:]
        return handed

    async def claim_suspect(self, host: HostId, queues: Sequence[str], known: Mapping[str, int]) -> ClaimedJob | None:
        return self.suspects.pop(0) if self.suspects else None

    # the runner
    @property
    def may_start(self) -> bool:
        return not self.is_stopping

    @property
    def has_suspect(self) -> bool:
        return any(job.crash_count for job in self.taken)

    def room(self) -> int:
        self.looks += 1
        return self.free - len(self.taken)

    @property
    def wants_more(self) -> bool:
        return self.free > len(self.taken)

    def take(self, jobs: Sequence[ClaimedJob]) -> None:
        self.taken += jobs

    # the test
    async def claimed(self, count: int) -> None:
        async with asyncio.timeout(5), self._looked:
            await self._looked.wait_for(lambda: len(self.claims) >= count)
        await asyncio.sleep(0.005)

    @asynccontextmanager
    async def taking(self, poll: timedelta = timedelta(hours=1)) -> AsyncIterator[Intake]:
        intake = Intake(
            store=self,  # type: ignore[arg-type]
            runner=self,  # type: ignore[arg-type]
            settler=self,  # type: ignore[arg-type]
            registry=self.registry,
            events=LifecycleEvents(),
            host=HOST,
            queues=lambda: ("default", "mail"),
            poll=poll,
            on_failed_claim=self.failed.set,
        )
        await intake.start()
        yield intake
        await intake.stop()


async def test_it_claims_at_once_and_no_more_than_there_is_room_for() -> None:
    jobs = [claimed() for _ in range(5)]
    bench = Bench(waiting=list(jobs))
    async with bench.taking():
        await bench.claimed(1)
    assert bench.claims == [3]
    assert bench.taken == jobs[:3]


async def test_a_bell_brings_the_next_claim() -> None:
    bench = Bench()
    async with bench.taking() as intake:
        await bench.claimed(1)
        bench.waiting = [claimed()]
        intake.ring()
        await bench.claimed(2)
    assert len(bench.taken) == 1


async def test_without_a_bell_it_polls() -> None:
    bench = Bench()
    async with bench.taking(poll=timedelta(milliseconds=20)):
        await bench.claimed(2)
        bench.waiting = [claimed()]
        await bench.claimed(4)
    assert len(bench.taken) == 1


async def test_room_brings_a_claim_only_when_the_last_one_left_something_behind() -> None:
    bench = Bench(waiting=[claimed() for _ in range(2)])
    async with bench.taking() as intake:
        await bench.claimed(1)  # two of three: nothing is left
        intake.room_appeared()
        await asyncio.sleep(0.01)
        assert len(bench.claims) == 1
        bench.waiting = [claimed() for _ in range(2)]
        intake.ring()
        await bench.claimed(2)  # one of one: there may be more
        bench.taken.clear()
        intake.room_appeared()
        await bench.claimed(3)
    assert len(bench.taken) == 1


async def test_while_settlements_are_stuck_nothing_is_claimed() -> None:
    bench = Bench(waiting=[claimed()], parked=[claimed()], is_behind=True)
    async with bench.taking(poll=timedelta(milliseconds=5)):
        await asyncio.sleep(0.05)
        assert bench.looks > 3
        assert (bench.claims, bench.taken) == ([], [])
        bench.is_behind = False
        await bench.claimed(1)
    assert len(bench.taken) == 1


async def test_without_room_the_store_is_not_asked_until_room_appears() -> None:
    bench = Bench(waiting=[claimed()], free=0)
    async with bench.taking() as intake:
        await asyncio.sleep(0.02)
        assert bench.claims == []
        bench.free = 1
        intake.room_appeared()
        await bench.claimed(1)


async def test_parked_jobs_that_this_host_knows_are_taken_as_well() -> None:
    job = claimed()
    bench = Bench(parked=[job])
    async with bench.taking():
        await bench.claimed(1)
    assert bench.taken == [job]


async def test_a_suspect_is_taken_though_other_jobs_have_all_the_room() -> None:
    suspect = claimed(crash_count=2)
    bench = Bench(waiting=[claimed()], suspects=[suspect], free=0)
    async with bench.taking():
        await until(lambda: bench.taken == [suspect])
    assert bench.claims == []


async def test_whoever_starts_nothing_more_takes_no_suspect() -> None:
    bench = Bench(suspects=[claimed(crash_count=2)], is_stopping=True)
    async with bench.taking(poll=timedelta(milliseconds=5)):
        await bench.claimed(3)
    assert bench.taken == []


async def test_while_a_suspect_is_here_no_second_one_is_taken() -> None:
    suspects = [claimed(crash_count=2), claimed(crash_count=2)]
    bench = Bench(suspects=list(suspects))
    async with bench.taking(poll=timedelta(milliseconds=5)):
        await until(lambda: bench.taken == suspects[:1])
        await bench.claimed(len(bench.claims) + 5)
        assert bench.taken == suspects[:1]
        bench.taken.clear()
        await until(lambda: bench.taken == suspects[1:])


async def test_a_suspect_does_not_wait_for_a_poll_that_hardly_ever_comes(monkeypatch: pytest.MonkeyPatch) -> None:
    """No bell brings the look for it, so that ordinary claims do not have to wait for the look."""
    monkeypatch.setattr("dawam.host.intake._RARE_EVERY", timedelta(milliseconds=20))
    bench = Bench()
    async with bench.taking(poll=timedelta(hours=1)):
        await bench.claimed(1)
        bench.suspects = [claimed(crash_count=2)]
        await until(lambda: len(bench.taken) == 1)


async def test_a_claim_that_fails_is_tried_again() -> None:
    bench = Bench(waiting=[claimed()], fails=True)
    async with bench.taking():
        await bench.claimed(1)
    assert len(bench.taken) == 1
    assert bench.failed.is_set()  # it is told of, because the store may have done it all the same


async def test_after_the_end_bells_and_room_do_nothing() -> None:
    bench = Bench()
    async with bench.taking() as intake:
        await bench.claimed(1)
    intake.ring()
    intake.room_appeared()
    await asyncio.sleep(0.01)
    assert len(bench.claims) == 1


async def test_after_a_suspect_the_next_one_is_taken_at_once() -> None:
    suspects = [claimed(crash_count=2) for _ in range(3)]
    bench = Bench(suspects=list(suspects))
    async with bench.taking() as intake:
        for suspect in suspects:
            await until(lambda: bool(bench.taken))
            assert bench.taken == [suspect]
            bench.taken.clear()
            intake.room_appeared()


async def test_a_name_that_becomes_known_brings_a_look_for_parked_jobs(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("dawam.host.intake._RARE_EVERY", timedelta(hours=1))
    bench = Bench()

    async def run(context: DynamicJobContext) -> None: ...

    async with bench.taking():
        await bench.claimed(1)
        bench.parked = [claimed("shop.import")]
        await asyncio.to_thread(bench.registry.handlers.set, HandlerJob("shop.import", run), JobOptions())
        await until(lambda: len(bench.taken) == 1)
    bench.registry.handlers.set(HandlerJob("shop.export", run), JobOptions())  # nobody is told any more
