"""The blocking twin of the job manager: for scripts, Flask, Django views, and jobs that run in threads."""

from collections.abc import Callable, Coroutine, Iterable, Mapping
from datetime import datetime, timedelta
from typing import Any, TypeVar, overload

from dawam.jobs.enqueued import EnqueuedJob
from dawam.jobs.function import JobCall
from dawam.jobs.job import AsyncBackgroundJob, BackgroundJob
from dawam.jobs.priority import Priority
from dawam.manager import BackgroundJobManager
from dawam.portal import refuse_on_running_loop
from dawam.preparation import ABSENT, EnqueueOptions

A = TypeVar("A")
R = TypeVar("R")

_CURE = "await app.jobs.enqueue(...) there instead"


class SyncBackgroundJobManager:
    """Enqueues jobs and waits, on any thread that runs no event loop.

    With `transaction=` the statement runs on the caller's own connection and thread; everything else runs on
    the application's loop.
    """

    def __init__(
        self,
        manager: Callable[[], BackgroundJobManager],
        run: Callable[[Callable[[], Coroutine[Any, Any, Any]]], Any],
    ) -> None:
        self._manager, self._run = manager, run

    @overload
    def enqueue(
        self,
        job: JobCall[R],
        /,
        *,
        priority: Priority | None = ...,
        delay: timedelta | None = ...,
        run_at: datetime | None = ...,
        queue: str | None = ...,
        headers: Mapping[str, str] = ...,
        transaction: object = ...,
    ) -> EnqueuedJob[R]: ...
    @overload
    def enqueue(
        self,
        job: type[AsyncBackgroundJob[A]] | type[BackgroundJob[A]],
        args: A,
        /,
        *,
        priority: Priority | None = ...,
        delay: timedelta | None = ...,
        run_at: datetime | None = ...,
        queue: str | None = ...,
        headers: Mapping[str, str] = ...,
        transaction: object = ...,
    ) -> EnqueuedJob[Any]: ...
    @overload
    def enqueue(
        self,
        name: str,
        args: Mapping[str, Any],
        /,
        *,
        priority: Priority | None = ...,
        delay: timedelta | None = ...,
        run_at: datetime | None = ...,
        queue: str | None = ...,
        headers: Mapping[str, str] = ...,
        transaction: object = ...,
    ) -> EnqueuedJob[Any]: ...
    @overload
    def enqueue(
        self,
        args: object,
        /,
        *,
        priority: Priority | None = ...,
        delay: timedelta | None = ...,
        run_at: datetime | None = ...,
        queue: str | None = ...,
        headers: Mapping[str, str] = ...,
        transaction: object = ...,
    ) -> EnqueuedJob[Any]: ...
    def enqueue(
        self,
        job: Any,
        args: Any = ABSENT,
        /,
        *,
        priority: Priority | None = None,
        delay: timedelta | None = None,
        run_at: datetime | None = None,
        queue: str | None = None,
        headers: Mapping[str, str] | None = None,
        transaction: object = None,
    ) -> EnqueuedJob[Any]:
        """As `BackgroundJobManager.enqueue`; raises `NotRunningError` on a running event loop."""
        refuse_on_running_loop("app.sync.enqueue", _CURE)
        options = EnqueueOptions(
            priority=priority, delay=delay, run_at=run_at, queue=queue, headers=headers or {}
        )  # fmt: skip
        if transaction is not None:
            [enqueued] = self._manager().enqueue_inside_blocking([(job, args)], options, transaction)
            return enqueued
        stored: EnqueuedJob[Any] = self._run(lambda: self._manager().enqueue_with(job, args, options))
        return stored

    def enqueue_many(
        self,
        jobs: Iterable[Any],
        *,
        priority: Priority | None = None,
        delay: timedelta | None = None,
        run_at: datetime | None = None,
        queue: str | None = None,
        headers: Mapping[str, str] | None = None,
        transaction: object = None,
    ) -> list[EnqueuedJob[Any]]:
        """As `BackgroundJobManager.enqueue_many`: all or none, answered in order."""
        refuse_on_running_loop("app.sync.enqueue_many", _CURE)
        options = EnqueueOptions(
            priority=priority, delay=delay, run_at=run_at, queue=queue, headers=headers or {}
        )  # fmt: skip
        if transaction is not None:
            return self._manager().enqueue_inside_blocking([(job, ABSENT) for job in jobs], options, transaction)
        wanted = list(jobs)
        stored: list[EnqueuedJob[Any]] = self._run(lambda: self._manager().enqueue_many_with(wanted, options))
        return stored

    def result(self, job: EnqueuedJob[R], *, within: timedelta | None = None) -> R:
        """Waits for a job's result; as `EnqueuedJob.result`."""
        refuse_on_running_loop("app.sync.result", "await job.result() there instead")
        answer: R = self._run(lambda: job.result(within=within))
        return answer
