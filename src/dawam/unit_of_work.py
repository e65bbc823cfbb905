"""A unit of work: business data, the jobs it enqueues and the events it publishes commit together or not at all."""

import logging
from abc import ABC, abstractmethod
from collections import deque
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from contextvars import ContextVar
from typing import Generic, TypeVar

T = TypeVar("T")

_logger = logging.getLogger("dawam.unit_of_work")


class ActiveUnit:
    """The unit of work that is open in this task (and in the tasks and threads that it started)."""

    def __init__(self, transaction: object, origin: object, outer: "ActiveUnit | None" = None) -> None:
        self.transaction = transaction
        """What a store may join: the session or connection of the unit."""
        self.origin = origin
        """Who began it: only a unit of the same origin joins it."""
        self.outer = outer
        """The unit of another origin inside which this one was begun."""
        self._is_open = True
        self._completing: deque[Callable[[], Awaitable[None]]] = deque()
        self._after_commit: list[Callable[[], Awaitable[None]]] = []

    @property
    def is_open(self) -> bool:
        """Whether more can still be done in it: false from the moment of its commit or rollback."""
        return self._is_open

    def on_completing(self, callback: Callable[[], Awaitable[None]]) -> None:
        """Calls back just before the commit, in order; what a callback raises rolls the unit back.

        A callback may add more, which are called after those that are there.
        """
        self._completing.append(callback)

    def after_commit(self, callback: Callable[[], Awaitable[None]]) -> None:
        """Calls back after the commit, in order, and never after a rollback.

        What a callback raises is logged: the unit is committed, and that cannot be taken back.
        """
        self._after_commit.append(callback)

    # -- for `UnitOfWork`

    async def complete(self) -> None:
        """Calls everything that waited for the end of the unit."""
        while self._completing:
            await self._completing.popleft()()

    def close(self) -> None:
        self._is_open = False

    async def committed(self) -> None:
        """Calls everything that waited for the commit."""
        for callback in self._after_commit:
            try:
                await callback()
            except Exception:
                _logger.exception("a callback after the commit of a unit of work failed; the unit stays committed")


_current: ContextVar[ActiveUnit | None] = ContextVar("dawam_unit_of_work", default=None)


def current_unit_of_work() -> ActiveUnit | None:
    """The unit of work in which this code runs, if there is one that is still open."""
    # closed units are walked over, never reset: a unit may end in another context than the one in which it began
    unit = _current.get()
    while unit is not None and not unit.is_open:
        unit = unit.outer
    return unit


class UnitOfWork(ABC, Generic[T]):
    """Begins units of work; `T` is what is worked with inside of one, such as an `AsyncSession`.

    An implementation says how a transaction begins and ends; joining, events and callbacks are done here.
    """

    def begin(self) -> AbstractAsyncContextManager[T]:
        """Begins a unit: the end of the block commits it, an exception rolls it back.

        Inside a unit of the same origin the block joins that one, which alone commits or rolls back.
        """
        outer = current_unit_of_work()
        if outer is not None and outer.origin is self.origin:
            return self._joined(outer)
        return self._begun()

    @abstractmethod
    def transaction(self) -> AbstractAsyncContextManager[T]:
        """One transaction: leaving the block commits it, or rolls it back when an exception leaves."""

    async def flush(self, transaction: T) -> None:
        """Sends what the transaction still holds back, so that event handlers can read it. Nothing by default."""

    @property
    def origin(self) -> object:
        """Two `UnitOfWork` objects with the same origin mean the same database, and join each other."""
        return self

    @asynccontextmanager
    async def _joined(self, outer: ActiveUnit) -> AsyncGenerator[T]:
        yield outer.transaction  # type: ignore[misc]  # the same origin made it, so it is a T

    @asynccontextmanager
    async def _begun(self) -> AsyncGenerator[T]:
        async with self.transaction() as transaction:
            unit = ActiveUnit(transaction, self.origin, outer=current_unit_of_work())
            _current.set(unit)
            try:
                yield transaction
                await self.flush(transaction)
                await unit.complete()
            finally:
                unit.close()
        await unit.committed()
