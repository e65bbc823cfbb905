"""How the inventory is put together: its modules, and what is found in which of its folders."""

from pathlib import Path

import pytest

from dawam import App, ApplicationContext, Module, Services
from dawam.errors import DependencyError, RegistrationError
from dawam.modules.discovery import discover
from dawam.testing import AppHarness
from examples.inventory.activity.workers.cleanup import ActivityCleanupWorker
from examples.inventory.alerts.module import AlertsModule
from examples.inventory.database import Database
from examples.inventory.health.workers.health_check import HealthCheckWorker
from examples.inventory.module import InventoryModule
from examples.inventory.suppliers.workers.offer_sync import OfferSyncWorker
from examples.inventory.tests.rows import select


@pytest.mark.guide(20)
def test_jobs_workers_and_handlers_are_found_where_the_guide_puts_them() -> None:
    found = discover("examples.inventory.products")

    assert sorted((job.__module__, job.__name__) for job in found.jobs) == [
        ("examples.inventory.products.jobs.low_stock_alert", "LowStockAlertJob"),
        ("examples.inventory.products.jobs.low_stock_reminder", "LowStockReminderJob"),
    ]
    assert sorted((worker.__module__, worker.__name__) for worker in found.workers) == [
        ("examples.inventory.products.workers.stock_change_watcher", "StockChangeWatcher"),
        ("examples.inventory.products.workers.stock_check", "StockCheckWorker"),
    ]
    assert [handler.__name__ for handler in found.event_handlers] == ["ProductStockChangedHandler"]


@pytest.mark.guide(20)
@pytest.mark.parametrize(
    ("room", "workers"),
    [
        ("activity", [ActivityCleanupWorker]),
        ("suppliers", [OfferSyncWorker]),
        ("health", [HealthCheckWorker]),
    ],
)
def test_each_room_has_its_workers_where_the_guide_puts_them(room: str, workers: list[type]) -> None:
    assert list(discover(f"examples.inventory.{room}.workers").workers) == workers


@pytest.mark.guide(9)
async def test_a_module_begins_after_the_inventory_and_ends_before_it(database: Path) -> None:
    class Audit(Module):
        depends_on = (InventoryModule,)

        async def on_application_initialization(self, context: ApplicationContext) -> None:
            tables = {name for (name,) in select(database, "SELECT name FROM sqlite_master WHERE type = 'table'")}
            assert {"product", "notification", "stock_check"} <= tables

        async def on_application_shutdown(self, context: ApplicationContext) -> None:
            async with (await context.get(Database)).sessions() as session:
                await session.connection()  # the database is open until the last module has ended
            ended.append("Audit")

    ended: list[str] = []
    async with AppHarness(App(Audit), settings={"Store.Url": f"sqlite:///{database}"}):
        assert ended == []
    assert ended == ["Audit"]


@pytest.mark.guide(9)
def test_alerts_bring_the_database_along_and_the_jobs_do_not_work_without_alerts() -> None:
    App(AlertsModule).build()

    class JobsOnly(Module):
        def configure_services(self, services: Services) -> None:
            services.discover("examples.inventory.products.jobs")

    with pytest.raises(DependencyError, match="AlertSender"):
        App(JobsOnly).build()
    with pytest.raises(RegistrationError, match="found nothing"):
        discover("examples.inventory.alerts")
