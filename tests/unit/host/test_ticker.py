"""Workers in a host: fresh for every tick, never overlapping, never stopped by an error, ended within the grace."""

import asyncio
import logging
import threading
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager, contextmanager
from datetime import timedelta
from typing import Any, TypeVar

import pytest

from dawam.events.lifecycle import LifecycleEvents, WorkerStarted, WorkerStopFailed, WorkerTicked, WorkerTooFrequent
from dawam.host.ticker import Ticker
from dawam.jobs.signature import injected
from dawam.testing.clock import ManualClock
from dawam.workers.options import BackgroundWorkerOptions
from dawam.workers.registry import WorkerRegistry
from dawam.workers.worker import (
    AsyncPeriodicBackgroundWorker,
    BackgroundWorker,
    PeriodicBackgroundWorker,
    PeriodicWorkerContext,
    WorkerFunction,
)

T = TypeVar("T")
FIVE = timedelta(minutes=5)
SOON = timedelta(milliseconds=1)


class Session:
    """A scoped service: one per tick."""

    def __init__(self) -> None:
        self.is_open = True


class Scope:
    def __init__(self, given: Mapping[type[Any], Any], built: Mapping[type[Any], Callable[["Scope"], Any]]) -> None:
        self._values = dict(given)
        self._built = built

    def get(self, service: type[T]) -> T:
        if service not in self._values:
            self._values[service] = self._built.get(service, lambda _: service())(self)
        value: T = self._values[service]
        return value

    def close(self) -> None:
        for value in self._values.values():
            if isinstance(value, Session):
                value.is_open = False


class AsyncScope:
    def __init__(self, scope: Scope) -> None:
        self._scope = scope

    async def get(self, service: type[T]) -> T:
        return self._scope.get(service)


class Scopes:
    """As much of a container as these stories need: it builds a class by calling it, or as it was told to."""

    def __init__(self) -> None:
        self.built: dict[type[Any], Callable[[Scope], Any]] = {}
        self._app = Scope({}, self.built)

    async def get(self, service: type[T]) -> T:
        return self._app.get(service)

    async def close(self) -> None: ...

    @asynccontextmanager
    async def open(self, given: Mapping[type[Any], Any]) -> AsyncIterator[AsyncScope]:
        with self.open_blocking(given) as scope:
            yield AsyncScope(scope)

    @contextmanager
    def open_blocking(self, given: Mapping[type[Any], Any]) -> Iterator[Scope]:
        scope = Scope(given, self.built)
        try:
            yield scope
        finally:
            scope.close()


