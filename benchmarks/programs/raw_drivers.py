"""psycopg and asyncpg behind the same few verbs, each used as fast as it goes: prepared statements, binary results."""

from collections.abc import Sequence
from typing import Any, Protocol, Self

import asyncpg
import psycopg

Rows = Sequence[Any]
"""What is read from them is `row[number]`: asyncpg's records are no sequences of any type."""


class Driver(Protocol):
    """One connection, on which every statement is a transaction."""

    @classmethod
    async def connect(cls, url: str) -> Self: ...

    async def script(self, statements: str) -> None:
        """Executes several statements, one after the other."""
        ...

    async def execute(self, statement: str, *parameters: object) -> None: ...

    async def fetch(self, statement: str, *parameters: object) -> Rows: ...

    async def copy(self, table: str, columns: Sequence[str], rows: Rows) -> None: ...

    async def close(self) -> None: ...


class _Psycopg:
    def __init__(self, connection: psycopg.AsyncConnection[Any]) -> None:
        self._connection = connection

    @classmethod
    async def connect(cls, url: str) -> Self:
        return cls(
            await psycopg.AsyncConnection.connect(
                url, autocommit=True, prepare_threshold=0, cursor_factory=psycopg.AsyncRawCursor
            )
        )

    async def script(self, statements: str) -> None:
        for statement in filter(str.strip, statements.split(";")):
            await self.execute(statement)

    async def execute(self, statement: str, *parameters: object) -> None:
        await self._connection.execute(statement.encode(), parameters)

    async def fetch(self, statement: str, *parameters: object) -> Rows:
        cursor = await self._connection.execute(statement.encode(), parameters, binary=True)
        return await cursor.fetchall()

    async def copy(self, table: str, columns: Sequence[str], rows: Rows) -> None:
        statement = f"COPY {table} ({', '.join(columns)}) FROM STDIN"
        async with self._connection.cursor() as cursor, cursor.copy(statement.encode()) as copied:
            for row in rows:
                await copied.write_row(row)

    async def close(self) -> None:
        await self._connection.close()


class _Asyncpg:
    def __init__(self, connection: "asyncpg.Connection[asyncpg.Record]") -> None:
        self._connection = connection

    @classmethod
    async def connect(cls, url: str) -> Self:
        return cls(await asyncpg.connect(url))

    async def script(self, statements: str) -> None:
        for statement in filter(str.strip, statements.split(";")):
            await self.execute(statement)

    async def execute(self, statement: str, *parameters: object) -> None:
        await self._connection.execute(statement, *parameters)

    async def fetch(self, statement: str, *parameters: object) -> Rows:
        return await self._connection.fetch(statement, *parameters)

    async def copy(self, table: str, columns: Sequence[str], rows: Rows) -> None:
        await self._connection.copy_records_to_table(table, columns=list(columns), records=list(rows))

    async def close(self) -> None:
        await self._connection.close()


DRIVERS: dict[str, type[Driver]] = {"psycopg": _Psycopg, "asyncpg": _Asyncpg}
