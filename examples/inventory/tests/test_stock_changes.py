"""From a change of stock to the job in the store, in one unit of work."""

from pathlib import Path
from uuid import UUID, uuid4

import pytest
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm.exc import StaleDataError

from dawam import App, LocalEventBus, UnitOfWork
from dawam.testing import AppHarness
from dawam.unit_of_work import current_unit_of_work
from examples.inventory.products.events import ProductStockChanged
from examples.inventory.products.jobs.low_stock_alert import LowStockAlertArgs
from examples.inventory.products.repository import Products, UnknownProductError
from examples.inventory.products.service import ProductService
from examples.inventory.tests.rows import execute, job_rows, stock_of
from examples.inventory.tests.shelf import CHAIR, CHAIR_ID, TEA, change_stock, order


@pytest.mark.guide(2, 10)
async def test_nine_left_raises_an_alert(harness: AppHarness) -> None:
    await change_stock(harness, CHAIR, to=9)

    assert harness.enqueued(LowStockAlertArgs) == [LowStockAlertArgs(CHAIR_ID, "Chair", 9, 10)]


@pytest.mark.guide(2)
async def test_ten_left_raises_none(harness: AppHarness) -> None:
    await change_stock(harness, CHAIR, to=10)

    assert harness.enqueued(LowStockAlertArgs) == []


@pytest.mark.guide(2)
async def test_an_increase_raises_none_even_if_it_is_still_low(harness: AppHarness) -> None:
    await change_stock(harness, CHAIR, to=3)
    await change_stock(harness, CHAIR, to=8)

    assert [args.current_stock for args in harness.enqueued(LowStockAlertArgs)] == [3]


async def test_a_product_with_another_minimum_is_judged_by_its_own(harness: AppHarness) -> None:
    await change_stock(harness, TEA, to=24)

    assert [args.minimum_stock for args in harness.enqueued(LowStockAlertArgs)] == [25]


@pytest.mark.guide(10)
async def test_the_handler_is_discovered_and_hears_an_event_of_any_publisher(harness: AppHarness) -> None:
    await harness.get(LocalEventBus).publish(ProductStockChanged(uuid4(), "Test", 9, decreased=True))

    assert [args.minimum_stock for args in harness.enqueued(LowStockAlertArgs)] == [10]


@pytest.mark.guide(2, 4)
async def test_the_stock_and_the_job_are_committed_together(inventory: App, database: Path) -> None:
    async def look() -> None:
        found.append((stock_of(database, CHAIR), job_rows(database)))

    found: list[tuple[int, list[tuple[str, str, UUID, int]]]] = []
    async with inventory.scope() as scope:
        service: ProductService = await scope.get(ProductService)
        unit_of_work: UnitOfWork[AsyncSession] = await scope.get(UnitOfWork[AsyncSession])
        async with unit_of_work.begin():
            unit = current_unit_of_work()
            assert unit is not None
            unit.after_commit(look)  # before anything else that follows the commit
            await service.change_stock(CHAIR_ID, 9)

    assert found == [(9, [("products.low-stock-alert", "ready", CHAIR_ID, 9)])]


@pytest.mark.guide(2, 10)
async def test_a_stock_change_that_is_rolled_back_leaves_no_job(inventory: App, database: Path) -> None:
    with pytest.raises(UnknownProductError):
        await order(inventory, CHAIR_ID, uuid4())

    assert stock_of(database, CHAIR) == 20
    assert job_rows(database) == []


async def test_a_job_is_not_seen_before_the_commit(inventory: App, database: Path) -> None:
    async with inventory.scope() as scope:
        service: ProductService = await scope.get(ProductService)
        events: LocalEventBus = await scope.get(LocalEventBus)
        unit_of_work: UnitOfWork[AsyncSession] = await scope.get(UnitOfWork[AsyncSession])
        async with unit_of_work.begin():
            await service.change_stock(CHAIR_ID, 15)
            event = ProductStockChanged(CHAIR_ID, "Chair", 9, decreased=True)
            await events.publish(event, on_unit_of_work_complete=False)
            assert job_rows(database) == []

    assert len(job_rows(database)) == 1


async def test_of_two_changes_of_one_reading_the_second_is_refused(inventory: App, database: Path) -> None:
    async def slowly_take_one() -> None:
        async with inventory.scope() as scope:
            unit_of_work: UnitOfWork[AsyncSession] = await scope.get(UnitOfWork[AsyncSession])
            async with unit_of_work.begin() as session:
                chair = await Products(session).get(CHAIR_ID)
                execute(database, "UPDATE product SET stock = 12, version = version + 1 WHERE sku = ?", CHAIR.sku)
                chair.change_stock(chair.stock - 1)

    with pytest.raises(StaleDataError):
        await slowly_take_one()

    assert stock_of(database, CHAIR) == 12


async def test_a_stock_below_zero_is_refused_and_changes_nothing(inventory: App, database: Path) -> None:
    with pytest.raises(ValueError, match="the stock of Chair cannot be -1: zero or more was expected"):
        await change_stock(inventory, CHAIR, to=-1)

    assert stock_of(database, CHAIR) == 20
