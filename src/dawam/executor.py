"""Runs one attempt: a claimed job goes in, an outcome comes out.

It never raises, writes to no store and logs nothing: what is to be known is in the outcome. The order of the
calls in `run` is the order in which things happen. Of a job that completed itself in a transaction the outcome says how
the attempt ended if that was not committed; whether it was, the settler asks the store.
"""

import asyncio
from concurrent.futures import Executor, Future
from contextlib import suppress
from contextvars import copy_context
from datetime import timedelta
from logging import Logger
from typing import Any, Protocol

from dawam.attempt import Attempt, TimeLimit
from dawam.clock import Clock
from dawam.errors import ArgsUnreadableError, ClaimLost, JobProcessDied
from dawam.events.lifecycle import CancelSwallowed, LifecycleEvents, ResultDropped
from dawam.jobs.context import CANCEL_REQUESTED, OVER_TIME_LIMIT, JobContext
from dawam.jobs.current import current_job, work_for
from dawam.jobs.decisions import JobDecision
from dawam.jobs.definition import JobDefinition
from dawam.jobs.options import BackgroundJobOptions, OnCrash
from dawam.jobs.outcome import ErrorDetails, Failed, Outcome, Parked, Succeeded
from dawam.jobs.record import ClaimedJob, NewJob
from dawam.jobs.registry import JobRegistry
from dawam.jobs.tenancy import tenant_of
from dawam.judging import Judge
from dawam.modules.scopes import ScopeFactory, logger_for


class Processes(Protocol):
    """Runs attempts in processes of their own."""

    async def run(self, attempt: Attempt, limit: timedelta | None) -> "AnswerOfProcess":
        """Raises `JobProcessDied` when the process is gone before it has answered."""
        ...


class AnswerOfProcess(Protocol):
    """What came of a job there, and what else it leaves behind."""

    @property
    def outcome(self) -> Outcome: ...
    @property
    def progress(self) -> str | None: ...
    @property
    def follow_ups(self) -> tuple[NewJob, ...]: ...
    @property
    def completion(self) -> Succeeded | None: ...


_NOTHING_TO_TELL = Succeeded()
_ENDS_BY_CANCEL = (asyncio.CancelledError, JobDecision, ClaimLost)
"""What a coroutine that was asked to stop may raise."""


