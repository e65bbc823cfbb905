"""The container of an application that has nothing to build: its services are objects that exist already.

Most small applications are like that, and start without loading the dependency injection library.
"""

from collections.abc import AsyncGenerator, Generator, Iterable, Mapping
from contextlib import asynccontextmanager, contextmanager
from typing import Any

from dawam.errors import DependencyError
from dawam.modules.registration import InstanceRegistration, Root


class _Found:
    """A scope: what was given with it, and the application's objects."""

    def __init__(self, values: Mapping[Any, Any]) -> None:
        self._values = values

    async def get(self, wanted: Any, /) -> Any:
        return _find(wanted, self._values)


class _FoundBlocking:
    def __init__(self, values: Mapping[Any, Any]) -> None:
        self._values = values

    def get(self, wanted: Any, /) -> Any:
        return _find(wanted, self._values)


class InstanceContainer:
    """`modules.scopes.Container` for instances alone."""

    def __init__(self, registrations: Iterable[InstanceRegistration]) -> None:
        self._values = {each.provides: each.value for each in registrations}

    @asynccontextmanager
    async def open(self, given: Mapping[Any, Any]) -> AsyncGenerator[_Found]:
        yield _Found({**self._values, **given})

    @contextmanager
    def open_blocking(self, given: Mapping[Any, Any]) -> Generator[_FoundBlocking]:
        yield _FoundBlocking({**self._values, **given})

    async def get(self, wanted: Any, /) -> Any:
        return _find(wanted, self._values)

    async def start(self) -> None:
        """There is nothing to make."""

    async def close(self) -> None:
        """There is nothing to end."""

    async def admit(self, root: Root) -> None:
        """Refuses whatever would have to be built."""
        if root.parameters is None:
            raise DependencyError(
                f"{root.kind} {getattr(root.target, '__qualname__', root.target)} was added after the application was "
                "put together, which has no services yet: register it in configure_services as well"
            )


def _find(wanted: Any, values: Mapping[Any, Any]) -> Any:
    if wanted not in values:
        name = getattr(wanted, "__qualname__", wanted)
        raise DependencyError(
            f"nobody provides {name}: register it in a module's configure_services, or with @app.provide"
        )
    return values[wanted]
