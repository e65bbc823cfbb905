"""Claims: as many as there is room for, when a bell rings, when room appears, and at least once per poll."""

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import pytest

from dawam.doorbells.base import Topic
from dawam.doorbells.local import LocalDoorbell
from dawam.events.lifecycle import LifecycleEvents
from dawam.host.intake import Intake
from dawam.host.lanes import Lane, Lanes
from dawam.host.options import HostOptions
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
    """A store that hands out what waits, a runner with three slots, and a settler that may be behind."""

    waiting: list[ClaimedJob] = field(default_factory=list)
    parked: list[ClaimedJob] = field(default_factory=list)
    suspects: list[ClaimedJob] = field(default_factory=list)
    options: HostOptions = field(default_factory=lambda: HostOptions(concurrency=3))
    is_stuck: bool = False
    is_stopping: bool = False
    taken: list[ClaimedJob] = field(default_factory=list)
    claims: list[tuple[tuple[str, ...], int]] = field(default_factory=list)
    """From which queues, and how many at most."""
    looks: int = 0
    fails: bool = False
    answering: asyncio.Event = field(default_factory=asyncio.Event)
    """Set while the store answers."""
    registry: JobRegistry = field(default_factory=JobRegistry)
    doorbell: LocalDoorbell = field(default_factory=LocalDoorbell)

    def __post_init__(self) -> None:
        self._looked = asyncio.Condition()
        self.failed = asyncio.Event()
        self.answering.set()
        self.queues: tuple[str, ...] = ("default", "mail")
        self.lanes = Lanes(self.options, lambda: self.queues, lambda: ())
        self.most_at_once: dict[str, int] = {}

    # the store
    async def claim(self, host: HostId, queues: Sequence[str], limit: int) -> list[ClaimedJob]:
        assert host == HOST
        if self.fails:
            self.fails = False
            raise OSError("away")
        self.claims.append((tuple(queues), limit))
        handed = self._handed(self.waiting, queues, limit)
        await self.answering.wait()
        async with self._looked:
            self._looked.notify_all()
        return handed

    async def claim_parked(
        self, host: HostId, queues: Sequence[str], known: Mapping[str, int], limit: int
    ) -> list[ClaimedJob]:
        await asyncio.sleep(0)
        return self._handed(self.parked, queues, limit)

    async def claim_suspect(self, host: HostId, queues: Sequence[str], known: Mapping[str, int]) -> ClaimedJob | None:
        await asyncio.sleep(0)
        return next(iter(self._handed(self.suspects, queues, 1)), None)

    @staticmethod
    def _handed(waiting: list[ClaimedJob], queues: Sequence[str], limit: int) -> list[ClaimedJob]:
        handed = [job for job in waiting if job.queue in queues][:limit]
        waiting[:] = [job for job in waiting if job not in handed]
        return handed

    # the runner
    @property
    def may_start(self) -> bool:
        return not self.is_stopping

    @property
    def has_suspect(self) -> bool:
        return any(job.crash_count for job in self.taken)

    def rooms(self, hungry: Sequence[Lane]) -> list[tuple[Lane, int]]:
        return self.lanes.rooms(hungry)

    def take(self, jobs: Sequence[ClaimedJob]) -> None:
        if jobs:
            self.lanes.add(jobs, 0.0)
            back = self.lanes.take_excess()
            self.waiting += back
            while job := self.lanes.start():
                self.taken.append(job)
            for queue in {job.queue for job in jobs}:
                held = sum(job.queue == queue for job in self.taken)
                self.most_at_once[queue] = max(held, self.most_at_once.get(queue, 0))

    # the settler
    @property
    def is_behind(self) -> bool:
        self.looks += 1
        return self.is_stuck

    # the test
    def end(self, *jobs: ClaimedJob) -> None:
        """These jobs end, after a second each; all of them when none is named."""
        for job in jobs or [*self.taken]:
            self.taken.remove(job)
            self.lanes.of(job.queue).ended(1.0)

    async def claimed(self, count: int) -> None:
        """Waits until the store was asked so often."""
        async with asyncio.timeout(5), self._looked:
            await self._looked.wait_for(lambda: len(self.claims) >= count)
        await asyncio.sleep(0.005)

    @asynccontextmanager
    async def taking(self, poll: timedelta = timedelta(hours=1)) -> AsyncIterator[Intake]:
        intake = Intake(
            store=self,  # type: ignore[arg-type]
            doorbell=self.doorbell,
            runner=self,  # type: ignore[arg-type]
            lanes=self.lanes,
            settler=self,  # type: ignore[arg-type]
            registry=self.registry,
            events=LifecycleEvents(),
            host=HOST,
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
    assert bench.claims == [(("default", "mail"), 3)]
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
        bench.end()
        intake.room_appeared()
        await bench.claimed(3)
    assert len(bench.taken) == 1


async def test_while_settlements_are_stuck_nothing_is_claimed() -> None:
    bench = Bench(waiting=[claimed()], parked=[claimed()], is_stuck=True)
    async with bench.taking(poll=timedelta(milliseconds=5)):
        await until(lambda: bench.looks > 3)
        assert (bench.claims, bench.taken) == ([], [])
        bench.is_stuck = False
        await bench.claimed(1)
    assert len(bench.taken) == 1


async def test_without_room_the_store_is_not_asked_until_room_appears() -> None:
    bench = Bench()
    bench.take([claimed() for _ in range(3)])
    bench.waiting = [claimed()]
    async with bench.taking() as intake:
        await until(lambda: bench.looks > 0)
        intake.ring()
        await until(lambda: bench.looks > 1)
        assert bench.claims == []
        bench.end(bench.taken[0])
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
    bench = Bench(waiting=[claimed()], suspects=[suspect])
    bench.take([claimed() for _ in range(3)])
    async with bench.taking():
        await until(lambda: suspect in bench.taken)
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
        bench.end()
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
            bench.end()
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


async def test_a_ring_while_the_store_is_being_asked_brings_another_claim() -> None:
    bench = Bench()
    bench.answering.clear()
    async with bench.taking() as intake:
        await until(lambda: len(bench.claims) == 1)
        bench.waiting = [claimed()]  # the answer that is under way does not know of it
        intake.ring()
        bench.answering.set()
        await until(lambda: len(bench.taken) == 1)


async def test_a_ring_for_queues_that_are_served_elsewhere_brings_no_claim() -> None:
    bench = Bench()
    async with bench.taking():
        await bench.claimed(1)
        bench.doorbell.ring(Topic.READY, {"reports"})
        await asyncio.sleep(0.01)
        assert len(bench.claims) == 1
        bench.doorbell.ring(Topic.READY, {"reports", "mail"})
        await bench.claimed(2)
        bench.doorbell.ring(Topic.READY)
        await bench.claimed(3)


async def test_a_queue_that_a_new_handler_brings_is_claimed_and_listened_to_from_then_on() -> None:
    bench = Bench()

    async def run(context: DynamicJobContext) -> None: ...

    async with bench.taking():
        await bench.claimed(1)
        bench.queues = ("default", "mail", "imports")
        bench.registry.handlers.set(HandlerJob("shop.import", run), JobOptions(queue="imports"))
        await bench.claimed(2)
        bench.doorbell.ring(Topic.READY, {"imports"})
        await bench.claimed(3)
    assert [queues for queues, _ in bench.claims] == [("default", "mail"), bench.queues, bench.queues]


def fair(concurrency: int = 4, **options: Any) -> HostOptions:
    return HostOptions(concurrency=concurrency, queue_weights={"mail": 1}, **options)


class TestQueuesWithWeightsOrLimits:
    async def test_each_is_asked_for_its_share_and_then_for_what_the_others_left(self) -> None:
        bench = Bench(waiting=[claimed(queue="mail") for _ in range(10)], options=fair())
        async with bench.taking():
            await bench.claimed(3)
        assert bench.claims == [(("default",), 2), (("mail",), 2), (("mail",), 2)]
        assert len(bench.taken) == 4

    async def test_one_of_which_nothing_was_left_is_not_asked_again_before_a_bell_rings(self) -> None:
        bench = Bench(waiting=[claimed(queue="mail") for _ in range(10)], options=fair())
        async with bench.taking() as intake:
            await bench.claimed(3)
            bench.claims.clear()
            bench.end(bench.taken[0])
            intake.room_appeared()
            await bench.claimed(1)
            assert bench.claims == [(("mail",), 1)]
            bench.end(bench.taken[0])
            intake.ring()
            await bench.claimed(3)
        assert bench.claims[1:] == [(("default",), 1), (("mail",), 1)]

    async def test_or_before_the_next_poll(self) -> None:
        bench = Bench(waiting=[claimed(queue="mail") for _ in range(10)], options=fair())
        async with bench.taking(poll=timedelta(milliseconds=20)):
            await bench.claimed(3)
            bench.waiting.append(claimed(queue="default"))
            bench.end()
            await until(lambda: any(job.queue == "default" for job in bench.taken))

    async def test_parked_jobs_of_one_get_every_slot_that_the_others_do_not_need(self) -> None:
        bench = Bench(parked=[claimed(queue="mail") for _ in range(10)], options=fair())
        async with bench.taking():
            await until(lambda: len(bench.taken) == 4)

    async def test_when_one_cannot_be_asked_the_others_are_taken_and_all_are_asked_again(self) -> None:
        bench = Bench(waiting=[claimed(queue="default"), claimed(queue="mail")], options=fair(), fails=True)
        async with bench.taking():
            await until(lambda: len(bench.taken) == 2)
        assert bench.failed.is_set()

    async def test_a_limit_is_never_exceeded_by_ready_parked_and_suspect_jobs_together(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("dawam.host.intake._RARE_EVERY", timedelta(milliseconds=5))
        mail = [claimed(queue="mail") for _ in range(8)]
        suspects = [claimed(queue="mail", crash_count=2) for _ in range(2)]
        bench = Bench(
            waiting=mail[:4] + [claimed() for _ in range(4)],
            parked=mail[4:],
            suspects=list(suspects),
            options=HostOptions(concurrency=10, queue_limits={"mail": 2}),
        )
        ended: list[ClaimedJob] = []
        async with bench.taking(poll=timedelta(milliseconds=5)) as intake:
            while len(ended) < 14:
                await until(lambda: bool(bench.taken))
                ended += bench.taken[:1]
                bench.end(bench.taken[0])
                intake.room_appeared()
        assert {job.id for job in mail + suspects} <= {job.id for job in ended}
        assert bench.most_at_once["mail"] == 2
