"""One attempt: a claimed job goes in, an outcome comes out, whatever the job does."""

import asyncio
import gc
import logging
import threading
from collections.abc import AsyncIterator, Iterator
from contextvars import ContextVar
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from logging import Logger
from typing import Any

import pytest

from dawam import (
    App,
    AsyncBackgroundJob,
    BackgroundJob,
    Cancel,
    ClaimLost,
    Fail,
    JobContext,
    Module,
    OnCrash,
    Retry,
    Services,
    Snooze,
    injected,
    job_args,
)
from dawam.attempt import Attempt
from dawam.errors import CompletionRolledBack
from dawam.events.lifecycle import CancelSwallowed, ResultDropped
from dawam.jobs.context import CANCEL_REQUESTED, CLAIM_LOST, HOST_STOPPING
from dawam.jobs.current import current_job
from dawam.jobs.outcome import Cancelled, Failed, HandedBack, Outcome, Parked, Retrying, Snoozed, Succeeded
from dawam.jobs.record import ClaimedJob
from dawam.runtime import Runtime
from dawam.testing import ManualClock
from tests.support.applications import built, seen_by, until
from tests.support.claims import FIRST_DUE, claimed


def attempt_of(job: ClaimedJob) -> Attempt:
    return Attempt(job, JobContext(job))


class Bench:
    """An application of which only the executor is used, at a moment that stands still."""

    def __init__(self, app: App, **settings: object) -> None:
        self.clock = ManualClock(FIRST_DUE)
        self.runtime: Runtime = built(app, settings={"Store.Url": "memory://", **settings}, clock=self.clock)
        self.executor = self.runtime.parts.executor

    async def run(self, job: ClaimedJob | None = None) -> Outcome:
        return await self._run(attempt_of(job or claimed()))

    def begin(self, attempt: Attempt) -> "asyncio.Task[Outcome]":
        return asyncio.create_task(self._run(attempt))

    async def _run(self, attempt: Attempt) -> Outcome:
        await self.runtime.parts.container.start()
        return await self.executor.run(attempt)


@pytest.fixture
def app() -> App:
    return App()


def raising(app: App, error: BaseException, *, is_async: bool, **options: Any) -> None:
    """Declares the job "work", which raises."""
    if is_async:

        @app.job("work", **options)
        async def work() -> None:
            raise error
    else:

        @app.job("work", **options)
        def work_in_thread() -> None:
            raise error


class _Panic(BaseException):
    """No `Exception`: libraries that are written in Rust raise such a one when they panic."""


BOTH_KINDS = pytest.mark.parametrize("is_async", [True, False], ids=["async", "in a thread"])
EXACT = Retry(jitter=0)


