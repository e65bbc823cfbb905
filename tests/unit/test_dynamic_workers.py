"""Workers that come and go at run time, by name: ABP's rules, in a host and under a manual clock."""

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

import pytest

from dawam import App, DynamicBackgroundWorkerManager, PeriodicWorkerContext, RunsOn, WorkerControl
from dawam.errors import NotRunningError, RegistrationError
from dawam.testing import AppHarness

MINUTE = timedelta(minutes=1)
SOON = timedelta(milliseconds=50)
FAR = timedelta(hours=1)


class Counter:
    """A handler that counts its ticks, and tells of each."""

    def __init__(self) -> None:
        self.contexts: list[PeriodicWorkerContext] = []
        self._ticked = asyncio.Condition()

    async def __call__(self, context: PeriodicWorkerContext) -> None:
        async with self._ticked:
            self.contexts.append(context)
            self._ticked.notify_all()

    @property
    def count(self) -> int:
        return len(self.contexts)

    async def reaches(self, count: int) -> None:
        async with asyncio.timeout(5), self._ticked:
            await self._ticked.wait_for(lambda: self.count >= count)


@pytest.fixture
async def harness() -> AsyncIterator[AppHarness]:
    async with AppHarness(App()) as harness:
        yield harness


@pytest.fixture
def dynamic(harness: AppHarness) -> DynamicBackgroundWorkerManager:
    return harness.get(DynamicBackgroundWorkerManager)


@pytest.fixture
async def running() -> AsyncIterator[App]:
    app = App(store="memory://")
    async with app:
        yield app


# -------------------------------------------------------------------------------------------------------- adding


@pytest.mark.abp(49)
async def test_a_worker_is_registered(dynamic: DynamicBackgroundWorkerManager) -> None:
    assert not dynamic.is_registered("sweep")
    await dynamic.add("sweep", Counter(), every=MINUTE)
    assert dynamic.is_registered("sweep")


@pytest.mark.abp(48)
async def test_both_kinds_of_schedule_may_be_given_at_run_time(
    harness: AppHarness, dynamic: DynamicBackgroundWorkerManager
) -> None:
    hourly, often = Counter(), Counter()
    await dynamic.add("hourly", hourly, cron="0 * * * *")
    await dynamic.add("often", often, every=20 * MINUTE)
    await harness.advance(2 * FAR)
    assert (hourly.count, often.count) == (2, 6)


@pytest.mark.abp(50)
async def test_its_handler_is_called_and_knows_its_name(running: App) -> None:
    handler = Counter()
    await running.dynamic_workers.add("sweep", handler, every=SOON)
    await handler.reaches(2)
    assert handler.contexts[0].name == "sweep"


@pytest.mark.abp(51)
async def test_without_a_schedule_it_ticks_once_a_minute(
    harness: AppHarness, dynamic: DynamicBackgroundWorkerManager
) -> None:
    handler = Counter()
    await dynamic.add("sweep", handler)
    await harness.advance(3 * MINUTE)
    assert handler.count == 3


async def test_a_plain_function_ticks_in_a_thread_and_reaches_services(
    harness: AppHarness, dynamic: DynamicBackgroundWorkerManager
) -> None:
    def sweep(context: PeriodicWorkerContext) -> None:
        found.append(context.get_blocking(PeriodicWorkerContext) is context)

    found: list[bool] = []
    await dynamic.add("sweep", sweep)
    await harness.advance(MINUTE)
    assert found == [True]


@pytest.mark.abp(56)
async def test_a_second_worker_of_one_name_replaces_the_first(
    harness: AppHarness, dynamic: DynamicBackgroundWorkerManager
) -> None:
    first, second = Counter(), Counter()
    await dynamic.add("sweep", first, every=MINUTE)
    await dynamic.add("sweep", second, every=MINUTE)
    await harness.advance(2 * MINUTE)
    assert (first.count, second.count) == (0, 2)
    assert await dynamic.remove("sweep")
    assert not dynamic.is_registered("sweep")


