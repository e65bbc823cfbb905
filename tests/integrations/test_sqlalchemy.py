"""Units of work on SQLAlchemy sessions, on a real file: data, jobs and events commit together or not at all."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession, async_sessionmaker, create_async_engine

from dawam.errors import SettingsError
from dawam.events.bus import LocalEventBus, LocalEventHandler
from dawam.integrations.sqlalchemy import SqlAlchemyUnitOfWork, engine_url
from dawam.modules.container import build_container
from dawam.modules.registration import Root
from dawam.modules.services import Services
from dawam.unit_of_work import UnitOfWork, current_unit_of_work


@dataclass(frozen=True)
class Sold:
    product: str


@pytest.fixture
async def engine(tmp_path: Path) -> AsyncIterator[AsyncEngine]:
    engine = create_async_engine(f"sqlite+aiosqlite:///{tmp_path / 'shop.db'}")
    async with engine.begin() as connection:
        await connection.execute(text("CREATE TABLE note (text TEXT)"))
    yield engine
    await engine.dispose()


@pytest.fixture
def unit_of_work(engine: AsyncEngine) -> SqlAlchemyUnitOfWork:
    return SqlAlchemyUnitOfWork(async_sessionmaker(engine))


async def write(session: AsyncSession, note: str) -> None:
    await session.execute(text("INSERT INTO note VALUES (:note)"), {"note": note})


async def notes(engine: AsyncEngine) -> list[str]:
    async with engine.connect() as connection:
        return list(await connection.scalars(text("SELECT text FROM note ORDER BY rowid")))


async def test_the_end_of_the_block_commits_and_an_error_rolls_back(
    engine: AsyncEngine, unit_of_work: SqlAlchemyUnitOfWork
) -> None:
    async with unit_of_work.begin() as session:
        await write(session, "kept")

    async def fail() -> None:
        async with unit_of_work.begin() as session:
            await write(session, "lost")
            raise ValueError("no stock")

    with pytest.raises(ValueError, match="no stock"):
        await fail()
    assert await notes(engine) == ["kept"]


async def test_an_event_handler_that_fails_rolls_the_data_back(
    engine: AsyncEngine, unit_of_work: SqlAlchemyUnitOfWork
) -> None:
    bus = LocalEventBus()

    async def refuse(event: Sold) -> None:
        raise ValueError(f"{event.product} is not for sale")

    bus.subscribe(Sold, refuse)

    async def sell() -> None:
        async with unit_of_work.begin() as session:
            await write(session, "sold")
            await bus.publish(Sold("the chair"))

    with pytest.raises(ValueError, match="not for sale"):
        await sell()
    assert await notes(engine) == []


async def test_two_units_of_one_session_factory_join_each_other(engine: AsyncEngine) -> None:
    factory = async_sessionmaker(engine)
    async with (
        SqlAlchemyUnitOfWork(factory).begin() as outer,
        SqlAlchemyUnitOfWork(factory).begin() as inner,
    ):
        assert inner is outer


class Notes:
    def __init__(self, session: AsyncSession) -> None:
        self.session = session


class NoteSale(LocalEventHandler[Sold]):
    def __init__(self, notes: Notes) -> None:
        self._notes = notes

    async def handle_event(self, event: Sold) -> None:
        unit = current_unit_of_work()
        assert unit is not None
        assert self._notes.session is unit.transaction
        await write(self._notes.session, f"sold {event.product}")


class Sales:
    def __init__(self, unit_of_work: UnitOfWork[AsyncSession], bus: LocalEventBus) -> None:
        self.unit_of_work, self._bus = unit_of_work, bus

    async def sell(self, product: str) -> None:
        async with self.unit_of_work.begin() as session:
            await self._bus.publish(Sold(product))
            await write(session, f"selling {product}")


async def test_repositories_of_event_handlers_work_in_the_unit_that_published(
    engine: AsyncEngine, unit_of_work: SqlAlchemyUnitOfWork
) -> None:
    bus, services = LocalEventBus(), Services()
    services.add_instance(bus)
    services.add_instance(unit_of_work, as_type=UnitOfWork[AsyncSession])
    services.provide(unit_of_work.session)
    services.add_scoped(Notes)
    services.add_scoped(Sales)
    container = build_container(services.registrations, [Root(target=NoteSale, kind="event handler")])
    bus.serve_from(container)
    bus.add_handler(NoteSale)
    async with container.open({}) as scope:
        await (await scope.get(Sales)).sell("the chair")
        session = await scope.get(AsyncSession)
        await write(session, "outside of a unit, and never committed")
    assert await notes(engine) == ["selling the chair", "sold the chair"]
    await container.close()


@pytest.mark.parametrize(
    ("store", "engine"),
    [
        ("sqlite:///shop.db", "sqlite+aiosqlite:///shop.db"),
        ("sqlite:////srv/shop.db?synchronous=NORMAL", "sqlite+aiosqlite:////srv/shop.db"),
        ("postgres:///shop", "postgresql+psycopg:///shop"),
        (
            "postgresql://amal:s%40same@db:6432/shop?schema=jobs&statement_timeout=5s&sslmode=require&notify=off",
            "postgresql+psycopg://amal:s%40same@db:6432/shop?sslmode=require",
        ),
    ],
)
def test_an_engine_is_on_the_database_of_the_store(store: str, engine: str) -> None:
    assert engine_url(store).render_as_string(hide_password=False) == engine


def test_a_store_that_is_no_database_of_sqlalchemys_is_named() -> None:
    with pytest.raises(SettingsError, match="a store on memory:// is no database of SQLAlchemy's"):
        engine_url("memory://")