class TestWhatBecomesOfAnAttempt:
    @pytest.mark.guide(1)
    @pytest.mark.abp(1, 2)
    @BOTH_KINDS
    async def test_a_job_gets_its_args_and_its_result_is_kept(self, app: App, is_async: bool) -> None:
        if is_async:

            @app.job("work")
            async def work(name: str, times: int) -> list[str]:
                return [name] * times
        else:

            @app.job("work")
            def work_in_thread(name: str, times: int) -> list[str]:
                return [name] * times

        assert await Bench(app).run(claimed(args=b'{"name":"Amal","times":2}')) == Succeeded(b'["Amal","Amal"]')

    async def test_nothing_returned_is_no_result(self, app: App) -> None:
        @app.job("work")
        async def work() -> None:
            return None

        assert await Bench(app).run() == Succeeded(None)

    async def test_a_result_that_is_no_json_is_dropped_and_said_and_the_job_is_not_done_again(self, app: App) -> None:
        @app.job("work")
        async def work() -> Any:
            return object()

        bench = Bench(app)
        seen = seen_by(bench.runtime, ResultDropped)
        assert await bench.run() == Succeeded(None)
        [dropped] = seen.of(ResultDropped)
        assert "work" in dropped.reason

    async def test_where_successful_jobs_are_deleted_no_result_is_made(self, app: App) -> None:
        @app.job("work")
        async def work() -> int:
            return 7

        bench = Bench(app, **{"BackgroundJobs.StoreSuccessfulJobs": False})
        assert await bench.run() == Succeeded(None)

    @pytest.mark.guide(6)
    @BOTH_KINDS
    async def test_an_error_is_tried_again_after_the_policys_wait(self, app: App, is_async: bool) -> None:
        raising(app, ValueError("no stock"), is_async=is_async, retry=EXACT)
        outcome = await Bench(app).run(claimed(attempt_count=2))
        assert isinstance(outcome, Retrying)
        assert outcome.run_at == FIRST_DUE + timedelta(seconds=240)
        assert (outcome.error.type, outcome.error.message) == ("ValueError", "no stock")
        assert "raise error" in outcome.error.traceback
        assert "dawam/executor.py" not in outcome.error.traceback, "it begins where the job's own code does"

    @pytest.mark.guide(12)
    async def test_a_job_older_than_give_up_after_fails(self, app: App) -> None:
        raising(app, ValueError("no stock"), is_async=True)
        bench = Bench(app, **{"BackgroundJobs.GiveUpAfter": "90s"})
        assert isinstance(await bench.run(), Retrying)
        bench.clock.advance(timedelta(seconds=31))
        assert isinstance(await bench.run(), Failed)

    @pytest.mark.abp("abandonment")
    async def test_the_last_attempt_fails_for_good(self, app: App) -> None:
        raising(app, ValueError("no stock"), is_async=True, retry=Retry(max_attempts=3))
        bench = Bench(app)
        assert isinstance(await bench.run(claimed(attempt_count=1)), Retrying)
        assert isinstance(await bench.run(claimed(attempt_count=2)), Failed)

    async def test_an_error_not_worth_another_attempt_fails_at_once(self, app: App) -> None:
        raising(app, KeyError("gone"), is_async=True, retry=Retry(give_up_on=(LookupError,)))
        outcome = await Bench(app).run()
        assert isinstance(outcome, Failed)
        assert outcome.error.type == "KeyError"

    async def test_an_error_that_is_swallowed_is_a_success(self, app: App) -> None:
        @app.job("work")
        async def work() -> None:
            try:
                int("hidden")
            except ValueError:
                return

        assert await Bench(app).run() == Succeeded()

    async def test_the_jobs_own_decisions(self, app: App) -> None:
        moment = FIRST_DUE + timedelta(hours=5)
        five = timedelta(minutes=5)
        expected: list[tuple[BaseException, Any]] = [
            (Snooze(five, reason="later"), Snoozed(FIRST_DUE + five, "later")),
            (Snooze(until=moment), Snoozed(moment)),
            (Cancel("not needed"), Cancelled("not needed")),
        ]
        for decision, outcome in expected:
            app = App()
            raising(app, decision, is_async=True)
            assert await Bench(app).run() == outcome

    @pytest.mark.parametrize(
        ("decision", "run_at"),
        [
            (Retry.at(FIRST_DUE + timedelta(hours=5)), FIRST_DUE + timedelta(hours=5)),
            (Retry.after(timedelta(seconds=7)), FIRST_DUE + timedelta(seconds=7)),
        ],
        ids=["at", "after"],
    )
    @BOTH_KINDS
    async def test_retry_at_and_after_say_when(
        self, app: App, decision: BaseException, run_at: datetime, is_async: bool
    ) -> None:
        raising(app, decision, is_async=is_async)
        outcome = await Bench(app).run()
        assert isinstance(outcome, Retrying)
        assert outcome.run_at == run_at

    async def test_retry_after_ends_with_the_policys_attempts(self, app: App) -> None:
        raising(app, Retry.after(timedelta(0)), is_async=True, retry=Retry(max_attempts=2))
        assert isinstance(await Bench(app).run(claimed(attempt_count=1)), Failed)

    async def test_fail_is_final_whatever_the_policy_says(self, app: App) -> None:
        raising(app, Fail("no such order"), is_async=True)
        outcome = await Bench(app).run()
        assert isinstance(outcome, Failed)
        assert outcome.error.message == "no such order"

    async def test_a_snooze_beyond_the_end_of_time_fails_and_does_not_break_the_host(self, app: App) -> None:
        raising(app, Snooze(timedelta.max), is_async=True)
        outcome = await Bench(app).run()
        assert isinstance(outcome, Failed)
        assert "OverflowError" in outcome.error.type

    @BOTH_KINDS
    async def test_sys_exit_in_a_job_is_a_failed_attempt_and_ends_no_host(self, app: App, is_async: bool) -> None:
        raising(app, SystemExit(3), is_async=is_async, retry=EXACT)
        outcome = await Bench(app).run()
        assert isinstance(outcome, Retrying)
        assert outcome.error.type == "SystemExit"

    @BOTH_KINDS
    @pytest.mark.parametrize(
        "error", [KeyboardInterrupt(), GeneratorExit(), BaseExceptionGroup("several", [_Panic("one")]), _Panic("gone")]
    )
    async def test_whatever_a_job_raises_is_a_failed_attempt(
        self, app: App, error: BaseException, is_async: bool
    ) -> None:
        raising(app, error, is_async=is_async, retry=EXACT)
        outcome = await Bench(app).run()
        assert isinstance(outcome, Retrying)
        assert outcome.error.type.endswith(type(error).__name__)

    @BOTH_KINDS
    async def test_stop_iteration_is_a_failed_attempt(self, app: App, is_async: bool) -> None:
        raising(app, StopIteration(), is_async=is_async)
        async with asyncio.timeout(5):
            assert isinstance(await Bench(app).run(), Retrying)

    @BOTH_KINDS
    async def test_a_job_that_cancels_itself_has_failed(self, app: App, is_async: bool) -> None:
        raising(app, asyncio.CancelledError(), is_async=is_async)
        assert isinstance(await Bench(app).run(), Retrying)

    async def test_an_error_whose_text_cannot_be_read_is_recorded_all_the_same(self, app: App) -> None:
        class Unspeakable(Exception):
            def __str__(self) -> str:
                raise RuntimeError

        raising(app, Unspeakable(), is_async=True)
        outcome = await Bench(app).run()
        assert isinstance(outcome, Retrying)
        assert "could not be read" in outcome.error.message


