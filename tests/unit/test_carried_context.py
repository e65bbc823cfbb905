"""From the enqueue to the run: whom a job works for, in coroutines, threads, its services and what it starts."""

import asyncio
import threading
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest

from dawam import (
    App,
    ApplicationContext,
    AsyncBackgroundJob,
    BackgroundJob,
    BackgroundWorker,
    CurrentContext,
    LocalEventBus,
    LocalEventHandler,
    Module,
    Services,
    carry,
    injected,
    job_args,
    multi_tenant,
)
from dawam.attempt import Attempt
from dawam.jobs.current import carried_headers
from dawam.testing import AppHarness
from tests.support.applications import running, until
from tests.support.claims import claimed

MEMORY = {"Store.Url": "memory://"}
CARRIED = {"tenant": "acme", "user": "lina", "correlation_id": "c-1", "culture": "ar"}
OTHER = UUID(int=9)


class Diary:
    """Who saw whom as the current one."""

    def __init__(self) -> None:
        self.lines: dict[str, Any] = {}


class Ledger:
    """A scoped service of the application's, which asks for the tenant itself."""

    def __init__(self, current: CurrentContext) -> None:
        self._current = current

    def owner(self) -> str | None:
        return self._current.tenant


class Clerk(Ledger):
    """A singleton that keeps it."""


@dataclass
class StockChanged:
    stock: int


class StockChangedHandler(LocalEventHandler[StockChanged]):
    def __init__(self, current: CurrentContext, diary: Diary) -> None:
        self._current, self._diary = current, diary

    async def handle_event(self, event: StockChanged) -> None:
        self._diary.lines["handler"] = dict(self._current.headers)


@multi_tenant
@job_args("async-bill")
@dataclass
class AsyncBillArgs:
    tenant_id: UUID | None


@multi_tenant
@job_args("blocking-bill")
@dataclass
class BlockingBillArgs:
    tenant_id: UUID | None


class AsyncBill(AsyncBackgroundJob[AsyncBillArgs]):
    def __init__(self, current: CurrentContext, diary: Diary) -> None:
        self._current, self._diary = current, diary

    async def execute(self, args: AsyncBillArgs) -> None:
        self._diary.lines["async"] = (self._current.tenant, self._current.user)


class BlockingBill(BackgroundJob[BlockingBillArgs]):
    def __init__(self, current: CurrentContext, ledger: Ledger, diary: Diary) -> None:
        self._current, self._ledger, self._diary = current, ledger, diary

    def execute(self, args: BlockingBillArgs) -> None:
        self._diary.lines["blocking"] = (self._ledger.owner(), self._current.user)


class ShopModule(Module):
    def __init__(self, diary: Diary) -> None:
        super().__init__()
        self._diary = diary

    def configure_services(self, services: Services) -> None:
        services.add_instance(self._diary)
        services.add_scoped(Ledger)
        services.add_singleton(Clerk)
        services.add_event_handler(StockChangedHandler)
        services.add_job(AsyncBill)
        services.add_job(BlockingBill)


@pytest.fixture
def diary() -> Diary:
    return Diary()


@pytest.fixture
def app(diary: Diary) -> App:
    return App(ShopModule(diary))


class TestFromTheEnqueueToTheRun:
    async def test_coroutines_threads_services_and_handlers_see_it(self, app: App, diary: Diary) -> None:
        @app.job("on the loop")
        async def on_the_loop(
            bus: LocalEventBus = injected, ledger: Ledger = injected, current: CurrentContext = injected
        ) -> None:
            diary.lines["loop"] = dict(current.headers)
            diary.lines["ledger"] = ledger.owner()
            await bus.publish(StockChanged(3))

        @app.job("in a thread")
        def in_a_thread(clerk: Clerk = injected, current: CurrentContext = injected) -> None:
            diary.lines["thread"] = dict(current.headers)
            diary.lines["clerk"] = clerk.owner()

        async with AppHarness(app) as harness:
            with carry(**CARRIED):
                await on_the_loop.enqueue()
                await in_a_thread.enqueue()
            assert (await harness.drain()).succeeded == 2
        for place in ("loop", "thread", "handler"):
            assert diary.lines[place] == CARRIED
        assert (diary.lines["ledger"], diary.lines["clerk"]) == ("acme", "acme")

    async def test_blocking_code_sends_what_its_own_thread_carries(self) -> None:
        app, seen = App(), list[str | None]()

        @app.job("work")
        async def work() -> None:
            seen.append(CurrentContext().tenant)

        def in_a_thread_of_its_own() -> None:
            with carry(tenant="acme"):
                app.sync.enqueue(work.call())
                work.enqueue_sync()

        async with AppHarness(app) as harness:
            thread = threading.Thread(target=in_a_thread_of_its_own)
            thread.start()
            await asyncio.to_thread(thread.join)
            await harness.drain()
        assert seen == ["acme", "acme"]

    async def test_small_applications_have_it_too(self) -> None:
        app, seen = App(), list[str | None]()

        @app.job("work")
        async def work(current: CurrentContext = injected) -> None:
            seen.append(current.tenant)

        async with AppHarness(app) as harness:
            with carry(tenant="acme"):
                await work.enqueue()
            await harness.drain()
        assert seen == ["acme"]

    async def test_all_that_comes_of_one_job_has_one_correlation_id(self) -> None:
        app, seen = App(), list[str | None]()

        @app.job("third")
        async def third() -> None:
            seen.append(CurrentContext().correlation_id)

        @app.job("second")
        def second() -> None:
            seen.append(CurrentContext().correlation_id)
            third.enqueue_sync()

        @app.job("first")
        async def first() -> None:
            seen.append(CurrentContext().correlation_id)
            await second.enqueue()

        async with running(app, settings=MEMORY):
            enqueued = await first.enqueue()
            await until(lambda: len(seen) == 3)
        assert seen == [str(enqueued.id)] * 3

    async def test_a_retry_works_for_the_same_ones(self) -> None:
        app, seen = App(), list[str | None]()

        @app.job("work")
        async def work() -> None:
            seen.append(CurrentContext().tenant)
            if len(seen) == 1:
                raise ValueError

        async with AppHarness(app) as harness:
            with carry(tenant="acme"):
                await work.enqueue()
            await harness.advance(timedelta(minutes=5))
        assert seen == ["acme", "acme"]


