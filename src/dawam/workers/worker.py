"""What users write for work that is done again and again: worker classes, worker functions, a tick's context.

A periodic worker is built anew for every tick, in a scope of its own, so a scoped dependency (a session, a
repository) may simply be asked for in the constructor. A custom worker is built once and has its own loop.
"""

import logging
from abc import ABC, abstractmethod
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from typing import Any, ClassVar, Protocol, TypeVar

T = TypeVar("T")


class AsyncServices(Protocol):
    """A tick's own services, as coroutines see them."""

    async def get(self, service: type[T], /) -> T: ...


class BlockingServices(Protocol):
    """A tick's own services, as threads see them."""

    def get(self, service: type[T], /) -> T: ...


class PeriodicWorkerContext:
    """The tick that is running: which one it is, whether it should stop, and the services of its scope."""

    def __init__(
        self,
        *,
        name: str,
        tick: int,
        planned_at: datetime,
        started_at: datetime,
        services: AsyncServices | None = None,
        blocking_services: BlockingServices | None = None,
    ) -> None:
        self.name = name
        self.tick = tick
        """1 for the first tick since this process started."""
        self.planned_at = planned_at
        self.started_at = started_at
        self._services = services
        self._blocking_services = blocking_services
        self._stopping = False

    @property
    def stopping(self) -> bool:
        """Whether the host is stopping: a long tick should end at its next safe place."""
        return self._stopping

    async def get(self, service: type[T]) -> T:
        """A service from this tick's scope; the scope is closed when the tick ends."""
        if self._services is None:
            raise RuntimeError(f"worker {self.name!r} runs in a thread: use context.get_blocking({service.__name__})")
        return await self._services.get(service)

    def get_blocking(self, service: type[T]) -> T:
        """The same for a `PeriodicBackgroundWorker`, which runs in a thread."""
        if self._blocking_services is None:
            raise RuntimeError(f"worker {self.name!r} runs on the loop: use await context.get({service.__name__})")
        return self._blocking_services.get(service)

    # -- for the ticker

    def stop(self) -> None:
        """Asks the tick to stop."""
        self._stopping = True

    def serve_from(
        self, services: AsyncServices | None = None, blocking_services: BlockingServices | None = None
    ) -> None:
        """Connects the scope, which is opened after the context because it hands the context out."""
        self._services, self._blocking_services = services, blocking_services


class _Worker:
    """What all workers share."""

    name: ClassVar[str | None] = None
    """None: the full name of the class."""

    @property
    def logger(self) -> logging.Logger:
        """A logger named for the worker's class; inject a `Logger` instead where a test wants to see it."""
        return logging.getLogger(f"{type(self).__module__}.{type(self).__qualname__}")


class _PeriodicWorker(_Worker):
    """What both kinds of periodic worker share."""

    every: ClassVar[timedelta | None] = None
    """How long to rest between the end of one tick and the start of the next."""
    run_on_start: ClassVar[bool] = False
    """True: the first tick comes at once, instead of after one period."""


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
        every: timedelta,
        run_on_start: bool = False,
    ) -> None:
        self.function = function
        self.name = name
        """None: the full name of the function."""
        self.every = every
        self.run_on_start = run_on_start
        self.__doc__ = function.__doc__

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        return self.function(*args, **kwargs)


AnyWorker = (
    type[AsyncPeriodicBackgroundWorker] | type[PeriodicBackgroundWorker] | type[BackgroundWorker] | WorkerFunction
)
"""What can be added to a host."""