class JobExecutor:
    """Turns claimed jobs into outcomes."""

    def __init__(
        self,
        *,
        registry: JobRegistry,
        scopes: ScopeFactory,
        threads: Executor,
        processes: Processes,
        clock: Clock,
        options: BackgroundJobOptions,
        events: LifecycleEvents,
    ) -> None:
        self._registry = registry
        self._scopes = scopes
        self._threads = threads
        self._processes = processes
        self._clock = clock
        self._options = options
        self._events = events
        self._judge = Judge(clock, options)
        self.abandoned_count = 0
        """How many threads go on whose jobs count as ended."""

    async def run(self, attempt: Attempt) -> Outcome:
        """Runs the job once, where it wants to run. Answers with an outcome whatever happens."""
        definition = self._registry.find(attempt.claimed.name)
        if definition is not None and definition.options.runs_in == "process":
            return await self._run_in_process(definition, attempt)
        return await self.run_here(attempt)

    async def run_here(self, attempt: Attempt) -> Outcome:
        """The same in this process in any case."""
        claimed = attempt.claimed
        definition = self._registry.find(claimed.name)
        if definition is None or not definition.can_run:
            return Parked(f"no job named {claimed.name!r} is known to this host")
        if claimed.args_version > definition.args_version:
            return Parked(f"its args are of version {claimed.args_version}, this host knows {definition.args_version}")
        if definition.options.on_crash is OnCrash.FAIL and (claimed.crash_count or claimed.lost_count):
            return Failed(_may_not_run_again(claimed))
        try:
            args = definition.codec.decode(claimed.args)
        except ArgsUnreadableError as error:
            return Failed(ErrorDetails.of(error))
        current_job.set(attempt.context)
        if definition.is_multi_tenant:  # asked of the args: they may be older than their mark
            work_for(tenant_of(args))
        allowed = self._options.time_limit(definition.options)
        limit = None if allowed is None else TimeLimit(attempt, allowed, self._clock)
        perform = self._perform_here if definition.is_async else self._perform_in_thread
        try:
            result = await perform(definition, args, attempt, limit)
        except BaseException as error:  # noqa: BLE001  (no job ends the host, or keeps its slot for ever)
            self._tell_of_swallowed(definition, attempt, error)
            return self._judge.of_error(definition, claimed, error, attempt.context.stop_reason)
        finally:
            attempt.interrupt = None
            if limit is not None:
                limit.end()
        if attempt.asked:
            self._tell_of_swallowed(definition, attempt, None)
        if attempt.context.completion is not None:
            return self._judge.of_rollback(definition, claimed)
        return _NOTHING_TO_TELL if result is None else self._succeeded(definition, claimed, result)

    # -- running

    async def _perform_here(
        self, definition: JobDefinition, args: Any, attempt: Attempt, limit: TimeLimit | None
    ) -> Any:  # fmt: skip
        attempt.context.raise_if_cancelled()  # it may have been stopped before it could begin
        loop = asyncio.get_running_loop()
        task = asyncio.current_task(loop)
        attempt.interrupt = None if task is None else task.cancel
        if limit is not None:
            limit.begin(loop)
        attempt.begin()
        function = definition.function
        if function is not None and not definition.injected:
            return await function.function(**function.signature.call_arguments(args))
        async with self._scopes.open(_given(definition, attempt.context)) as scope:
            if definition.handler is not None:
                return await definition.handler.run(attempt.context, args, scope)
            if function is None:
                job = await scope.get(definition.target)
                return await job.execute(args)
            injected = {name: await scope.get(wanted) for name, wanted in definition.injected.items()}
            return await function.function(**function.signature.call_arguments(args), **injected)

    async def _perform_in_thread(
        self, definition: JobDefinition, args: Any, attempt: Attempt, limit: TimeLimit | None
    ) -> Any:  # fmt: skip
        """Threads cannot be interrupted: once it has begun, the claim is kept until the thread ends."""
        loop = asyncio.get_running_loop()

        def perform() -> tuple[Any, BaseException | None]:
            # an error is handed over as a value: a future that is given StopIteration never answers on Python 3.11
            try:
                attempt.context.raise_if_cancelled()
                if limit is not None:
                    limit.begin(loop)
                attempt.begin()
                return self._perform_blocking(definition, args, attempt.context), None
            except BaseException as raised:  # noqa: BLE001
                return None, raised

        waiting = self._threads.submit(copy_context().run, perform)
        ending = asyncio.wrap_future(waiting)
        # a thread that has begun is waited for, unless the job says otherwise
        attempt.interrupt = ending.cancel if definition.options.abandon_thread else waiting.cancel
        try:
            result, error = await ending
        except asyncio.CancelledError:
            if waiting.running():
                self._abandon(waiting, loop)
            raise
        if error is not None:
            raise error
        return result

    def _abandon(self, going_on: Future[Any], loop: asyncio.AbstractEventLoop) -> None:
        self.abandoned_count += 1

        def ended() -> None:
            self.abandoned_count -= 1

        def tell(_: Future[Any]) -> None:
            with suppress(RuntimeError):  # the loop was closed: nobody counts any more
                loop.call_soon_threadsafe(ended)

        going_on.add_done_callback(tell)

    def _perform_blocking(self, definition: JobDefinition, args: Any, context: JobContext) -> Any:
        function = definition.function
        if function is not None and not definition.injected:
            return function.function(**function.signature.call_arguments(args))
        with self._scopes.open_blocking(_given(definition, context)) as scope:
            if definition.handler is not None:
                return definition.handler.run_blocking(context, args, scope)
            if function is None:
                return scope.get(definition.target).execute(args)
            injected = {name: scope.get(wanted) for name, wanted in definition.injected.items()}
            return function.function(**function.signature.call_arguments(args), **injected)

    async def _run_in_process(self, definition: JobDefinition, attempt: Attempt) -> Outcome:
        """There it is `run_here` that runs it; what is left to be judged is a process that did not answer."""
        claimed, context = attempt.claimed, attempt.context
        try:
            context.raise_if_cancelled()
            answer = await self._processes.run(attempt, self._options.time_limit(definition.options))
        except BaseException as error:  # noqa: BLE001
            is_death = isinstance(error, JobProcessDied) and context.stop_reason is None
            if is_death and definition.options.on_crash is OnCrash.FAIL:
                return Failed(ErrorDetails.of(error))
            return self._judge.of_error(definition, claimed, error, context.stop_reason)
        finally:
            attempt.interrupt = None
        context.take_over(answer.progress, answer.follow_ups, answer.completion)
        return answer.outcome

    # -- judging

    def _succeeded(self, definition: JobDefinition, claimed: ClaimedJob, result: Any) -> Succeeded:
        if not self._options.store_successful_jobs:
            return _NOTHING_TO_TELL
        try:
            return Succeeded(definition.result_codec.encode(result))
        except Exception as error:  # noqa: BLE001  (the work is done: it must not be done again for its result's sake)
            self._events.emit(ResultDropped(claimed, str(error)))
            return _NOTHING_TO_TELL

    def _tell_of_swallowed(self, definition: JobDefinition, attempt: Attempt, error: BaseException | None) -> None:
        """Of a coroutine that was cancelled and did not end by that. A thread may end well after it was asked."""
        reason = attempt.context.stop_reason
        if reason is None or not definition.is_async or isinstance(error, _ENDS_BY_CANCEL):
            return
        if self._options.cancel_warning is not None:
            ended_by = None if error is None else type(error).__qualname__
            self._events.emit(CancelSwallowed(attempt.claimed, reason, ended_by))

    def outcome_if_left(self, attempt: Attempt) -> Outcome | None:
        """Of an attempt that goes on while its host ends: what it means that it was over its time limit, or cancelled,
        before that. None: it was neither, and is handed back."""
        definition, reason = self._registry.find(attempt.claimed.name), attempt.context.stop_reason
        if definition is None or reason not in (OVER_TIME_LIMIT, CANCEL_REQUESTED):
            return None
        left = TimeoutError("it had not ended when its host did")
        return self._judge.of_error(definition, attempt.claimed, left, reason)

    def attempt_limit(self, name: str) -> int | None:
        """How many attempts a job of this name has in all, for people to read."""
        definition = self._registry.find(name)
        return None if definition is None else self._judge.policy(definition).attempt_limit()


def _given(definition: JobDefinition, context: JobContext) -> dict[Any, Any]:
    """What exists in this attempt's scope only."""
    target = definition.target if definition.function is None else definition.function.function
    return {JobContext: context, Logger: logger_for(target)}


def _may_not_run_again(claimed: ClaimedJob) -> ErrorDetails:
    kind = "HostCrashed" if claimed.crash_count else "HostLost"
    return ErrorDetails.said(
        kind,
        "the host that had claimed it before was gone before it ended, so it may have run; on_crash=OnCrash.FAIL says "
        "that it must not run again by itself. Look at what it did, and retry it by hand",
    )