async def test_a_worker_of_the_code_keeps_its_name() -> None:
    app = App()

    @app.worker(every=MINUTE, name="sweep")
    async def sweep() -> None: ...

    async with AppHarness(app) as harness:
        with pytest.raises(RegistrationError, match="the name 'sweep' belongs to"):
            await harness.get(DynamicBackgroundWorkerManager).add("sweep", Counter())


# ------------------------------------------------------------------------------------------------------ removing


@pytest.mark.abp(52)
@pytest.mark.abp(63)
async def test_a_worker_is_removed_and_ticks_no_more(
    harness: AppHarness, dynamic: DynamicBackgroundWorkerManager
) -> None:
    handler = Counter()
    await dynamic.add("sweep", handler)
    await harness.advance(MINUTE)
    assert await dynamic.remove("sweep")
    await harness.advance(FAR)
    assert not dynamic.is_registered("sweep")
    assert handler.count == 1


@pytest.mark.abp(53)
async def test_removing_one_that_is_not_there_is_answered_with_no(dynamic: DynamicBackgroundWorkerManager) -> None:
    assert not await dynamic.remove("sweep")


# ------------------------------------------------------------------------------------------------------ changing


@pytest.mark.abp(54)
async def test_a_new_schedule_holds_at_once(running: App) -> None:
    handler = Counter()
    await running.dynamic_workers.add("sweep", handler, every=MINUTE)
    assert await running.dynamic_workers.update_schedule("sweep", every=SOON)
    await handler.reaches(2)


async def test_a_new_period_is_waited_for_in_full(harness: AppHarness, dynamic: DynamicBackgroundWorkerManager) -> None:
    handler = Counter()
    await dynamic.add("sweep", handler, every=10 * MINUTE)
    await harness.advance(9 * MINUTE)
    await dynamic.update_schedule("sweep", every=5 * MINUTE)
    await harness.advance(4 * MINUTE)
    assert handler.count == 0
    await harness.advance(MINUTE)
    assert handler.count == 1


@pytest.mark.abp(55)
async def test_a_new_schedule_for_one_that_is_not_there_is_answered_with_no(
    dynamic: DynamicBackgroundWorkerManager,
) -> None:
    assert not await dynamic.update_schedule("sweep", every=MINUTE)


# ------------------------------------------------------------------------------------------------------- refusals


@pytest.mark.parametrize(
    ("words", "reason"),
    [
        pytest.param({"every": timedelta(0)}, "longer than zero", marks=pytest.mark.abp(57)),
        pytest.param({"every": -MINUTE}, "longer than zero", marks=pytest.mark.abp(58)),
        pytest.param({"every": MINUTE, "cron": "* * * * *"}, "both `every` and `cron`"),
        pytest.param({"cron": "61 * * * *"}, "61"),
        pytest.param({"cron": "* * * * *", "time_zone": "Mars/Olympus"}, "Mars/Olympus"),
        pytest.param({"every": 60}, "has no unit"),
        pytest.param({"every": MINUTE, "catch_up": -1}, "catch_up=-1"),
        pytest.param({"every": MINUTE, "jitter": 5}, "jitter=5"),
        pytest.param({"every": MINUTE, "runs_on": "every host"}, "one of RunsOn.ONE_HOST, RunsOn.EVERY_HOST"),
        pytest.param({"every": MINUTE, "retry": 3}, "a Retry was expected"),
    ],
)
async def test_what_cannot_be_meant_is_refused_when_adding_and_when_changing(
    dynamic: DynamicBackgroundWorkerManager, words: dict[str, Any], reason: str
) -> None:
    with pytest.raises(RegistrationError, match=reason):
        await dynamic.add("sweep", Counter(), **words)
    assert not dynamic.is_registered("sweep")
    await dynamic.add("sweep", Counter())
    with pytest.raises(RegistrationError, match=reason):
        await dynamic.update_schedule("sweep", **words)


