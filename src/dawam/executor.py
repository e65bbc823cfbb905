"""Runs one attempt: a claimed job goes in, an outcome comes out.

It never raises, writes to no store and logs nothing: what is to be known is in the outcome. The order of the
calls in `run` is the order in which things happen.
"""

import asyncio
import random
from collections.abc import Callable
from concurrent.futures import Executor
from contextvars import copy_context
from datetime import datetime, timedelta
from logging import Logger
from typing import Any

from dawam.clock import Clock
from dawam.errors import ArgsUnreadableError, TimeLimitExceeded
from dawam.events.lifecycle import LifecycleEvents, ResultDropped
from dawam.jobs.context import CANCEL_REQUESTED, CLAIM_LOST, HOST_STOPPING, OVER_TIME_LIMIT, JobContext
from dawam.jobs.current import current_job
from dawam.jobs.decisions import Cancel, Fail, Snooze
from dawam.jobs.options import BackgroundJobOptions
from dawam.jobs.outcome import (
    Cancelled,
    ErrorDetails,
    Failed,
    HandedBack,
    Outcome,
    Parked,
    Retrying,
    Snoozed,
    Succeeded,
)
from dawam.jobs.record import ClaimedJob
from dawam.jobs.registry import JobDefinition, JobRegistry
from dawam.jobs.retry import Retry
from dawam.modules.scopes import ScopeFactory, logger_for


class Attempt:
    """One run of a claimed job, and the handle by which others can stop it."""

    __slots__ = ("claimed", "context", "task")

    def __init__(self, claimed: ClaimedJob, context: JobContext) -> None:
        self.claimed = claimed
        self.context = context
        self.task: asyncio.Task[Any] | None = None
        """The task to cancel; None while nothing can be interrupted, as in a thread."""

    def stop(self, reason: str) -> None:
        """Asks the attempt to end: coroutines are cancelled, threads see it in their context."""
        self.context.stop(reason)
        if self.task is not None:
            self.task.cancel(reason)


