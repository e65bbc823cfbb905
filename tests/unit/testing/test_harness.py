"""An application under test: time moves when the test says so, and nothing runs by itself."""

import asyncio
from collections.abc import AsyncIterator
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from logging import Logger
from unittest.mock import create_autospec

import pytest

from dawam import (
    App,
    AsyncBackgroundJob,
    AsyncPeriodicBackgroundWorker,
    BackgroundJobManager,
    JobContext,
    LocalEventBus,
    LocalEventHandler,
    Module,
    Retry,
    Services,
    Snooze,
    carry,
    injected,
    job_args,
)
from dawam.errors import ConfigurationError, NotRunningError
from dawam.jobs.outcome import Failed
from dawam.jobs.state import StoredState
from dawam.modules.application_context import ApplicationContext
from dawam.testing import AppHarness
from dawam.workers.worker import PeriodicWorkerContext

leftover: ContextVar[str] = ContextVar("leftover", default="nothing")
START = datetime(2026, 1, 5, 9, 0, tzinfo=UTC)


@dataclass(frozen=True)
class ProductStockChanged:
    name: str
    stock: int


@job_args("products.low-stock-alert")
@dataclass
class LowStockAlertArgs:
    product_name: str
    current_stock: int


class AlertSender:
    async def send(self, text: str) -> None:
        raise AssertionError("a test sends no real alerts")


class LowStockAlertJob(AsyncBackgroundJob[LowStockAlertArgs]):
    def __init__(self, sender: AlertSender, logger: Logger) -> None:
        self._sender, self._logger = sender, logger

    async def execute(self, args: LowStockAlertArgs) -> None:
        self._logger.warning("low stock: %s", args.product_name)
        await self._sender.send(f"{args.product_name}: {args.current_stock}")


class LowStockHandler(LocalEventHandler[ProductStockChanged]):
    def __init__(self, jobs: BackgroundJobManager) -> None:
        self._jobs = jobs

    async def handle_event(self, event: ProductStockChanged) -> None:
        if event.stock < 10:
            await self._jobs.enqueue(LowStockAlertJob, LowStockAlertArgs(event.name, event.stock))


class StockCheckWorker(AsyncPeriodicBackgroundWorker):
    every = timedelta(minutes=5)
    instances: "list[StockCheckWorker]" = []  # noqa: RUF012  (set anew by each test)

    async def do_work(self, context: PeriodicWorkerContext) -> None:
        StockCheckWorker.instances.append(self)
        if context.tick == 1:
            raise OSError("no warehouse")


class Products(Module):
    def configure_services(self, services: Services) -> None:
        services.add_scoped(AlertSender)
        services.add_job(LowStockAlertJob)
        services.add_event_handler(LowStockHandler)
        services.add_worker(StockCheckWorker)


class RecordingSender(AlertSender):
    def __init__(self) -> None:
        self.sent: list[str] = []

    async def send(self, text: str) -> None:
        self.sent.append(text)


@pytest.fixture
def sender() -> RecordingSender:
    StockCheckWorker.instances = []
    return RecordingSender()


@pytest.fixture
async def harness(sender: RecordingSender) -> AsyncIterator[AppHarness]:
    async with AppHarness(App(Products), fakes={AlertSender: sender}, start=START) as harness:
        yield harness


@pytest.mark.guide(17)
async def test_a_job_is_tested_as_a_plain_object_with_a_fake_logger() -> None:
    logger = create_autospec(Logger)
    sender = RecordingSender()
    await LowStockAlertJob(sender, logger).execute(LowStockAlertArgs("Tea", 5))
    logger.warning.assert_called_once_with("low stock: %s", "Tea")
    assert sender.sent == ["Tea: 5"]


@pytest.mark.guide(2, 17)
async def test_from_the_event_to_the_job_to_the_fake(harness: AppHarness, sender: RecordingSender) -> None:
    bus = harness.get(LocalEventBus)
    await bus.publish(ProductStockChanged("Tea", 9))
    await bus.publish(ProductStockChanged("Coffee", 10))
    assert harness.enqueued(LowStockAlertArgs) == [LowStockAlertArgs("Tea", 9)]
    assert harness.enqueued("products.low-stock-alert") == [LowStockAlertArgs("Tea", 9)]
    assert sender.sent == []  # nothing runs by itself
    report = await harness.drain()
    assert (report.succeeded, report.retried, report.failed) == (1, 0, 0)
    assert sender.sent == ["Tea: 9"]
    assert (await harness.drain()).ended == ()


@pytest.mark.guide(7)
async def test_fifteen_minutes_are_three_ticks_and_one_that_raises_stops_nothing(harness: AppHarness) -> None:
    report = await harness.advance(timedelta(minutes=15))
    assert (report.succeeded, report.failed) == (2, 1)
    assert [type(each.error) for each in report.ended] == [OSError, type(None), type(None)]
    assert len(set(map(id, StockCheckWorker.instances))) == 3  # a fresh one each time
    assert harness.clock.now() == START + timedelta(minutes=15)
    assert (await harness.advance(timedelta(minutes=4, seconds=59))).ended == ()
    assert (await harness.advance(timedelta(seconds=1))).succeeded == 1


