"""asyncpg: a caller's own connection as a transaction that can carry jobs."""

import asyncio
from collections.abc import Generator, Sequence
from contextlib import contextmanager, suppress
from typing import Any

import asyncpg
from asyncpg.pool import PoolConnectionProxy

from dawam.errors import TransactionError
from dawam.stores.postgres.foreign import COMMITS_BY_ITSELF, DATABASE, SPOIL, explained
from dawam.stores.transaction import AsyncTransaction
from dawam.stores.values import Statement


def adapt(foreign: object) -> "AsyncpgTransaction | None":
    """Wraps an `asyncpg.Connection`, or what a pool lends in its place."""
    connection: Any = foreign
    return AsyncpgTransaction(connection) if isinstance(foreign, asyncpg.Connection | PoolConnectionProxy) else None


class AsyncpgTransaction(AsyncTransaction):
    """See `dawam.stores.transaction.Transaction`. asyncpg takes statements as the server does, with `$1`."""

    def __init__(self, connection: "asyncpg.Connection[Any] | PoolConnectionProxy[Any]") -> None:
        self._connection = connection

    async def database(self) -> str:
        [[name]] = await self._fetch(DATABASE)
        return str(name)

    async def run(self, statements: Sequence[Statement]) -> None:
        self._refuse_another_loop()
        self._refuse_autocommit()
        with _speaking_our_words():
            for statement in statements:
                await self._connection.executemany(statement.sql, statement.rows)

    async def answers(self, statement: Statement) -> bool:
        self._refuse_autocommit()
        return bool(await self._fetch(statement))

    async def spoil(self) -> None:
        with suppress(Exception):  # it always fails
            await self._fetch(SPOIL)

    async def _fetch(self, statement: Statement) -> "list[asyncpg.Record]":
        [row] = statement.rows
        self._refuse_another_loop()
        with _speaking_our_words():
            return await self._connection.fetch(statement.sql, *row)

    def _refuse_another_loop(self) -> None:
        """Before it is touched: two loops at once on one connection may crash the process in its C code."""
        if getattr(self._connection, "_loop", None) not in (None, asyncio.get_running_loop()):
            raise TransactionError(
                "the connection passed as transaction= cannot be used here: it belongs to another event loop than the "
                "one that enqueues; open one on this loop"
            )

    def _refuse_autocommit(self) -> None:
        with _speaking_our_words():
            if not self._connection.is_in_transaction():
                raise TransactionError(COMMITS_BY_ITSELF.format(cure="async with connection.transaction():"))


@contextmanager
def _speaking_our_words() -> Generator[None]:
    try:
        yield
    except (asyncpg.PostgresError, asyncpg.InterfaceError, RuntimeError) as error:  # the last: of another loop
        ours = explained(error)
        if ours is None:
            raise
        raise ours from error
