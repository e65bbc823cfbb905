"""aiosqlite: a caller's own connection as a transaction that can carry jobs."""

from collections.abc import Callable, Sequence

import aiosqlite

from dawam.errors import TransactionError
from dawam.stores.sqlite.transaction import DATABASE_LIST, main_database, refuse_autocommit, speaking_our_words
from dawam.stores.values import Statement

_ASYNC_ONLY = "an aiosqlite connection cannot be used in blocking code: await app.jobs.enqueue(...) where it lives"


def adapt(foreign: object) -> "AiosqliteTransaction | None":
    """Wraps an `aiosqlite.Connection`."""
    return AiosqliteTransaction(foreign) if isinstance(foreign, aiosqlite.Connection) else None


class AiosqliteTransaction:
    """Async. See `dawam.stores.transaction.Transaction`."""

    is_async = True

    def __init__(self, connection: aiosqlite.Connection) -> None:
        self._connection = connection

    async def database(self) -> str:
        with speaking_our_words():
            return main_database([tuple(row) for row in await self._connection.execute_fetchall(DATABASE_LIST)])

    def database_blocking(self) -> str:
        raise TransactionError(_ASYNC_ONLY)

    async def run(self, statements: Sequence[Statement]) -> None:
        refuse_autocommit(self._connection)
        with speaking_our_words():
            for statement in statements:
                await self._connection.executemany(statement.sql, statement.rows)

    def run_blocking(self, statements: Sequence[Statement]) -> None:  # noqa: ARG002  (the port's own parameter)
        raise TransactionError(_ASYNC_ONLY)

    def after_commit(self, callback: Callable[[], None]) -> bool:  # noqa: ARG002  (aiosqlite tells nobody of a commit)
        return False
