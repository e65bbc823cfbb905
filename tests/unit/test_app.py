"""The application: what it is before, while and after it is open."""

import asyncio
import logging
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest

from dawam import App, AsyncPeriodicBackgroundWorker, BackgroundJobOptions, JobControl, JobInspector, Module, Services
from dawam.clock import SystemClock
from dawam.errors import (
    ConfigurationError,
    DependencyError,
    NotRunningError,
    RegistrationError,
    SettingsError,
    StoreUnavailableError,
)
from dawam.events.lifecycle import HostStarted, JobEnqueued, JobSettled
from dawam.modules.application_context import ApplicationContext
from dawam.modules.scopes import Scope
from dawam.stores.memory import MemoryStore
from dawam.testing import ManualClock
from dawam.workers.worker import PeriodicWorkerContext
from tests.support.applications import always, built, until

SOON = timedelta(seconds=5)


@pytest.fixture(autouse=True)
def _in_an_empty_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def shop(**options: str) -> App:
    app = App(**options)  # type: ignore[arg-type]

    @app.job("greet")
    async def greet(name: str) -> str:
        return f"Hello {name}"

    return app


class TestBeforeItIsOpen:
    def test_making_one_touches_nothing(self, tmp_path: Path) -> None:
        shop(store="sqlite:///nowhere/at/all.db", settings="no-such-file.json")
        assert list(tmp_path.iterdir()) == []

    def test_what_needs_it_open_says_so(self) -> None:
        app = shop()
        assert not app.is_open
        for part in ("jobs", "inspector", "control", "runtime"):
            with pytest.raises(NotRunningError, match="the application is not open: use it inside `async with app:`"):
                getattr(app, part)
        with pytest.raises(NotRunningError, match="not open"):
            app.scope()

    def test_building_it_checks_it_and_touches_no_store(self, tmp_path: Path) -> None:
        app = shop()

        class Missing:
            pass

        @app.provide
        def service(missing: Missing) -> int:
            return 7

        with pytest.raises(DependencyError, match="Missing"):
            app.build()
        assert list(tmp_path.iterdir()) == []

    def test_a_settings_file_that_is_not_there_is_an_error_when_it_is_opened(self) -> None:
        with pytest.raises(SettingsError, match=r"no-such-file\.json"):
            shop(settings="no-such-file.json").build()

    def test_two_jobs_of_one_name_are_refused_where_they_are_declared(self) -> None:
        app = shop()
        with pytest.raises(RegistrationError, match="two job functions are named 'greet'"):

            @app.job("greet")
            async def again() -> None:
                return None


