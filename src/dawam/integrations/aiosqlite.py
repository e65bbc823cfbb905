"""aiosqlite: a caller's own connection as a transaction that can carry jobs."""

from collections.abc import Sequence
from contextlib import suppress

import aiosqlite

from dawam.stores.sqlite.transaction import DATABASE_LIST, main_database, refuse_autocommit, speaking_our_words
from dawam.stores.transaction import AsyncTransaction
from dawam.stores.values import Statement


def adapt(foreign: object) -> "AiosqliteTransaction | None":
    """Wraps an `aiosqlite.Connection`."""
    return AiosqliteTransaction(foreign) if isinstance(foreign, aiosqlite.Connection) else None


class AiosqliteTransaction(AsyncTransaction):
    """See `dawam.stores.transaction.Transaction`."""

    def __init__(self, connection: aiosqlite.Connection) -> None:
        self._connection = connection

    async def database(self) -> str:
        with speaking_our_words():
            return main_database([tuple(row) for row in await self._connection.execute_fetchall(DATABASE_LIST)])

    async def run(self, statements: Sequence[Statement]) -> None:
        refuse_autocommit(self._connection)
        with speaking_our_words():
            for statement in statements:
                await self._connection.executemany(statement.sql, statement.rows)

    async def answers(self, statement: Statement) -> bool:
        refuse_autocommit(self._connection)
        [row] = statement.rows
        with speaking_our_words():
            return bool(list(await self._connection.execute_fetchall(statement.sql, row)))

    async def spoil(self) -> None:
        """SQLite knows no transaction that lives on and cannot be committed."""
        with suppress(Exception):
            await self._connection.rollback()
