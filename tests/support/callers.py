"""Connections that callers bring along, of every kind that can carry jobs: what is done with one is awaited.

async with ON_POSTGRES["psycopg"].opened(url) as caller:
    await caller.begin()
    await caller.execute("INSERT INTO shop_order DEFAULT VALUES")
    await caller.enqueue(runtime, receipt.call(1))
    await caller.commit()
"""

import asyncio
import sqlite3
from abc import ABC, abstractmethod
from collections.abc import AsyncGenerator, Awaitable, Callable, Generator
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractAsyncContextManager, asynccontextmanager, contextmanager
from typing import Any, ClassVar
from urllib.parse import urlsplit

import aiosqlite
import asyncpg
import django
import psycopg
from django.conf import settings
from django.db import connections, transaction
from sqlalchemy import Connection, create_engine, text
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncSession, create_async_engine
from sqlalchemy.orm import Session

from dawam.jobs.context import JobContext
from dawam.jobs.enqueued import EnqueuedJob
from dawam.jobs.function import JobCall
from dawam.runtime import Runtime
from dawam.sync import SyncBackgroundJobManager

SAVEPOINT, ROLLBACK_TO_SAVEPOINT = "SAVEPOINT half", "ROLLBACK TO SAVEPOINT half"


class Caller(ABC):
    """Somebody with a connection."""

    opens_anew: ClassVar[bool] = False
    """Whether it takes another connection when its own was closed."""
    transaction: Any
    """What is passed as `transaction=`."""

    @abstractmethod
    async def enqueue(self, runtime: Runtime, call: JobCall[Any]) -> EnqueuedJob[Any]: ...

    @abstractmethod
    async def complete(self, context: JobContext, result: Any = None) -> None: ...

    @abstractmethod
    async def execute(self, statement: str) -> None: ...

    @abstractmethod
    async def begin(self) -> None: ...

    @abstractmethod
    async def commit(self) -> None: ...

    @abstractmethod
    async def rollback(self) -> None: ...

    @abstractmethod
    async def close(self) -> None: ...

    async def savepoint(self) -> None:
        await self.execute(SAVEPOINT)

    async def rollback_to_savepoint(self) -> None:
        await self.execute(ROLLBACK_TO_SAVEPOINT)


class AsyncCaller(Caller):
    """On the event loop."""

    async def enqueue(self, runtime: Runtime, call: JobCall[Any]) -> EnqueuedJob[Any]:
        return await runtime.parts.manager.enqueue(call, transaction=self.transaction)

    async def complete(self, context: JobContext, result: Any = None) -> None:
        await context.complete_in(self.transaction, result)


class BlockingCaller(Caller):
    """In a thread of its own, as a view of a web framework is."""

    def __init__(self, thread: ThreadPoolExecutor) -> None:
        self._thread = thread

    async def do(self, work: Callable[..., Any], *arguments: Any) -> Any:
        return await asyncio.get_running_loop().run_in_executor(self._thread, work, *arguments)

    async def enqueue(self, runtime: Runtime, call: JobCall[Any]) -> EnqueuedJob[Any]:
        sync = SyncBackgroundJobManager(lambda: runtime.parts.manager, runtime.run_blocking)
        enqueued: EnqueuedJob[Any] = await self.do(lambda: sync.enqueue(call, transaction=self.transaction))
        return enqueued

    async def complete(self, context: JobContext, result: Any = None) -> None:
        await self.do(context.complete_in_sync, self.transaction, result)


# -- the drivers of one database: sqlite3, aiosqlite, psycopg


class Driver(BlockingCaller):
    def __init__(self, thread: ThreadPoolExecutor, connection: Any) -> None:
        super().__init__(thread)
        self.transaction = connection

    async def execute(self, statement: str) -> None:
        await self.do(self.transaction.execute, statement)

    async def begin(self) -> None:
        """The first statement does."""

    async def commit(self) -> None:
        await self.do(self.transaction.commit)

    async def rollback(self) -> None:
        await self.do(self.transaction.rollback)

    async def close(self) -> None:
        await self.do(self.transaction.close)


class AsyncDriver(AsyncCaller):
    def __init__(self, connection: Any) -> None:
        self.transaction = connection

    async def execute(self, statement: str) -> None:
        await self.transaction.execute(statement)

    async def begin(self) -> None:
        """The first statement does."""

    async def commit(self) -> None:
        await self.transaction.commit()

    async def rollback(self) -> None:
        await self.transaction.rollback()

    async def close(self) -> None:
        await self.transaction.close()


# -- asyncpg


class Asyncpg(AsyncCaller):
    def __init__(self, connection: Any) -> None:
        self.transaction = connection

    async def execute(self, statement: str) -> None:
        await self.transaction.execute(statement)

    async def begin(self) -> None:
        self._begun = self.transaction.transaction()
        await self._begun.start()

    async def commit(self) -> None:
        await self._begun.commit()

    async def rollback(self) -> None:
        await self._begun.rollback()

    async def close(self) -> None:
        await self.transaction.close()


