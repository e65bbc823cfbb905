"""The inventory's database: the very file in which the jobs are, so that products and jobs commit together."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from sqlalchemy import Dialect, Text, make_url
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker, create_async_engine
from sqlalchemy.orm import DeclarativeBase
from sqlalchemy.schema import CreateIndex, CreateTable
from sqlalchemy.types import TypeDecorator

from dawam import Module, Services, UnitOfWork
from dawam.integrations.sqlalchemy import SqlAlchemyUnitOfWork
from dawam.stores.base import StoreOptions


class Base(DeclarativeBase):
    """What every entity of the inventory is."""


class Exact(TypeDecorator[Decimal]):
    """A decimal number, kept as text: SQLite has only binary fractions."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: Decimal | None, dialect: Dialect) -> str | None:
        return None if value is None else str(value)

    def process_result_value(self, value: Any, dialect: Dialect) -> Decimal | None:
        return None if value is None else Decimal(value)


class Moment(TypeDecorator[datetime]):
    """An aware moment, kept as text in UTC, so that the order of the texts is the order in time."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> str | None:
        return None if value is None else value.astimezone(UTC).isoformat()

    def process_result_value(self, value: Any, dialect: Dialect) -> datetime | None:
        return None if value is None else datetime.fromisoformat(value)


class Database:
    """Sessions and units of work. One for the application, which opens and closes it."""

    def __init__(self, store: StoreOptions) -> None:
        url = make_url(store.url)
        self.path = Path(url.database or "").absolute()
        self._engine = create_async_engine(url.set(drivername="sqlite+aiosqlite"))
        self.sessions = async_sessionmaker(self._engine, expire_on_commit=False)
        self.unit_of_work = SqlAlchemyUnitOfWork(self.sessions)

    async def create_tables(self) -> None:
        """Creates what is missing; several processes may do so at once."""
        async with self._engine.begin() as connection:
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


def unit_of_work(database: Database) -> UnitOfWork[AsyncSession]:
    """What writes begins one of these."""
    return database.unit_of_work


async def session(database: Database) -> AsyncIterator[AsyncSession]:
    """What only reads asks for a session of its own run."""
    async with database.sessions() as session:
        yield session


class DatabaseModule(Module):
    """Hands out sessions and units of work on the file that `Store.Url` names."""

    def configure_services(self, services: Services) -> None:
        services.add_singleton(Database)
        services.provide(unit_of_work, scope="singleton")
        services.provide(session)