class TestAJobThatCompletedItself:
    """What its attempt is if that was not committed; whether it was, only the store knows."""

    @BOTH_KINDS
    async def test_and_returned_has_failed_and_may_be_tried_again(self, app: App, is_async: bool) -> None:
        if is_async:

            @app.job("work", retry=EXACT)
            async def work(context: JobContext = injected) -> int:
                context.completed(Succeeded())
                return 7
        else:

            @app.job("work", retry=EXACT)
            def work_in_thread(context: JobContext = injected) -> int:
                context.completed(Succeeded())
                return 7

        bench = Bench(app)
        outcome = await bench.run()
        assert isinstance(outcome, Retrying)
        assert outcome.run_at == bench.clock.now() + timedelta(minutes=1)
        assert outcome.error.type == "dawam.errors.CompletionRolledBack"
        assert outcome.error.message.startswith("job 'work' completed itself in a transaction that was not committed")

    async def test_and_returned_is_given_up_where_the_policy_says_so(self, app: App) -> None:
        @app.job("work", retry=Retry(give_up_on=(CompletionRolledBack,)))
        async def work(context: JobContext = injected) -> None:
            context.completed(Succeeded())

        assert isinstance(await Bench(app).run(), Failed)

    async def test_and_raised_is_judged_by_that(self, app: App) -> None:
        @app.job("work")
        async def work(context: JobContext = injected) -> None:
            context.completed(Succeeded())
            raise Snooze(timedelta(minutes=5))

        bench = Bench(app)
        assert await bench.run() == Snoozed(bench.clock.now() + timedelta(minutes=5))

    async def test_and_could_not_has_succeeded_by_returning(self, app: App) -> None:
        @app.job("work")
        async def work(context: JobContext = injected) -> None:
            context.completed(Succeeded())
            context.completed(None)

        assert await Bench(app).run() == Succeeded()


class TestWhatThisHostCannotRun:
    @pytest.mark.abp("unknown name in the worker")
    async def test_an_unknown_name_is_parked(self, app: App) -> None:
        outcome = await Bench(app).run(claimed("elsewhere"))
        assert isinstance(outcome, Parked)
        assert "'elsewhere'" in outcome.reason

    async def test_newer_args_are_parked(self, app: App) -> None:
        raising(app, AssertionError("it ran"), is_async=True)
        outcome = await Bench(app).run(claimed(args_version=2))
        assert isinstance(outcome, Parked)
        assert "version 2" in outcome.reason

    async def test_args_whose_job_is_elsewhere_are_parked(self) -> None:
        @job_args("orders.receipt")
        @dataclass
        class ReceiptArgs:
            order_id: int

        class Web(Module):
            def configure_services(self, services: Services) -> None:
                services.add_job_args(ReceiptArgs)

        bench = Bench(App(Web))
        assert isinstance(await bench.run(claimed("orders.receipt", b'{"order_id":1}')), Parked)

    @pytest.mark.abp("args that cannot be read")
    async def test_args_that_do_not_decode_fail_at_once_naming_the_field(self, app: App) -> None:
        @app.job("work")
        async def work(order_id: int) -> None:
            raise AssertionError("it ran")

        outcome = await Bench(app).run(claimed(args=b'{"order_id":"seven"}'))
        assert isinstance(outcome, Failed)
        assert outcome.error.type.endswith("ArgsUnreadableError")
        assert "order_id" in outcome.error.message


