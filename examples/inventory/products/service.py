"""What can be done with products."""

from dataclasses import asdict
from uuid import NAMESPACE_URL, UUID, uuid5

from sqlalchemy.ext.asyncio import AsyncSession

from dawam import LocalEventBus, UnitOfWork
from dawam.clock import Clock
from examples.inventory.catalogue import CatalogueRow
from examples.inventory.products.events import ProductStockChanged
from examples.inventory.products.repository import Products


class ProductService:
    """The inventory's use cases; each is one unit of work."""

    def __init__(self, unit_of_work: UnitOfWork[AsyncSession], events: LocalEventBus, clock: Clock) -> None:
        self._unit_of_work = unit_of_work
        self._clock = clock
        self._events = events

    async def change_stock(self, product_id: UUID, new_stock: int) -> ProductStockChanged:
        """Sets the stock of a product, and has everybody told who wants to know.

        The new stock, whatever the event's handlers write and the jobs that they enqueue commit together.
        Raises `UnknownProductError`, and `ValueError` for a stock below zero.
        """
        async with self._unit_of_work.begin() as session:
            changed = await Products(session).change_stock(product_id, new_stock, self._clock.now())
            await self._events.publish(changed)
        return changed

    async def import_rows(self, rows: list[CatalogueRow]) -> int:
        """Adds the products of a catalogue, or brings them up to date; answers how many."""
        in_one_order = sorted(rows, key=lambda row: row.sku)  # so that two catalogues never wait for each other
        async with self._unit_of_work.begin() as session:
            await Products(session).bring_up_to_date(
                [{"id": product_id_of(row.sku), **asdict(row)} for row in in_one_order]
            )
        return len(rows)


def product_id_of(sku: str) -> UUID:
    """The id that a product has everywhere, made from its stock-keeping unit."""
    return uuid5(NAMESPACE_URL, f"https://inventory.example.com/products/{sku}")
