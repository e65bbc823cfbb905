"""As much of a container as stories of workers need."""

from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager
from typing import Any, TypeVar

T = TypeVar("T")


class Session:
    """A scoped service: one per tick."""

    def __init__(self) -> None:
        self.is_open = True


class Scope:
    def __init__(self, given: Mapping[type[Any], Any], built: Mapping[type[Any], Callable[["Scope"], Any]]) -> None:
        self._values = dict(given)
        self._built = built

    def get(self, service: type[T]) -> T:
        if service not in self._values:
            self._values[service] = self._built.get(service, lambda _: service())(self)
        value: T = self._values[service]
        return value

    def close(self) -> None:
        for value in self._values.values():
            if isinstance(value, Session):
                value.is_open = False


class AsyncScope:
    def __init__(self, scope: Scope) -> None:
        self._scope = scope

    async def get(self, service: type[T]) -> T:
        return self._scope.get(service)


class Scopes:
    """As much of a container as these stories need: it builds a class by calling it, or as it was told to."""

    def __init__(self) -> None:
        self.built: dict[type[Any], Callable[[Scope], Any]] = {}
        self._app = Scope({}, self.built)

    async def get(self, service: type[T]) -> T:
        return self._app.get(service)

    async def close(self) -> None: ...

    @asynccontextmanager
    async def open(self, given: Mapping[type[Any], Any]) -> AsyncIterator[AsyncScope]:
        with self.open_blocking(given) as scope:
            yield AsyncScope(scope)

    @contextmanager
    def open_blocking(self, given: Mapping[type[Any], Any]) -> Iterator[Scope]:
        scope = Scope(given, self.built)
        try:
            yield scope
        finally:
            scope.close()