class TestWhatMayHaveRunBefore:
    @pytest.mark.parametrize(
        ("counts", "kind"),
        [({"crash_count": 1}, "HostCrashed"), ({"lost_count": 1}, "HostLost")],
        ids=["crashed", "lost"],
    )
    async def test_a_job_that_must_not_run_again_fails_without_running(
        self, app: App, counts: dict[str, int], kind: str
    ) -> None:
        raising(app, AssertionError("it ran"), is_async=True, on_crash=OnCrash.FAIL)
        outcome = await Bench(app).run(claimed(**counts))
        assert isinstance(outcome, Failed)
        assert outcome.error.type == kind
        assert "retry it by hand" in outcome.error.message

    async def test_such_a_job_runs_and_is_retried_while_no_host_was_lost(self, app: App) -> None:
        raising(app, ConnectionError(), is_async=True, on_crash=OnCrash.FAIL)
        assert isinstance(await Bench(app).run(claimed(attempt_count=1)), Retrying)

    async def test_other_jobs_run_again(self, app: App) -> None:
        raising(app, ConnectionError(), is_async=True)
        assert isinstance(await Bench(app).run(claimed(crash_count=1, lost_count=3)), Retrying)


class TestTheTimeLimit:
    @pytest.mark.guide(12)
    async def test_cancels_a_coroutine_and_charges_the_attempt(self, app: App) -> None:
        cleaned_up: list[bool] = []

        @app.job("work", time_limit=timedelta(milliseconds=20), retry=EXACT)
        async def work() -> None:
            try:
                await asyncio.get_running_loop().create_future()
            finally:
                cleaned_up.append(True)

        outcome = await Bench(app).run()
        assert isinstance(outcome, Retrying)
        assert outcome.error.type.endswith("TimeLimitExceeded")
        assert "0:00:00.020000" in outcome.error.message
        assert cleaned_up == [True]

    async def test_may_come_from_the_settings(self, app: App) -> None:
        @app.job("work")
        async def work() -> None:
            await asyncio.get_running_loop().create_future()

        bench = Bench(app, **{"BackgroundJobs.DefaultTimeLimit": "20ms"})
        async with asyncio.timeout(5):
            assert isinstance(await bench.run(), Retrying)

    @pytest.mark.guide(12)
    async def test_of_a_job_stands_above_that_of_the_settings(self, app: App) -> None:
        deadlines: list[datetime | None] = []

        @app.job("work", time_limit=timedelta(minutes=1))
        async def work(context: JobContext = injected) -> None:
            deadlines.append(context.deadline)

        await Bench(app, **{"BackgroundJobs.DefaultTimeLimit": "1h"}).run()
        assert deadlines == [FIRST_DUE + timedelta(minutes=1)]

    async def test_success_in_spite_of_the_cancellation_stands(self, app: App) -> None:
        @app.job("work", time_limit=timedelta(milliseconds=20))
        async def work() -> str:
            try:
                await asyncio.get_running_loop().create_future()
            except asyncio.CancelledError:
                await asyncio.sleep(0)
                return "done"
            return "never"

        assert await Bench(app).run() == Succeeded(b'"done"')

    async def test_tells_a_thread_and_waits_for_its_end(self, app: App) -> None:
        told: list[bool] = []

        @app.job("work", time_limit=timedelta(milliseconds=20))
        def work(context: JobContext = injected) -> None:
            while not context.cancelled:
                pass
            told.append(True)
            context.raise_if_cancelled()

        outcome = await Bench(app).run()
        assert told == [True]
        assert isinstance(outcome, Retrying)
        assert outcome.error.type.endswith("TimeLimitExceeded")

    async def test_a_thread_that_does_not_listen_and_succeeds_has_succeeded(self, app: App) -> None:
        passed = threading.Event()

        @app.job("work", time_limit=timedelta(milliseconds=10))
        def work() -> str:
            passed.wait(5)
            return "done"

        bench = Bench(app)
        attempt = attempt_of(claimed())
        task = bench.begin(attempt)
        await until(lambda: attempt.context.cancelled)
        assert not task.done()
        passed.set()
        assert await task == Succeeded(b'"done"')

    async def test_a_thread_that_may_be_abandoned_counts_as_ended_at_once_and_is_counted_while_it_goes_on(
        self, app: App
    ) -> None:
        release = threading.Event()

        @app.job("work", time_limit=timedelta(milliseconds=10), abandon_thread=True)
        def work() -> None:
            release.wait(30)

        bench = Bench(app)
        outcome = await bench.run()

        assert isinstance(outcome, Retrying)
        assert outcome.error.type.endswith("TimeLimitExceeded")
        assert bench.executor.abandoned_count == 1
        release.set()
        await until(lambda: bench.executor.abandoned_count == 0)

    async def test_is_counted_from_the_moment_when_a_thread_is_free(self, app: App) -> None:
        release = threading.Event()

        @app.job("blocker")
        def blocker() -> None:
            release.wait(5)

        @app.job("work", time_limit=timedelta(milliseconds=30))
        def work() -> str:
            return "done"

        bench = Bench(app, **{"Host.ThreadCount": 1})
        first = bench.begin(attempt_of(claimed("blocker")))
        await asyncio.sleep(0)
        second = bench.begin(attempt_of(claimed()))
        await asyncio.sleep(0.1)  # longer than the limit of the one that waits
        release.set()
        assert await second == Succeeded(b'"done"')
        assert await first == Succeeded()

    async def test_the_deadline_is_in_the_context(self, app: App) -> None:
        deadlines: list[datetime | None] = []

        @app.job("async", time_limit=timedelta(minutes=1))
        async def work(context: JobContext = injected) -> None:
            deadlines.append(context.deadline)

        @app.job("thread", time_limit=timedelta(minutes=2))
        def work_in_thread(context: JobContext = injected) -> None:
            deadlines.append(context.deadline)

        bench = Bench(app)
        await bench.run(claimed("async"))
        await bench.run(claimed("thread"))
        assert deadlines == [FIRST_DUE + timedelta(minutes=1), FIRST_DUE + timedelta(minutes=2)]


