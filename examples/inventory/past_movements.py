"""A past for the products that are there: `python -m examples.inventory.past_movements [how many]`.

Reports want something to tell of. The movements are the same ones every time, and lead to the stock that there is.
"""

import asyncio
import sys
from datetime import datetime, timedelta
from random import Random

from sqlalchemy import insert
from sqlalchemy.ext.asyncio import AsyncSession

from dawam import App, UnitOfWork
from dawam.clock import Clock
from dawam.testing import AppHarness
from examples.inventory.app import app
from examples.inventory.products.entities import Product, StockMovement
from examples.inventory.products.repository import Products

_APART = timedelta(minutes=7)


async def record_past_movements(place: App | AppHarness, count: int, seed: int = 7) -> None:
    """Records so many movements of the products of a database, the last of them just now."""
    async with place.scope() as scope:
        clock: Clock = await scope.get(Clock)
        unit_of_work: UnitOfWork[AsyncSession] = await scope.get(UnitOfWork[AsyncSession])
        async with unit_of_work.begin() as session:
            products = list(await Products(session).all())
            rows = _movements(products, count, clock.now(), Random(seed))  # noqa: S311  (nothing is secret here)
            await session.execute(insert(StockMovement), rows)


def _movements(products: list[Product], count: int, until: datetime, random: Random) -> list[dict[str, object]]:
    """Goes back in time, from the stock of today."""
    left = {product.id: product.stock for product in products}
    rows: list[dict[str, object]] = []
    for number in range(count):
        product = random.choice(products)
        stock = left[product.id]
        change = random.choice([change for change in range(-5, 7) if change and change <= stock])
        left[product.id] = stock - change
        moved_at = until - number * _APART
        rows.append({"product_id": product.id, "moved_at": moved_at, "change": change, "stock": stock})
    return rows[::-1]


async def main(count: int) -> None:
    async with app.open(run_host=False):
        await record_past_movements(app, count)
    print(f"{count} stock movements recorded")


if __name__ == "__main__":
    asyncio.run(main(int(sys.argv[1]) if len(sys.argv) > 1 else 5_000))
