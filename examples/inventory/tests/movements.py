"""Thousands of stock movements, the same ones every time."""

from datetime import UTC, datetime, timedelta
from random import Random

from sqlalchemy import insert
from sqlalchemy.ext.asyncio import AsyncSession

from dawam import App, UnitOfWork
from dawam.testing import AppHarness
from examples.inventory.products.entities import StockMovement
from examples.inventory.products.service import product_id_of
from examples.inventory.tests.shelf import CHAIR, TEA, stock

BEGIN = datetime(2026, 1, 1, tzinfo=UTC)


async def record_movements(place: App | AppHarness, count: int, seed: int = 7) -> None:
    """Records so many movements of the two products of the shelf, a minute apart."""
    random = Random(seed)
    await stock(place, CHAIR, TEA)
    left = {CHAIR.sku: CHAIR.stock, TEA.sku: TEA.stock}
    rows: list[dict[str, object]] = []
    for number in range(count):
        sku = random.choice([CHAIR.sku, TEA.sku])
        change = random.randint(-min(left[sku], 5), 6) or 1
        left[sku] += change
        moved_at = BEGIN + timedelta(minutes=number)
        rows.append({"product_id": product_id_of(sku), "moved_at": moved_at, "change": change, "stock": left[sku]})
    async with place.scope() as scope:
        unit_of_work: UnitOfWork[AsyncSession] = await scope.get(UnitOfWork[AsyncSession])
        async with unit_of_work.begin() as session:
            await session.execute(insert(StockMovement), rows)
