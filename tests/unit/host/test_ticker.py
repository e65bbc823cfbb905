"""Workers in a host: fresh for every tick, never overlapping, never stopped by an error, ended within the grace."""

import asyncio
import logging
import threading
from collections.abc import AsyncIterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest

from dawam.jobs.signature import injected
from dawam.workers.record import TickOutcome
from dawam.workers.worker import (
    AsyncPeriodicBackgroundWorker,
    PeriodicBackgroundWorker,
    PeriodicWorkerContext,
    WorkerFunction,
)
from tests.support.scopes import Scope, Session
from tests.support.ticking import SOON, Stage

FIVE = timedelta(minutes=5)


@pytest.fixture
async def stage() -> AsyncIterator[Stage]:
    threads = ThreadPoolExecutor(4)
    stage = Stage(threads)
    await stage.open()
    yield stage
    await stage.stop()
    threads.shutdown()


async def awaited(event: asyncio.Event) -> None:
    async with asyncio.timeout(5):
        await event.wait()


# ------------------------------------------------------------------------------------------- under a manual clock


@pytest.mark.guide(7)
async def test_fifteen_minutes_of_a_worker_every_five_are_three_ticks(stage: Stage) -> None:
    class StockCheck(AsyncPeriodicBackgroundWorker):
        every = FIVE

        async def do_work(self, context: PeriodicWorkerContext) -> None:
            numbers.append(context.tick)

    numbers: list[int] = []
    await stage.add(StockCheck)
    ticked = await stage.pass_time(timedelta(minutes=15))
    assert numbers == [1, 2, 3]
    assert [tick.error for tick in ticked] == [None] * 3
    assert stage.ticked == ticked


@pytest.mark.guide(7)
@pytest.mark.abp("exceptions in periodic workers")
async def test_a_tick_that_raises_does_not_stop_the_next(stage: Stage) -> None:
    class Shaky(AsyncPeriodicBackgroundWorker):
        every = FIVE

        async def do_work(self, context: PeriodicWorkerContext) -> None:
            if context.tick == 1:
                raise ValueError("no connection")

    await stage.add(Shaky)
    first, second = await stage.pass_time(timedelta(minutes=10))
    assert isinstance(first.error, ValueError)
    assert second.error is None


@pytest.mark.parametrize(
    "raised",
    [SystemExit(3), KeyboardInterrupt(), asyncio.CancelledError(), GeneratorExit(), StopIteration(), KeyError("x")],
)
@pytest.mark.parametrize("is_async", [True, False])
async def test_nothing_that_a_tick_raises_ends_the_process(stage: Stage, is_async: bool, raised: BaseException) -> None:
    class Wild(AsyncPeriodicBackgroundWorker):
        every = FIVE

        async def do_work(self, context: PeriodicWorkerContext) -> None:
            raise raised

    class WildInThread(PeriodicBackgroundWorker):
        every = FIVE

        def do_work(self, context: PeriodicWorkerContext) -> None:
            raise raised

    await stage.add(Wild if is_async else WildInThread)
    async with asyncio.timeout(5):
        ticked = await stage.pass_time(timedelta(minutes=10))
    assert len(ticked) == 2
    # a coroutine cannot raise StopIteration: Python itself turns it into a RuntimeError
    assert all(tick.error is raised or isinstance(tick.error, RuntimeError) for tick in ticked)


@pytest.mark.guide(7)
async def test_every_tick_has_a_fresh_instance_and_a_scope_of_its_own(stage: Stage) -> None:
    class Reader(AsyncPeriodicBackgroundWorker):
        every = FIVE

        def __init__(self, session: Session) -> None:
            self.session = session

        async def do_work(self, context: PeriodicWorkerContext) -> None:
            assert self.session.is_open
            assert await context.get(Session) is self.session
            seen.append(self)

    seen: list[Reader] = []
    stage.scopes.built[Reader] = lambda scope: Reader(scope.get(Session))
    await stage.add(Reader)
    ticked = await stage.pass_time(timedelta(minutes=10))
    assert [tick.error for tick in ticked] == [None, None]
    first, second = seen
    assert first is not second
    assert first.session is not second.session
    assert not first.session.is_open


async def test_a_worker_that_cannot_be_built_is_told_of_like_any_error(stage: Stage) -> None:
    def refuse(scope: Scope) -> object:
        raise LookupError("nobody provides Products")

    class NeedsMuch(AsyncPeriodicBackgroundWorker):
        every = FIVE

        async def do_work(self, context: PeriodicWorkerContext) -> None: ...

    stage.scopes.built[NeedsMuch] = refuse
    await stage.add(NeedsMuch)
    (tick,) = await stage.pass_time(FIVE)
    assert isinstance(tick.error, LookupError)


async def test_a_blocking_worker_ticks_in_a_thread_with_its_own_scope(stage: Stage) -> None:
    class InThread(PeriodicBackgroundWorker):
        every = FIVE

        def do_work(self, context: PeriodicWorkerContext) -> None:
            threads.append(threading.current_thread())
            sessions.append(context.get_blocking(Session))

    threads: list[threading.Thread] = []
    sessions: list[Session] = []
    await stage.add(InThread)
    ticked = await stage.pass_time(FIVE)
    assert [tick.error for tick in ticked] == [None]
    assert threads[0] is not threading.main_thread()
    assert not sessions[0].is_open


