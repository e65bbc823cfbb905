"""Jobs by name at run time: handlers that come and go while the application runs, and enqueueing without a class."""

from collections.abc import Coroutine
from datetime import timedelta
from typing import Any, Unpack

from dawam.errors import NotRunningError
from dawam.jobs.awaited import Enqueueing
from dawam.jobs.enqueued import EnqueuedJob
from dawam.jobs.handler_registry import HandlerRegistry
from dawam.jobs.handlers import DynamicJobHandler, HandlerJob
from dawam.jobs.options import DEFAULT_QUEUE, JobOptions, OnCrash
from dawam.jobs.options_check import checked_options
from dawam.jobs.priority import Priority
from dawam.jobs.retry import Retry
from dawam.manager import BackgroundJobManager
from dawam.preparation import EnqueueOptions, EnqueueWords


class DynamicBackgroundJobManager:
    """Enqueues jobs by name, and takes handlers for names that no typed job has. Inject it, or use `app.dynamic_jobs`.

    Handlers live in this process and are never stored: register them whenever the application starts, in every process
    that runs such jobs or enqueues them. A typed job stands above a handler of the same name.
    """

    def __init__(self, handlers: HandlerRegistry, manager: BackgroundJobManager | None = None) -> None:
        """`manager` is None before the application is opened: handlers are kept for then."""
        self.handlers = handlers
        self._manager = manager

    def enqueue(
        self, name: str, args: Any, /, **options: Unpack[EnqueueWords]
    ) -> Coroutine[Any, Any, EnqueuedJob[Any]]:
        """Stores one job of this name and answers with its id; await it.

        Args:
            args: for a typed job a mapping of its fields, which is checked; for a handler whatever has a JSON form.
            options: those of `BackgroundJobManager.enqueue`.

        Raises `UnknownJobError`, with the nearest name, where there is neither a typed job nor a handler.
        """
        if self._manager is None:
            raise NotRunningError(
                "the application is not open, so nothing can be enqueued: use it inside `async with app:` (or "
                "app.sync in blocking code). Handlers may be registered before"
            )
        chosen, transaction = EnqueueOptions.of(options), options.get("transaction")
        return Enqueueing(self._manager.enqueue_with(name, args, chosen, transaction), name)

    def register_handler(
        self,
        name: str,
        handler: DynamicJobHandler,
        *,
        queue: str = DEFAULT_QUEUE,
        priority: Priority = Priority.NORMAL,
        retry: Retry | None = None,
        time_limit: timedelta | None = None,
        expected_run_time: timedelta | None = None,
        on_crash: OnCrash = OnCrash.RETRY,
    ) -> None:
        """From now on jobs of this name are run by the handler; the one before is replaced.

        A running host takes at once what was parked under the name. May be called from any thread.

        Args:
            handler: `async def handler(context: DynamicJobContext)`, or a plain `def`, which runs in a thread.
            queue, priority, retry, time_limit, expected_run_time, on_crash: as the attributes of a job class.

        Raises `RegistrationError` for a blank name, and for what cannot be a handler.
        """
        options = JobOptions(
            queue=queue,
            priority=priority,
            retry=retry,
            time_limit=time_limit,
            expected_run_time=expected_run_time,
            on_crash=on_crash,
        )
        job = HandlerJob(name, handler)
        self.handlers.set(job, checked_options(options, f"the handler of {name!r}"))

    def unregister_handler(self, name: str) -> bool:
        """Takes a handler away, and says whether there was one.

        What it runs now is run to the end; other jobs of the name are parked until somebody knows it again.
        """
        return self.handlers.drop(name)

    def is_handler_registered(self, name: str) -> bool:
        """Whether there is a handler of this name, even one above which a typed job stands."""
        return name in self.handlers.names
