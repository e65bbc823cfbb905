"""A link: one connection for coroutines that comes back after it was lost. What it is given is done in turn."""

import asyncio
import os
from collections.abc import AsyncGenerator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager, suppress
from typing import Any, TypeVar

import psycopg

from dawam.errors import NotRunningError
from dawam.stores.postgres.access import Access
from dawam.stores.postgres.connection import AsyncConnection, columns_of, is_gone, settings, translated
from dawam.stores.postgres.prepared import Prepared
from dawam.stores.postgres.statements import Statement

T = TypeVar("T")


class Link:
    """Connects when it is first needed, and anew after a loss, as `Access` allows."""

    def __init__(self, access: Access, purpose: str, setting: Statement) -> None:
        """`setting` is the statement that sets what a transaction of a few hot statements needs."""
        self._access, self._address, self._purpose, self._setting = access, access.address, purpose, setting
        self._db: AsyncConnection | None = None
        self._prepared: Prepared | None = None
        self._lock = asyncio.Lock()
        self._waits_since: float | None = None
        """On the loop's clock; None while nothing is waited for."""
        self._watch: asyncio.TimerHandle | None = None
        self._process_id: int | None = None
        """Of the process that opened it."""

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
        if not db.has_session:
            return await self._fetch_without_session(db, statement, parameters)
        if self._prepared is None or self._prepared.db is not db:
            self._prepared = Prepared(db)
        return await self._prepared.fetch(statement, parameters)

    async def _fetch_without_session(
        self, db: AsyncConnection, statement: Statement, parameters: Sequence[Any]
    ) -> list[tuple[Any, ...]]:
        """The same behind a pooler, in one round trip."""
        async with db.pipeline(), self.transaction(db):
            cursor = await db.execute(statement.query, parameters, binary=True)
        return await cursor.fetchall()

    @asynccontextmanager
    async def transaction(self, db: AsyncConnection) -> AsyncGenerator[None]:
        """A transaction that brings the session's settings with it, where the session is not ours."""
        async with db.transaction():
            if not db.has_session:
                await db.execute(self._setting.query, [*columns_of(settings(self._address, hot=True)), True])
            yield

    async def run(self, work: Callable[[AsyncConnection], Awaitable[T]]) -> T:
        """Does some work on the connection. Raises our errors; after a loss nothing says whether it was done."""
        async with self._lock:
            db = await self._connected()
            self.goes_on()
            try:
                return await work(db)
            except asyncio.CancelledError:
                await self._drop()  # it may be in the middle of an answer
                raise
            except Exception as error:
                ours = await self._explained(db, error)
                if ours is error:
                    raise
                raise ours from error
            finally:
                self._waits_since = None

    def goes_on(self) -> None:
        """The server has answered something, or is asked first: it may take as long for what comes next."""
        loop = asyncio.get_running_loop()
        self._waits_since = loop.time()
        if self._watch is None:  # one for very many statements
            self._watch = loop.call_later(self._address.patience, self._look)

    def _look(self) -> None:
        """Cuts the connection if its server has not answered for too long."""
        loop, since, self._watch = asyncio.get_running_loop(), self._waits_since, None
        if since is None:
            return
        rest = since + self._address.patience - loop.time()
        if rest > 0:
            self._watch = loop.call_later(rest, self._look)
        elif self._db is not None:
            self._db.cut()

    async def close(self) -> None:
        """Waits for nobody: what is run now is cut off."""
        self._process_id = None
        if self._watch is not None:
            self._watch.cancel()
            self._watch = None
        if self._db is not None and self._lock.locked():
            self._db.cut()
        async with self._lock:
            await self._drop()

    async def _explained(self, db: AsyncConnection, error: Exception) -> Exception:
        """Our error for what went wrong; a connection that cannot be used any more is given up."""
        if db.closed or isinstance(error, OSError) or is_gone(error):
            await self._drop()
        return translated(TimeoutError() if db.was_cut else error, self._address)

    async def _connected(self) -> AsyncConnection:
        self._require_open()
        if self._db is None or self._db.closed:
            self._db = await self._access.connect(self._purpose, hot=True)
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
