"""The caller's own transaction, as far as enqueueing inside it needs to know it.

An adapter wraps one kind of foreign object (a `sqlite3.Connection`, an `AsyncSession`, ...). It is found by the
top-level package that the object's class comes from, so a driver that nobody uses is never imported.
"""

from collections.abc import Callable, Mapping, Sequence
from importlib import import_module
from typing import Protocol

from dawam.errors import TransactionError
from dawam.stores.values import Statement


class Transaction(Protocol):
    """One foreign transaction. `is_async` says which of the two runners to use."""

    @property
    def is_async(self) -> bool: ...

    async def database(self) -> str:
        """Names the database it is on, comparable with `TransactionalWriter.database`; async kinds only."""
        ...

    def database_blocking(self) -> str:
        """The same for blocking kinds."""
        ...

    async def run(self, statements: Sequence[Statement]) -> None:
        """Executes the statements inside the transaction; async kinds only."""
        ...

    def run_blocking(self, statements: Sequence[Statement]) -> None:
        """The same for blocking kinds, on the calling thread."""
        ...

    def after_commit(self, callback: Callable[[], None]) -> bool:
        """Calls back once after the commit, never after a rollback. False: this kind cannot tell."""
        ...


Adapter = Callable[[object], Transaction | None]
"""Wraps an object it knows; None for one it does not."""


class Transactions:
    """Finds the adapter for whatever a caller passes as `transaction=`.

    `adapters` maps a top-level package to `module:function`, loaded when an object of that package first comes.
    """

    def __init__(self, adapters: Mapping[str, str]) -> None:
        self._adapters = dict(adapters)
        self._loaded: dict[str, Adapter] = {}

    def adapt(self, foreign: object) -> Transaction:
        """The transaction behind this object; raises `TransactionError` naming what was expected."""
        for base in type(foreign).__mro__:
            package = base.__module__.partition(".")[0]
            adapter = self._adapter(package)
            found = adapter(foreign) if adapter else None
            if found is not None:
                return found
        known = ", ".join(sorted(self._adapters))
        raise TransactionError(
            f"transaction= got {type(foreign).__module__}.{type(foreign).__qualname__}, which is no connection or "
            f"session of a known kind ({known}): pass the object on which your own statements run"
        )

    def _adapter(self, package: str) -> Adapter | None:
        if package not in self._loaded and package in self._adapters:
            module, _, function = self._adapters[package].partition(":")
            self._loaded[package] = getattr(import_module(module), function)
        return self._loaded.get(package)
