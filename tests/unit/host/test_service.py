"""The one policy of every background loop: tick, wake, back off, stop."""

import asyncio
from datetime import timedelta

import pytest

from dawam.errors import StoreUnavailableError
from dawam.events.lifecycle import LifecycleEvents, ServiceFailed
from dawam.host.service import Loop

HOUR = timedelta(hours=1)
NOW = timedelta(0)


class Steps:
    """A step that counts itself, plays a script, and lets a test await its n-th call."""

    def __init__(self, *script: timedelta | Exception | None) -> None:
        self._script = list(script)
        self.count = 0
        self._called = asyncio.Condition()

    async def __call__(self) -> timedelta | None:
        async with self._called:
            self.count += 1
            self._called.notify_all()
        answer = self._script.pop(0) if self._script else None
        if isinstance(answer, Exception):
            raise answer
        return answer

    async def reached(self, count: int) -> None:
        async with asyncio.timeout(5), self._called:
            await self._called.wait_for(lambda: self.count >= count)


def loop_of(steps: Steps, *, interval: timedelta = HOUR, events: LifecycleEvents | None = None) -> Loop:
    return Loop("chore", steps, interval=interval, events=events or LifecycleEvents())


async def test_stopping_what_was_never_started_is_fine() -> None:
    await loop_of(Steps()).stop()


async def test_stopping_twice_is_fine_and_ends_the_steps() -> None:
    steps = Steps()
    loop = loop_of(steps)
    await loop.start()
    await steps.reached(1)
    await loop.stop()
    await loop.stop()
    loop.wake()
    await asyncio.sleep(0)
    assert steps.count == 1


async def test_a_stopped_loop_can_be_started_again() -> None:
    steps = Steps()
    loop = loop_of(steps)
    await loop.start()
    await steps.reached(1)
    await loop.stop()
    await loop.start()
    await steps.reached(2)
    await loop.stop()


async def test_the_first_step_comes_at_once_and_the_next_after_the_interval() -> None:
    steps = Steps()
    loop = loop_of(steps, interval=timedelta(milliseconds=20))
    began = asyncio.get_running_loop().time()
    await loop.start()
    await steps.reached(3)
    await loop.stop()
    assert asyncio.get_running_loop().time() - began >= 2 * 0.8 * 0.020


async def test_waking_a_loop_steps_it_at_once() -> None:
    steps = Steps()
    loop = loop_of(steps)
    await loop.start()
    await steps.reached(1)
    loop.wake()
    await steps.reached(2)
    await loop.stop()


async def test_a_wake_during_a_step_is_not_forgotten() -> None:
    entered, release = asyncio.Event(), asyncio.Event()
    count = 0

    async def step() -> timedelta | None:
        nonlocal count
        count += 1
        if count == 1:
            entered.set()
            await release.wait()
        else:
            again.set()
        return None

    again = asyncio.Event()
    loop = Loop("chore", step, interval=HOUR, events=LifecycleEvents())
    await loop.start()
    await entered.wait()
    loop.wake()
    release.set()
    async with asyncio.timeout(5):
        await again.wait()
    await loop.stop()


async def test_a_step_that_has_more_to_do_is_called_again_at_once() -> None:
    steps = Steps(NOW, NOW)
    loop = loop_of(steps)
    await loop.start()
    await steps.reached(3)
    await loop.stop()


async def test_a_step_may_ask_for_a_shorter_wait_but_not_for_a_longer_one() -> None:
    short = Steps(timedelta(milliseconds=1))
    long = Steps(timedelta(days=1))
    loops = [loop_of(short), loop_of(long, interval=timedelta(milliseconds=1))]
    for loop in loops:
        await loop.start()
    await short.reached(2)
    await long.reached(2)
    for loop in loops:
        await loop.stop()


async def test_a_failing_step_is_told_of_and_tried_again_after_a_growing_wait() -> None:
    failures: list[ServiceFailed] = []
    events = LifecycleEvents()
    events.subscribe(ServiceFailed, failures.append)
    error = OSError("the disk is gone")
    steps = Steps(error, error)
    loop = loop_of(steps, events=events)
    await loop.start()
    await steps.reached(3)
    await loop.stop()
    assert [(failure.service, failure.error, failure.failure_count) for failure in failures] == [
        ("chore", error, 1),
        ("chore", error, 2),
    ]
    assert timedelta(seconds=0.16) <= failures[0].next_in <= timedelta(seconds=0.24)
    assert timedelta(seconds=0.32) <= failures[1].next_in <= timedelta(seconds=0.48)


async def test_a_step_that_works_again_is_forgiven() -> None:
    counts: list[int] = []
    events = LifecycleEvents()
    events.subscribe(ServiceFailed, lambda failure: counts.append(failure.failure_count))
    steps = Steps(OSError(), NOW, OSError())
    loop = loop_of(steps, events=events)
    await loop.start()
    await steps.reached(4)
    await loop.stop()
    assert counts == [1, 1]


async def test_stop_ends_a_step_that_is_under_way() -> None:
    entered = asyncio.Event()
    ended = asyncio.Event()

    async def step() -> timedelta | None:
        entered.set()
        try:
            await asyncio.Event().wait()
        finally:
            ended.set()
        return None

    loop = Loop("chore", step, interval=HOUR, events=LifecycleEvents())
    await loop.start()
    await entered.wait()
    await loop.stop()
    assert ended.is_set()


@pytest.mark.parametrize("failure_count", [30, 2_000])
@pytest.mark.parametrize(("error", "seconds"), [(OSError(), 30), (StoreUnavailableError("away"), 5)])
async def test_the_wait_never_grows_beyond_a_limit(failure_count: int, error: Exception, seconds: int) -> None:
    longest: list[timedelta] = []
    events = LifecycleEvents()
    events.subscribe(ServiceFailed, lambda failure: longest.append(failure.next_in))
    loop = loop_of(Steps(), events=events)
    for _ in range(failure_count):
        loop._back_off(error)
    assert max(longest) <= timedelta(seconds=seconds * 1.2)