def endless(app: App, began: asyncio.Event) -> None:
    @app.job("work")
    async def work() -> None:
        began.set()
        await asyncio.get_running_loop().create_future()


class TestBeingStopped:
    @pytest.mark.parametrize(
        ("reason", "expected"),
        [
            (CANCEL_REQUESTED, Cancelled(CANCEL_REQUESTED)),
            (HOST_STOPPING, HandedBack(HOST_STOPPING)),
            (CLAIM_LOST, HandedBack(CLAIM_LOST)),
        ],
    )
    async def test_what_a_coroutine_becomes_depends_on_who_stopped_it(
        self, app: App, reason: str, expected: Outcome
    ) -> None:
        began = asyncio.Event()
        endless(app, began)
        bench, attempt = Bench(app), attempt_of(claimed())
        task = bench.begin(attempt)
        await began.wait()
        attempt.stop(reason)
        assert await task == expected

    @BOTH_KINDS
    async def test_a_job_that_was_stopped_before_it_began_never_begins(self, app: App, is_async: bool) -> None:
        ran: list[bool] = []
        if is_async:

            @app.job("work")
            async def work() -> None:
                ran.append(True)
        else:

            @app.job("work")
            def work_in_thread() -> None:
                ran.append(True)

        bench, attempt = Bench(app), attempt_of(claimed())
        task = bench.begin(attempt)
        attempt.stop(HOST_STOPPING)
        assert await task == HandedBack(HOST_STOPPING)
        assert ran == []

    async def test_a_job_that_waits_for_a_thread_is_stopped_at_once(self, app: App) -> None:
        release = threading.Event()

        @app.job("blocker")
        def blocker() -> None:
            release.wait(5)

        raising(app, AssertionError("it ran"), is_async=False)
        bench = Bench(app, **{"Host.ThreadCount": 1})
        first = bench.begin(attempt_of(claimed("blocker")))
        await asyncio.sleep(0)
        waiting = attempt_of(claimed())
        second = bench.begin(waiting)
        await asyncio.sleep(0)
        waiting.stop(CANCEL_REQUESTED)
        async with asyncio.timeout(2):
            assert await second == Cancelled(CANCEL_REQUESTED)
        release.set()
        await first

    async def test_the_first_reason_stands(self, app: App) -> None:
        was_asked = asyncio.Event()

        @app.job("work", time_limit=timedelta(milliseconds=10))
        async def work() -> None:
            try:
                await asyncio.get_running_loop().create_future()
            except asyncio.CancelledError:
                was_asked.set()
                await asyncio.get_running_loop().create_future()

        bench, attempt = Bench(app), attempt_of(claimed())
        task = bench.begin(attempt)
        await was_asked.wait()
        attempt.stop(HOST_STOPPING)  # another reason: asked again
        assert isinstance(await task, Retrying)

    async def test_being_asked_again_for_the_same_reason_leaves_the_clean_up_in_peace(self, app: App) -> None:
        began, may_end = asyncio.Event(), asyncio.Event()
        cleaned_up: list[bool] = []

        @app.job("work")
        async def work() -> None:
            began.set()
            try:
                await asyncio.get_running_loop().create_future()
            finally:
                await may_end.wait()
                cleaned_up.append(True)

        bench, attempt = Bench(app), attempt_of(claimed())
        task = bench.begin(attempt)
        await began.wait()
        for _ in range(3):  # as the commander does, once a second
            attempt.stop(CANCEL_REQUESTED)
            await asyncio.sleep(0)
        may_end.set()
        assert await task == Cancelled(CANCEL_REQUESTED)
        assert cleaned_up == [True]

    @pytest.mark.parametrize(
        ("reason", "expected"),
        [(CANCEL_REQUESTED, Cancelled(CANCEL_REQUESTED)), (CLAIM_LOST, HandedBack(CLAIM_LOST))],
    )
    async def test_a_thread_sees_it_in_its_context(self, app: App, reason: str, expected: Outcome) -> None:
        began = threading.Event()

        @app.job("work")
        def work(context: JobContext = injected) -> None:
            began.set()
            while True:
                context.raise_if_cancelled()

        bench, attempt = Bench(app), attempt_of(claimed())
        task = bench.begin(attempt)
        await asyncio.to_thread(began.wait, 5)
        attempt.stop(reason)
        assert await task == expected

    async def test_a_job_that_succeeds_all_the_same_has_succeeded(self, app: App) -> None:
        began = asyncio.Event()

        @app.job("work")
        async def work() -> None:
            began.set()
            try:
                await asyncio.get_running_loop().create_future()
            except asyncio.CancelledError:
                return

        bench, attempt = Bench(app), attempt_of(claimed())
        task = bench.begin(attempt)
        await began.wait()
        attempt.stop(HOST_STOPPING)
        assert await task == Succeeded()


