"""Jobs by name at run time: handlers come and go, typed jobs stand above them, and nothing that was stored is lost."""

import asyncio
import threading
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from dawam import (
    App,
    ApplicationContext,
    AsyncBackgroundJob,
    CurrentContext,
    DynamicBackgroundJobManager,
    DynamicJobContext,
    Logger,
    Module,
    Priority,
    Retry,
    Services,
    carry,
    injected,
    job_args,
)
from dawam.clock import SystemClock
from dawam.errors import ArgsError, ArgsTooLargeError, NotRunningError, RegistrationError, UnknownJobError
from dawam.events.lifecycle import JobSettled
from dawam.jobs.outcome import Failed, Parked, Retrying, Succeeded
from dawam.jobs.state import StoredState
from dawam.runtime import Runtime
from dawam.stores.memory import MemoryStore
from dawam.testing import AppHarness
from tests.support.applications import always, running, seen_by, until

MEMORY = {"Store.Url": "memory://"}
SOON = timedelta(seconds=10)


@job_args("orders.receipt")
@dataclass
class ReceiptArgs:
    order_id: int


class Receipts(AsyncBackgroundJob[ReceiptArgs]):
    async def execute(self, args: ReceiptArgs) -> str:
        return f"typed {args.order_id}"


class Shop(Module):
    def configure_services(self, services: Services) -> None:
        services.add_job(Receipts)


async def answer(context: DynamicJobContext) -> Any:
    return {"args": context.args, "attempt": context.job.attempt}


@pytest.fixture
def app() -> App:
    return App(Shop)


class TestEnqueueing:
    @pytest.mark.abp(8)
    async def test_a_job_of_a_handler_is_stored_under_the_handlers_name_with_its_payload(self, app: App) -> None:
        app.dynamic_jobs.register_handler("shop.import", answer, queue="slow", priority=Priority.LOW)
        async with AppHarness(app) as harness:
            enqueued = await app.dynamic_jobs.enqueue("shop.import", {"rows": [1, 2], "of": None})
            job = await harness.inspector.get_job(enqueued.id)
        assert job is not None
        assert (enqueued.name, job.name, job.args) == ("shop.import", "shop.import", '{"rows":[1,2],"of":null}')
        assert (job.queue, job.priority) == ("slow", Priority.LOW)

    @pytest.mark.abp(9)
    @pytest.mark.parametrize("args", [{"rows": [1, 2]}, ["a"], "text", 7, None], ids=repr)
    async def test_the_handler_is_called_with_the_payload(self, app: App, args: Any) -> None:
        app.dynamic_jobs.register_handler("shop.import", answer)
        async with running(app, settings=MEMORY) as runtime:
            enqueued = await runtime.parts.dynamic_jobs.enqueue("shop.import", args)
            assert await enqueued.result(within=SOON) == {"args": args, "attempt": 1}

    @pytest.mark.abp(10)
    async def test_a_typed_job_stands_above_a_handler_of_its_name(self, app: App) -> None:
        app.dynamic_jobs.register_handler("orders.receipt", answer)
        async with running(app, settings=MEMORY) as runtime:
            dynamic_jobs = runtime.parts.dynamic_jobs
            assert dynamic_jobs.is_handler_registered("orders.receipt")
            enqueued = await dynamic_jobs.enqueue("orders.receipt", {"order_id": 7})
            assert await enqueued.result(within=SOON) == "typed 7"
            with pytest.raises(ArgsError, match=r"do not fit ReceiptArgs: ReceiptArgs.order_id: Expected `int`"):
                await dynamic_jobs.enqueue("orders.receipt", {"order_id": "seven"})
            with pytest.raises(ArgsError, match="takes the args as a mapping of their fields, not list"):
                await dynamic_jobs.enqueue("orders.receipt", [7])
            assert dynamic_jobs.unregister_handler("orders.receipt")
            again = await dynamic_jobs.enqueue("orders.receipt", {"order_id": 8})
            assert await again.result(within=SOON) == "typed 8"

    @pytest.mark.abp(11)
    async def test_a_name_that_nobody_knows_is_refused_with_the_nearest(self, app: App) -> None:
        app.dynamic_jobs.register_handler("shop.import", answer)
        async with AppHarness(app) as harness:
            with pytest.raises(UnknownJobError, match=r"under the name 'shop.imort'; did you mean 'shop.import'\?"):
                await app.dynamic_jobs.enqueue("shop.imort", {})
            assert await harness.inspector.get_waiting_jobs() == []

    async def test_the_other_faces_enqueue_for_handlers_too(self, app: App, tmp_path: Path) -> None:
        app.dynamic_jobs.register_handler("shop.import", answer)
        async with AppHarness(app) as harness:
            await harness.jobs.enqueue("shop.import", {"by": "jobs"}, delay=timedelta(hours=1))
            await asyncio.to_thread(app.sync.enqueue, "shop.import", {"by": "sync"})
            assert harness.enqueued("shop.import") == [{"by": "jobs"}, {"by": "sync"}]
            assert (await harness.drain()).succeeded == 1

    async def test_what_cannot_be_stored_is_refused(self, app: App) -> None:
        app.dynamic_jobs.register_handler("shop.import", answer)
        async with AppHarness(app) as harness:
            with pytest.raises(ArgsTooLargeError, match=r"the args of job 'shop\.import' are"):
                await app.dynamic_jobs.enqueue("shop.import", "x" * 2_000_000)
            with pytest.raises(ArgsError, match="is nan, which JSON cannot hold"):
                await app.dynamic_jobs.enqueue("shop.import", [float("nan")])
            with pytest.raises(ArgsError, match=r"enqueue\('shop.import'\) got no args: a JSON value was expected"):
                await harness.jobs.enqueue("shop.import")
            assert await harness.inspector.get_waiting_jobs() == []

    async def test_before_it_is_opened_nothing_is_enqueued(self, app: App) -> None:
        with pytest.raises(NotRunningError, match="the application is not open, so nothing can be enqueued"):
            await app.dynamic_jobs.enqueue("shop.import", {})


