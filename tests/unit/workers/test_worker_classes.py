"""What a worker class and a tick's context offer to their author."""

from datetime import UTC, datetime, timedelta

import pytest

from dawam.workers.worker import (
    AsyncPeriodicBackgroundWorker,
    PeriodicWorkerContext,
    WorkerFunction,
)

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)


class Services:
    async def get(self, service: type) -> object:
        return service()


class ThreadServices:
    def get(self, service: type) -> object:
        return service()


class StockCheck(AsyncPeriodicBackgroundWorker):
    every = timedelta(minutes=5)

    async def do_work(self, context: PeriodicWorkerContext) -> None:
        self.logger.info("tick %s", context.tick)


def context(**services: object) -> PeriodicWorkerContext:
    return PeriodicWorkerContext(name="stock", tick=1, planned_at=NOON, started_at=NOON, **services)  # type: ignore[arg-type]


def test_a_worker_has_a_logger_that_is_named_for_its_class() -> None:
    assert StockCheck().logger.name == f"{__name__}.StockCheck"


def test_a_worker_without_do_work_cannot_be_built() -> None:
    class Nothing(AsyncPeriodicBackgroundWorker):
        pass

    with pytest.raises(TypeError, match="do_work"):
        Nothing()  # type: ignore[abstract]


async def test_a_worker_is_tested_as_a_plain_object(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("INFO")
    await StockCheck().do_work(context())
    assert caplog.messages == ["tick 1"]


async def test_the_context_serves_from_the_scope_of_its_tick() -> None:
    assert await context(services=Services()).get(dict) == {}
    assert context(blocking_services=ThreadServices()).get_blocking(list) == []


async def test_the_context_says_which_way_of_asking_is_right_where_it_runs() -> None:
    with pytest.raises(RuntimeError, match=r"await context\.get\(dict\)"):
        context(services=Services()).get_blocking(dict)
    with pytest.raises(RuntimeError, match=r"context\.get_blocking\(dict\)"):
        await context(blocking_services=ThreadServices()).get(dict)


def test_a_tick_learns_that_it_should_stop() -> None:
    tick = context()
    assert not tick.stopping
    tick.stop()
    assert tick.stopping


async def test_a_worker_function_can_be_called_like_the_function_it_was() -> None:
    async def double(number: int) -> int:
        """Doubles."""
        return number * 2

    worker = WorkerFunction(double, every=timedelta(seconds=1))  # type: ignore[arg-type]
    assert await worker(4) == 8
    assert worker.__doc__ == "Doubles."
