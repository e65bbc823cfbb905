"""The guide's job: tells somebody that a product runs low."""

from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from dawam import AsyncBackgroundJob, JobContext, Logger, Retry, job_args
from examples.inventory.alerts.sender import AlertSender, LowStockAlert


@job_args("products.low-stock-alert")
@dataclass(frozen=True, slots=True)
class LowStockAlertArgs:
    """What the job has to know, as it was when it was enqueued."""

    product_id: UUID
    product_name: str
    current_stock: int
    minimum_stock: int


class LowStockAlertJob(AsyncBackgroundJob[LowStockAlertArgs]):
    """Writes the guide's warning and sends the alert, in the way that the settings say."""

    retry = Retry(max_attempts=8)
    time_limit = timedelta(seconds=60)

    def __init__(self, logger: Logger, context: JobContext, sender: AlertSender) -> None:
        self._logger = logger
        self._context = context
        self._sender = sender

    async def execute(self, args: LowStockAlertArgs) -> None:
        self._logger.warning(
            "LOW STOCK: %s (%s) has %d, at least %d expected",
            args.product_name,
            args.product_id,
            args.current_stock,
            args.minimum_stock,
        )
        # every attempt of this job has the same key, so a repeated alert is known as one that was sent already
        key = self._context.idempotency_key
        await self._sender.send(
            LowStockAlert(key, args.product_id, args.product_name, args.current_stock, args.minimum_stock)
        )