class TestRetries:
    @pytest.mark.guide(6)
    @pytest.mark.abp("retry formula", "abandonment")
    async def test_come_at_abps_times_until_the_twelfth_which_is_recorded_and_logged(
        self, caplog: pytest.LogCaptureFixture
    ) -> None:
        app = App()
        began: list[datetime] = []

        @app.job("work", retry=Retry(jitter=0))
        async def work() -> None:
            began.append(harness.clock.now())
            raise ValueError(f"attempt {len(began)}")

        async with AppHarness(app, start=START) as harness:
            enqueued = await harness.jobs.enqueue(work.call())
            report = await harness.advance(timedelta(days=3))
            waits = [later - earlier for earlier, later in pairwise(began)]
            assert waits == [timedelta(seconds=60) * 2**number for number in range(11)]
            assert (report.retried, report.failed) == (11, 1)
            assert isinstance(report.ended[-1].outcome, Failed)
            job = await harness.inspector.get_job(enqueued.id)
            assert job is not None
            assert (job.state, job.attempt_count, job.last_error) == ("failed", 12, "ValueError: attempt 12")
            history = await harness.inspector.history(enqueued.id)
            assert [(each.attempt, each.error_message) for each in history] == [
                (number, f"attempt {number}") for number in range(1, 13)
            ]
            assert [each.ended_at for each in history] == began

    async def test_the_usual_policy_spreads_them_by_up_to_a_tenth(self) -> None:
        app = App()
        began: list[datetime] = []

        @app.job("work")
        async def work() -> None:
            began.append(harness.clock.now())
            raise ValueError

        async with AppHarness(app, start=START) as harness:
            await harness.jobs.enqueue(work.call())
            await harness.advance(timedelta(days=3))
        assert len(began) in (11, 12)
        for number, (earlier, later) in enumerate(pairwise(began)):
            wait = timedelta(seconds=60) * 2**number
            assert wait <= later - earlier <= wait * 1.1

    @pytest.mark.guide(6)
    async def test_rethrowing_tries_again_and_swallowing_does_not(self) -> None:
        app = App()
        logged: list[str] = []

        @app.job("rethrows")
        async def rethrows() -> None:
            try:
                raise_error()
            except ValueError:
                logged.append("no stock")
                raise

        @app.job("swallows")
        async def swallows() -> None:
            try:
                raise_error()
            except ValueError:
                return

        async with AppHarness(app) as harness:
            await harness.jobs.enqueue_many([rethrows.call(), swallows.call()])
            report = await harness.drain()
        assert (report.retried, report.succeeded) == (1, 1)

    async def test_a_snooze_is_not_charged_and_the_age_counts_anew(self) -> None:
        app = App()
        attempts: list[int] = []

        @app.job("work", retry=Retry(first_wait=timedelta(minutes=1), jitter=0, give_up_after=timedelta(minutes=2)))
        async def work(context: JobContext = injected) -> None:
            attempts.append(context.attempt)
            if len(attempts) == 1:
                raise Snooze(timedelta(hours=1))
            raise_error()

        async with AppHarness(app, start=START) as harness:
            await harness.jobs.enqueue(work.call())
            report = await harness.advance(timedelta(hours=2))
        assert (report.snoozed, report.retried, report.failed) == (1, 1, 1)
        assert attempts == [1, 1, 2]


def raise_error() -> None:
    raise ValueError("no stock")


class TestTime:
    @pytest.mark.guide(3)
    async def test_a_delayed_job_runs_at_its_moment_and_not_before(self) -> None:
        app = App()
        ran: list[datetime] = []

        @app.job("work")
        async def work() -> None:
            ran.append(harness.clock.now())

        async with AppHarness(app, start=START) as harness:
            await harness.jobs.enqueue(work.call(), delay=timedelta(minutes=5))
            await harness.drain()
            await harness.advance(timedelta(minutes=4, seconds=59))
            assert ran == []
            await harness.advance(timedelta(hours=1))
        assert ran == [START + timedelta(minutes=5)]

    async def test_jobs_and_ticks_come_in_the_order_of_their_moments(self) -> None:
        app = App()
        order: list[tuple[str, timedelta]] = []

        @app.job("work")
        async def work(name: str) -> None:
            order.append((name, harness.clock.now() - START))

        @app.worker(every=timedelta(minutes=2))
        async def tick() -> None:
            order.append(("tick", harness.clock.now() - START))

        async with AppHarness(app, start=START) as harness:
            await harness.jobs.enqueue(work.call("three"), delay=timedelta(minutes=3))
            await harness.jobs.enqueue(work.call("one"), delay=timedelta(minutes=1))
            await harness.advance(timedelta(minutes=4))
        minute = timedelta(minutes=1)
        assert order == [("one", minute), ("tick", minute * 2), ("three", minute * 3), ("tick", minute * 4)]