class Stage:
    """A ticker and everything around it."""

    def __init__(self, threads: ThreadPoolExecutor) -> None:
        self.clock = ManualClock()
        self.scopes = Scopes()
        self.events = LifecycleEvents()
        self.ticked: list[WorkerTicked] = []
        self.stop_failures: list[WorkerStopFailed] = []
        self.started: list[str] = []
        self.events.subscribe(WorkerTicked, self.ticked.append)
        self.events.subscribe(WorkerStopFailed, self.stop_failures.append)
        self.events.subscribe(WorkerStarted, lambda event: self.started.append(event.worker))
        self.registry = WorkerRegistry()
        self.options = BackgroundWorkerOptions()
        self.ticker = Ticker(
            scopes=self.scopes,
            events=self.events,
            clock=self.clock,
            threads=threads,
            options=self.options,
            grace=timedelta(seconds=5),
        )

    async def add(self, *targets: object, every: timedelta | None = None) -> None:
        for target in targets:
            await self.ticker.add(self.registry.add(target, every=every))

    async def pass_time(self, duration: timedelta, step: timedelta = timedelta(minutes=1)) -> list[WorkerTicked]:
        """What a test's manual clock does: forward in small steps, ticking what is due."""
        ticked: list[WorkerTicked] = []
        for _ in range(duration // step):
            self.clock.advance(step)
            ticked += await self.ticker.tick_due(self.clock.now())
        return ticked


@pytest.fixture
async def stage() -> AsyncIterator[Stage]:
    threads = ThreadPoolExecutor(4)
    stage = Stage(threads)
    yield stage
    await stage.ticker.stop(timedelta(0))
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
    await stage.ticker.start(by_hand=True)
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
    await stage.ticker.start(by_hand=True)
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
    await stage.ticker.start(by_hand=True)
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
    await stage.ticker.start(by_hand=True)
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
    await stage.ticker.start(by_hand=True)
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
    await stage.ticker.start(by_hand=True)
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
    await stage.ticker.start(by_hand=True)
    ticked = await stage.pass_time(FIVE)
    assert [tick.error for tick in ticked] == [None, None]
    assert sorted(seen, key=str) == [(1, True, f"{__name__}.{report.__qualname__}"), (False, True, "")]


async def test_the_context_knows_the_tick(stage: Stage) -> None:
    async def look(context: PeriodicWorkerContext) -> None:
        contexts.append(context)

    contexts: list[PeriodicWorkerContext] = []
    begun_at = stage.clock.now()
    await stage.add(WorkerFunction(look, name="look", every=FIVE))
    await stage.ticker.start(by_hand=True)
    await stage.pass_time(timedelta(minutes=6), step=timedelta(minutes=6))
    (context,) = contexts
    assert (context.name, context.tick, context.stopping) == ("look", 1, False)
    assert context.planned_at == begun_at + FIVE
    assert context.started_at == begun_at + timedelta(minutes=6)


async def test_the_time_that_the_work_took_is_told(stage: Stage) -> None:
    async def slow() -> None:
        stage.clock.advance(timedelta(minutes=2))

    await stage.add(WorkerFunction(slow, name="slow", every=FIVE))
    await stage.ticker.start(by_hand=True)
    begun_at = stage.clock.now()
    (tick,) = await stage.pass_time(FIVE)
    assert tick.duration == timedelta(minutes=2)
    assert stage.ticker.next_at() == begun_at + FIVE + timedelta(minutes=2) + FIVE


async def test_two_workers_tick_side_by_side(stage: Stage) -> None:
    async def one() -> None:
        first.set()
        await awaited(second)

    async def other() -> None:
        second.set()
        await awaited(first)

    first, second = asyncio.Event(), asyncio.Event()
    await stage.add(WorkerFunction(one, name="one", every=FIVE), WorkerFunction(other, name="other", every=FIVE))
    await stage.ticker.start(by_hand=True)
    assert [tick.error for tick in await stage.pass_time(FIVE)] == [None, None]


async def test_disabled_workers_are_accepted_and_never_run(stage: Stage) -> None:
    async def never() -> None:
        raise AssertionError

    ticker = Ticker(
        scopes=stage.scopes,
        events=stage.events,
        clock=stage.clock,
        threads=ThreadPoolExecutor(1),
        options=BackgroundWorkerOptions(is_enabled=False),
    )
    await ticker.add(stage.registry.add(WorkerFunction(never, name="never", every=FIVE, run_on_start=True)))
    await ticker.start(by_hand=True)
    stage.clock.advance(FIVE)
    assert await ticker.tick_due(stage.clock.now()) == []
    assert ticker.next_at() is None
    await ticker.stop()


# ------------------------------------------------------------------------------------------------ in a running host


def ticking_at_once(name: str) -> tuple[WorkerFunction, asyncio.Event]:
    """A worker function that ticks at once and then hourly, and a signal that it has ticked."""
    signal = asyncio.Event()

    async def tick() -> None:
        signal.set()

    return WorkerFunction(tick, name=name, every=timedelta(hours=1), run_on_start=True), signal


async def test_a_running_host_ticks_by_itself(stage: Stage) -> None:
    class SteppingClock(ManualClock):
        """Every look at it finds a second gone by."""

        def boot_time(self) -> float:
            self.advance(timedelta(seconds=1))
            return super().boot_time()

    async def count(context: PeriodicWorkerContext) -> None:
        if context.tick == 3:
            third.set()

    third = asyncio.Event()
    ticker = Ticker(
        scopes=stage.scopes,
        events=stage.events,
        clock=SteppingClock(),
        threads=ThreadPoolExecutor(1),
        options=stage.options,
    )
    await ticker.add(stage.registry.add(WorkerFunction(count, name="count", every=timedelta(milliseconds=5))))
    await ticker.start()
    await awaited(third)
    await ticker.stop()


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
    assert stage.started == ["late"]


async def test_adding_a_known_worker_again_changes_nothing(stage: Stage) -> None:
    worker, ticked = ticking_at_once("once")
    await stage.add(worker)
    await stage.ticker.start(by_hand=True)
    await stage.add(worker)
    assert len(await stage.ticker.tick_due(stage.clock.now())) == 1
    assert ticked.is_set()
    assert stage.started == ["once"]


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
    await stage.ticker.stop()
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
    await stage.ticker.stop(SOON)
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
        await stage.ticker.stop(SOON)
    assert [type(tick.error) for tick in stage.ticked] == [asyncio.CancelledError]
    release.set()


async def test_a_second_stop_hurries_the_first(stage: Stage) -> None:
    async def endless() -> None:
        begun.set()
        await asyncio.Event().wait()

    begun = asyncio.Event()
    await stage.add(WorkerFunction(endless, name="endless", every=FIVE, run_on_start=True))
    await stage.ticker.start()
    await awaited(begun)
    first = asyncio.create_task(stage.ticker.stop(timedelta(hours=1)))
    await asyncio.sleep(0)
    await stage.ticker.stop(SOON)
    async with asyncio.timeout(5):
        await first


async def test_stopping_what_was_never_started_and_stopping_twice_is_fine(stage: Stage) -> None:
    await stage.ticker.stop()
    await stage.ticker.start()
    await stage.ticker.stop()
    await stage.ticker.stop()
    assert await stage.ticker.tick_due(stage.clock.now() + FIVE) == []


# -------------------------------------------------------------------------------------------------- custom workers


def custom(name: str, story: list[str], **failing: BaseException) -> type[BackgroundWorker]:
    """A worker that writes down when it is started and stopped, and raises where it is told to."""

    class Custom(BackgroundWorker):
        async def start(self) -> None:
            story.append(f"{name} starts")
            if "start" in failing:
                raise failing["start"]

        async def stop(self) -> None:
            story.append(f"{name} stops")
            if "stop" in failing:
                raise failing["stop"]

    Custom.name = name
    return Custom


@pytest.mark.guide(8)
@pytest.mark.abp("order of start and stop")
async def test_custom_workers_start_in_order_and_stop_in_reverse(stage: Stage) -> None:
    story: list[str] = []
    await stage.add(custom("a", story), custom("b", story))
    await stage.ticker.start()
    await stage.ticker.stop()
    assert story == ["a starts", "b starts", "b stops", "a stops"]
    assert stage.started == ["a", "b"]


@pytest.mark.guide(8)
async def test_a_custom_worker_may_have_a_loop_of_its_own(stage: Stage) -> None:
    class Listener(BackgroundWorker):
        async def start(self) -> None:
            self._task = asyncio.create_task(self._listen())

        async def stop(self) -> None:
            self._task.cancel()
            await asyncio.wait([self._task])

        async def _listen(self) -> None:
            while True:
                heard.append(await messages.get())
                messages.task_done()

    messages: asyncio.Queue[str] = asyncio.Queue()
    heard: list[str] = []
    await stage.add(Listener)
    await stage.ticker.start()
    for message in ("stock changed", "and again"):
        messages.put_nowait(message)
    async with asyncio.timeout(5):
        await messages.join()
    await stage.ticker.stop()
    messages.put_nowait("nobody listens")
    await asyncio.sleep(0)
    assert heard == ["stock changed", "and again"]


@pytest.mark.guide(8)
@pytest.mark.abp("order of start and stop")
async def test_a_stop_that_fails_never_prevents_the_others(stage: Stage) -> None:
    story: list[str] = []
    error = OSError("gone")
    await stage.add(custom("a", story), custom("b", story, stop=error), custom("c", story))
    await stage.ticker.start()
    await stage.ticker.stop()
    assert story[3:] == ["c stops", "b stops", "a stops"]
    assert stage.stop_failures == [WorkerStopFailed("b", error)]


async def test_a_stop_that_hangs_never_prevents_the_others(stage: Stage) -> None:
    class Hanging(BackgroundWorker):
        name = "hanging"

        async def start(self) -> None: ...

        async def stop(self) -> None:
            await asyncio.Event().wait()

    story: list[str] = []
    await stage.add(custom("a", story), Hanging)
    await stage.ticker.start()
    async with asyncio.timeout(3):
        await stage.ticker.stop(SOON)
    assert story == ["a starts", "a stops"]
    (failure,) = stage.stop_failures
    assert (failure.worker, type(failure.error)) == ("hanging", TimeoutError)


async def test_a_start_that_fails_is_the_callers_and_is_undone_at_stop(stage: Stage) -> None:
    story: list[str] = []
    await stage.add(custom("a", story), custom("b", story, start=OSError("port taken")), custom("c", story))
    with pytest.raises(OSError, match="port taken"):
        await stage.ticker.start()
    await stage.ticker.stop()
    assert story == ["a starts", "b starts", "b stops", "a stops"]


async def test_a_custom_worker_is_the_applications_single_object_of_its_class(stage: Stage) -> None:
    class Alone(BackgroundWorker):
        async def start(self) -> None:
            started.append(self)

        async def stop(self) -> None: ...

    started: list[BackgroundWorker] = []
    await stage.add(Alone)
    await stage.ticker.start()
    assert started == [await stage.scopes.get(Alone)]


@pytest.mark.guide(19)
@pytest.mark.parametrize(
    ("every", "shortest", "said"),
    [
        (timedelta(milliseconds=999), timedelta(seconds=1), [timedelta(milliseconds=999)]),
        (timedelta(seconds=1), timedelta(seconds=1), []),
        (timedelta(milliseconds=1), None, []),
    ],
)
async def test_a_worker_that_ticks_too_often_is_named_once_when_it_begins(
    stage: Stage, every: timedelta, shortest: timedelta | None, said: list[timedelta]
) -> None:
    async def count() -> None: ...

    gaps: list[timedelta] = []
    stage.events.subscribe(WorkerTooFrequent, lambda event: gaps.append(event.gap))
    ticker = Ticker(
        scopes=stage.scopes,
        events=stage.events,
        clock=stage.clock,
        threads=ThreadPoolExecutor(1),
        options=BackgroundWorkerOptions(shortest_period=shortest),
    )
    definition = stage.registry.add(WorkerFunction(count, every=every))
    await ticker.add(definition)
    assert gaps == []
    await ticker.start(by_hand=True)
    await ticker.add(definition)
    assert gaps == said
    await ticker.stop(timedelta(0))
