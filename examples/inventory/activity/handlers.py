"""What is written down when something happens to a product."""

from sqlalchemy.ext.asyncio import AsyncSession

from dawam import LocalEventHandler, UnitOfWork
from dawam.clock import Clock
from examples.inventory.activity.log import ActivityLog
from examples.inventory.products.events import ProductStockChanged


class StockActivityHandler(LocalEventHandler[ProductStockChanged]):
    """Writes every change of stock into the log, in the unit of work that makes the change: both or neither."""

    def __init__(self, unit_of_work: UnitOfWork[AsyncSession], clock: Clock) -> None:
        self._unit_of_work = unit_of_work
        self._clock = clock

    async def handle_event(self, event: ProductStockChanged) -> None:
        direction = "down" if event.decreased else "up"
        async with self._unit_of_work.begin() as session:
            text = f"stock of {event.product_name} {direction} to {event.new_stock}"
            ActivityLog(session).add(self._clock.now(), event.product_id, text)
