"""A whole host: how it runs jobs, keeps its promises while the store is away, and ends."""

import asyncio
import contextlib
import threading
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from dawam import App, JobContext, Priority, Retry, injected
from dawam.clock import SystemClock
from dawam.errors import StoreUnavailableError
from dawam.events.lifecycle import (
    CancelIgnored,
    CancelSwallowed,
    HostCommanded,
    HostDeclaredDead,
    HostStarted,
    HostStopped,
    HostStopping,
    JobRunsLong,
    JobSettled,
    JobStarted,
    ServiceFailed,
    UnknownJobsWaiting,
)
from dawam.ids import new_host_id
from dawam.jobs.context import HOST_STOPPING
from dawam.jobs.outcome import HandedBack, Retrying
from dawam.jobs.record import JobInfo
from dawam.jobs.state import StoredState
from dawam.runtime import Runtime
from dawam.stores.memory import MemoryStore
from dawam.stores.sqlite.store import SqliteStore
from dawam.stores.values import HostInfo
from tests.support.applications import always, built, running, seen_by, until

MEMORY = {"Store.Url": "memory://"}
QUICK = {**MEMORY, "Host.Poll": "20ms", "Host.ShutdownGrace": "5s"}
ATTENTIVE = {**QUICK, "Host.Heartbeat": "20ms", "Host.Lease": "5s"}
SOON = timedelta(seconds=5)


async def job_of(runtime: Runtime, enqueued: Any) -> JobInfo:
    job = await runtime.parts.store.get(enqueued.id)
    assert job is not None
    return job


@pytest.fixture
def app() -> App:
    return App()


