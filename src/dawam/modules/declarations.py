"""The decorators that an application and a module share: each keeps what it is given, and does nothing else with it."""

from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any, ParamSpec, TypeVar, overload

from dawam.errors import RegistrationError
from dawam.jobs.function import JobFunction
from dawam.jobs.options import DEFAULT_QUEUE, JobOptions
from dawam.jobs.priority import Priority
from dawam.jobs.retry import Retry
from dawam.workers.worker import WorkerFunction

P = ParamSpec("P")
R = TypeVar("R")
FunctionT = TypeVar("FunctionT", bound=Callable[..., Any])


class Declarations:
    """Jobs, workers and services declared at their functions: `@app.job`, `@app.worker`, `@app.provide`."""

    def __init__(self, prefix: str = "") -> None:
        """`prefix` stands before the names of those jobs that are given none."""
        self._prefix = prefix
        self._functions: list[JobFunction[..., Any]] = []
        self._workers: list[WorkerFunction] = []
        self._factories: list[Callable[..., Any]] = []

    @property
    def job_functions(self) -> tuple[JobFunction[..., Any], ...]:
        return tuple(self._functions)

    @property
    def worker_functions(self) -> tuple[WorkerFunction, ...]:
        return tuple(self._workers)

    @property
    def factories(self) -> tuple[Callable[..., Any], ...]:
        """What `provide` was given; each makes a scoped service."""
        return tuple(self._factories)

    @overload
    def job(self, function: Callable[P, Awaitable[R]], /) -> JobFunction[P, R]: ...
    @overload
    def job(
        self,
        name: str = ...,
        /,
        *,
        queue: str = ...,
        priority: Priority = ...,
        retry: Retry | None = ...,
        time_limit: timedelta | None = ...,
        aliases: tuple[str, ...] = ...,
    ) -> Callable[[Callable[P, Awaitable[R]]], JobFunction[P, R]]: ...
    def job(
        self,
        name: Any = None,
        /,
        *,
        queue: str = DEFAULT_QUEUE,
        priority: Priority = Priority.NORMAL,
        retry: Retry | None = None,
        time_limit: timedelta | None = None,
        aliases: tuple[str, ...] = (),
    ) -> Any:
        """Makes a job of an async function: `@app.job` or `@app.job("orders.receipt", retry=Retry(max_attempts=5))`.

        Args:
            name: what is stored; left out, it is the function's module (or the name of the `Module`) and name.
            queue, priority, retry, time_limit: as the attributes of a job class.
            aliases: names under which older jobs are still stored.
        """
        options = JobOptions(queue=queue, priority=priority, retry=retry, time_limit=time_limit)
        if callable(name):
            return self._declare_job(name, None, aliases, options)

        def declare(function: Any) -> Any:
            return self._declare_job(function, name, aliases, options)

        return declare

    def worker(
        self, *, every: timedelta, name: str | None = None, run_on_start: bool = False
    ) -> Callable[[FunctionT], FunctionT]:
        """Makes a periodic worker of a function, plain or async; the function stays what it is.

        Args:
            every: how long to rest between the end of one tick and the start of the next.
            name: left out, it is the full name of the function.
            run_on_start: whether the first tick comes at once, instead of after one period.
        """

        def declare(function: FunctionT) -> FunctionT:
            self._workers.append(WorkerFunction(function, name=name, every=every, run_on_start=run_on_start))
            return function

        return declare

    def provide(self, factory: FunctionT) -> FunctionT:
        """Has a function make what its return annotation says, once for each run; its parameters are injected.

        See `Services.provide` for generators, and for other lifetimes.
        """
        self._factories.append(factory)
        return factory

    def _declare_job(self, function: Any, name: str | None, aliases: tuple[str, ...], options: JobOptions) -> Any:
        if name is None and self._prefix:
            name = f"{self._prefix}.{getattr(function, '__name__', '')}"
        declared = JobFunction[..., Any](function, name=name, aliases=aliases, options=options)
        if any(each.name == declared.name for each in self._functions):
            raise RegistrationError(f"two job functions are named {declared.name!r}: give one of them another name")
        self._functions.append(declared)
        return declared
