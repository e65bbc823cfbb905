"""The decorators that an application and a module share: each keeps what it is given, and does nothing else with it."""

from collections.abc import Callable, Coroutine
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any, ParamSpec, Protocol, TypeVar, Unpack, overload

from dawam.errors import RegistrationError
from dawam.jobs.absent import ABSENT
from dawam.jobs.function import JobFunction
from dawam.jobs.options import DEFAULT_QUEUE, JobOptions, OnCrash, RunsIn
from dawam.jobs.priority import Priority
from dawam.jobs.retry import Retry
from dawam.workers.tick_options import RecurringWords, TickWords
from dawam.workers.worker import WorkerFunction

P = ParamSpec("P")
R = TypeVar("R")
FunctionT = TypeVar("FunctionT", bound=Callable[..., Any])


@dataclass(frozen=True, slots=True)
class RecurringDeclaration:
    """A recurring job as it was declared, not looked up yet."""

    name: str
    job: Any
    args: Any
    words: RecurringWords


class JobDecorator(Protocol):
    """What `@app.job("name", ...)` is before it is given the function."""

    @overload
    def __call__(self, function: Callable[P, Coroutine[Any, Any, R]], /) -> JobFunction[P, R]: ...
    @overload
    def __call__(self, function: Callable[P, R], /) -> JobFunction[P, R]: ...


@dataclass(slots=True)
class Declarations:
    """What was declared at functions, in order."""

    functions: list[JobFunction[..., Any]] = field(default_factory=list[JobFunction[..., Any]])
    workers: list[WorkerFunction] = field(default_factory=list[WorkerFunction])
    recurring: list[RecurringDeclaration] = field(default_factory=list[RecurringDeclaration])
    factories: list[Callable[..., Any]] = field(default_factory=list[Callable[..., Any]])
    """What `provide` was given; each makes a scoped service."""


class Declaring:
    """Something on which jobs, workers and services are declared: `@app.job`, `@app.worker`, `@app.provide`."""

    def __init__(self, prefix: str = "") -> None:
        """`prefix` stands before the names of those jobs and workers that are given none."""
        self.declarations = Declarations()
        self._prefix = prefix

    @overload
    def job(self, function: Callable[P, Coroutine[Any, Any, R]], /) -> JobFunction[P, R]: ...
    @overload
    def job(self, function: Callable[P, R], /) -> JobFunction[P, R]: ...
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
        expected_run_time: timedelta | None = ...,
        on_crash: OnCrash = ...,
        runs_in: RunsIn = ...,
        abandon_thread: bool = ...,
        aliases: tuple[str, ...] = ...,
    ) -> JobDecorator: ...
    def job(
        self,
        name: Any = None,
        /,
        *,
        queue: str = DEFAULT_QUEUE,
        priority: Priority = Priority.NORMAL,
        retry: Retry | None = None,
        time_limit: timedelta | None = None,
        expected_run_time: timedelta | None = None,
        on_crash: OnCrash = OnCrash.RETRY,
        runs_in: RunsIn = "host",
        abandon_thread: bool = False,
        aliases: tuple[str, ...] = (),
    ) -> Any:
        """Makes a job of a function: `@app.job` or `@app.job("orders.receipt", retry=Retry(max_attempts=5))`.

        An async function runs on the host's event loop, a plain one in a thread beside it; either in a process of its
        own with `runs_in="process"`.

        Args:
            name: what is stored; left out, it is the function's module (or the name of the `Module`) and name.
            queue, priority, retry, time_limit, expected_run_time, on_crash, runs_in, abandon_thread: as the attributes
                of a job class.
            aliases: names under which older jobs are still stored.
        """
        options = JobOptions(
            queue=queue,
            priority=priority,
            retry=retry,
            time_limit=time_limit,
            on_crash=on_crash,
            expected_run_time=expected_run_time,
            runs_in=runs_in,
            abandon_thread=abandon_thread,
        )
        if callable(name):
            return self._declare_job(name, None, aliases, options)

        def declare(function: Any) -> Any:
            return self._declare_job(function, name, aliases, options)

        return declare

    def worker(self, name: str | None = None, **words: Unpack[TickWords]) -> Callable[[FunctionT], FunctionT]:
        """Makes a periodic worker of a function, plain or async; the function stays what it is.

        `@app.worker(every=timedelta(minutes=5))`, or `@app.worker("clean-up", cron="0 3 * * *")`.

        Args:
            name: left out, it is the function's module (or the name of the `Module`) and name.
            words: when and how it ticks, as the attributes of a worker class: `every` or `cron`, and more.
        """

        if callable(name):
            raise RegistrationError(
                f"worker {getattr(name, '__qualname__', name)!r} has no schedule: write it into the decorator, as in "
                "@app.worker(every=timedelta(minutes=5)) or @app.worker(cron='0 3 * * *')"
            )

        def declare(function: FunctionT) -> FunctionT:
            said = self._name_of(function) if name is None else name
            self.declarations.workers.append(WorkerFunction(function, name=said, **words))
            return function

        return declare

    def recurring(self, name: str, job: Any = ABSENT, *, args: Any = ABSENT, **words: Unpack[RecurringWords]) -> None:
        """Has a schedule enqueue a job: `app.recurring("daily-report", report.call(), cron="0 3 * * *")`.

        Such a job has retry, history and all that jobs have. While no host runs, its moments are missed, and the last
        one is made up for (`catch_up`). See `RecurringJobManager` for those that come and go at run time.

        Args:
            name: of the recurring job; the job's own name is another one.
            job: a `JobCall`, a job class or a job's name, with `args`; left out, `args` say which job it is.
            words: `every` or `cron` with `time_zone`, as `@app.worker` takes them; `queue`, `priority`, `headers`.
        """
        if any(each.name == name for each in self.declarations.recurring):
            raise RegistrationError(f"two recurring jobs are named {name!r}: give one of them another name")
        self.declarations.recurring.append(RecurringDeclaration(name, job, args, words))

    def provide(self, factory: FunctionT) -> FunctionT:
        """Has a function make what its return annotation says, once for each run; its parameters are injected.

        See `Services.provide` for generators, and for other lifetimes.
        """
        self.declarations.factories.append(factory)
        return factory

    def _name_of(self, function: Any) -> str | None:
        """What a function is called that was given no name; None: its full name, as there is no prefix."""
        return f"{self._prefix}.{getattr(function, '__name__', '')}" if self._prefix else None

    def _declare_job(self, function: Any, name: str | None, aliases: tuple[str, ...], options: JobOptions) -> Any:
        if name is None:
            name = self._name_of(function)
        declared = JobFunction[..., Any](function, name=name, aliases=aliases, options=options)
        if any(each.name == declared.name for each in self.declarations.functions):
            raise RegistrationError(f"two job functions are named {declared.name!r}: give one of them another name")
        self.declarations.functions.append(declared)
        return declared
