"""A caller's own psycopg connection as a transaction that can carry jobs."""

from collections.abc import Generator, Sequence
from contextlib import contextmanager, suppress
from typing import Any
from weakref import WeakKeyDictionary

import psycopg
from psycopg.pq import TransactionStatus
from psycopg.rows import tuple_row

from dawam.errors import TransactionError
from dawam.stores.postgres.foreign import COMMITS_BY_ITSELF, DATABASE, SPOIL, explained
from dawam.stores.transaction import AsyncTransaction, BlockingTransaction
from dawam.stores.values import Statement

_databases: WeakKeyDictionary[object, str] = WeakKeyDictionary()
"""What connections answered, which never change their database."""


def adapt(foreign: object) -> "PsycopgTransaction | AsyncPsycopgTransaction | None":
    """Wraps a `psycopg.Connection` or `AsyncConnection`, also of a pool."""
    connection: Any = foreign
    if isinstance(foreign, psycopg.Connection):
        return PsycopgTransaction(connection)
    return AsyncPsycopgTransaction(connection) if isinstance(foreign, psycopg.AsyncConnection) else None


class PsycopgTransaction(BlockingTransaction):
    """See `dawam.stores.transaction.Transaction`. A raw cursor takes statements as the server does, with `$1`."""

    def __init__(self, connection: "psycopg.Connection[Any]") -> None:
        self._connection = connection

    def database_blocking(self) -> str:
        if self._connection not in _databases:
            [(_databases[self._connection],)] = self._fetch(DATABASE)
        return _databases[self._connection]

    def run_blocking(self, statements: Sequence[Statement]) -> None:
        _refuse_autocommit(self._connection, "with connection.transaction():")
        with _speaking_our_words(), psycopg.RawCursor(self._connection) as cursor:
            for statement in statements:
                cursor.executemany(statement.sql.encode(), statement.rows)

    def answers_blocking(self, statement: Statement) -> bool:
        _refuse_autocommit(self._connection, "with connection.transaction():")
        return bool(self._fetch(statement))

    def spoil_blocking(self) -> None:
        with suppress(Exception):  # it always fails
            self._fetch(SPOIL)

    def _fetch(self, statement: Statement) -> list[tuple[Any, ...]]:
        [row] = statement.rows
        with _speaking_our_words(), psycopg.RawCursor(self._connection, row_factory=tuple_row) as cursor:
            return cursor.execute(statement.sql.encode(), row).fetchall()


class AsyncPsycopgTransaction(AsyncTransaction):
    """The same for coroutines."""

    def __init__(self, connection: "psycopg.AsyncConnection[Any]") -> None:
        self._connection = connection

    async def database(self) -> str:
        if self._connection not in _databases:
            [(_databases[self._connection],)] = await self._fetch(DATABASE)
        return _databases[self._connection]

    async def run(self, statements: Sequence[Statement]) -> None:
        _refuse_autocommit(self._connection, "async with connection.transaction():")
        with _speaking_our_words():
            async with psycopg.AsyncRawCursor(self._connection) as cursor:
                for statement in statements:
                    await cursor.executemany(statement.sql.encode(), statement.rows)

    async def answers(self, statement: Statement) -> bool:
        _refuse_autocommit(self._connection, "async with connection.transaction():")
        return bool(await self._fetch(statement))

    async def spoil(self) -> None:
        with suppress(Exception):  # it always fails
            await self._fetch(SPOIL)

    async def _fetch(self, statement: Statement) -> list[tuple[Any, ...]]:
        [row] = statement.rows
        with _speaking_our_words():
            async with psycopg.AsyncRawCursor(self._connection, row_factory=tuple_row) as cursor:
                await cursor.execute(statement.sql.encode(), row)
                return await cursor.fetchall()


def _refuse_autocommit(connection: "psycopg.Connection[Any] | psycopg.AsyncConnection[Any]", cure: str) -> None:
    if connection.autocommit and connection.info.transaction_status is TransactionStatus.IDLE:
        raise TransactionError(COMMITS_BY_ITSELF.format(cure=cure))


@contextmanager
def _speaking_our_words() -> Generator[None]:
    try:
        yield
    except (psycopg.Error, RuntimeError) as error:  # the latter of a connection that lives on another loop
        ours = explained(error)
        if ours is None:
            raise
        raise ours from error