class TestHandlers:
    @pytest.mark.abp(12)
    async def test_are_registered_and_taken_away(self, app: App) -> None:
        async with AppHarness(app):
            jobs = app.dynamic_jobs
            assert not jobs.is_handler_registered("shop.import")
            jobs.register_handler("shop.import", answer)
            assert jobs.is_handler_registered("shop.import")
            assert jobs.unregister_handler("shop.import")
            assert not jobs.is_handler_registered("shop.import")
            assert not jobs.unregister_handler("shop.import")
            with pytest.raises(UnknownJobError):
                await jobs.enqueue("shop.import", {})

    async def test_the_second_of_one_name_replaces_the_first(self, app: App) -> None:
        async def again(context: DynamicJobContext) -> str:
            return "again"

        app.dynamic_jobs.register_handler("shop.import", answer)
        async with running(app, settings=MEMORY) as runtime:
            runtime.parts.dynamic_jobs.register_handler("shop.import", again)
            enqueued = await runtime.parts.dynamic_jobs.enqueue("shop.import", {})
            assert await enqueued.result(within=SOON) == "again"

    async def test_those_from_before_the_opening_hold_for_every_one_and_later_ones_for_theirs(self, app: App) -> None:
        app.dynamic_jobs.register_handler("always", answer)
        async with AppHarness(app):
            app.dynamic_jobs.register_handler("this time", answer)
            assert app.dynamic_jobs.unregister_handler("always")
        async with AppHarness(app):
            assert app.dynamic_jobs.is_handler_registered("always")
            assert not app.dynamic_jobs.is_handler_registered("this time")

    async def test_a_module_registers_its_own_when_it_is_initialized(self) -> None:
        class Imports(Module):
            async def on_application_initialization(self, context: ApplicationContext) -> None:
                (await context.get(DynamicBackgroundJobManager)).register_handler("shop.import", answer)

        async with running(App(Imports), settings=MEMORY) as runtime:
            assert "shop.import" in runtime.parts.registry.known()
            enqueued = await runtime.parts.manager.enqueue("shop.import", {})
            assert (await enqueued.result(within=SOON))["attempt"] == 1

    async def test_jobs_get_the_manager_injected(self, app: App) -> None:
        @app.job("start imports")
        async def start(jobs: DynamicBackgroundJobManager = injected) -> None:
            await jobs.enqueue("shop.import", {})

        app.dynamic_jobs.register_handler("shop.import", answer)
        async with AppHarness(app) as harness:
            await start.enqueue()
            assert (await harness.drain()).succeeded == 2

    def test_a_blank_name_and_what_is_no_option_are_refused(self, app: App) -> None:
        with pytest.raises(RegistrationError, match="the handler answer has the name ' '"):
            app.dynamic_jobs.register_handler(" ", answer)
        with pytest.raises(RegistrationError, match=r"the handler of 'shop.import': time_limit=5: a timedelta"):
            app.dynamic_jobs.register_handler("shop.import", answer, time_limit=5)  # type: ignore[arg-type]
        with pytest.raises(RegistrationError, match=r"the handler of 'shop.import': expected_run_time=5: a timedelta"):
            app.dynamic_jobs.register_handler("shop.import", answer, expected_run_time=5)  # type: ignore[arg-type]
        assert not app.dynamic_jobs.is_handler_registered("shop.import")

    async def test_what_is_expected_of_a_handler_is_kept_with_it(self, app: App) -> None:
        app.dynamic_jobs.register_handler("shop.import", answer, expected_run_time=timedelta(minutes=10))
        async with AppHarness(app):
            definition = app.runtime.parts.registry.find("shop.import")
            assert definition is not None
            assert definition.options.expected_run_time == timedelta(minutes=10)


