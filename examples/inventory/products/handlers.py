"""What follows when the stock of a product has changed."""

from dawam import BackgroundJobManager, LocalEventHandler, Logger
from examples.inventory.products.events import ProductStockChanged
from examples.inventory.products.jobs.low_stock_alert import LowStockAlertArgs, LowStockAlertJob


class ProductStockChangedHandler(LocalEventHandler[ProductStockChanged]):
    """Has somebody told, later and elsewhere, when a product has become too few.

    The stock changes in a unit of work; the job is enqueued in it and commits with it, or not at all.
    """

    def __init__(self, jobs: BackgroundJobManager, logger: Logger) -> None:
        self._jobs = jobs
        self._logger = logger

    async def handle_event(self, event: ProductStockChanged) -> None:
        if not event.fell_too_low:
            return
        args = LowStockAlertArgs(event.product_id, event.product_name, event.new_stock, event.minimum_stock)
        job = await self._jobs.enqueue(LowStockAlertJob, args)
        self._logger.info("low-stock alert for %s enqueued as %s", event.product_name, job.id)
