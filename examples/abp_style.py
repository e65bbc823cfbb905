"""The guide's classes in one file, as somebody writes them who knows ABP: `dawam run examples/abp_style.py`.

`examples/inventory` has the same with a real database, a web application and settings files.
"""

from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from dawam import (
    App,
    ApplicationContext,
    AsyncBackgroundJob,
    AsyncPeriodicBackgroundWorker,
    BackgroundJobManager,
    BackgroundJobOptions,
    BackgroundJobsModule,
    BackgroundWorkersModule,
    JobContext,
    JobInfo,
    JobInspector,
    LocalEventHandler,
    Logger,
    Module,
    PeriodicWorkerContext,
    Retry,
    Services,
    job_args,
)


@job_args("products.low-stock-alert")
@dataclass(frozen=True, slots=True)
class LowStockAlertArgs:
    product_id: UUID
    product_name: str
    current_stock: int
    minimum_stock: int


class LowStockAlertJob(AsyncBackgroundJob[LowStockAlertArgs]):
    retry = Retry(max_attempts=8)
    time_limit = timedelta(seconds=60)

    def __init__(self, logger: Logger, context: JobContext) -> None:
        self._logger = logger
        self._context = context

    async def execute(self, args: LowStockAlertArgs) -> None:
        self._logger.warning("LOW STOCK: %s has %d", args.product_name, args.current_stock)


@dataclass(frozen=True)
class ProductStockChanged:
    product_id: UUID
    product_name: str
    new_stock: int
    decreased: bool


class ProductStockChangedHandler(LocalEventHandler[ProductStockChanged]):
    def __init__(self, jobs: BackgroundJobManager) -> None:
        self._jobs = jobs

    async def handle_event(self, event: ProductStockChanged) -> None:
        if event.decreased and event.new_stock < 10:
            args = LowStockAlertArgs(event.product_id, event.product_name, event.new_stock, 10)
            await self._jobs.enqueue(LowStockAlertJob, args)


class Products:
    """Stands for a repository; that of `examples/inventory` has a database behind it."""

    async def below(self, stock: int) -> list[str]:
        return [name for name, count in (("Tea", 3), ("Coffee", 12)) if count < stock]


class StockCheckWorker(AsyncPeriodicBackgroundWorker):
    every = timedelta(minutes=5)

    def __init__(self, products: Products, logger: Logger) -> None:  # a fresh instance per tick: safe as it stands
        self._products = products
        self._logger = logger

    async def do_work(self, context: PeriodicWorkerContext) -> None:
        for name in await self._products.below(10):
            self._logger.warning("Low stock: %s", name)


class JobMonitoringService:
    def __init__(self, jobs: JobInspector) -> None:
        self._jobs = jobs

    async def get_pending_jobs(self) -> list[JobInfo]:
        return await self._jobs.get_waiting_jobs(max_result_count=100)


class InventoryModule(Module):
    depends_on = (BackgroundJobsModule, BackgroundWorkersModule)

    def configure_services(self, services: Services) -> None:
        services.discover(__name__)  # or the name of a package, with all that is below it
        services.add_scoped(Products)
        services.add_singleton(JobMonitoringService)
        services.options(BackgroundJobOptions).is_job_execution_enabled = True
        services.options(BackgroundJobOptions).default_time_limit = timedelta(seconds=60)

    async def on_application_initialization(self, context: ApplicationContext) -> None:
        await context.add_background_worker(StockCheckWorker)


app = App(InventoryModule)  # appsettings.json of the working folder wins over what is said here, if it is there
