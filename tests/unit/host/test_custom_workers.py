"""Custom workers: started in order, stopped in reverse, and none can prevent the others."""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta

import pytest

from dawam.events.lifecycle import LifecycleEvents, WorkerStopFailed
from dawam.host.custom_workers import CustomWorkers
from dawam.workers.registry import WorkerRegistry
from dawam.workers.worker import BackgroundWorker
from tests.support.scopes import Scopes

SOON = timedelta(milliseconds=1)
FIVE_SECONDS = timedelta(seconds=5)


class Stage:
    """Custom workers, and what becomes of them."""

    def __init__(self) -> None:
        self.scopes = Scopes()
        events = LifecycleEvents()
        self.stop_failures: list[WorkerStopFailed] = []
        events.subscribe(WorkerStopFailed, self.stop_failures.append)
        self.registry = WorkerRegistry()
        self.workers = CustomWorkers(self.scopes, events)

    async def add(self, *targets: object) -> None:
        for target in targets:
            self.registry.add(target)

    async def start(self) -> None:
        for definition in self.registry:
            await self.workers.start(definition)


@pytest.fixture
async def stage() -> AsyncIterator[Stage]:
    stage = Stage()
    yield stage
    await stage.workers.stop(SOON)


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
    await stage.start()
    await stage.workers.stop(FIVE_SECONDS)
    assert story == ["a starts", "b starts", "b stops", "a stops"]


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
    await stage.start()
    for message in ("stock changed", "and again"):
        messages.put_nowait(message)
    async with asyncio.timeout(5):
        await messages.join()
    await stage.workers.stop(FIVE_SECONDS)
    messages.put_nowait("nobody listens")
    await asyncio.sleep(0)
    assert heard == ["stock changed", "and again"]


@pytest.mark.guide(8)
@pytest.mark.abp("order of start and stop")
async def test_a_stop_that_fails_never_prevents_the_others(stage: Stage) -> None:
    story: list[str] = []
    error = OSError("gone")
    await stage.add(custom("a", story), custom("b", story, stop=error), custom("c", story))
    await stage.start()
    await stage.workers.stop(FIVE_SECONDS)
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
    await stage.start()
    async with asyncio.timeout(3):
        await stage.workers.stop(SOON)
    assert story == ["a starts", "a stops"]
    (failure,) = stage.stop_failures
    assert (failure.worker, type(failure.error)) == ("hanging", TimeoutError)


async def test_a_start_that_fails_is_the_callers_and_is_undone_at_stop(stage: Stage) -> None:
    story: list[str] = []
    await stage.add(custom("a", story), custom("b", story, start=OSError("port taken")), custom("c", story))
    with pytest.raises(OSError, match="port taken"):
        await stage.start()
    await stage.workers.stop(FIVE_SECONDS)
    assert story == ["a starts", "b starts", "b stops", "a stops"]


async def test_a_custom_worker_is_the_applications_single_object_of_its_class(stage: Stage) -> None:
    class Alone(BackgroundWorker):
        async def start(self) -> None:
            started.append(self)

        async def stop(self) -> None: ...

    started: list[BackgroundWorker] = []
    await stage.add(Alone)
    await stage.start()
    assert started == [await stage.scopes.get(Alone)]