class TestRunning:
    async def test_a_plain_function_runs_in_a_thread_with_the_services_of_its_scope(self, app: App) -> None:
        seen: list[Any] = []

        def handler(context: DynamicJobContext) -> None:
            log: Any = context.get_blocking(Logger)
            seen.extend([threading.current_thread() is threading.main_thread(), log.name.endswith("handler")])
            context.job.raise_if_cancelled()

        app.dynamic_jobs.register_handler("shop.import", handler)
        async with AppHarness(app) as harness:
            await app.dynamic_jobs.enqueue("shop.import", {})
            assert (await harness.drain()).succeeded == 1
        assert seen == [False, True]

    async def test_a_failure_is_retried_by_the_handlers_own_policy(self, app: App) -> None:
        async def fail(context: DynamicJobContext) -> None:
            raise ValueError(f"attempt {context.job.attempt}")

        app.dynamic_jobs.register_handler("shop.import", fail, retry=Retry(max_attempts=2))
        async with AppHarness(app) as harness:
            seen = seen_by(app.runtime, JobSettled)
            await app.dynamic_jobs.enqueue("shop.import", {})
            await harness.advance(timedelta(hours=1))
        assert [type(event.outcome) for event in seen.of(JobSettled)] == [Retrying, Failed]

    async def test_a_handler_ends_at_its_time_limit(self, app: App) -> None:
        async def hang(context: DynamicJobContext) -> None:
            await asyncio.get_running_loop().create_future()

        app.dynamic_jobs.register_handler("shop.import", hang, time_limit=timedelta(milliseconds=5), retry=Retry.NEVER)
        async with AppHarness(app) as harness:
            seen = seen_by(app.runtime, JobSettled)
            await app.dynamic_jobs.enqueue("shop.import", {})
            assert (await harness.drain()).failed == 1
        [settled] = seen.of(JobSettled)
        assert settled.outcome.error.type == "dawam.errors.TimeLimitExceeded"

    @pytest.mark.abp(13)
    async def test_a_handler_sees_the_tenant_of_the_moment_of_enqueueing(self, app: App) -> None:
        async def who(context: DynamicJobContext) -> str | None:
            return (await context.get(CurrentContext)).tenant

        app.dynamic_jobs.register_handler("who", who)
        async with running(app, settings=MEMORY) as runtime:
            with carry(tenant="acme"):
                of_acme = await runtime.parts.dynamic_jobs.enqueue("who", {})
            of_nobody = await runtime.parts.dynamic_jobs.enqueue("who", {})
            assert await of_acme.result(within=SOON) == "acme"
            assert await of_nobody.result(within=SOON) is None


