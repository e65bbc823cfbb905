"""The blocking twin of the job manager: for scripts, Flask, Django views, and jobs that run in threads."""

from collections.abc import Callable, Coroutine, Iterable, Mapping
from datetime import timedelta
from typing import Any, TypeVar, Unpack, overload

from dawam.jobs.absent import ABSENT
from dawam.jobs.enqueued import EnqueuedJob
from dawam.jobs.function import JobCall
from dawam.jobs.job import AsyncBackgroundJob, BackgroundJob
from dawam.manager import BackgroundJobManager
from dawam.portal import refuse_on_running_loop
from dawam.preparation import EnqueueOptions, EnqueueWords

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
    def enqueue(self, job: JobCall[R], /, **options: Unpack[EnqueueWords]) -> EnqueuedJob[R]: ...
    @overload
    def enqueue(
        self, job: type[AsyncBackgroundJob[A]] | type[BackgroundJob[A]], args: A, /, **options: Unpack[EnqueueWords]
    ) -> EnqueuedJob[Any]: ...
    @overload
    def enqueue(self, name: str, args: Mapping[str, Any], /, **options: Unpack[EnqueueWords]) -> EnqueuedJob[Any]: ...
    @overload
    def enqueue(self, args: object, /, **options: Unpack[EnqueueWords]) -> EnqueuedJob[Any]: ...
    def enqueue(self, job: Any, args: Any = ABSENT, /, **options: Unpack[EnqueueWords]) -> EnqueuedJob[Any]:
        """As `BackgroundJobManager.enqueue`; raises `NotRunningError` on a running event loop."""
        refuse_on_running_loop("app.sync.enqueue", _CURE)
        chosen, transaction = EnqueueOptions.of(options), options.get("transaction")
        if transaction is not None:
            [stored] = self._manager().enqueue_inside_blocking([(job, args)], chosen, transaction)
            return stored
        enqueued: EnqueuedJob[Any] = self._run(lambda: self._manager().enqueue_with(job, args, chosen))
        return enqueued

    def enqueue_many(self, jobs: Iterable[Any], **options: Unpack[EnqueueWords]) -> list[EnqueuedJob[Any]]:
        """As `BackgroundJobManager.enqueue_many`: all or none, answered in order."""
        refuse_on_running_loop("app.sync.enqueue_many", _CURE)
        wanted, chosen, transaction = list(jobs), EnqueueOptions.of(options), options.get("transaction")
        if transaction is not None:
            return self._manager().enqueue_inside_blocking([(job, ABSENT) for job in wanted], chosen, transaction)
        enqueued: list[EnqueuedJob[Any]] = self._run(lambda: self._manager().enqueue_many_with(wanted, chosen))
        return enqueued

    def result(self, job: EnqueuedJob[R], *, within: timedelta | None = None) -> R:
        """Waits for a job's result; as `EnqueuedJob.result`."""
        refuse_on_running_loop("app.sync.result", "await job.result() there instead")
        answer: R = self._run(lambda: job.result(within=within))
        return answer