@job_args("orders.receipt")
@dataclass
class ReceiptArgs:
    order_id: int


@dataclass
class Diary:
    """What happened, in order."""

    lines: list[str] = field(default_factory=list)


class Connection:
    """Stands for a database connection: one per scope."""


class ReceiptJob(AsyncBackgroundJob[ReceiptArgs]):
    seen: "list[tuple[ReceiptJob, Connection]]" = []  # noqa: RUF012  (set anew by each test)

    def __init__(self, connection: Connection, other: "Mailer", logger: Logger, context: JobContext) -> None:
        self.connection, self.other, self._logger, self.context = connection, other, logger, context

    async def execute(self, args: ReceiptArgs) -> None:
        self._logger.info("receipt %s", args.order_id)
        assert self.other.connection is self.connection
        self.seen.append((self, self.connection))


class BlockingArgs(ReceiptArgs):
    pass


class ReceiptInThread(BackgroundJob[BlockingArgs]):
    def __init__(self, connection: Connection, other: "Mailer", logger: Logger, context: JobContext) -> None:
        self.connection, self.other, self._logger, self.context = connection, other, logger, context

    def execute(self, args: BlockingArgs) -> None:
        self._logger.info("receipt %s", args.order_id)
        assert self.other.connection is self.connection
        ReceiptJob.seen.append((self, self.connection))  # type: ignore[arg-type]


class Mailer:
    def __init__(self, connection: Connection) -> None:
        self.connection = connection


class Shop(Module):
    diary = Diary()

    def configure_services(self, services: Services) -> None:
        services.add_instance(self.diary)
        services.provide(connect)
        services.add_scoped(Mailer)
        services.add_job(ReceiptJob)
        services.add_job(ReceiptInThread)


def connect() -> Iterator[Connection]:
    Shop.diary.lines.append("open")
    try:
        yield Connection()
    except BaseException as error:
        Shop.diary.lines.append(f"rollback {type(error).__name__}")
        raise
    else:
        Shop.diary.lines.append("commit")
    finally:
        Shop.diary.lines.append("close")


@pytest.fixture
def shop() -> App:
    Shop.diary.lines.clear()
    ReceiptJob.seen = []
    return App(Shop)


RECEIPT = b'{"order_id":7}'
BOTH_CLASSES = pytest.mark.parametrize("name", ["orders.receipt", f"{__name__}.BlockingArgs"], ids=["async", "thread"])