class TestRunning:
    @pytest.mark.guide(5)
    @pytest.mark.abp(14, 29)
    async def test_a_job_that_succeeded_is_kept_with_its_times_and_waits_no_more(self, app: App) -> None:
        @app.job("greet")
        async def greet(name: str) -> str:
            return f"Hello {name}"

        async with running(app, settings=QUICK) as runtime:
            enqueued = await greet.enqueue("Amal")
            assert await enqueued.result(within=SOON) == "Hello Amal"
            job = await job_of(runtime, enqueued)
            assert job.state == "succeeded"
            assert job.finished_at is not None
            assert await runtime.parts.desk.inspector.get_waiting_jobs() == []

    @pytest.mark.guide(5)
    @pytest.mark.abp(15)
    async def test_or_deleted_where_that_was_asked(self, app: App) -> None:
        @app.job("greet")
        async def greet() -> None:
            return None

        settings = {**QUICK, "BackgroundJobs.StoreSuccessfulJobs": False}
        async with running(app, settings=settings) as runtime:
            seen = seen_by(runtime, JobSettled)
            enqueued = await greet.enqueue()
            await until(lambda: bool(seen.events))
            assert await runtime.parts.store.get(enqueued.id) is None

    @pytest.mark.guide(3)
    @pytest.mark.abp("fetch order", "sequential mode")
    async def test_jobs_run_in_the_order_of_priority_attempts_due_time_and_id(self, app: App) -> None:
        order: list[str] = []

        @app.job("work", retry=Retry(first_wait=timedelta(0), jitter=0, max_attempts=2))
        async def work(name: str, context: JobContext = injected) -> None:
            order.append(name)
            if name == "fails once" and context.attempt == 1:
                raise ValueError

        settings = {**QUICK, "Host.Concurrency": 1, "Host.Prefetch": 0}
        runtime = built(app, settings=settings)
        await runtime.start(run_host=False)
        jobs, past = runtime.parts.manager, datetime.now(UTC) - timedelta(minutes=1)
        await jobs.enqueue(work.call("low"), priority=Priority.LOW)
        await jobs.enqueue(work.call("fails once"), run_at=past - timedelta(hours=1))
        await jobs.enqueue(work.call("first id"), run_at=past)
        await jobs.enqueue(work.call("second id"), run_at=past)
        await jobs.enqueue(work.call("due earlier"), run_at=past - timedelta(minutes=1))
        await jobs.enqueue(work.call("high"), priority=Priority.HIGH)
        await jobs.enqueue(work.call("above"), priority=Priority.ABOVE_NORMAL)
        await jobs.enqueue(work.call("below"), priority=Priority.BELOW_NORMAL)
        await runtime.host.start()
        await until(lambda: len(order) == 9)
        await runtime.host.stop()
        await runtime.stop()
        assert order == [
            "high",
            "above",
            "fails once",
            "due earlier",
            "first id",
            "second id",
            "fails once",
            "below",
            "low",
        ]

    @pytest.mark.abp(27)
    async def test_no_more_jobs_run_at_once_than_allowed(self, app: App) -> None:
        running_now, most, done = 0, 0, 0

        @app.job("work")
        async def work() -> None:
            nonlocal running_now, most, done
            running_now += 1
            most = max(most, running_now)
            await asyncio.sleep(0.005)
            running_now -= 1
            done += 1

        async with running(app, settings={**QUICK, "Host.Concurrency": 4}) as runtime:
            await runtime.parts.manager.enqueue_many([work.call() for _ in range(40)])
            await until(lambda: done == 40)
        assert most == 4

    @pytest.mark.guide(19)
    async def test_jobs_in_threads_run_beside_coroutines_and_do_not_block_them(self, app: App) -> None:
        release = threading.Event()

        @app.job("thread")
        def in_thread() -> bool:
            return release.wait(5)

        @app.job("async")
        async def work() -> str:
            return "done"

        async with running(app, settings=QUICK):
            blocking = await in_thread.enqueue()
            for _ in range(3):
                assert await (await work.enqueue()).result(within=SOON) == "done"
            release.set()
            assert await blocking.result(within=SOON) is True

    async def test_only_the_queues_that_were_asked_for_are_served(self, app: App) -> None:
        ran: list[str] = []

        @app.job("work", queue="mail")
        async def work(name: str) -> None:
            ran.append(name)

        async with running(app, settings={**QUICK, "Host.Queues": ["default", "slow"]}) as runtime:
            await runtime.parts.manager.enqueue(work.call("mail"))
            await runtime.parts.manager.enqueue(work.call("slow"), queue="slow")
            await until(lambda: ran == ["slow"])
            await asyncio.sleep(0.1)
        assert ran == ["slow"]

    @pytest.mark.guide(3)
    @pytest.mark.abp("delayed jobs")
    async def test_a_delay_is_honoured(self, app: App) -> None:
        started: list[datetime] = []

        @app.job("work")
        async def work() -> None:
            started.append(datetime.now(UTC))

        async with running(app, settings={**MEMORY, "Host.Poll": "1h"}) as runtime:
            enqueued = await runtime.parts.manager.enqueue(work.call(), delay=timedelta(milliseconds=150))
            await enqueued.result(within=SOON)
        assert timedelta(0) <= started[0] - enqueued.run_at < timedelta(seconds=1)

    async def test_a_retry_comes_at_its_moment_without_a_poll(self, app: App) -> None:
        attempts: list[int] = []

        @app.job("work", retry=Retry(first_wait=timedelta(milliseconds=80), jitter=0))
        async def work(context: JobContext = injected) -> None:
            attempts.append(context.attempt)
            if context.attempt == 1:
                raise ValueError

        async with running(app, settings={**MEMORY, "Host.Poll": "1h"}) as runtime:
            seen = seen_by(runtime, JobSettled, JobStarted)
            enqueued = await work.enqueue()
            await enqueued.result(within=SOON)
            assert isinstance(seen.of(JobSettled)[0].outcome, Retrying)
            [record] = await runtime.parts.desk.inspector.history(enqueued.id)
            assert (record.attempt, record.error_type) == (1, "ValueError")
        assert attempts == [1, 2]

    @pytest.mark.abp("unknown name in the worker")
    async def test_unknown_jobs_that_wait_are_named_at_the_start_and_parked(self, app: App) -> None:
        @app.job("orders.receipt")
        async def receipt() -> None:
            return None

        store = MemoryStore(application="default", clock=SystemClock(), retention=None)  # type: ignore[arg-type]
        sender = App()

        @sender.job("orders.reciept")
        async def misspelt() -> None:
            return None

        async with running(sender, store=always(store), run_host=False):
            enqueued = await misspelt.enqueue()
            runtime = built(app, settings=QUICK, store=always(store))
            seen = seen_by(runtime, UnknownJobsWaiting)
            await runtime.start(run_host=True)
            assert [(each.name, each.nearest, each.count) for each in seen.events] == [
                ("orders.reciept", "orders.receipt", 1)
            ]
            await until(lambda: _is(runtime, enqueued, StoredState.PARKED))
            assert (await job_of(runtime, enqueued)).attempt_count == 0
            await runtime.stop()


