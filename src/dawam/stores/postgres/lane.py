"""A lane: one connection for coroutines that comes back after it was lost. What is run on it goes one after another."""

import asyncio
import os
import random
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from typing import Any, TypeVar

import psycopg
from psycopg import errors

from dawam.errors import NotRunningError, StoreUnavailableError
from dawam.stores.postgres.address import Address
from dawam.stores.postgres.connection import AsyncConnection, connect, is_gone, settings, translated
from dawam.stores.postgres.statements import Statement

T = TypeVar("T")
_FIRST_WAIT, _LONGEST_WAIT = 0.05, 2.0
_STALE_PLANS = (errors.InvalidSqlStatementName, errors.DuplicatePreparedStatement)
"""What a pooler in transaction mode makes of prepared statements."""


class Lane:
    """Connects when it is first needed, and anew after a loss, at most so often as its back-off allows.

    While the server is away each call fails at once, with what the last try said, until the next try is due: nobody
    waits in line for a server that is gone, and not all processes knock at the same moment.
    """

    def __init__(self, address: Address, purpose: str, *, hot: bool = True) -> None:
        self._address, self._purpose, self._hot = address, purpose, hot
        self._db: AsyncConnection | None = None
        self._lock = asyncio.Lock()
        self._process_id: int | None = None
        """Of the process that opened it."""
        self._failure: Exception | None = None
        self._failure_count = 0
        self._next_try = 0.0

    def open(self) -> None:
        """Says that it may connect."""
        self._process_id = os.getpid()

    @property
    def backend(self) -> int | None:
        """The process of the server that serves it now, as its notifications name it."""
        return None if self._db is None or self._db.closed else self._db.info.backend_pid

    async def fetch(self, statement: Statement, parameters: Sequence[Any]) -> list[tuple[Any, ...]]:
        """The rows of one statement, which is a transaction of its own."""
        return await self.run(lambda db: self._fetch(db, statement, parameters))

    async def _fetch(
        self, db: AsyncConnection, statement: Statement, parameters: Sequence[Any]
    ) -> list[tuple[Any, ...]]:
        if not self._address.has_session:
            return await self._fetch_without_session(db, statement, parameters)
        cursor = await db.execute(statement.query, parameters, binary=True)
        return await cursor.fetchall()

    async def _fetch_without_session(
        self, db: AsyncConnection, statement: Statement, parameters: Sequence[Any]
    ) -> list[tuple[Any, ...]]:
        """The same inside a transaction that brings the session's settings with it, in one round trip."""
        async with db.pipeline(), db.transaction():
            for name, value in settings(self._address, hot=self._hot).items():
                await db.execute(f"SET LOCAL {name} = '{value}'".encode())
            cursor = await db.execute(statement.query, parameters, binary=True)
        return await cursor.fetchall()

    async def run(self, work: Callable[[AsyncConnection], Awaitable[T]]) -> T:
        """Does some work on the connection. Raises our errors; after a loss nothing says whether it was done."""
        async with self._lock:
            db = await self._connected()
            try:
                async with asyncio.timeout(self._address.statement_timeout.total_seconds() + 1):
                    return await work(db)
            except asyncio.CancelledError:
                await self._drop()  # it may be in the middle of an answer
                raise
            except _STALE_PLANS as error:
                await self._drop()
                raise StoreUnavailableError(
                    f"PostgreSQL {self._address.place}: {error}. A pooler in transaction mode seems to stand between: "
                    "say session=off in Store.Url (docs/howto/postgresql.md)"
                ) from error
            except BaseException as error:
                if db.closed or db.broken or isinstance(error, TimeoutError | OSError) or is_gone(error):
                    await self._drop()
                raise translated(error, self._address) from error

    async def close(self) -> None:
        self._process_id = None
        async with self._lock:
            await self._drop()

    async def _connected(self) -> AsyncConnection:
        self._require_open()
        if self._db is not None and not self._db.closed:
            return self._db
        now = asyncio.get_running_loop().time()
        if self._failure is not None and now < self._next_try:
            raise type(self._failure)(*self._failure.args)
        try:
            self._db = await connect(self._address, self._purpose, hot=self._hot)
        except Exception as error:
            self._failure_count += 1
            wait = min(_FIRST_WAIT * 2 ** min(self._failure_count, 10), _LONGEST_WAIT)
            self._next_try = now + wait * random.uniform(0.5, 1.0)  # noqa: S311  (spreads load, guards nothing)
            self._failure = error
            raise
        self._failure, self._failure_count = None, 0
        return self._db

    def _require_open(self) -> None:
        if self._process_id is None:
            raise NotRunningError(
                f"the store PostgreSQL {self._address.place} is not open: open the application first (async with app)"
            )
        if self._process_id != os.getpid():
            raise NotRunningError(
                f"the store PostgreSQL {self._address.place} was opened before a fork, and its connections do not "
                "survive one: open the application in the child"
            )

    async def _drop(self) -> None:
        db, self._db = self._db, None
        if db is not None:
            with suppress(psycopg.Error, OSError):
                await db.close()