class JobExecutor:
    """Turns claimed jobs into outcomes."""

    def __init__(
        self,
        *,
        registry: JobRegistry,
        scopes: ScopeFactory,
        threads: Executor,
        clock: Clock,
        options: BackgroundJobOptions,
        events: LifecycleEvents,
    ) -> None:
        self._registry = registry
        self._scopes = scopes
        self._threads = threads
        self._clock = clock
        self._options = options
        self._events = events

    async def run(self, attempt: Attempt) -> Outcome:
        """Runs the job once. Answers with an outcome whatever happens."""
        claimed = attempt.claimed
        definition = self._registry.find(claimed.name)
        if definition is None or not definition.can_run:
            return Parked(f"no job named {claimed.name!r} is known to this host")
        if claimed.args_version > definition.args_version:
            return Parked(f"its args are of version {claimed.args_version}, this host knows {definition.args_version}")
        try:
            args = definition.codec.decode(claimed.args)
        except ArgsUnreadableError as error:
            return Failed(ErrorDetails.of(error))
        try:
            result = await self._perform(definition, args, attempt)
        except asyncio.CancelledError as error:
            return self._judge(definition, attempt, error)
        except Exception as error:  # noqa: BLE001  (whatever a job raises is an outcome)
            return self._judge(definition, attempt, error)
        return self._succeeded(definition, claimed, result)

    # -- running

    async def _perform(self, definition: JobDefinition, args: Any, attempt: Attempt) -> Any:
        current_job.set(attempt.context)
        limit = definition.options.time_limit or self._options.default_time_limit
        if limit is not None:
            attempt.context.deadline = self._clock.now() + limit
        if not definition.is_async:
            return await self._limited(limit, attempt, self._perform_in_thread(definition, args, attempt))
        attempt.task = asyncio.current_task()
        try:
            return await self._limited(limit, attempt, self._perform_here(definition, args, attempt.context))
        finally:
            attempt.task = None

    async def _limited(self, limit: timedelta | None, attempt: Attempt, work: Any) -> Any:
        if limit is None:
            return await work
        deadline = asyncio.get_running_loop().call_later(limit.total_seconds(), attempt.stop, OVER_TIME_LIMIT)
        try:
            return await work
        finally:
            deadline.cancel()

    async def _perform_here(self, definition: JobDefinition, args: Any, context: JobContext) -> Any:
        function = definition.function
        if function is not None and not definition.injected:
            return await function.function(**function.signature.call_arguments(args))
        async with self._scopes.open(_given(definition, context)) as scope:
            if function is None:
                job = await scope.get(definition.target)
                return await job.execute(args)
            injected = {name: await scope.get(wanted) for name, wanted in definition.injected.items()}
            return await function.function(**function.signature.call_arguments(args), **injected)

    async def _perform_in_thread(self, definition: JobDefinition, args: Any, attempt: Attempt) -> Any:
        """Threads cannot be interrupted: the claim is kept until the thread ends."""
        call: Callable[[], Any] = lambda: self._perform_blocking(definition, args, attempt.context)  # noqa: E731
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._threads, copy_context().run, call)

    def _perform_blocking(self, definition: JobDefinition, args: Any, context: JobContext) -> Any:
        function = definition.function
        if function is not None and not definition.injected:
            return function.function(**function.signature.call_arguments(args))
        with self._scopes.open_blocking(_given(definition, context)) as scope:
            if function is None:
                return scope.get(definition.target).execute(args)
            injected = {name: scope.get(wanted) for name, wanted in definition.injected.items()}
            return function.function(**function.signature.call_arguments(args), **injected)

    # -- judging

    def _succeeded(self, definition: JobDefinition, claimed: ClaimedJob, result: Any) -> Succeeded:
        if result is None or not self._options.store_successful_jobs:
            return Succeeded()
        try:
            return Succeeded(definition.result_codec.encode(result))
        except Exception as error:  # noqa: BLE001  (the work is done: it must not be done again for its result's sake)
            self._events.emit(ResultDropped(claimed, str(error)))
            return Succeeded()

    def _judge(self, definition: JobDefinition, attempt: Attempt, error: BaseException) -> Outcome:
        """What an error means: first our own wish to stop, then the job's decisions, then the retry policy."""
        reason = attempt.context.stop_reason
        if reason in (HOST_STOPPING, CLAIM_LOST):
            return HandedBack(reason)
        if reason == CANCEL_REQUESTED:
            return Cancelled(reason)
        if reason == OVER_TIME_LIMIT:
            return self._after_failure(definition, attempt.claimed, _time_limit_error(definition, self._options, error))
        match error:
            case Snooze(after=after, until=until):
                now = self._clock.now()
                return Snoozed(until or now + (after or timedelta(0)), error.reason)
            case Cancel(reason=why):
                return Cancelled(why)
            case Fail():
                return Failed(ErrorDetails.of(error))
            case _:
                return self._after_failure(definition, attempt.claimed, error)

    def _after_failure(self, definition: JobDefinition, claimed: ClaimedJob, error: BaseException) -> Outcome:
        next_at = self._next_attempt(self.policy(definition), claimed, error, self._clock.now())
        details = ErrorDetails.of(error)
        return Failed(details) if next_at is None else Retrying(next_at, details)

    def policy(self, definition: JobDefinition) -> Retry:
        """The retry policy of a job: its own, or the application's."""
        return definition.options.retry or self._options.retry_policy()

    def attempt_limit(self, name: str) -> int | None:
        """How many attempts a job of this name has in all, for people to read."""
        definition = self._registry.find(name)
        return None if definition is None else self.policy(definition).attempt_limit()

    @staticmethod
    def _next_attempt(policy: Retry, claimed: ClaimedJob, error: BaseException, now: datetime) -> datetime | None:
        if isinstance(error, asyncio.CancelledError):
            error = RuntimeError("the job cancelled itself by raising CancelledError")
        return policy.next_attempt_at(
            attempt=claimed.attempt,
            error=error,
            ended_at=now,
            counted_from=claimed.counted_from,
            luck=random.random(),  # noqa: S311  (spreads retries, guards nothing)
        )


def _given(definition: JobDefinition, context: JobContext) -> dict[Any, Any]:
    """What exists in this attempt's scope only."""
    target = definition.target if definition.function is None else definition.function.function
    return {JobContext: context, Logger: logger_for(target)}


def _time_limit_error(
    definition: JobDefinition, options: BackgroundJobOptions, error: BaseException
) -> TimeLimitExceeded:
    limit = definition.options.time_limit or options.default_time_limit
    exceeded = TimeLimitExceeded(f"job {definition.name!r} was stopped at its time limit of {limit}")
    exceeded.__cause__ = error
    return exceeded
