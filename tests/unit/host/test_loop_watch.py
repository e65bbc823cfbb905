"""A blocked loop is noticed from another thread, named once, and at last given up."""

import asyncio
import logging
from collections.abc import Callable
from datetime import timedelta

import pytest

from dawam.host.loop_watch import TICK, LoopWatch
from dawam.jobs.record import ClaimedJob
from dawam.testing import ManualClock
from tests.support.claims import claimed

BEAT = timedelta(seconds=5)


class Bench:
    """A loop that turns only when the test lets it: between two awaits it is blocked."""

    def __init__(self, *, owns_process: bool = True) -> None:
        self.clock = ManualClock()
        self.jobs: list[ClaimedJob] = []
        self.blocker: ClaimedJob | None = None
        self.ends = 0
        self.watch = LoopWatch(
            clock=self.clock,
            beat=BEAT,
            warn_after=timedelta(seconds=30),
            end_after=timedelta(minutes=1),
            jobs=self,
            end_process=self._end if owns_process else None,
        )
        self.watch.start()

    def running(self) -> list[ClaimedJob]:
        return self.jobs

    def job_of(self, task: "asyncio.Task[object] | None") -> ClaimedJob | None:
        assert task is asyncio.current_task()
        return self.blocker

    def _end(self) -> None:
        self.ends += 1

    def beat(self, after: timedelta = BEAT) -> bool:
        self.clock.advance(after)
        return self.watch.beat()

    def beats(self, count: int) -> list[bool]:
        return [self.beat() for _ in range(count)]


@pytest.fixture
def said(caplog: pytest.LogCaptureFixture) -> Callable[[], list[str]]:
    caplog.set_level(logging.WARNING, "dawam.host")
    return lambda: [record.getMessage() for record in caplog.records]


async def test_a_loop_that_turns_is_never_complained_of(said: Callable[[], list[str]]) -> None:
    bench = Bench()
    for _ in range(50):
        assert bench.beat()
        await asyncio.sleep(0)
        await asyncio.sleep(0)
    assert said() == []


async def test_a_block_is_told_once_with_where_every_thread_is(caplog: pytest.LogCaptureFixture) -> None:
    bench = Bench()
    bench.jobs = [claimed("shop.count"), claimed("shop.wait")]
    assert all(bench.beats(11))
    [record] = caplog.records
    assert record.getMessage().startswith("the event loop has been blocked for 30 s, and no other job can go on")
    assert f"2 jobs running: shop.count {bench.jobs[0].id}, shop.wait" in record.getMessage()
    assert "thread 'MainThread'" in (record.exc_text or "")
    assert "test_a_block_is_told_once_with_where_every_thread_is" in (record.exc_text or "")


async def test_the_job_whose_step_it_is_is_named_alone(said: Callable[[], list[str]]) -> None:
    bench = Bench()
    bench.blocker, bench.jobs = claimed("shop.count"), [claimed("shop.wait")]
    bench.beats(7)
    [line] = said()
    assert f"It is the step of shop.count {bench.blocker.id}" in line
    assert "shop.wait" not in line


async def test_the_worker_whose_tick_it_is_is_named(said: Callable[[], list[str]]) -> None:
    async def tick() -> None:
        bench.beats(7)

    bench = Bench()
    task = asyncio.create_task(tick(), name=f"{TICK}stock.Check")
    await task
    assert said()[0] == (
        "the event loop has been blocked for 30 s, and no other job can go on. It is a tick of worker stock.Check: "
        "blocking work belongs in a plain `def`, which runs in a thread"
    )


async def test_when_it_turns_again_that_is_told_and_the_next_block_is_a_new_one(said: Callable[[], list[str]]) -> None:
    bench = Bench()
    bench.beats(8)
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    assert said()[1:] == ["the event loop runs again, after 35 s"]
    bench.beats(6)
    assert len(said()) == 2
    bench.beats(1)
    assert len(said()) == 3


async def test_after_the_longest_block_the_lease_is_left_and_the_process_ends(said: Callable[[], list[str]]) -> None:
    bench = Bench()
    assert bench.beats(15) == [True] * 12 + [False] * 3
    assert bench.ends == 1
    assert "the lease is extended no more, and this process ends now" in said()[-1]


async def test_where_others_live_in_the_process_it_only_leaves_its_lease(said: Callable[[], list[str]]) -> None:
    bench = Bench(owns_process=False)
    assert bench.beats(13)[-1] is False
    assert "until the loop runs again" in said()[-1]
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    assert bench.beat()
    assert bench.ends == 0


async def test_a_machine_that_was_suspended_blocked_nothing(said: Callable[[], list[str]]) -> None:
    bench = Bench()
    bench.beat()
    assert bench.beat(after=timedelta(days=1))
    assert said() == []
