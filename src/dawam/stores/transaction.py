"""The caller's own transaction: what a store does inside of it, and what it has to be able to do for that.

An adapter wraps one kind of foreign object (a `sqlite3.Connection`, an `AsyncSession`, ...). It is found by the
top-level package that the object's class comes from, so a driver that nobody uses is never imported.
"""

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from importlib import import_module
from typing import Protocol, runtime_checkable
from uuid import UUID

from dawam.errors import TransactionError
from dawam.jobs.outcome import Settlement
from dawam.jobs.record import NewJob
from dawam.stores.values import CompletionAnswer, CompletionStatements, Statement


@runtime_checkable
class TransactionalWriter(Protocol):
    """Adds jobs inside the caller's own transaction (`Capability.TRANSACTIONAL_ENQUEUE`)."""

    @property
    def database(self) -> str:
        """Names the database so that a caller's connection can be compared with it; holds no secret."""
        ...

    def add_statements(self, jobs: Sequence[NewJob]) -> list[Statement]:
        """What the caller's connection has to execute for `add`; nothing is executed here.

        The jobs are visible when that transaction commits and gone when it rolls back.
        """
        ...

    def ring_statements(self, jobs: Sequence[NewJob]) -> list[Statement]:
        """What it has to execute, too, for hosts to be woken by its commit; nothing where a database cannot.

        For callers who cannot tell of their commit. All others ring the doorbell then.
        """
        ...


@runtime_checkable
class TransactionalCompleter(Protocol):
    """Settles a claim inside the caller's own transaction (`Capability.TRANSACTIONAL_COMPLETION`)."""

    @property
    def database(self) -> str:
        """As of a `TransactionalWriter`."""
        ...

    def completion_statements(self, success: Settlement) -> CompletionStatements:
        """What the caller's connection has to execute for the settlement of a job that succeeded, with its `new_jobs`.

        Nothing is executed here. It holds when that transaction commits, and never happened when it rolls back.
        """
        ...

    async def completion_of(self, job_id: UUID, fence: int) -> CompletionAnswer:
        """What became of a completion under that fence.

        Where a database locks rows, it waits for nobody who holds the job's, and answers that it is open.
        """
        ...


class Transaction(Protocol):
    """One foreign transaction. Coroutines may use either kind; blocking code may use one that is not async."""

    @property
    def is_async(self) -> bool: ...

    async def database(self) -> str:
        """Names the database it is on, comparable with `TransactionalWriter.database`."""
        ...

    def database_blocking(self) -> str:
        """The same for blocking kinds, on the calling thread."""
        ...

    async def run(self, statements: Sequence[Statement]) -> None:
        """Executes the statements inside the transaction."""
        ...

    def run_blocking(self, statements: Sequence[Statement]) -> None:
        """The same for blocking kinds, on the calling thread."""
        ...

    async def answers(self, statement: Statement) -> bool:
        """Executes a statement of one row inside the transaction, and says whether it answered with a row."""
        ...

    def answers_blocking(self, statement: Statement) -> bool:
        """The same for blocking kinds, on the calling thread."""
        ...

    async def spoil(self) -> None:
        """From now on what was done in the transaction is not committed, whatever its owner does. Never raises."""
        ...

    def spoil_blocking(self) -> None:
        """The same for blocking kinds, on the calling thread."""
        ...

    def after_commit(self, callback: Callable[[], None]) -> bool:
        """Calls back once after the commit, never after a rollback. False: this kind cannot tell."""
        ...


class BlockingTransaction(ABC):
    """One that runs on the calling thread, also when a coroutine asks for it. See `Transaction`."""

    is_async = False

    @abstractmethod
    def database_blocking(self) -> str: ...

    @abstractmethod
    def run_blocking(self, statements: Sequence[Statement]) -> None: ...

    @abstractmethod
    def answers_blocking(self, statement: Statement) -> bool: ...

    @abstractmethod
    def spoil_blocking(self) -> None: ...

    async def database(self) -> str:
        return self.database_blocking()

    async def run(self, statements: Sequence[Statement]) -> None:
        self.run_blocking(statements)

    async def answers(self, statement: Statement) -> bool:
        return self.answers_blocking(statement)

    async def spoil(self) -> None:
        self.spoil_blocking()

    def after_commit(self, callback: Callable[[], None]) -> bool:  # noqa: ARG002  (most drivers tell nobody of a commit)
        return False


class AsyncTransaction(ABC):
    """One that only coroutines can use. See `Transaction`."""

    is_async = True

    @abstractmethod
    async def database(self) -> str: ...

    @abstractmethod
    async def run(self, statements: Sequence[Statement]) -> None: ...

    @abstractmethod
    async def answers(self, statement: Statement) -> bool: ...

    @abstractmethod
    async def spoil(self) -> None: ...

    def database_blocking(self) -> str:
        raise TransactionError(ASYNC_ONLY)

    def run_blocking(self, statements: Sequence[Statement]) -> None:  # noqa: ARG002  (the port's own parameter)
        raise TransactionError(ASYNC_ONLY)

    def answers_blocking(self, statement: Statement) -> bool:  # noqa: ARG002  (the port's own parameter)
        raise TransactionError(ASYNC_ONLY)

    def spoil_blocking(self) -> None:
        raise TransactionError(ASYNC_ONLY)

    def after_commit(self, callback: Callable[[], None]) -> bool:  # noqa: ARG002  (most drivers tell nobody of a commit)
        return False


ASYNC_ONLY = (
    "the asynchronous connection passed as transaction= cannot be used in blocking code: await it where it lives"
)


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


def check_same_database(theirs: str, ours: str) -> None:
    """Refuses a transaction that could not carry the job."""
    if theirs != ours:
        raise TransactionError(
            f"the transaction is on {theirs}, and jobs are kept in {ours}: only a transaction on the job store's own "
            "database can carry a job. Leave transaction= out, or keep the jobs beside your data (Store.Url)"
        )
