"""The module of the inventory: what there is, and what starts with it."""

from datetime import timedelta

from dawam import (
    ApplicationContext,
    BackgroundJobOptions,
    BackgroundJobsModule,
    BackgroundWorkersModule,
    Module,
    Services,
)
from examples.inventory.activity.module import ActivityModule
from examples.inventory.alerts.module import AlertsModule
from examples.inventory.database import Database, DatabaseModule
from examples.inventory.health.module import HealthModule
from examples.inventory.imports.module import ImportsModule
from examples.inventory.mail.module import MailModule
from examples.inventory.monitoring import JobMonitoringService
from examples.inventory.products.options import ProductOptions
from examples.inventory.products.recent_changes import RecentChanges
from examples.inventory.products.repository import Products
from examples.inventory.products.service import ProductService
from examples.inventory.products.workers.stock_change_watcher import StockChangeWatcher
from examples.inventory.products.workers.stock_check import StockCheckWorker
from examples.inventory.reports.module import ReportsModule
from examples.inventory.suppliers.module import SuppliersModule


class InventoryModule(Module):
    """Products are registered here; each of the other rooms has a module of its own."""

    depends_on = (
        BackgroundJobsModule,
        BackgroundWorkersModule,
        DatabaseModule,
        MailModule,
        AlertsModule,
        ImportsModule,
        ReportsModule,
        ActivityModule,
        SuppliersModule,
        HealthModule,
    )

    def configure_services(self, services: Services) -> None:
        services.discover("examples.inventory.products")
        services.add_scoped(Products)
        services.add_scoped(ProductService)
        services.add_singleton(RecentChanges)
        services.add_singleton(JobMonitoringService)
        services.options(ProductOptions, section="Products")
        services.options(BackgroundJobOptions).is_job_execution_enabled = True
        services.options(BackgroundJobOptions).default_time_limit = timedelta(seconds=60)

    async def on_application_initialization(self, context: ApplicationContext) -> None:
        database = await context.get(Database)
        await database.create_tables()
        options = await context.get(ProductOptions)
        if options.checks_stock:
            await context.add_background_worker(StockCheckWorker, every=options.stock_check_every)
        await context.add_background_worker(StockChangeWatcher)