async def parked(runtime: Runtime, job: Any) -> bool:
    info = await runtime.parts.desk.inspector.get_job(job.id)
    return info is not None and info.stored_state is StoredState.PARKED


class TestAHostThatRuns:
    async def test_parks_what_has_lost_its_handler_and_takes_it_when_there_is_one_again(
        self, app: App, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("dawam.host.intake._RARE_EVERY", timedelta(hours=1))  # so that it has to be told
        app.dynamic_jobs.register_handler("shop.import", answer)
        async with running(app, settings=MEMORY) as runtime:
            jobs = runtime.parts.dynamic_jobs
            waiting = await jobs.enqueue("shop.import", {"rows": 1}, delay=timedelta(milliseconds=20))
            jobs.unregister_handler("shop.import")
            await until(lambda: parked(runtime, waiting))
            await asyncio.to_thread(jobs.register_handler, "shop.import", answer)
            assert await waiting.result(within=SOON) == {"args": {"rows": 1}, "attempt": 1}

    async def test_serves_the_queue_of_a_handler_that_comes_later(self, app: App) -> None:
        class Imports(Module):
            async def on_application_initialization(self, context: ApplicationContext) -> None:
                jobs = await context.get(DynamicBackgroundJobManager)
                jobs.register_handler("of a module", answer, queue="imports")

        async with running(App(Imports), settings=MEMORY) as runtime:
            jobs = runtime.parts.dynamic_jobs
            assert await (await jobs.enqueue("of a module", 1)).result(within=SOON) == {"args": 1, "attempt": 1}
            jobs.register_handler("later", answer, queue="slow")
            assert await (await jobs.enqueue("later", 2)).result(within=SOON) == {"args": 2, "attempt": 1}
            assert runtime.host.queues == ("default", "imports", "slow")

    async def test_leaves_to_others_what_it_has_no_handler_for(self, app: App) -> None:
        store = MemoryStore(application="default", clock=SystemClock(), retention=None)  # type: ignore[arg-type]
        sender = App()
        sender.dynamic_jobs.register_handler("shop.import", answer)
        async with (
            running(sender, store=always(store), run_host=False) as sending,
            running(app, store=always(store)) as runtime,
        ):
            seen = seen_by(runtime, JobSettled)
            enqueued = await sending.parts.dynamic_jobs.enqueue("shop.import", {})
            await until(lambda: parked(runtime, enqueued))
            runtime.parts.dynamic_jobs.register_handler("shop.import", answer)
            await until(lambda: len(seen.events) == 2)
            assert [type(settled.outcome) for settled in seen.events] == [Parked, Succeeded]

    async def test_runs_to_its_end_what_runs_while_its_handler_is_taken_away(self, app: App) -> None:
        began, may_end = asyncio.Event(), asyncio.Event()

        async def slow(context: DynamicJobContext) -> str:
            began.set()
            await may_end.wait()
            return "done"

        app.dynamic_jobs.register_handler("shop.import", slow)
        async with running(app, settings=MEMORY) as runtime:
            enqueued = await runtime.parts.dynamic_jobs.enqueue("shop.import", {})
            await began.wait()
            assert runtime.parts.dynamic_jobs.unregister_handler("shop.import")
            may_end.set()
            assert await enqueued.result(within=SOON) == "done"
