"""What users write to put an application together: a module, its dependencies and its life."""

from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any, ClassVar, Protocol, TypeVar, overload

from dawam.modules.declarations import Declaring
from dawam.modules.services import Services
from dawam.workers.worker import AnyWorker

T = TypeVar("T")

AddWorker = Callable[[AnyWorker, timedelta | None], Awaitable[None]]


class ApplicationServices(Protocol):
    """The services that live as long as the application."""

    async def get(self, wanted: Any, /) -> Any: ...


class ApplicationContext:
    """The application that is starting or stopping, as its modules see it."""

    def __init__(self, services: ApplicationServices, add_worker: AddWorker) -> None:
        self._services = services
        self._add_worker = add_worker

    @overload
    async def get(self, wanted: type[T], /) -> T: ...
    @overload
    async def get(self, wanted: Any, /) -> Any: ...
    async def get(self, wanted: Any, /) -> Any:
        """A service that lives as long as the application. Raises `DependencyError` for what lives in one run."""
        return await self._services.get(wanted)

    async def add_background_worker(self, worker: AnyWorker, *, every: timedelta | None = None) -> None:
        """Adds a worker class; it starts with the host, or at once where that is running.

        Args:
            every: instead of the worker's own period.
        """
        await self._add_worker(worker, every)


class Module(Declaring):
    """A part of an application: what it registers, and what it does at the beginning and at the end.

    The modules named in `depends_on` come before it in everything, and after it at the shutdown. For each step all
    modules have their turn before the next step begins.

    A module may also be a plain object, `jobs = Module("shop")`, that collects functions with `@jobs.job`.
    """

    depends_on: ClassVar[tuple[type["Module"], ...]] = ()

    def __init__(self, name: str = "") -> None:
        """`name` stands before the names of the job functions declared with it."""
        super().__init__(prefix=name)
        self.name = name or type(self).__qualname__

    def pre_configure_services(self, services: Services) -> None:
        """Registers what other modules should find when they configure theirs."""

    def configure_services(self, services: Services) -> None:
        """Registers services, jobs, workers, handlers and options."""

    def post_configure_services(self, services: Services) -> None:
        """Changes what others registered."""

    async def on_pre_application_initialization(self, context: ApplicationContext) -> None:
        """Does what has to be done before any module is initialized."""

    async def on_application_initialization(self, context: ApplicationContext) -> None:
        """Prepares what it needs, and adds its workers."""

    async def on_post_application_initialization(self, context: ApplicationContext) -> None:
        """Does what needs all modules to be initialized."""

    async def on_application_shutdown(self, context: ApplicationContext) -> None:
        """Ends what it began. Called after the host has stopped, also when the start failed half-way."""


class BackgroundJobsModule(Module):
    """What a module depends on that enqueues or runs jobs, as ABP's users write it."""


class BackgroundWorkersModule(Module):
    """What a module depends on that adds background workers, as ABP's users write it."""
