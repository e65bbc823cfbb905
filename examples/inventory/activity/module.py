"""The module of the activity log."""

from dawam import ApplicationContext, BackgroundWorkersModule, Module, Services
from examples.inventory.activity.handlers import StockActivityHandler
from examples.inventory.activity.log import ActivityLog
from examples.inventory.activity.options import ActivityOptions
from examples.inventory.activity.workers.cleanup import ActivityCleanupWorker
from examples.inventory.database import DatabaseModule


class ActivityModule(Module):
    """Writes down what happens to products, and forgets it when it is old."""

    depends_on = (BackgroundWorkersModule, DatabaseModule)

    def configure_services(self, services: Services) -> None:
        services.discover("examples.inventory.activity.workers")
        services.add_event_handler(StockActivityHandler)
        services.add_scoped(ActivityLog)
        services.options(ActivityOptions, section="Activity")

    async def on_application_initialization(self, context: ApplicationContext) -> None:
        options = await context.get(ActivityOptions)
        await context.add_background_worker(ActivityCleanupWorker, every=options.clean_up_every)
