"""The guide's worker: looks every five minutes for products of which there are too few."""

from datetime import UTC, datetime, timedelta

from sqlalchemy.ext.asyncio import AsyncSession

from dawam import AsyncPeriodicBackgroundWorker, Logger, PeriodicWorkerContext, UnitOfWork
from examples.inventory.products.entities import StockCheck
from examples.inventory.products.repository import Products


class StockCheckWorker(AsyncPeriodicBackgroundWorker):
    """Warns of every product that is low, and records that it looked.

    Each tick is a fresh instance in a scope of its own, so the repository may simply be asked for.
    """

    every = timedelta(minutes=5)

    def __init__(self, products: Products, unit_of_work: UnitOfWork[AsyncSession], logger: Logger) -> None:
        self._products = products
        self._unit_of_work = unit_of_work
        self._logger = logger

    async def do_work(self, context: PeriodicWorkerContext) -> None:
        low = await self._products.low()
        for product in low:
            self._logger.warning("Low stock: %s has %d of %d", product.name, product.stock, product.minimum_stock)
        if not low:
            self._logger.info("Stock check %d: nothing is low", context.tick)
        async with self._unit_of_work.begin() as session:
            session.add(StockCheck(checked_at=datetime.now(UTC), low_count=len(low)))
