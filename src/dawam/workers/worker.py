"""What users write for work that is done again and again: worker classes, worker functions, a tick's context.

A periodic worker is built anew for every tick, in a scope of its own, so a scoped dependency (a session, a
repository) may simply be asked for in the constructor. A custom worker is built once and has its own loop.
"""

import logging
from abc import ABC, abstractmethod
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta, tzinfo
from typing import Any, ClassVar, Unpack

from dawam.jobs.retry import Retry
from dawam.jobs.run_services import AsyncServices, BlockingServices, RunServices
from dawam.workers.record import AfterCrash
from dawam.workers.schedules.schedule import Dialect
from dawam.workers.tick_options import RunsOn, TickWords


class PeriodicWorkerContext(RunServices):
    """The tick that is running: which one it is, whether it should stop, and the services of its scope."""

    def __init__(
        self,
        *,
        name: str,
        tick: int,
        planned_at: datetime,
        started_at: datetime,
        is_triggered: bool = False,
        fence_token: int = 0,
        services: AsyncServices | None = None,
        blocking_services: BlockingServices | None = None,
    ) -> None:
        super().__init__(f"worker {name!r}", services, blocking_services)
        self.name = name
        self.tick = tick
        """1 for the worker's first tick ever, as far as the store knows."""
        self.planned_at = planned_at
        """The moment of the plan: a report of the day belongs to this day, even if it runs after midnight."""
        self.started_at = started_at
        self.is_triggered = is_triggered
        """Whether it was asked for, by a person or `run_on_start`, beside the plan."""
        self.fence_token = fence_token
        """Grows with every tick of this worker: pass it to systems that can refuse a smaller one."""
        self.attempt = 1
        """1 for the first try; grows with each one that the worker's `retry` adds."""
        self._stopping = False

    @property
    def stopping(self) -> bool:
        """Whether the host is stopping: a long tick should end at its next safe place."""
        return self._stopping

    # -- for the ticker

    def stop(self) -> None:
        """Asks the tick to stop."""
        self._stopping = True


class _Worker:
    """What all workers share."""

    name: ClassVar[str | None] = None
    """None: the full name of the class."""

    @property
    def logger(self) -> logging.Logger:
        """A logger named for the worker's class; inject a `Logger` instead where a test wants to see it."""
        return logging.getLogger(f"{type(self).__module__}.{type(self).__qualname__}")


class _PeriodicWorker(_Worker):
    """What both kinds of periodic worker share: when and how they tick, as attributes of the class."""

    every: ClassVar[timedelta | None] = None
    """How long to rest between the end of one tick and the start of the next."""
    fixed_rate: ClassVar[bool] = False
    """True: `every` counts from start to start."""
    cron: ClassVar[str | None] = None
    """A cron expression, in place of `every`."""
    time_zone: ClassVar[str | tzinfo | None] = None
    """In which `cron` is meant, as "Asia/Riyadh"; UTC without it."""
    dialect: ClassVar[Dialect | str | None] = None
    """Of `cron`: five fields without it; `seconds` has six, `quartz` six or seven."""
    run_on_start: ClassVar[bool] = False
    """True: a tick at once when the first host starts, beside the plan."""
    runs_on: ClassVar[RunsOn] = RunsOn.ONE_HOST
    """Whether each tick runs on one host of all (the default), or every host ticks for itself."""
    catch_up: ClassVar[int] = 1
    """How many of the latest moments that were missed are run after all: 0 none, 1 the last one."""
    jitter: ClassVar[timedelta] = timedelta(0)
    """Up to how much later than planned a tick may begin, by chance."""
    after_crash: ClassVar[AfterCrash] = AfterCrash.AGAIN
    """Whether a tick whose host died is run again or skipped."""
    retry: ClassVar[Retry | None] = None
    """Tries a tick that raised again, inside of it; None: the next tick is the next try."""


class AsyncPeriodicBackgroundWorker(_PeriodicWorker, ABC):
    """A timer whose work is a coroutine. Ticks never overlap, and what a tick raises never stops the next one."""

    @abstractmethod
    async def do_work(self, context: PeriodicWorkerContext) -> None:
        """Does the work of one tick."""


class PeriodicBackgroundWorker(_PeriodicWorker, ABC):
    """A timer whose work blocks: each tick runs in a thread of the host's, beside the event loop."""

    @abstractmethod
    def do_work(self, context: PeriodicWorkerContext) -> None:
        """Does the work of one tick; it cannot be interrupted, so a long one looks at `context.stopping`."""


class BackgroundWorker(_Worker, ABC):
    """A worker that is no timer: it has a loop of its own, or waits for events.

    It is one object for the life of the host. `start` returns as soon as the worker is under way (it starts a task or
    subscribes to something); `stop` ends that. Stopping what was never started, or twice, has to be fine.
    """

    @abstractmethod
    async def start(self) -> None:
        """Begins. What it raises keeps the host from starting."""

    @abstractmethod
    async def stop(self) -> None:
        """Ends. What it raises is logged, and the other workers are stopped all the same."""


class WorkerFunction:
    """A function that ticks: what `@app.worker(every=...)` makes of it. Calling it calls the function.

    Every parameter is injected (`session: Session = injected`), or is the `PeriodicWorkerContext` of the tick.
    """

    def __init__(
        self,
        function: Callable[..., Awaitable[None]] | Callable[..., None],
        *,
        name: str | None = None,
        **words: Unpack[TickWords],
    ) -> None:
        self.function = function
        self.name = name
        """None: the full name of the function."""
        self.words = words
        """What it was told; it is checked when the application is built."""
        self.__doc__ = function.__doc__

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        return self.function(*args, **kwargs)


AnyWorker = (
    type[AsyncPeriodicBackgroundWorker] | type[PeriodicBackgroundWorker] | type[BackgroundWorker] | WorkerFunction
)
"""What can be added to a host."""