async def _is(runtime: Runtime, enqueued: Any, state: StoredState) -> bool:
    return (await job_of(runtime, enqueued)).stored_state is state


class TestProgress:
    @pytest.mark.guide(14)
    async def test_what_a_job_says_of_itself_is_seen_while_it_runs(self, app: App) -> None:
        release = asyncio.Event()

        @app.job("work")
        async def work(context: JobContext = injected) -> None:
            context.progress(0.25, "a quarter")
            await release.wait()
            context.progress(1, "done")

        async with running(app, settings=QUICK) as runtime:
            enqueued = await work.enqueue()

            async def is_seen() -> bool:
                return (await job_of(runtime, enqueued)).progress == "0.2500 a quarter"

            await until(is_seen)
            release.set()
            await enqueued.result(within=SOON)
            assert (await job_of(runtime, enqueued)).progress == "1.0000 done"


class TestLimits:
    async def test_what_a_person_allows_of_a_queue_holds_within_a_poll_until_it_is_lifted(self, app: App) -> None:
        began, release = list[int](), asyncio.Event()

        @app.job("work")
        async def work(number: int) -> None:
            began.append(number)
            await release.wait()

        async with running(app, settings=QUICK) as runtime:
            control, lanes = runtime.parts.desk.control, runtime.host._crew.runner._lanes
            await control.limit_queue("default", 2)
            await until(lambda: runtime.host._crew.runner.rooms(lanes.current()) == [(lanes.of("default"), 2)])
            jobs = [await work.enqueue(number) for number in range(6)]
            await until(lambda: len(began) == 2)
            await control.limit_queue("default", 3)
            await until(lambda: len(began) == 3)
            await control.limit_queue("default", None)
            await until(lambda: len(began) == 6)
            release.set()
            for job in jobs:
                await job.result(within=SOON)


class TestCancelling:
    @pytest.mark.abp("cancellation of a running job")
    async def test_a_running_job_hears_of_it_within_a_poll_and_becomes_cancelled(self, app: App) -> None:
        began = asyncio.Event()

        @app.job("work")
        async def work() -> None:
            began.set()
            await asyncio.get_running_loop().create_future()

        async with running(app, settings=QUICK) as runtime:
            enqueued = await work.enqueue()
            await began.wait()
            assert await runtime.parts.desk.control.cancel(enqueued.id) == "requested"
            await until(lambda: _is(runtime, enqueued, StoredState.CANCELLED))
            assert (await job_of(runtime, enqueued)).attempt_count == 0

    @pytest.mark.guide(19)
    async def test_one_that_runs_for_long_and_does_not_stop_is_named_while_it_runs(self, app: App) -> None:
        began, release = asyncio.Event(), asyncio.Event()

        @app.job("work", expected_run_time=timedelta(milliseconds=1))
        async def work() -> str:
            began.set()
            with contextlib.suppress(asyncio.CancelledError):
                await asyncio.get_running_loop().create_future()
            await release.wait()
            return "done"

        settings = {**QUICK, "BackgroundJobs.CancelWarning": timedelta(milliseconds=1)}
        async with running(app, settings=settings) as runtime:
            seen = seen_by(runtime, JobRunsLong, CancelIgnored, CancelSwallowed)
            enqueued = await work.enqueue()
            await began.wait()
            await until(lambda: bool(seen.of(JobRunsLong)))
            await runtime.parts.desk.control.cancel(enqueued.id)
            await until(lambda: bool(seen.of(CancelIgnored)))
            release.set()
            assert await enqueued.result() == "done"
            assert [type(event) for event in seen.events] == [JobRunsLong, CancelIgnored, CancelSwallowed]

    async def test_a_paused_queue_is_left_alone_until_it_is_resumed(self, app: App) -> None:
        @app.job("work")
        async def work() -> str:
            return "done"

        async with running(app, settings=QUICK) as runtime:
            await runtime.parts.desk.control.pause_queue("default")
            enqueued = await work.enqueue()
            await asyncio.sleep(0.1)
            assert (await job_of(runtime, enqueued)).stored_state is StoredState.READY
            await runtime.parts.desk.control.resume_queue("default")
            assert await enqueued.result(within=SOON) == "done"