class TestTheTenantOfArgs:
    @pytest.mark.abp(3)
    @pytest.mark.parametrize("tenant", [OTHER, None], ids=["another", "the host"])
    async def test_is_the_current_one_in_both_kinds_of_job_whatever_was_carried(
        self, app: App, diary: Diary, tenant: UUID | None
    ) -> None:
        async with AppHarness(app) as harness:
            with carry(tenant="acme", user="lina"):
                jobs = [
                    await harness.jobs.enqueue(AsyncBillArgs(tenant)),
                    await harness.jobs.enqueue(BlockingBillArgs(tenant)),
                ]
            stored = [await harness.inspector.get_job(job.id) for job in jobs]
            assert (await harness.drain()).succeeded == 2
        expected = (None if tenant is None else str(tenant), "lina")
        assert diary.lines == {"async": expected, "blocking": expected}
        assert [job.headers.get("tenant") for job in stored if job is not None] == [expected[0]] * 2

    async def test_holds_for_jobs_that_are_older_than_the_mark(self, app: App, diary: Diary) -> None:
        job = claimed("async-bill", f'{{"tenant_id":"{OTHER}"}}'.encode(), headers={"tenant": "acme", "user": "lina"})
        async with running(app, settings=MEMORY, run_host=False) as runtime:
            attempt = Attempt(job, runtime.job_context(job))
            await asyncio.create_task(runtime.parts.executor.run(attempt))
        assert diary.lines["async"] == (str(OTHER), "lina")

    async def test_of_a_job_function_is_carried_on_to_its_follow_ups(self) -> None:
        app, seen = App(), list[str | None]()

        @app.job("remind")
        async def remind() -> None:
            seen.append(CurrentContext().tenant)

        @app.job("bill")
        @multi_tenant
        async def bill(tenant_id: str | None) -> None:
            seen.append(CurrentContext().tenant)
            await remind.enqueue()

        async with AppHarness(app) as harness:
            await bill.enqueue("acme")
            with carry(tenant="acme"):
                await bill.enqueue(None)
            await harness.drain()
        assert sorted(seen, key=str) == [None, None, "acme", "acme"]


class Listener(BackgroundWorker):
    """A worker with a loop of its own."""

    def __init__(self, diary: Diary) -> None:
        self._diary = diary
        self._task: asyncio.Task[None] | None = None

    async def start(self) -> None:
        self._diary.lines["listener"] = dict(carried_headers())
        self._task = asyncio.create_task(self._listen())

    async def _listen(self) -> None:
        self._diary.lines["listener's own task"] = dict(carried_headers())

    async def stop(self) -> None:
        if self._task is not None:
            await self._task


class WatchModule(Module):
    def configure_services(self, services: Services) -> None:
        services.add_worker(Listener)


class TestWhoeverStartedTheHost:
    async def test_leaves_nothing_to_its_jobs_and_workers(self, diary: Diary) -> None:
        app = App(ShopModule(diary), WatchModule)
        ticks: list[Any] = []
        note: Callable[[], None] = lambda: ticks.append(dict(carried_headers()))  # noqa: E731

        @app.worker(every=timedelta(hours=1), run_on_start=True)
        async def on_the_loop() -> None:
            note()

        @app.worker(every=timedelta(hours=1), run_on_start=True)
        def in_a_thread() -> None:
            note()

        @app.job("work")
        async def work() -> None:
            diary.lines["tenant of a job"] = CurrentContext().tenant

        with carry(tenant="acme", user="lina"):
            host = running(app, settings=MEMORY)
            await host.__aenter__()
        await work.enqueue()
        await until(lambda: len(ticks) == 2 and len(diary.lines) == 3)
        await host.__aexit__(None, None, None)
        assert ticks == [{}, {}]
        assert diary.lines == {"listener": {}, "listener's own task": {}, "tenant of a job": None}

    async def test_nor_does_who_adds_a_worker_while_it_runs(self, diary: Diary) -> None:
        context: list[ApplicationContext] = []

        class LateModule(Module):
            async def on_application_initialization(self, given: ApplicationContext) -> None:
                context.append(given)

        async with running(App(ShopModule(diary), LateModule), settings=MEMORY):
            with carry(tenant="acme"):
                await context[0].add_background_worker(Listener)
            await until(lambda: len(diary.lines) == 2)
        assert diary.lines == {"listener": {}, "listener's own task": {}}

    async def test_nor_does_a_test_that_lets_time_pass(self) -> None:
        app, ticks = App(), list[Any]()

        @app.worker(every=timedelta(minutes=5))
        async def tick() -> None:
            ticks.append(dict(carried_headers()))

        async with AppHarness(app) as harness:
            with carry(tenant="acme"):
                await harness.advance(timedelta(minutes=5))
        assert ticks == [{}]