class TestWhileItIsOpen:
    @pytest.mark.guide(5)
    async def test_it_runs_jobs_in_this_process(self) -> None:
        app = shop(store="sqlite:///jobs.db")
        async with app:
            assert app.is_open
            job = await app.jobs.enqueue("greet", {"name": "Amal"})
            assert await job.result(within=SOON) == "Hello Amal"
            assert (await app.inspector.counts()).succeeded == 1
        assert not app.is_open

    async def test_without_a_host_it_only_enqueues(self) -> None:
        app = shop()
        async with app.open(run_host=False):
            job = await app.jobs.enqueue("greet", {"name": "Amal"})
            await asyncio.sleep(0.1)
            found = await app.inspector.get_job(job.id)
            assert found is not None
            assert found.state == "waiting"
            assert await app.inspector.hosts() == []

    async def test_the_store_is_dawam_db_in_the_working_folder_unless_told_otherwise(self, tmp_path: Path) -> None:
        async with shop().open(run_host=False):
            assert (tmp_path / "dawam.db").exists()

    async def test_it_cannot_be_opened_twice_and_the_first_goes_on(self) -> None:
        app = shop(store="memory://")
        async with app:
            with pytest.raises(NotRunningError, match="open already: open it once per process"):
                async with app:
                    pass
            job = await app.jobs.enqueue("greet", {"name": "Amal"})
            assert await job.result(within=SOON) == "Hello Amal"

    async def test_it_can_be_opened_again_after_it_was_closed(self) -> None:
        app = shop(store="sqlite:///jobs.db")
        for _ in range(2):
            async with app:
                job = await app.jobs.enqueue("greet", {"name": "Amal"})
                assert await job.result(within=SOON) == "Hello Amal"

    async def test_when_opening_fails_it_is_closed_again(self) -> None:
        app = shop(store="sqlite:///nowhere/jobs.db")
        for _ in range(2):
            with pytest.raises(StoreUnavailableError):
                async with app:
                    pass
            assert not app.is_open

    async def test_when_a_module_fails_what_was_opened_is_closed(self) -> None:
        ended: list[str] = []

        class First(Module):
            async def on_application_shutdown(self, context: ApplicationContext) -> None:
                ended.append("first")

        class Second(Module):
            depends_on = (First,)

            async def on_application_initialization(self, context: ApplicationContext) -> None:
                raise OSError("no network")

        app = App(Second, store="memory://")
        with pytest.raises(ConfigurationError, match="no network"):
            async with app:
                pass
        assert ended == ["first"]
        assert not app.is_open

    async def test_an_error_in_the_block_closes_it_and_comes_through(self) -> None:
        app = shop(store="memory://")
        with pytest.raises(LookupError):
            async with app:
                raise LookupError
        assert not app.is_open

    async def test_its_parts_are_services_as_well(self) -> None:
        app = shop(store="memory://")
        async with app, app.scope() as scope:
            assert await scope.get(JobInspector) is app.inspector
            assert await scope.get(JobControl) is app.control

    async def test_two_applications_in_one_process_do_not_see_each_other(self) -> None:
        shops, depot = (
            shop(store="sqlite:///jobs.db", application="shop"),
            App(store="sqlite:///jobs.db", application="depot"),
        )
        async with shops.open(run_host=False), depot:
            job = await shops.jobs.enqueue("greet", {"name": "Amal"})
            await asyncio.sleep(0.1)
            assert (await shops.inspector.counts()).due == 1
            assert (await depot.inspector.counts()).waiting == 0
            assert await depot.inspector.get_job(job.id) is None
            assert len(await depot.inspector.hosts()) == 1
            assert await shops.inspector.hosts() == []

    async def test_the_operators_word_is_above_the_programmers(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        (tmp_path / "appsettings.json").write_text('{"Store": {"Url": "sqlite:///file.db"}}')
        app = shop(store="sqlite:///code.db")
        assert app.build().parts.options.store.url == "sqlite:///file.db"
        monkeypatch.setenv("DAWAM__STORE__URL", "sqlite:///variable.db")
        assert app.build().parts.options.store.url == "sqlite:///variable.db"
        command_line = {"Store.Url": "sqlite:///line.db"}
        assert app.build(command_line=command_line).parts.options.store.url == "sqlite:///line.db"

    @pytest.mark.guide(11)
    async def test_options_in_code_of_the_last_module_win(self) -> None:
        class First(Module):
            def configure_services(self, services: Services) -> None:
                services.options(BackgroundJobOptions).is_job_execution_enabled = True

        class Last(Module):
            depends_on = (First,)

            def configure_services(self, services: Services) -> None:
                services.options(BackgroundJobOptions).is_job_execution_enabled = False

        assert App(Last).build().parts.options.jobs.is_job_execution_enabled is False


class TestEvents:
    async def test_subscribed_before_hold_for_every_opening_and_those_while_open_until_it_is_closed(self) -> None:
        app = shop(store="memory://")
        always: list[object] = []
        once: list[object] = []
        app.events.subscribe(HostStarted, always.append)
        async with app:
            app.events.subscribe(JobEnqueued, once.append)
            await app.jobs.enqueue("greet", {"name": "Amal"})
        async with app:
            await app.jobs.enqueue("greet", {"name": "Amal"})
        assert (len(always), len(once)) == (2, 1)

    async def test_a_subscriber_that_fails_breaks_no_job(self, caplog: pytest.LogCaptureFixture) -> None:
        app = shop(store="memory://")

        def fail(event: object) -> None:
            raise ZeroDivisionError

        app.events.subscribe(JobSettled, fail)
        async with app:
            job = await app.jobs.enqueue("greet", {"name": "Amal"})
            assert await job.result(within=SOON) == "Hello Amal"
            await until(lambda: any("a subscriber to JobSettled failed" in record.message for record in caplog.records))


class TestLogging:
    @pytest.mark.guide(6, 19)
    async def test_start_end_and_duration_are_logged_by_themselves(self, caplog: pytest.LogCaptureFixture) -> None:
        app = shop(store="memory://")
        with caplog.at_level(logging.DEBUG, logger="dawam"):
            async with app:
                await (await app.jobs.enqueue("greet", {"name": "Amal"})).result(within=SOON)
        lines = [record.getMessage() for record in caplog.records if record.name == "dawam.jobs"]
        assert any("greet" in line and "succeeded" in line for line in lines)

    async def test_a_starting_host_says_what_it_is(self, caplog: pytest.LogCaptureFixture, tmp_path: Path) -> None:
        seen: list[HostStarted] = []
        app = shop(store="sqlite:///jobs.db")
        app.recurring("greeting", "greet", args={"name": "Amal"}, cron="0 6 * * *")
        app.events.subscribe(HostStarted, seen.append)
        async with app:
            pass
        banner = "\n".join(seen[0].banner)
        assert f"SQLite {tmp_path}/jobs.db" in banner
        for line in (
            "environment  Production",
            "queues       default",
            "jobs         greet",
            "recurring    greeting (every day at 06:00 (UTC))",
            "waiting      0",
        ):
            assert line in banner

    async def test_a_process_that_is_to_run_nothing_says_so(self, caplog: pytest.LogCaptureFixture) -> None:
        app = shop(store="memory://")
        app.worker("heart", every=timedelta(seconds=5))(lambda: None)
        runtime = app.build(
            command_line={"BackgroundJobs.IsJobExecutionEnabled": "false", "BackgroundWorkers.IsEnabled": "false"}
        )
        with caplog.at_level(logging.INFO, logger="dawam"):
            await runtime.start(run_host=True)
            await runtime.stop()
        (line,) = [each.getMessage() for each in caplog.records if "started" in each.getMessage()]
        assert "started to run nothing" in line
        assert "queues       none" in line
        assert "workers      none" in line


class Heart(AsyncPeriodicBackgroundWorker):
    every = timedelta(milliseconds=10)
    beats = 0

    async def do_work(self, context: PeriodicWorkerContext) -> None:
        Heart.beats += 1


class TestWorkers:
    @pytest.mark.guide(7)
    async def test_added_by_a_module_they_tick_while_it_is_open_and_no_longer(self) -> None:
        class Monitoring(Module):
            async def on_application_initialization(self, context: ApplicationContext) -> None:
                await context.add_background_worker(Heart)

            def configure_services(self, services: Services) -> None:
                services.add_transient(Heart)

        Heart.beats = 0
        async with App(Monitoring, store="memory://"):
            await until(lambda: Heart.beats >= 2)
        beats = Heart.beats
        await asyncio.sleep(0.05)
        assert Heart.beats == beats

    async def test_a_process_without_a_host_ticks_nothing(self) -> None:
        app = App(store="memory://")
        ticked: list[int] = []

        @app.worker(every=timedelta(milliseconds=5))
        async def tick() -> None:
            ticked.append(1)

        async with app.open(run_host=False):
            await asyncio.sleep(0.05)
        assert ticked == []


class TestEnding:
    async def test_services_outlive_the_jobs_that_use_them(self) -> None:
        order: list[str] = []
        app = App(store="memory://")

        class Mailer:
            pass

        class Shop(Module):
            def configure_services(self, services: Services) -> None:
                services.provide(mailer, scope="singleton")

            async def on_application_shutdown(self, context: ApplicationContext) -> None:
                order.append("module ended")

        async def mailer() -> AsyncIterator[Mailer]:
            yield Mailer()
            order.append("mailer closed")

        app = App(Shop, store="memory://")
        began = asyncio.Event()

        @app.job("work")
        async def work() -> None:
            async with app.scope() as scope:
                await use(scope)
            began.set()
            await asyncio.sleep(0.05)
            order.append("job ended")

        async def use(scope: Scope) -> None:
            assert isinstance(await scope.get(Mailer), Mailer)

        async with app:
            await app.jobs.enqueue("work", {})
            await began.wait()
        assert order == ["job ended", "module ended", "mailer closed"]

    def test_it_goes_by_the_clock_of_its_store(self) -> None:
        store = MemoryStore(clock=ManualClock())
        runtime = built(shop(), store=always(store), clock=SystemClock())
        assert runtime.parts.clock is store.clock

    def test_running_it_on_a_running_loop_is_refused(self) -> None:
        async def main() -> None:
            with pytest.raises(NotRunningError, match="use `async with app:` there"):
                shop().run()

        asyncio.run(main())