class Napping(SqliteStore):
    """A store that can fall asleep: then every write is refused, as by a database that is away."""

    is_away = False
    refusals = 0

    async def settle(self, settlements: Any) -> Any:
        self._refuse()
        return await super().settle(settlements)

    async def claim(self, *args: Any) -> Any:
        self._refuse()
        return await super().claim(*args)

    async def register(self, *args: Any) -> None:
        self._refuse()
        await super().register(*args)

    def _refuse(self) -> None:
        if self.is_away:
            self.refusals += 1
            raise StoreUnavailableError("the store naps")


class Locked(SqliteStore):
    """A store that, once locked, never answers a write."""

    is_locked = False

    async def mark_stopping(self, host: Any) -> None:
        await self._stall()

    async def give_up(self, host: Any) -> int:
        await self._stall()
        return 0

    async def _stall(self) -> None:
        if self.is_locked:
            await asyncio.get_running_loop().create_future()


class TestWhileTheStoreIsAway:
    @pytest.mark.abp("success that cannot be written")
    async def test_outcomes_are_kept_and_written_before_anything_new_is_claimed(self, app: App, tmp_path: Path) -> None:
        gate, ran = asyncio.Event(), []

        @app.job("work")
        async def work(number: int) -> int:
            ran.append(number)
            await gate.wait()
            return number

        store = Napping(tmp_path / "jobs.db", clock=SystemClock())
        settings = {"Host.Poll": "20ms", "Host.Concurrency": 2}
        async with running(app, settings=settings, store=always(store)) as runtime:
            enqueued = await runtime.parts.manager.enqueue_many([work.call(number) for number in range(3)])
            await until(lambda: len(ran) == 2)
            seen = seen_by(runtime, ServiceFailed)
            store.is_away = True
            gate.set()
            await until(lambda: any(event.service == "settler" for event in seen.events))
            assert ran == [0, 1]
            store.is_away = False
            assert [await each.result(within=SOON) for each in enqueued] == [0, 1, 2]
            jobs = [await job_of(runtime, each) for each in enqueued]
            assert [(job.fence, job.attempt_count) for job in jobs] == [(1, 0)] * 3  # nothing was run twice

    async def test_a_host_that_was_declared_dead_begins_anew_as_soon_as_it_can(self, app: App, tmp_path: Path) -> None:
        began = asyncio.Event()
        ends: list[str] = []

        @app.job("work")
        async def work(context: JobContext = injected) -> str:
            if context.fence_token > 1:
                return "by the second claim"
            began.set()
            try:
                await asyncio.get_running_loop().create_future()
            finally:
                ends.append("stopped")

        store = Napping(tmp_path / "jobs.db", clock=SystemClock())
        settings = {"Host.Poll": "20ms", "Host.Heartbeat": "20ms", "Host.Lease": "20s"}
        async with running(app, settings=settings, store=always(store)) as runtime:
            seen = seen_by(runtime, HostDeclaredDead, HostStarted, ServiceFailed, JobSettled)
            enqueued = await work.enqueue()
            await began.wait()
            first = runtime.host.id
            store.is_away = True
            await store.give_up(first)  # what a rescue by others does
            await until(lambda: any(event.service == "host" for event in seen.of(ServiceFailed)))
            assert ends == ["stopped"]
            store.is_away = False
            assert await enqueued.result(within=SOON) == "by the second claim"
            assert runtime.host.id != first
            assert seen.of(HostDeclaredDead) == [HostDeclaredDead(first)]
            assert [event.host for event in seen.of(HostStarted)] == [runtime.host.id]
            assert [host.id for host in await store.hosts()] == [runtime.host.id]

    async def test_it_can_be_stopped_while_it_tries_to_begin_anew(self, app: App, tmp_path: Path) -> None:
        store = Napping(tmp_path / "jobs.db", clock=SystemClock())
        async with running(app, settings={"Host.Heartbeat": "20ms"}, store=always(store)) as runtime:
            seen = seen_by(runtime, ServiceFailed)
            store.is_away = True
            await store.give_up(runtime.host.id)
            await until(lambda: any(event.service == "host" for event in seen.events))
        store.is_away = False
        refusals = store.refusals
        await asyncio.sleep(1.2)  # longer than its next try would take to come
        assert store.refusals == refusals
        assert not [task for task in asyncio.all_tasks() if task.get_name().startswith("dawam")]

    async def test_its_end_is_not_held_up(self, app: App, tmp_path: Path) -> None:
        store = Locked(tmp_path / "jobs.db", clock=SystemClock())
        runtime = built(app, settings={"Host.ShutdownGrace": "0s"}, store=always(store))
        await runtime.start(run_host=True)
        store.is_locked = True
        async with asyncio.timeout(5):
            await runtime.stop()


