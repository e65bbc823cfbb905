"""The inventory's database: the very one in which the jobs are, so that products and jobs commit together.

One setting says where it is, `Store.Url`: a file of SQLite, or a database on a PostgreSQL server.
"""

from collections.abc import AsyncIterator
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from sqlalchemy import DateTime, Dialect, Numeric, Table, Text, func, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker, create_async_engine
from sqlalchemy.orm import DeclarativeBase
from sqlalchemy.schema import CreateIndex, CreateTable
from sqlalchemy.types import TypeDecorator, TypeEngine

from dawam import Module, Services, UnitOfWork
from dawam.integrations.sqlalchemy import SqlAlchemyUnitOfWork, engine_url
from dawam.stores.base import StoreOptions

_SQLITE = "sqlite"
_MAKING_TABLES = 20_260_101
"""The number of a lock of the server's, which means something to us alone."""


class Base(DeclarativeBase):
    """What every entity of the inventory is."""


class Exact(TypeDecorator[Decimal]):
    """A decimal number; kept as text by SQLite, which has only binary fractions."""

    impl = Text
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        return dialect.type_descriptor(Text() if dialect.name == _SQLITE else Numeric())

    def process_bind_param(self, value: Decimal | None, dialect: Dialect) -> Any:
        return str(value) if value is not None and dialect.name == _SQLITE else value

    def process_result_value(self, value: Any, dialect: Dialect) -> Decimal | None:
        return None if value is None else Decimal(value)


class Moment(TypeDecorator[datetime]):
    """An aware moment; kept by SQLite as text in UTC, so that the order of the texts is the order in time."""

    impl = Text
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        return dialect.type_descriptor(Text() if dialect.name == _SQLITE else DateTime(timezone=True))

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> Any:
        if value is None or dialect.name != _SQLITE:
            return value
        return value.astimezone(UTC).isoformat()

    def process_result_value(self, value: Any, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        return datetime.fromisoformat(value) if dialect.name == _SQLITE else value.astimezone(UTC)


class Database:
    """Sessions and units of work. One for the application, which opens and closes it."""

    def __init__(self, store: StoreOptions) -> None:
        url = engine_url(store.url)
        is_file = url.get_backend_name() == _SQLITE
        self.folder = Path(url.database or "").absolute().parent if is_file else Path.cwd()
        """Where this process writes files: beside the database, or else where it was started."""
        self._engine = create_async_engine(url)
        self.sessions = async_sessionmaker(self._engine, expire_on_commit=False)
        self.unit_of_work = SqlAlchemyUnitOfWork(self.sessions)

    async def create_tables(self) -> None:
        """Creates what is missing; several processes may do so at once."""
        async with self._engine.begin() as connection:
            if connection.dialect.name != _SQLITE:  # where the first statement that writes keeps the others out
                await connection.execute(select(func.pg_advisory_xact_lock(_MAKING_TABLES)))
            for table in Base.metadata.sorted_tables:
                await connection.execute(CreateTable(table, if_not_exists=True))
                for index in table.indexes:
                    await connection.execute(CreateIndex(index, if_not_exists=True))

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        await self._engine.dispose()


def insert_into(session: AsyncSession, table: type[Base] | Table) -> sqlite.Insert | postgresql.Insert:
    """An INSERT that may say `on_conflict_do_update`, which both databases know, and standard SQL does not."""
    return sqlite.insert(table) if session.get_bind().dialect.name == _SQLITE else postgresql.insert(table)


def unit_of_work(database: Database) -> UnitOfWork[AsyncSession]:
    """What writes begins one of these."""
    return database.unit_of_work


async def session(database: Database) -> AsyncIterator[AsyncSession]:
    """What only reads asks for a session of its own run."""
    async with database.sessions() as session:
        yield session


class DatabaseModule(Module):
    """Hands out sessions and units of work on the database that `Store.Url` names."""

    def configure_services(self, services: Services) -> None:
        services.add_singleton(Database)
        services.provide(unit_of_work, scope="singleton")
        services.provide(session)