class TestSwallowingACancellation:
    """It is named, because such a job can neither be cancelled nor held to its time limit; its outcome stands."""

    async def _cancelled(self, bench: Bench, began: asyncio.Event) -> tuple[Outcome, list[Any]]:
        seen = seen_by(bench.runtime, CancelSwallowed)
        attempt = attempt_of(claimed())
        task = bench.begin(attempt)
        await began.wait()
        attempt.stop(CANCEL_REQUESTED)
        return await task, seen.events

    @pytest.mark.guide(19)
    async def test_one_that_returns_has_succeeded_and_is_named(self, app: App) -> None:
        began = asyncio.Event()

        @app.job("work")
        async def work() -> str:
            try:
                began.set()
                await asyncio.Event().wait()
            except BaseException:
                pass
            return "done"

        outcome, [event] = await self._cancelled(Bench(app), began)
        assert outcome == Succeeded(b'"done"')
        assert (event.job.name, event.reason, event.error) == ("work", CANCEL_REQUESTED, None)

    @pytest.mark.guide(19)
    async def test_one_that_raises_something_else_is_named_with_it(self, app: App) -> None:
        began = asyncio.Event()

        @app.job("work")
        async def work() -> None:
            try:
                began.set()
                await asyncio.Event().wait()
            except asyncio.CancelledError:
                raise OSError("gone") from None

        outcome, [event] = await self._cancelled(Bench(app), began)
        assert outcome == Cancelled(CANCEL_REQUESTED)
        assert event.error == "OSError"

    @pytest.mark.parametrize("ending", [asyncio.CancelledError(), Cancel("saved"), ClaimLost("too late")], ids=str)
    async def test_cleaning_up_and_ending_by_it_is_right(self, app: App, ending: BaseException) -> None:
        began = asyncio.Event()

        @app.job("work")
        async def work() -> None:
            try:
                began.set()
                await asyncio.Event().wait()
            except asyncio.CancelledError:
                await asyncio.sleep(0)
                raise ending from None

        _, said = await self._cancelled(Bench(app), began)
        assert said == []

    async def test_a_thread_that_ends_well_after_it_was_asked_is_right(self, app: App) -> None:
        began, asked = asyncio.Event(), threading.Event()
        loop = asyncio.get_running_loop()

        @app.job("work")
        def work() -> None:
            loop.call_soon_threadsafe(began.set)
            asked.wait(10)

        bench, attempt = Bench(app), attempt_of(claimed())
        seen = seen_by(bench.runtime, CancelSwallowed)
        task = bench.begin(attempt)
        await began.wait()
        attempt.stop(CANCEL_REQUESTED)
        asked.set()
        assert await task == Succeeded()
        assert seen.events == []

    async def test_it_can_be_switched_off(self, app: App) -> None:
        began = asyncio.Event()

        @app.job("work")
        async def work() -> None:
            try:
                began.set()
                await asyncio.Event().wait()
            except BaseException:
                pass

        bench = Bench(app, **{"BackgroundJobs.CancelWarning": None})
        outcome, said = await self._cancelled(bench, began)
        assert (outcome, said) == (Succeeded(), [])