def holding(app: App, began: asyncio.Event, may_end: asyncio.Event) -> Callable[[], Any]:
    @app.job("work")
    async def work() -> str:
        began.set()
        await may_end.wait()
        return "done"

    return work.enqueue


class TestStopping:
    @pytest.fixture
    def store(self, tmp_path: Path) -> SqliteStore:
        return SqliteStore(tmp_path / "jobs.db", clock=SystemClock())

    async def afterwards(self, app: App, store: SqliteStore, enqueued: Any) -> JobInfo:
        await store.open()
        job = await store.get(enqueued.id)
        hosts = await store.hosts()
        await store.close()
        assert job is not None
        assert hosts == []
        return job

    async def test_a_running_job_may_end_within_the_grace(self, app: App, store: SqliteStore) -> None:
        began, may_end = asyncio.Event(), asyncio.Event()
        enqueue = holding(app, began, may_end)
        runtime = built(app, settings={"Host.ShutdownGrace": "20s"}, store=always(store))
        seen = seen_by(runtime, HostStopping, HostStopped)
        await runtime.start(run_host=True)
        enqueued = await enqueue()
        await began.wait()
        stopping = asyncio.create_task(runtime.stop())
        await until(lambda: bool(seen.of(HostStopping)))
        may_end.set()
        async with asyncio.timeout(5):
            await stopping
        assert (await self.afterwards(app, store, enqueued)).state == "succeeded"
        assert [event.running_count for event in seen.of(HostStopping)] == [1]
        assert [event.handed_back_count for event in seen.of(HostStopped)] == [0]

    async def test_a_longer_one_is_cancelled_and_handed_back_uncharged(self, app: App, store: SqliteStore) -> None:
        began = asyncio.Event()
        enqueue = holding(app, began, asyncio.Event())
        async with running(app, settings={"Host.ShutdownGrace": "10ms"}, store=always(store)) as runtime:
            seen = seen_by(runtime, JobSettled)
            enqueued = await enqueue()
            await began.wait()
        job = await self.afterwards(app, store, enqueued)
        assert (job.stored_state, job.attempt_count, job.lost_count, job.fence) == (StoredState.READY, 0, 0, 1)
        assert [type(event.outcome) for event in seen.events] == [HandedBack]

    async def test_a_thread_that_does_not_listen_is_handed_back_and_left_behind(
        self, app: App, store: SqliteStore
    ) -> None:
        began, release = threading.Event(), threading.Event()

        @app.job("work")
        def work() -> None:
            began.set()
            release.wait(20)

        async with asyncio.timeout(6):
            async with running(app, settings={"Host.ShutdownGrace": "10ms"}, store=always(store)) as runtime:
                seen, ignored = seen_by(runtime, HostStopped), seen_by(runtime, CancelIgnored)
                enqueued = await work.enqueue()
                await asyncio.to_thread(began.wait, 5)
        release.set()
        assert [(event.job.id, event.reason) for event in ignored.events] == [(enqueued.id, HOST_STOPPING)]
        job = await self.afterwards(app, store, enqueued)
        assert (job.stored_state, job.attempt_count) == (StoredState.READY, 0)
        assert [event.handed_back_count for event in seen.events] == [1]

    async def test_all_that_was_handed_back_is_counted(self, app: App, store: SqliteStore) -> None:
        began = asyncio.Event()
        enqueue = holding(app, began, asyncio.Event())
        runtime = built(app, settings={"Host.ShutdownGrace": "10ms"}, store=always(store))
        seen = seen_by(runtime, HostStopped)
        await runtime.start(run_host=True)
        enqueued = await enqueue()
        await began.wait()
        async with asyncio.timeout(5):
            await runtime.stop()
        assert (await self.afterwards(app, store, enqueued)).stored_state == StoredState.READY
        assert [event.handed_back_count for event in seen.events] == [1]

    async def test_hurrying_ends_the_grace(self, app: App, store: SqliteStore) -> None:
        began = asyncio.Event()
        enqueue = holding(app, began, asyncio.Event())
        runtime = built(app, settings={"Host.ShutdownGrace": "1h"}, store=always(store))
        seen = seen_by(runtime, HostStopping)
        await runtime.start(run_host=True)
        enqueued = await enqueue()
        await began.wait()
        stopping = asyncio.create_task(runtime.stop())
        await until(lambda: bool(seen.events))
        runtime.host.hurry()
        async with asyncio.timeout(5):
            await stopping
        assert (await self.afterwards(app, store, enqueued)).stored_state is StoredState.READY

    async def test_what_ends_during_the_grace_may_still_enqueue(self, app: App, store: SqliteStore) -> None:
        began, may_end = asyncio.Event(), asyncio.Event()

        @app.job("second")
        async def second() -> None:
            return None

        @app.job("first")
        async def first() -> str:
            began.set()
            await may_end.wait()
            return str(await second.enqueue())

        runtime = built(app, store=always(store))
        seen = seen_by(runtime, HostStopping)
        await runtime.start(run_host=True)
        enqueued = await first.enqueue()
        await began.wait()
        stopping = asyncio.create_task(runtime.stop())
        await until(lambda: bool(seen.events))
        may_end.set()
        await stopping
        job = await self.afterwards(app, store, enqueued)
        assert job.state == "succeeded"

    async def test_it_claims_nothing_more(self, app: App, store: SqliteStore) -> None:
        began, may_end = asyncio.Event(), asyncio.Event()
        enqueue = holding(app, began, may_end)
        runtime = built(app, settings={"Host.Poll": "10ms"}, store=always(store))
        seen = seen_by(runtime, HostStopping)
        await runtime.start(run_host=True)
        await enqueue()
        await began.wait()
        stopping = asyncio.create_task(runtime.stop())
        await until(lambda: bool(seen.events))
        second = await runtime.parts.manager.enqueue("work", {})
        await asyncio.sleep(0.1)
        may_end.set()
        await stopping
        assert (await self.afterwards(app, store, second)).fence == 0

    async def test_what_was_claimed_ahead_is_handed_back_and_never_starts(self, app: App, store: SqliteStore) -> None:
        began, may_end = asyncio.Event(), asyncio.Event()
        ran: list[str] = []

        @app.job("work")
        async def work(name: str) -> None:
            ran.append(name)
            if name == "long":
                began.set()
                await may_end.wait()

        runtime = built(app, settings={"Host.Concurrency": 1}, store=always(store))
        seen = seen_by(runtime, HostStopping)
        await runtime.start(run_host=True)
        jobs = runtime.parts.manager
        for short in await jobs.enqueue_many([work.call("short") for _ in range(30)]):
            await short.result(within=SOON)  # so that jobs are claimed ahead
        enqueued = await jobs.enqueue_many([work.call(name) for name in ("long", "next", "last")])
        await began.wait()
        assert [(await job_of(runtime, each)).state for each in enqueued] == ["running"] * 3
        stopping = asyncio.create_task(runtime.stop())
        await until(lambda: bool(seen.events))
        await asyncio.sleep(0.05)
        may_end.set()
        await stopping
        assert set(ran) == {"short", "long"}
        for each in enqueued[1:]:
            job = await self.afterwards(app, store, each)
            assert (job.stored_state, job.attempt_count) == (StoredState.READY, 0)

    async def test_twice_or_without_a_start_is_fine(self, app: App) -> None:
        runtime = built(app, settings=MEMORY)
        await runtime.host.stop()
        await runtime.start(run_host=True)
        await runtime.host.stop()
        await runtime.host.stop()
        await runtime.stop()
        await runtime.stop()