# -- SQLAlchemy


class AlchemyConnection(BlockingCaller):
    def __init__(self, thread: ThreadPoolExecutor, place: Session | Connection) -> None:
        super().__init__(thread)
        self.transaction = place

    async def execute(self, statement: str) -> None:
        await self.do(self.transaction.execute, text(statement))

    async def begin(self) -> None:
        await self.do(self.transaction.begin)

    async def commit(self) -> None:
        await self.do(self.transaction.commit)

    async def rollback(self) -> None:
        await self.do(self.transaction.rollback)

    async def close(self) -> None:
        await self.do(self.transaction.close)

    async def savepoint(self) -> None:
        self._half = await self.do(self.transaction.begin_nested)

    async def rollback_to_savepoint(self) -> None:
        await self.do(self._half.rollback)


class AlchemySession(AlchemyConnection):
    opens_anew = True


class AsyncAlchemyConnection(AsyncCaller):
    def __init__(self, place: AsyncSession | AsyncConnection) -> None:
        self.transaction = place

    async def execute(self, statement: str) -> None:
        await self.transaction.execute(text(statement))

    async def begin(self) -> None:
        await self.transaction.begin()

    async def commit(self) -> None:
        await self.transaction.commit()

    async def rollback(self) -> None:
        await self.transaction.rollback()

    async def close(self) -> None:
        await self.transaction.close()

    async def savepoint(self) -> None:
        self._half = await self.transaction.begin_nested()

    async def rollback_to_savepoint(self) -> None:
        await self._half.rollback()


class AsyncAlchemySession(AsyncAlchemyConnection):
    opens_anew = True


# -- Django


class Django(BlockingCaller):
    opens_anew = True
    ALIAS = "shop"

    def __init__(self, thread: ThreadPoolExecutor, connection: Any) -> None:
        super().__init__(thread)
        self.transaction = connection

    async def execute(self, statement: str) -> None:
        def execute() -> None:
            with self.transaction.cursor() as cursor:
                cursor.execute(statement)

        await self.do(execute)

    async def begin(self) -> None:
        self._atomic = transaction.atomic(using=self.ALIAS)
        await self.do(self._atomic.__enter__)

    async def commit(self) -> None:
        await self.do(self._atomic.__exit__, None, None, None)

    async def rollback(self) -> None:
        await self.do(self.transaction.set_rollback, True)
        await self.commit()

    async def savepoint(self) -> None:
        self._half = await self.do(self.transaction.savepoint)

    async def rollback_to_savepoint(self) -> None:
        await self.do(self.transaction.savepoint_rollback, self._half)

    async def close(self) -> None:
        await self.do(self.transaction.close)


# -- how each is opened


class Kind:
    """One kind of connection. `url` is the store's."""

    def __init__(self, open_it: Callable[[str, bool], AbstractAsyncContextManager[Caller]]) -> None:
        self._open = open_it

    def opened(self, url: str, *, autocommit: bool = False) -> AbstractAsyncContextManager[Caller]:
        """A caller with one. With `autocommit` each of its statements is committed by itself."""
        return self._open(url, autocommit)


@asynccontextmanager
async def _sqlite3(url: str, autocommit: bool) -> AsyncGenerator[Caller]:
    level = None if autocommit else ""
    connection = sqlite3.connect(_file(url), check_same_thread=False, isolation_level=level)
    with ThreadPoolExecutor(1) as thread:
        try:
            yield Driver(thread, connection)
        finally:
            connection.close()


@asynccontextmanager
async def _aiosqlite(url: str, autocommit: bool) -> AsyncGenerator[Caller]:
    async with aiosqlite.connect(_file(url), isolation_level=None if autocommit else "") as connection:
        yield AsyncDriver(connection)


def _file(url: str) -> str:
    return url.removeprefix("sqlite:///")


@asynccontextmanager
async def _psycopg(url: str, autocommit: bool) -> AsyncGenerator[Caller]:
    with ThreadPoolExecutor(1) as thread, psycopg.connect(url, autocommit=autocommit) as connection:
        yield Driver(thread, connection)


@asynccontextmanager
async def _async_psycopg(url: str, autocommit: bool) -> AsyncGenerator[Caller]:
    async with await psycopg.AsyncConnection.connect(url, autocommit=autocommit) as connection:
        yield AsyncDriver(connection)


@asynccontextmanager
async def _asyncpg(url: str, autocommit: bool) -> AsyncGenerator[Caller]:
    connection = await asyncpg.connect(url)
    try:
        yield Asyncpg(connection)
    finally:
        await connection.close()


@asynccontextmanager
async def _asyncpg_pool(url: str, autocommit: bool) -> AsyncGenerator[Caller]:
    async with asyncpg.create_pool(url, min_size=1, max_size=1) as pool, pool.acquire() as connection:
        yield Asyncpg(connection)


