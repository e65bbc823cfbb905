"""What the rest of Dawam knows of dependency injection: a few small protocols, and no library."""

import logging
from collections.abc import Mapping
from contextlib import AbstractAsyncContextManager, AbstractContextManager
from typing import Any, Protocol

from dawam.modules.registration import Root


class Scope(Protocol):
    """The services of one run: made when they are first asked for, ended in reverse order when the run ends."""

    async def get(self, wanted: Any, /) -> Any: ...


class BlockingScope(Protocol):
    """The same for code in a thread: opened, asked and closed in that one thread."""

    def get(self, wanted: Any, /) -> Any: ...


class ScopeFactory(Protocol):
    """Opens a scope for each run of a job, tick of a worker or call of a handler.

    `given` are values that exist in this run only, by the type under which they are asked for. Whatever leaves the
    scope as an exception is thrown into the generators that made its services, so that they roll back.
    """

    def open(self, given: Mapping[Any, Any]) -> AbstractAsyncContextManager[Scope]: ...

    def open_blocking(self, given: Mapping[Any, Any]) -> AbstractContextManager[BlockingScope]: ...

    async def get(self, wanted: Any, /) -> Any:
        """A service that lives as long as the application."""
        ...

    async def close(self) -> None:
        """Ends the services that live as long as the application, in reverse order. Twice is fine."""
        ...


class Container(ScopeFactory, Protocol):
    """What an application holds: a `ScopeFactory` whose beginning and late additions it is in charge of."""

    async def start(self) -> None:
        """Tells it that it is used from the running loop: threads have their singletons made there.

        Has to be called before the first `open_blocking`.
        """
        ...

    async def admit(self, root: Root) -> None:
        """Checks something that was not known when the container was built, so that it can be built from now on.

        Admitting what is known changes nothing. Raises `DependencyError`.
        """
        ...


def logger_for(target: Any) -> logging.Logger:
    """The logger that a class or function gets where it asks for a `Logger`: it bears the target's full name."""
    name = getattr(target, "__qualname__", "") or target.__class__.__qualname__  # of an object that can be called
    return logging.getLogger(f"{target.__module__}.{name}")