class TestWhatWasEnqueued:
    async def test_follow_ups_are_seen_and_run(self) -> None:
        app = App()

        @app.job("second")
        async def second(number: int) -> None:
            return None

        @app.job("first")
        async def first(context: JobContext = injected) -> None:
            await context.enqueue(second.call(1))
            await second.enqueue(2)

        async with AppHarness(app) as harness:
            await harness.jobs.enqueue(first.call())
            report = await harness.drain()
            assert sorted(args.number for args in harness.enqueued(second)) == [1, 2]
        assert report.succeeded == 3

    async def test_a_name_that_nobody_registered_is_a_mistake_of_the_test(self, harness: AppHarness) -> None:
        with pytest.raises(LookupError, match=r"the nearest is 'products\.low-stock-alert'"):
            harness.enqueued("products.low-stock-alerts")


class TestItsLife:
    async def test_the_application_is_open_meanwhile_and_its_jobs_are_the_harnesses(self) -> None:
        app = App()
        async with AppHarness(app) as harness:
            assert app.jobs is harness.jobs
        assert not app.is_open

    async def test_settings_given_to_it_hold_and_no_file_is_read(self) -> None:
        app = App(store="sqlite:///nowhere/at/all.db")

        @app.job("work")
        async def work() -> int:
            return 7

        async with AppHarness(app, settings={"BackgroundJobs.StoreSuccessfulJobs": False}) as harness:
            enqueued = await harness.jobs.enqueue(work.call())
            await harness.drain()
            assert await harness.inspector.get_job(enqueued.id) is None

    async def test_an_unknown_setting_is_refused(self) -> None:
        with pytest.raises(ConfigurationError, match=r"(?i)no.?such"):
            async with AppHarness(App(), settings={"BackgroundJobs.NoSuchThing": True}):
                pass

    async def test_when_it_cannot_open_the_application_can_be_opened_by_the_next(self) -> None:
        class Fragile(Module):
            is_broken = True

            async def on_application_initialization(self, context: ApplicationContext) -> None:
                if Fragile.is_broken:
                    raise OSError("no network")

        app = App(Fragile)
        with pytest.raises(ConfigurationError, match="no network"):
            async with AppHarness(app):
                pass
        Fragile.is_broken = False
        async with AppHarness(app) as harness:
            assert (await harness.drain()).ended == ()

    async def test_outside_of_its_block_it_refuses(self) -> None:
        harness = AppHarness(App())
        with pytest.raises(NotRunningError, match="the harness is not open"):
            _ = harness.jobs
        async with harness:
            pass
        with pytest.raises(NotRunningError):
            _ = harness.jobs

    async def test_jobs_that_nobody_knows_are_parked_and_say_so(self, harness: AppHarness) -> None:
        class Elsewhere(Module):
            def configure_services(self, services: Services) -> None:
                services.add_job_args(LowStockAlertArgs)

        async with AppHarness(App(Elsewhere)) as web:
            enqueued = await web.jobs.enqueue(LowStockAlertArgs("Tea", 5))
            assert (await web.drain()).parked == 1
            job = await web.inspector.get_job(enqueued.id)
            assert job is not None
            assert job.stored_state is StoredState.PARKED

    async def test_nothing_of_a_job_is_left_over_for_the_next_or_for_the_test(self) -> None:
        app = App()
        seen: list[str] = []

        @app.job("work", time_limit=timedelta(milliseconds=10))
        async def work() -> None:
            seen.append(leftover.get())
            leftover.set("something")
            await asyncio.get_running_loop().create_future()

        async with AppHarness(app) as harness:
            await harness.jobs.enqueue_many([work.call(), work.call()], headers={"tenant": "acme"})
            token = leftover.set("the test's own")
            with carry(tenant="test"):
                assert (await harness.drain()).retried == 2
            leftover.reset(token)
            enqueued = await harness.jobs.enqueue(work.call())
            job = await harness.inspector.get_job(enqueued.id)
            assert job is not None
            assert (job.parent, dict(job.headers)) == (None, {})
        task = asyncio.current_task()
        assert task is not None
        assert task.cancelling() == 0
        assert seen == ["nothing", "nothing"]
        assert leftover.get() == "nothing"


@pytest.mark.guide(18)
async def test_monitoring_what_waits_and_one_jobs_status(harness: AppHarness, sender: RecordingSender) -> None:
    jobs = harness.jobs
    due = await jobs.enqueue(LowStockAlertArgs("Tea", 5))
    later = await jobs.enqueue(LowStockAlertArgs("Coffee", 5), delay=timedelta(hours=1))
    waiting = await harness.inspector.get_waiting_jobs(max_result_count=100)
    assert [job.id for job in waiting] == [due.id, later.id]
    assert [job.id for job in await harness.inspector.get_waiting_jobs(due_only=True)] == [due.id]
    await harness.drain()
    counts = await harness.inspector.counts()
    assert (counts.succeeded, counts.scheduled, counts.due) == (1, 1, 0)
    job = await harness.inspector.get_job(str(due))
    assert job is not None
    assert job.state == "succeeded"