def _alchemy(driver: str, make: Callable[..., Any], caller: type[AlchemyConnection]) -> Kind:
    @asynccontextmanager
    async def opened(url: str, autocommit: bool) -> AsyncGenerator[Caller]:
        engine = create_engine(url.replace("://", f"+{driver}://", 1), **_alchemy_options(autocommit))
        with ThreadPoolExecutor(1) as thread:
            there = caller(thread, make(engine))
            try:
                yield there
            finally:
                await there.close()
                engine.dispose()

    return Kind(opened)


def _async_alchemy(driver: str, make: Callable[..., Awaitable[Any]], caller: type[AsyncAlchemyConnection]) -> Kind:
    @asynccontextmanager
    async def opened(url: str, autocommit: bool) -> AsyncGenerator[Caller]:
        engine = create_async_engine(url.replace("://", f"+{driver}://", 1), **_alchemy_options(autocommit))
        there = caller(await make(engine))
        try:
            yield there
        finally:
            await there.close()
            await engine.dispose()

    return Kind(opened)


def _alchemy_options(autocommit: bool) -> dict[str, Any]:
    return {"isolation_level": "AUTOCOMMIT"} if autocommit else {}


async def _async_session(engine: Any) -> AsyncSession:
    return AsyncSession(engine)


async def _async_connection(engine: Any) -> AsyncConnection:
    return await engine.connect()


@contextmanager
def django_database(url: str, *, alias: str = "") -> Generator[None]:
    """A database in the settings, under `Django.ALIAS` unless said otherwise."""
    alias = alias or Django.ALIAS
    if not settings.configured:
        settings.configure(DATABASES={}, LOGGING_CONFIG=None)
        django.setup()
    parts, before = urlsplit(url), connections.databases.get(alias)
    connections.databases[alias] = (
        {"ENGINE": "django.db.backends.sqlite3", "NAME": _file(url)}
        if parts.scheme == "sqlite"
        else {
            "ENGINE": "django.db.backends.postgresql",
            "NAME": parts.path[1:],
            "USER": parts.username,
            "PASSWORD": parts.password or "",
            "HOST": parts.hostname,
            "PORT": parts.port,
        }
    )
    connections.configure_settings(connections.databases)
    try:
        yield
    finally:
        del connections.databases[alias]
        if before is not None:  # there always is a default one
            connections.databases[alias] = before


@asynccontextmanager
async def _django(url: str, autocommit: bool) -> AsyncGenerator[Caller]:
    with django_database(url), ThreadPoolExecutor(1) as thread:

        def connection() -> Any:
            return connections[Django.ALIAS]

        there = Django(thread, await asyncio.get_running_loop().run_in_executor(thread, connection))
        try:
            yield there
        finally:
            await there.close()


ON_POSTGRES = {
    "psycopg": Kind(_psycopg),
    "psycopg async": Kind(_async_psycopg),
    "asyncpg": Kind(_asyncpg),
    "asyncpg pool": Kind(_asyncpg_pool),
    "SQLAlchemy Session on psycopg": _alchemy("psycopg", Session, AlchemySession),
    "SQLAlchemy Session on psycopg2": _alchemy("psycopg2", Session, AlchemySession),
    "SQLAlchemy Connection on psycopg": _alchemy("psycopg", lambda engine: engine.connect(), AlchemyConnection),
    "SQLAlchemy Connection on psycopg2": _alchemy("psycopg2", lambda engine: engine.connect(), AlchemyConnection),
    "SQLAlchemy AsyncSession on psycopg": _async_alchemy("psycopg", _async_session, AsyncAlchemySession),
    "SQLAlchemy AsyncSession on asyncpg": _async_alchemy("asyncpg", _async_session, AsyncAlchemySession),
    "SQLAlchemy AsyncConnection on psycopg": _async_alchemy("psycopg", _async_connection, AsyncAlchemyConnection),
    "SQLAlchemy AsyncConnection on asyncpg": _async_alchemy("asyncpg", _async_connection, AsyncAlchemyConnection),
    "Django on PostgreSQL": Kind(_django),
}
ON_SQLITE = {
    "sqlite3": Kind(_sqlite3),
    "aiosqlite": Kind(_aiosqlite),
    "SQLAlchemy Session on sqlite3": _alchemy("pysqlite", Session, AlchemySession),
    "SQLAlchemy Connection on sqlite3": _alchemy("pysqlite", lambda engine: engine.connect(), AlchemyConnection),
    "SQLAlchemy AsyncSession on aiosqlite": _async_alchemy("aiosqlite", _async_session, AsyncAlchemySession),
    "SQLAlchemy AsyncConnection on aiosqlite": _async_alchemy("aiosqlite", _async_connection, AsyncAlchemyConnection),
    "Django on SQLite": Kind(_django),
}
