"""Which workers are accepted, and what is said to those that are not."""

from datetime import timedelta
from logging import Logger
from typing import Any

import pytest

from dawam.errors import RegistrationError
from dawam.jobs.signature import injected
from dawam.workers.registry import WorkerKind, WorkerRegistry
from dawam.workers.schedules.schedule import Every
from dawam.workers.worker import (
    AsyncPeriodicBackgroundWorker,
    BackgroundWorker,
    PeriodicBackgroundWorker,
    PeriodicWorkerContext,
    WorkerFunction,
)

FIVE = timedelta(minutes=5)


class StockCheck(AsyncPeriodicBackgroundWorker):
    every = FIVE
    run_on_start = True

    async def do_work(self, context: PeriodicWorkerContext) -> None: ...


class CleanUp(PeriodicBackgroundWorker):
    name = "clean-up"
    every = timedelta(days=1)

    def do_work(self, context: PeriodicWorkerContext) -> None: ...


class StockListener(BackgroundWorker):
    async def start(self) -> None: ...

    async def stop(self) -> None: ...


async def heartbeat(context: PeriodicWorkerContext, log: Logger = injected) -> None: ...


def refused(target: object, *, every: Any = None) -> str:
    with pytest.raises(RegistrationError) as refusal:
        WorkerRegistry().add(target, every=every)
    return str(refusal.value)


def test_a_periodic_class_is_added_under_its_full_name() -> None:
    definition = WorkerRegistry().add(StockCheck)
    assert definition.name == f"{__name__}.StockCheck"
    assert (definition.kind, definition.is_async, definition.ticks.schedule) == (WorkerKind.PERIODIC, True, Every(FIVE))
    assert definition.ticks.run_on_start


def test_a_blocking_class_may_have_a_name_of_its_own() -> None:
    definition = WorkerRegistry().add(CleanUp)
    assert (definition.name, definition.is_async, definition.ticks.schedule) == (
        "clean-up",
        False,
        Every(timedelta(days=1)),
    )


def test_a_custom_worker_has_no_period() -> None:
    definition = WorkerRegistry().add(StockListener)
    assert (definition.kind, definition.options) == (WorkerKind.CUSTOM, None)
    with pytest.raises(RegistrationError, match="no plan"):
        _ = definition.ticks


def test_a_function_says_what_each_parameter_needs() -> None:
    definition = WorkerRegistry().add(WorkerFunction(heartbeat, every=FIVE))
    assert definition.name == f"{__name__}.heartbeat"
    assert definition.parameters == {"context": PeriodicWorkerContext, "log": Logger}


def test_the_period_given_when_adding_wins() -> None:
    assert WorkerRegistry().add(StockCheck, every=timedelta(seconds=1)).ticks.schedule == Every(timedelta(seconds=1))


def test_the_same_worker_may_be_added_again() -> None:
    registry = WorkerRegistry()
    registry.add(StockCheck, every=timedelta(seconds=1))
    assert registry.add(StockCheck).ticks.schedule == Every(timedelta(seconds=1))
    assert registry.add(StockCheck, every=timedelta(seconds=2)).ticks.schedule == Every(timedelta(seconds=2))
    assert len(registry) == 1


def test_two_workers_of_one_name_are_refused() -> None:
    class Other(CleanUp):
        pass

    registry = WorkerRegistry()
    registry.add(CleanUp)
    with pytest.raises(RegistrationError, match=r"two workers are named 'clean-up': .*CleanUp and .*Other"):
        registry.add(Other)


def test_a_missing_period_is_refused() -> None:
    class Timeless(AsyncPeriodicBackgroundWorker):
        async def do_work(self, context: PeriodicWorkerContext) -> None: ...

    assert "has no schedule: give it `every=timedelta(minutes=5)` or `cron='0 3 * * *'`" in refused(Timeless)


@pytest.mark.parametrize("every", [timedelta(0), timedelta(seconds=-1)])
def test_a_period_of_nothing_or_less_is_refused(every: timedelta) -> None:
    assert "must be longer than zero" in refused(StockCheck, every=every)
    assert "must be longer than zero" in refused(WorkerFunction(heartbeat, every=every))


def test_a_period_without_a_unit_is_refused() -> None:
    assert "every=300 has no unit" in refused(StockCheck, every=300)
    assert "every=0 has no unit" in refused(StockCheck, every=0)