@pytest.mark.abp(59)
async def test_a_new_schedule_has_to_say_when(dynamic: DynamicBackgroundWorkerManager) -> None:
    await dynamic.add("sweep", Counter())
    with pytest.raises(RegistrationError, match="has no schedule"):
        await dynamic.update_schedule("sweep")


@pytest.mark.abp(60)
@pytest.mark.abp(61)
async def test_cron_is_not_refused_here_but_taken_when_adding_and_when_changing(
    harness: AppHarness, dynamic: DynamicBackgroundWorkerManager
) -> None:
    handler = Counter()
    await dynamic.add("sweep", handler, cron="*/30 * * * *")
    await harness.advance(FAR)
    assert handler.count == 2
    assert await dynamic.update_schedule("sweep", cron="*/10 * * * *")
    await harness.advance(FAR)
    assert handler.count == 8


@pytest.mark.parametrize("name", ["", "  "])
async def test_a_blank_name_is_refused(dynamic: DynamicBackgroundWorkerManager, name: str) -> None:
    with pytest.raises(RegistrationError, match="not blank"):
        await dynamic.add(name, Counter())


@pytest.mark.parametrize(
    ("handler", "reason"),
    [
        ("print", "^worker 'sweep': 'print' is no function: write `async def handler"),
        (Counter, "is no function"),
        (lambda: None, "cannot be called with the context alone"),
    ],
    ids=["a text", "a class", "no parameter"],
)
async def test_what_cannot_be_a_handler_is_refused(
    dynamic: DynamicBackgroundWorkerManager, handler: Any, reason: str
) -> None:
    with pytest.raises(RegistrationError, match=reason):
        await dynamic.add("sweep", handler)


async def test_a_coroutine_function_with_a_part_filled_in_is_one(
    harness: AppHarness, dynamic: DynamicBackgroundWorkerManager
) -> None:
    swept: list[str] = []

    async def sweep(what: str, context: PeriodicWorkerContext) -> None:
        swept.append(what)

    await dynamic.add("sweep", partial(sweep, "the floor"), every=MINUTE)
    await harness.advance(MINUTE)
    assert swept == ["the floor"]


async def test_a_plain_function_that_answers_with_a_coroutine_has_failed(
    harness: AppHarness, dynamic: DynamicBackgroundWorkerManager
) -> None:
    counter = Counter()
    await dynamic.add("sweep", lambda context: counter(context), every=MINUTE)
    await harness.advance(MINUTE)
    (worker,) = await harness.get(WorkerControl).get("sweep")
    assert worker.last_error is not None
    assert "worker 'sweep' answered with a coroutine, which nobody runs: write `async def" in worker.last_error


async def test_a_misspelt_word_is_refused(dynamic: DynamicBackgroundWorkerManager) -> None:
    with pytest.raises(TypeError, match="unexpected keyword argument 'evry'"):
        await dynamic.add("sweep", Counter(), evry=MINUTE)  # type: ignore[call-arg]


# ----------------------------------------------------------------------------------------------------- living with it


@pytest.mark.abp(62)
async def test_a_handler_that_raises_is_called_again(
    harness: AppHarness, dynamic: DynamicBackgroundWorkerManager
) -> None:
    async def shaky(context: PeriodicWorkerContext) -> None:
        ticks.append(context.tick)
        raise OSError("no connection")

    ticks: list[int] = []
    await dynamic.add("sweep", shaky)
    assert (await harness.advance(2 * MINUTE)).failed == 2
    assert ticks == [1, 2]


@pytest.mark.abp(64)
async def test_ten_concurrent_registrations_of_one_name_leave_one(
    harness: AppHarness, dynamic: DynamicBackgroundWorkerManager
) -> None:
    handlers = [Counter() for _ in range(10)]
    await asyncio.gather(*(dynamic.add("sweep", handler) for handler in handlers))
    await harness.advance(MINUTE)
    assert [handler.count for handler in handlers].count(1) == 1
    assert await dynamic.remove("sweep")
    assert not await dynamic.remove("sweep")


