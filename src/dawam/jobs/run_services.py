"""The services of one run, as its own code asks for them: the handler of a job, or the tick of a worker."""

from typing import Any, Protocol, TypeVar

T = TypeVar("T")


class AsyncServices(Protocol):
    """As coroutines see them."""

    async def get(self, wanted: Any, /) -> Any: ...


class BlockingServices(Protocol):
    """As threads see them."""

    def get(self, wanted: Any, /) -> Any: ...


class RunServices:
    """What a context is, as far as services go: those of a scope that is closed when the run ends."""

    def __init__(
        self,
        owner: str,
        services: AsyncServices | None = None,
        blocking_services: BlockingServices | None = None,
    ) -> None:
        """`owner` is what runs, for the messages, as in `job 'orders.import'`."""
        self._owner = owner
        self._services, self._blocking_services = services, blocking_services

    async def get(self, service: type[T]) -> T:
        """A service from the scope of this run, which is closed when it ends."""
        if self._services is None:
            raise RuntimeError(f"{self._owner} runs in a thread: use context.get_blocking({service.__name__})")
        found: T = await self._services.get(service)
        return found

    def get_blocking(self, service: type[T]) -> T:
        """The same for code that is a plain `def`, and so runs in a thread."""
        if self._blocking_services is None:
            raise RuntimeError(f"{self._owner} runs on the loop: use await context.get({service.__name__})")
        found: T = self._blocking_services.get(service)
        return found

    def serve_from(
        self, services: AsyncServices | None = None, blocking_services: BlockingServices | None = None
    ) -> None:
        """For the host: connects the scope, which is opened after the context where it hands the context out."""
        self._services, self._blocking_services = services, blocking_services