async def test_a_function_gets_what_it_asks_for(stage: Stage) -> None:
    async def report(
        context: PeriodicWorkerContext, session: Session = injected, log: logging.Logger = injected
    ) -> None:
        seen.append((context.tick, session.is_open, log.name))

    def report_blocking(session: Session = injected) -> None:
        seen.append((threading.current_thread() is threading.main_thread(), session.is_open, ""))

    seen: list[tuple[object, bool, str]] = []
    await stage.add(WorkerFunction(report, name="report", every=FIVE))
    await stage.add(WorkerFunction(report_blocking, name="blocking", every=FIVE))
    ticked = await stage.pass_time(FIVE)
    assert [tick.error for tick in ticked] == [None, None]
    assert sorted(seen, key=str) == [(1, True, f"{__name__}.{report.__qualname__}"), (False, True, "")]


async def test_the_context_knows_the_tick(stage: Stage) -> None:
    async def look(context: PeriodicWorkerContext) -> None:
        contexts.append(context)

    contexts: list[PeriodicWorkerContext] = []
    begun_at = stage.clock.now()
    await stage.add(WorkerFunction(look, name="look", every=FIVE))
    await stage.pass_time(timedelta(minutes=6), step=timedelta(minutes=6))
    (context,) = contexts
    assert (context.name, context.tick, context.stopping) == ("look", 1, False)
    assert context.planned_at == begun_at + FIVE
    assert context.started_at == begun_at + timedelta(minutes=6)


async def test_the_time_that_the_work_took_is_told(stage: Stage) -> None:
    async def slow() -> None:
        stage.clock.advance(timedelta(minutes=2))

    await stage.add(WorkerFunction(slow, name="slow", every=FIVE))
    begun_at = stage.clock.now()
    (tick,) = await stage.pass_time(FIVE)
    assert tick.duration == timedelta(minutes=2)
    assert await stage.ticker.next_at() == begun_at + FIVE + timedelta(minutes=2) + FIVE


async def test_two_workers_tick_side_by_side(stage: Stage) -> None:
    async def one() -> None:
        first.set()
        await awaited(second)

    async def other() -> None:
        second.set()
        await awaited(first)

    first, second = asyncio.Event(), asyncio.Event()
    await stage.add(WorkerFunction(one, name="one", every=FIVE), WorkerFunction(other, name="other", every=FIVE))
    assert [tick.error for tick in await stage.pass_time(FIVE)] == [None, None]


# ------------------------------------------------------------------------------------------------ in a running host


def ticking_at_once(name: str) -> tuple[WorkerFunction, asyncio.Event]:
    """A worker function that ticks at once and then hourly, and a signal that it has ticked."""
    signal = asyncio.Event()

    async def tick() -> None:
        signal.set()

    return WorkerFunction(tick, name=name, every=timedelta(hours=1), run_on_start=True), signal


@pytest.mark.abp("run on start")
async def test_a_worker_that_runs_on_start_ticks_at_once(stage: Stage) -> None:
    worker, ticked = ticking_at_once("eager")
    await stage.add(worker)
    await stage.ticker.start()
    await awaited(ticked)


async def test_a_worker_added_to_a_running_host_starts_at_once(stage: Stage) -> None:
    await stage.ticker.start()
    worker, ticked = ticking_at_once("late")
    await stage.add(worker)
    await awaited(ticked)


@pytest.mark.abp("stop waits for the tick")
async def test_a_tick_of_a_stopping_host_is_asked_to_end_and_waited_for(stage: Stage) -> None:
    async def patient(context: PeriodicWorkerContext) -> None:
        begun.set()
        while not context.stopping:  # noqa: ASYNC110  (the context offers a flag, as to a thread)
            await asyncio.sleep(0)
        ended.set()

    begun, ended = asyncio.Event(), asyncio.Event()
    await stage.add(WorkerFunction(patient, name="patient", every=FIVE, run_on_start=True))
    await stage.ticker.start()
    await awaited(begun)
    await stage.stop(timedelta(seconds=5))
    assert ended.is_set()
    assert [tick.error for tick in stage.ticked] == [None]


async def test_a_tick_that_does_not_end_within_the_grace_is_cancelled(stage: Stage) -> None:
    async def endless() -> None:
        begun.set()
        try:
            await asyncio.Event().wait()
        finally:
            cleaned_up.set()

    begun, cleaned_up = asyncio.Event(), asyncio.Event()
    await stage.add(WorkerFunction(endless, name="endless", every=FIVE, run_on_start=True))
    await stage.ticker.start()
    await awaited(begun)
    await stage.stop(SOON)
    assert cleaned_up.is_set()
    assert [type(tick.error) for tick in stage.ticked] == [asyncio.CancelledError]


async def test_a_thread_that_does_not_end_is_left_behind(stage: Stage) -> None:
    def stubborn() -> None:
        begun.set()
        release.wait(5)

    begun, release = threading.Event(), threading.Event()
    await stage.add(WorkerFunction(stubborn, name="stubborn", every=FIVE, run_on_start=True))
    await stage.ticker.start()
    assert await asyncio.to_thread(begun.wait, 5)
    async with asyncio.timeout(3):
        await stage.stop(SOON)
    assert [type(tick.error) for tick in stage.ticked] == [asyncio.CancelledError]
    assert await stage.store.tick_records("stubborn", 1) == []  # it still works: nobody may begin another one beside it
    await stage.store.give_up(stage.host)
    (record,) = await stage.store.tick_records("stubborn", 1)
    assert record.outcome is TickOutcome.LOST
    release.set()