def test_a_class_without_do_work_is_refused() -> None:
    class Lazy(AsyncPeriodicBackgroundWorker):
        every = FIVE

    assert "has no do_work" in refused(Lazy)


def test_a_custom_worker_without_stop_is_refused() -> None:
    class Unstoppable(BackgroundWorker):
        async def start(self) -> None: ...

    assert "has no stop" in refused(Unstoppable)


def test_a_custom_worker_that_starts_without_async_is_refused() -> None:
    class Blocking(StockListener):
        def start(self) -> None: ...  # type: ignore[override]

    assert "start must be a coroutine" in refused(Blocking)


def test_a_blank_name_is_refused() -> None:
    assert "a text that is not blank was expected" in refused(WorkerFunction(heartbeat, name=" ", every=FIVE))


@pytest.mark.parametrize("name", ["\ud800", "a\0b"])
def test_a_name_that_no_database_takes_is_refused(name: str) -> None:
    with pytest.raises(RegistrationError, match="NUL and lone surrogates"):
        WorkerRegistry().add(WorkerFunction(heartbeat, name=name, every=FIVE))


def test_a_period_for_a_custom_worker_is_refused() -> None:
    assert "`every` means nothing to it" in refused(StockListener, every=FIVE)


def test_work_of_the_wrong_kind_is_refused() -> None:
    class NotAsync(AsyncPeriodicBackgroundWorker):
        every = FIVE

        def do_work(self, context: PeriodicWorkerContext) -> None: ...  # type: ignore[override]

    class NotBlocking(PeriodicBackgroundWorker):
        every = FIVE

        async def do_work(self, context: PeriodicWorkerContext) -> None: ...  # type: ignore[override]

    assert "inherit PeriodicBackgroundWorker" in refused(NotAsync)
    assert "inherit AsyncPeriodicBackgroundWorker" in refused(NotBlocking)


def test_what_is_no_worker_is_refused() -> None:
    assert "is not a worker" in refused(dict)
    assert "not an instance of it" in refused(StockCheck())
    assert "is not a worker" in refused(heartbeat)


def test_a_function_parameter_that_nobody_passes_is_refused() -> None:
    async def greedy(count: int) -> None: ...

    assert "nobody passes 'count'" in refused(WorkerFunction(greedy, every=FIVE))


def test_a_function_parameter_that_takes_anything_is_refused() -> None:
    async def open_handed(*values: int) -> None: ...

    assert "leave it out" in refused(WorkerFunction(open_handed, every=FIVE))


def test_a_generator_is_refused() -> None:
    def trickle():  # type: ignore[no-untyped-def]
        yield

    assert "must not `yield`" in refused(WorkerFunction(trickle, every=FIVE))


def test_an_injected_parameter_without_a_type_is_refused() -> None:
    async def vague(log=injected) -> None: ...  # type: ignore[no-untyped-def]

    assert "'log' is injected but has no type" in refused(WorkerFunction(vague, every=FIVE))


def test_an_annotation_that_exists_for_type_checking_only_is_refused() -> None:
    async def typed_only(log: "OnlyForTypeCheckers" = injected) -> None: ...  # type: ignore[name-defined]  # noqa: F821

    assert "the annotation names 'OnlyForTypeCheckers', which cannot be found" in refused(
        WorkerFunction(typed_only, every=FIVE)
    )


def test_workers_are_listed_in_the_order_of_adding() -> None:
    registry = WorkerRegistry()
    for target in (StockListener, CleanUp, StockCheck):
        registry.add(target)
    assert [definition.target for definition in registry] == [StockListener, CleanUp, StockCheck]


def test_a_plain_function_ticks_in_a_thread() -> None:
    def tidy() -> None: ...

    assert not WorkerRegistry().add(WorkerFunction(tidy, every=FIVE)).is_async
    assert WorkerRegistry().add(WorkerFunction(heartbeat, every=FIVE)).is_async


@pytest.mark.parametrize(
    ("words", "cure"),
    [
        ({"jitter": timedelta.max}, "zero to 366 days"),
        ({"jitter": timedelta(seconds=-1)}, "zero to 366 days"),
        ({"run_on_start": "no"}, "True or False was expected"),
        ({"fixed_rate": "no"}, "True or False was expected"),
    ],
)
def test_a_word_that_no_store_or_calendar_can_take_is_refused(words: dict[str, Any], cure: str) -> None:
    with pytest.raises(RegistrationError, match=cure):
        WorkerRegistry().add(StockCheck, every=FIVE, **words)
