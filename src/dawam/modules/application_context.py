"""What a module is given while the application starts and stops."""

from collections.abc import Awaitable, Callable
from typing import Any, Protocol, TypeVar, Unpack, overload

from dawam.workers.tick_options import TickWords
from dawam.workers.worker import AnyWorker

T = TypeVar("T")

AddWorker = Callable[[AnyWorker, TickWords], Awaitable[None]]


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

    async def add_background_worker(self, worker: AnyWorker, **words: Unpack[TickWords]) -> None:
        """Adds a worker class; it starts with the host, or at once where that is running.

        Args:
            words: when and how it ticks, instead of what its class says: `every=timedelta(minutes=1)`.
        """
        await self._add_worker(worker, words)