async def test_a_host_says_who_it_is(app: App) -> None:
    @app.job("work", queue="mail")
    async def work() -> None:
        return None

    async with running(app, settings={**QUICK, "Host.Concurrency": 7}) as runtime:
        [host] = await runtime.parts.store.hosts()
        assert isinstance(host, HostInfo)
        assert (host.id, host.queues, host.job_names, host.concurrency) == (
            runtime.host.id,
            ("default", "mail"),
            ("work",),
            7,
        )
        assert host.is_live
        assert host.id != new_host_id()


def patient_app() -> tuple[App, asyncio.Event, asyncio.Event]:
    """Its job says when it has begun, and ends when it may."""
    app, began, may_end = App(), asyncio.Event(), asyncio.Event()

    @app.job("slow")
    async def slow() -> str:
        began.set()
        await may_end.wait()
        return "done"

    return app, began, may_end


class TestOnAPersonsWord:
    """Quiet, to go on, and to stop: by whoever looks at hosts."""

    async def test_a_quiet_host_begins_nothing_lets_what_runs_go_on_and_begins_again_when_it_is_resumed(self) -> None:
        app, began, may_end = patient_app()

        async with running(app, settings=ATTENTIVE) as runtime:
            desk, seen = runtime.parts.desk, seen_by(runtime, HostCommanded)
            first = await runtime.parts.manager.enqueue("slow", {})
            await began.wait()
            assert await desk.hosts.by("amal").quiet(runtime.host.id)
            second = await runtime.parts.manager.enqueue("slow", {})
            await until(lambda: [event.command for event in seen.events] == ["quiet"])
            may_end.set()
            assert await first.result(within=SOON) == "done"
            assert (await job_of(runtime, second)).stored_state is StoredState.READY
            assert await desk.hosts.resume(runtime.host.id)
            assert await second.result(within=SOON) == "done"
            [action] = await desk.actions.list()
            assert (action.by, action.verb, action.subject) == ("amal", "quiet", f"host {runtime.host.id}")

    async def test_a_host_that_is_told_to_stop_ends_in_order_and_the_application_goes_on(self) -> None:
        app = App()

        @app.job("quick")
        async def quick() -> None: ...

        async with running(app, settings=ATTENTIVE) as runtime:
            seen = seen_by(runtime, HostStopping, HostStopped)
            assert await runtime.parts.desk.hosts.stop(runtime.host.id)
            await until(lambda: len(seen.events) == 2)
            assert await runtime.parts.store.hosts() == []
            waiting = await runtime.parts.manager.enqueue("quick", {})
            assert (await job_of(runtime, waiting)).stored_state is StoredState.READY
            assert not await runtime.parts.desk.hosts.stop(runtime.host.id), "it is gone"

    async def test_an_application_that_is_closed_meanwhile_waits_for_the_host_that_ends(self) -> None:
        app, began, may_end = patient_app()

        store = MemoryStore(clock=SystemClock())
        async with running(app, settings=ATTENTIVE, store=always(store)) as runtime:
            seen = seen_by(runtime, HostStopping, JobSettled)
            job = await runtime.parts.manager.enqueue("slow", {})
            await began.wait()
            await runtime.parts.desk.hosts.stop(runtime.host.id)
            await until(lambda: len(seen.of(HostStopping)) == 1)
            asyncio.get_running_loop().call_later(0.05, may_end.set)
        await store.open()
        found = await store.get(job.id)
        assert found is not None
        assert found.stored_state is StoredState.SUCCEEDED
        assert await store.hosts() == []
