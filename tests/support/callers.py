"""Connections that callers bring along, of every kind that PostgreSQL knows: what is done with one is awaited.

async with KINDS["psycopg"].opened(url) as caller:
    await caller.begin()
    await caller.execute("INSERT INTO shop_order DEFAULT VALUES")
    await caller.enqueue(runtime, receipt.call(1))
    await caller.commit()
"""

import asyncio
from abc import ABC, abstractmethod
from collections.abc import AsyncGenerator, Awaitable, Callable, Generator
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractAsyncContextManager, asynccontextmanager, contextmanager
from typing import Any, ClassVar
from urllib.parse import urlsplit

import asyncpg
import psycopg
from django.conf import settings
from django.db import connections, transaction
from sqlalchemy import Connection, create_engine, text
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncSession, create_async_engine
from sqlalchemy.orm import Session

from dawam.jobs.enqueued import EnqueuedJob
from dawam.jobs.function import JobCall
from dawam.runtime import Runtime
from dawam.sync import SyncBackgroundJobManager

SAVEPOINT, ROLLBACK_TO_SAVEPOINT = "SAVEPOINT half", "ROLLBACK TO SAVEPOINT half"


class Caller(ABC):
    """Somebody with a connection."""

    tells_of_commit: ClassVar[bool] = False
    """Whether hosts are rung for by whoever commits, not by the database."""
    transaction: Any
    """What is passed as `transaction=`."""

    @abstractmethod
    async def enqueue(self, runtime: Runtime, call: JobCall[Any]) -> EnqueuedJob[Any]: ...

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


# -- psycopg


class Psycopg(BlockingCaller):
    def __init__(self, thread: ThreadPoolExecutor, connection: psycopg.Connection[Any]) -> None:
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


class AsyncPsycopg(AsyncCaller):
    def __init__(self, connection: psycopg.AsyncConnection[Any]) -> None:
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
    tells_of_commit = True


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
    tells_of_commit = True


# -- Django


class Django(BlockingCaller):
    tells_of_commit = True
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
    """One kind of connection. `opened` makes one; `autocommit` makes one that commits each statement by itself."""

    def __init__(self, open_it: Callable[[str, bool], AbstractAsyncContextManager[Caller]]) -> None:
        self._open = open_it

    @asynccontextmanager
    async def opened(self, url: str, *, autocommit: bool = False) -> AsyncGenerator[Any]:
        async with self._open(url, autocommit) as caller:
            yield caller


@asynccontextmanager
async def _psycopg(url: str, autocommit: bool) -> AsyncGenerator[Caller]:
    with ThreadPoolExecutor(1) as thread, psycopg.connect(url, autocommit=autocommit) as connection:
        yield Psycopg(thread, connection)


@asynccontextmanager
async def _async_psycopg(url: str, autocommit: bool) -> AsyncGenerator[Caller]:
    async with await psycopg.AsyncConnection.connect(url, autocommit=autocommit) as connection:
        yield AsyncPsycopg(connection)


@asynccontextmanager
async def _asyncpg(url: str, autocommit: bool) -> AsyncGenerator[Caller]:
    connection = await asyncpg.connect(url)
    yield Asyncpg(connection)
    await connection.close()


@asynccontextmanager
async def _asyncpg_pool(url: str, autocommit: bool) -> AsyncGenerator[Caller]:
    async with asyncpg.create_pool(url, min_size=1, max_size=1) as pool, pool.acquire() as connection:
        yield Asyncpg(connection)


def _alchemy(driver: str, make: Callable[..., Any], caller: type[AlchemyConnection]) -> Kind:
    @asynccontextmanager
    async def opened(url: str, autocommit: bool) -> AsyncGenerator[Caller]:
        engine = create_engine(url.replace("postgresql", f"postgresql+{driver}", 1), **_alchemy_options(autocommit))
        with ThreadPoolExecutor(1) as thread:
            there = caller(thread, make(engine))
            yield there
            await there.close()
            engine.dispose()

    return Kind(opened)


def _async_alchemy(driver: str, make: Callable[..., Awaitable[Any]], caller: type[AsyncAlchemyConnection]) -> Kind:
    @asynccontextmanager
    async def opened(url: str, autocommit: bool) -> AsyncGenerator[Caller]:
        engine = create_async_engine(
            url.replace("postgresql", f"postgresql+{driver}", 1), **_alchemy_options(autocommit)
        )
        there = caller(await make(engine))
        yield there
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
def django_database(url: str) -> Generator[None]:
    """What stands under `Django.ALIAS` in the settings."""
    parts = urlsplit(url)
    if not settings.configured:
        settings.configure(DATABASES={})
    connections.databases[Django.ALIAS] = {
        **{"ENGINE": "django.db.backends.postgresql", "NAME": parts.path[1:], "USER": parts.username},
        **{"PASSWORD": parts.password or "", "HOST": parts.hostname, "PORT": parts.port},
    }
    connections.configure_settings(connections.databases)
    try:
        yield
    finally:
        del connections.databases[Django.ALIAS]


@asynccontextmanager
async def _django(url: str, autocommit: bool) -> AsyncGenerator[Caller]:
    with django_database(url), ThreadPoolExecutor(1) as thread:

        def connection() -> Any:
            return connections[Django.ALIAS]

        there = Django(thread, await asyncio.get_running_loop().run_in_executor(thread, connection))
        yield there
        await there.close()


KINDS = {
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
    "Django": Kind(_django),
}
"""By name."""