@pytest.mark.abp(65)
async def test_many_names_come_and_go_at_once(dynamic: DynamicBackgroundWorkerManager) -> None:
    names = [f"sweep-{number}" for number in range(20)]
    await asyncio.gather(*(dynamic.add(name, Counter()) for name in names))
    assert all(dynamic.is_registered(name) for name in names)
    assert await asyncio.gather(*(dynamic.remove(name) for name in names)) == [True] * 20
    assert not any(dynamic.is_registered(name) for name in names)


@pytest.mark.abp(66)
async def test_concurrent_registrations_and_changes_leave_a_consistent_state(
    harness: AppHarness, dynamic: DynamicBackgroundWorkerManager
) -> None:
    first, second = Counter(), Counter()
    await asyncio.gather(
        dynamic.add("sweep", first, every=10 * MINUTE),
        dynamic.update_schedule("sweep", every=5 * MINUTE),
        dynamic.add("sweep", second, every=20 * MINUTE),
    )
    await harness.advance(FAR)
    assert (first.count, second.count) == (0, 3)


# ------------------------------------------------------------------------------------------------------- the end


@pytest.mark.abp(67)
async def test_stopping_takes_all_away(harness: AppHarness, dynamic: DynamicBackgroundWorkerManager) -> None:
    handlers = [Counter() for _ in range(3)]
    for number, handler in enumerate(handlers):
        await dynamic.add(f"sweep-{number}", handler)
    await dynamic.stop_all()
    await harness.advance(FAR)
    assert [handler.count for handler in handlers] == [0, 0, 0]
    assert not any(dynamic.is_registered(f"sweep-{number}") for number in range(3))


@pytest.mark.abp(68)
async def test_afterwards_registering_is_refused(dynamic: DynamicBackgroundWorkerManager) -> None:
    await dynamic.stop_all()
    with pytest.raises(NotRunningError, match="stopped"):
        await dynamic.add("sweep", Counter())


@pytest.mark.abp(69)
async def test_and_so_is_changing(dynamic: DynamicBackgroundWorkerManager) -> None:
    await dynamic.add("sweep", Counter())
    await dynamic.stop_all()
    with pytest.raises(NotRunningError, match="stopped"):
        await dynamic.update_schedule("sweep", every=MINUTE)


@pytest.mark.abp(70)
async def test_stopping_twice_is_fine(dynamic: DynamicBackgroundWorkerManager) -> None:
    await dynamic.stop_all()
    await dynamic.stop_all()


@pytest.mark.abp(71)
async def test_a_dynamic_worker_needs_no_class_in_the_container(
    harness: AppHarness, dynamic: DynamicBackgroundWorkerManager
) -> None:
    handler = Counter()
    await dynamic.add("sweep", handler)
    assert (await harness.advance(MINUTE)).succeeded == 1


async def test_one_added_before_the_host_runs_starts_with_it() -> None:
    app, handler = App(store="memory://"), Counter()
    async with app.open(run_host=False):
        await app.dynamic_workers.add("sweep", handler, every=SOON)
        assert app.dynamic_workers.is_registered("sweep")
    assert handler.count == 0


async def test_it_may_tick_on_every_host(harness: AppHarness, dynamic: DynamicBackgroundWorkerManager) -> None:
    handler = Counter()
    await dynamic.add("sweep", handler, runs_on=RunsOn.EVERY_HOST)
    await harness.advance(2 * MINUTE)
    assert handler.count == 2


async def test_the_context_says_when_it_was_planned(
    harness: AppHarness, dynamic: DynamicBackgroundWorkerManager
) -> None:
    handler = Counter()
    await dynamic.add("sweep", handler, cron="0 * * * *")
    await harness.advance(FAR)
    (context,) = handler.contexts
    assert context.planned_at == context.planned_at.replace(minute=0, second=0, microsecond=0)
    assert context.planned_at.tzinfo is UTC
    assert isinstance(context.planned_at, datetime)
