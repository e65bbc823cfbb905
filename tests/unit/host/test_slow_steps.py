"""A step that holds the event loop is caught in the act: whose it is, and where it stands."""

import asyncio
import threading
import traceback
from collections.abc import AsyncIterator
from datetime import timedelta
from itertools import cycle
from typing import Any

import pytest

from dawam import App
from dawam.clock import SystemClock
from dawam.events.lifecycle import LifecycleEvents, LoopBlocked
from dawam.host.slow_steps import SlowSteps
from dawam.jobs.record import ClaimedJob
from tests.support.applications import running, seen_by, until
from tests.support.claims import claimed

PATIENCE = 10.0
SHORT = timedelta(milliseconds=20)


class Bench:
    """A loop that stands still until the watch has looked at it."""

    def __init__(self, caught: threading.Event) -> None:
        self.running_count = 1
        self.job: ClaimedJob | None = claimed("shop.count")
        self.caught = caught
        self.said = list[LoopBlocked]()
        events = LifecycleEvents()
        events.subscribe(LoopBlocked, self.said.append)
        self.clock = _Clock()
        self.watch = SlowSteps(threshold=SHORT, clock=self.clock, jobs=self, events=events)

    def job_of(self, task: "asyncio.Task[object] | None") -> ClaimedJob | None:
        return self.job

    def block(self) -> None:
        """Holds the loop until it is caught."""
        self.caught.clear()
        assert self.caught.wait(PATIENCE)


class _Clock(SystemClock):
    """The real one, which can be put forward."""

    def __init__(self) -> None:
        self.ahead = 0.0

    def boot_time(self) -> float:
        return super().boot_time() + self.ahead


@pytest.fixture
def caught(monkeypatch: pytest.MonkeyPatch) -> threading.Event:
    """Is set when the watch has looked where the loop is."""
    caught, extract = threading.Event(), traceback.extract_stack

    def extract_stack(*arguments: Any) -> traceback.StackSummary:
        found = extract(*arguments)
        caught.set()
        return found

    monkeypatch.setattr(traceback, "extract_stack", extract_stack)
    return caught


@pytest.fixture
async def bench(caught: threading.Event) -> AsyncIterator[Bench]:
    bench = Bench(caught)
    await bench.watch.start()
    yield bench
    await bench.watch.stop()


@pytest.mark.guide(19)
async def test_the_job_is_named_with_where_it_was_and_for_how_long(bench: Bench) -> None:
    bench.watch.arm()
    bench.block()
    await until(lambda: bool(bench.said))
    [event] = bench.said
    assert event.job is bench.job
    assert event.blocked_for >= SHORT
    assert "test_the_job_is_named_with_where_it_was" in event.stack


async def test_a_task_that_belongs_to_no_job_is_named_as_asyncio_calls_it(bench: Bench) -> None:
    bench.job = None

    async def tick() -> None:
        bench.block()

    async def is_named() -> bool:  # on a machine that is starved, the test's own steps may share the blame at first
        await asyncio.create_task(tick(), name="dawam worker stock")
        await asyncio.sleep(0.01)
        return any(event.task == "dawam worker stock" for event in bench.said)

    bench.watch.arm()
    await until(is_named)
    assert all(event.job is None for event in bench.said)


async def test_where_several_tasks_share_the_time_none_of_them_is_blamed(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    here = asyncio.current_task()
    others = cycle([asyncio.create_task(asyncio.sleep(0)) for _ in range(2)])

    def current_task(loop: asyncio.AbstractEventLoop | None = None) -> "asyncio.Task[Any] | None":
        return here if loop is None else next(others)  # each look sees another one

    monkeypatch.setattr(asyncio, "current_task", current_task)
    bench.watch.arm()
    bench.block()
    monkeypatch.undo()
    await until(lambda: bool(bench.said))
    assert (bench.said[0].job, bench.said[0].task) == (None, "")


async def test_the_same_job_is_named_once_a_minute(bench: Bench) -> None:
    bench.watch.arm()
    for _ in range(3):
        bench.block()
        await asyncio.sleep(0)
    await until(lambda: bool(bench.said))
    assert len(bench.said) == 1
    bench.job = claimed("shop.print")
    bench.block()
    await until(lambda: len(bench.said) == 2)
    bench.clock.ahead = 61.0
    bench.block()
    await until(lambda: len(bench.said) == 3)
    assert [event.job and event.job.name for event in bench.said] == ["shop.count", "shop.print", "shop.print"]


async def test_while_nothing_runs_it_sleeps_until_it_is_armed_again(bench: Bench) -> None:
    bench.running_count = 0
    bench.watch.arm()
    await until(lambda: not bench.watch.is_armed)
    bench.running_count = 1
    bench.watch.arm()
    bench.block()
    await until(lambda: bool(bench.said))
    assert bench.watch.is_armed


async def test_it_can_be_stopped_twice_or_without_a_start() -> None:
    bench = Bench(threading.Event())
    await bench.watch.stop()
    await bench.watch.start()
    await bench.watch.stop()
    await bench.watch.stop()


async def test_without_a_threshold_it_has_no_thread() -> None:
    watch = SlowSteps(threshold=None, clock=SystemClock(), jobs=Bench(threading.Event()), events=LifecycleEvents())
    before = threading.active_count()
    await watch.start()
    watch.arm()
    assert threading.active_count() == before


@pytest.mark.guide(19)
async def test_a_host_names_the_job_that_blocks_its_loop(caught: threading.Event) -> None:
    app = App(store="memory://")

    @app.job("shop.fetch")
    async def fetch() -> None:
        caught.clear()
        assert caught.wait(PATIENCE)

    async with running(app, settings={"Host.SlowStepWarning": SHORT}) as runtime:
        seen = seen_by(runtime, LoopBlocked)

        async def is_named() -> bool:  # on a machine that is starved, steps of others may share the blame at first
            await (await fetch.enqueue()).result()
            await asyncio.sleep(0.01)
            return any(event.job is not None for event in seen.of(LoopBlocked))

        await until(is_named)
    [event] = [event for event in seen.of(LoopBlocked) if event.job is not None]
    assert event.job is not None
    assert event.job.name == "shop.fetch"
    assert "in fetch\n" in event.stack
    assert "run_forever" not in event.stack