class TestTheScopeOfARun:
    @pytest.mark.guide(1, 5)
    @pytest.mark.abp(26)
    @BOTH_CLASSES
    async def test_each_run_is_a_fresh_instance_in_a_scope_of_its_own_that_is_closed(
        self, shop: App, name: str
    ) -> None:
        bench = Bench(shop)
        for _ in range(2):
            assert await bench.run(claimed(name, RECEIPT)) == Succeeded()
        (first, one), (second, other) = ReceiptJob.seen
        assert first is not second
        assert one is not other
        assert Shop.diary.lines == ["open", "commit", "close"] * 2

    @pytest.mark.guide(1)
    @BOTH_CLASSES
    async def test_the_logger_is_named_for_the_class(
        self, shop: App, name: str, caplog: pytest.LogCaptureFixture
    ) -> None:
        with caplog.at_level(logging.INFO):
            await Bench(shop).run(claimed(name, RECEIPT))
        kind = ReceiptJob if name == "orders.receipt" else ReceiptInThread
        assert (f"{__name__}.{kind.__qualname__}", logging.INFO, "receipt 7") in caplog.record_tuples

    @BOTH_CLASSES
    async def test_the_context_is_that_of_the_attempt(self, shop: App, name: str) -> None:
        job = claimed(name, RECEIPT, attempt_count=2, fence=9)
        await Bench(shop).run(job)
        [(instance, _)] = ReceiptJob.seen
        assert (instance.context.id, instance.context.attempt, instance.context.fence_token) == (job.id, 3, 9)

    @BOTH_KINDS
    async def test_what_the_job_raises_is_thrown_into_the_providers(self, shop: App, is_async: bool) -> None:
        if is_async:

            @shop.job("work")
            async def work(connection: Connection = injected) -> None:
                raise ValueError
        else:

            @shop.job("work")
            def work_in_thread(connection: Connection = injected) -> None:
                raise ValueError

        assert isinstance(await Bench(shop).run(), Retrying)
        assert Shop.diary.lines == ["open", "rollback ValueError", "close"]

    async def test_a_cancelled_job_rolls_back(self, shop: App) -> None:
        began = asyncio.Event()

        @shop.job("work")
        async def work(connection: Connection = injected) -> None:
            began.set()
            await asyncio.get_running_loop().create_future()

        bench, attempt = Bench(shop), attempt_of(claimed())
        task = bench.begin(attempt)
        await began.wait()
        attempt.stop(CANCEL_REQUESTED)
        await task
        assert Shop.diary.lines == ["open", "rollback CancelledError", "close"]

    @BOTH_KINDS
    async def test_a_commit_that_fails_when_the_scope_closes_fails_the_attempt(self, app: App, is_async: bool) -> None:
        class Session:
            pass

        if is_async:

            @app.provide
            async def session() -> AsyncIterator[Session]:
                yield Session()
                raise OSError("the commit failed")

            @app.job("work")
            async def work(session: Session = injected) -> None:
                return None
        else:

            @app.provide
            def session_in_thread() -> Iterator[Session]:
                yield Session()
                raise OSError("the commit failed")

            @app.job("work")
            def work_in_thread(session: Session = injected) -> None:
                return None

        outcome = await Bench(app).run()
        assert isinstance(outcome, Retrying)
        assert outcome.error.message == "the commit failed"

    async def test_a_service_that_cannot_be_made_fails_the_attempt(self, app: App) -> None:
        class Session:
            def __init__(self) -> None:
                raise OSError("no database")

        @app.provide
        def session() -> Session:
            return Session()

        @app.job("work")
        async def work(session: Session = injected) -> None:
            raise AssertionError("it ran")

        outcome = await Bench(app).run()
        assert isinstance(outcome, Retrying)
        assert outcome.error.message == "no database"


tenant: ContextVar[str] = ContextVar("tenant", default="none")


class TestWhatSurroundsTheCode:
    @BOTH_KINDS
    async def test_the_running_attempt_is_known(self, app: App, is_async: bool) -> None:
        seen: list[JobContext | None] = []
        if is_async:

            @app.job("work")
            async def work() -> None:
                seen.append(current_job.get())
        else:

            @app.job("work")
            def work_in_thread() -> None:
                seen.append(current_job.get())

        job = claimed()
        bench = Bench(app)
        await asyncio.create_task(bench.run(job))
        [context] = seen
        assert context is not None
        assert context.id == job.id
        assert current_job.get() is None

    async def test_context_variables_set_in_a_thread_stay_in_that_run(self, app: App) -> None:
        seen: list[str] = []

        @app.job("work")
        def work() -> None:
            seen.append(tenant.get())
            tenant.set("acme")

        bench = Bench(app, **{"Host.ThreadCount": 1})
        for _ in range(2):
            await asyncio.create_task(bench.run())
        assert seen == ["none", "none"]

    async def test_a_job_in_a_thread_does_not_block_the_loop(self, app: App) -> None:
        turned = threading.Event()

        @app.job("thread")
        def work_in_thread() -> bool:
            return turned.wait(5)  # set by a coroutine that runs meanwhile

        @app.job("async")
        async def work() -> None:
            turned.set()

        bench = Bench(app)
        blocking = bench.begin(attempt_of(claimed("thread")))
        await bench.run(claimed("async"))
        assert await blocking == Succeeded(b"true")

    async def test_a_failed_attempt_is_not_kept_alive_by_its_error(self, app: App) -> None:
        """Tracebacks hold frames, frames hold sessions: nothing of them may outlive the attempt."""

        class Session:
            alive = 0

            def __init__(self) -> None:
                Session.alive += 1

            def __del__(self) -> None:
                Session.alive -= 1

        @app.job("work")
        def work() -> None:
            session = Session()
            raise ValueError(str(session))

        await asyncio.create_task(Bench(app).run())
        gc.collect()
        assert Session.alive == 0
