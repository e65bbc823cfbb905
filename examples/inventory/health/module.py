"""The module of health checks."""

from dawam import ApplicationContext, BackgroundWorkersModule, Module, Services
from examples.inventory.database import DatabaseModule
from examples.inventory.health.board import HealthBoard
from examples.inventory.health.checks import DatabaseCheck, DiskCheck, JobsCheck, MailServerCheck
from examples.inventory.health.options import HealthOptions
from examples.inventory.health.suite import HealthChecks
from examples.inventory.health.workers.health_check import HealthCheckWorker
from examples.inventory.mail.module import MailModule


class HealthModule(Module):
    """Looks at what the other modules need, and keeps what it found for GET /health."""

    depends_on = (BackgroundWorkersModule, DatabaseModule, MailModule)

    def configure_services(self, services: Services) -> None:
        services.discover("examples.inventory.health.workers")
        for check in (DatabaseCheck, JobsCheck, MailServerCheck, DiskCheck):
            services.add_singleton(check)
        services.add_singleton(HealthChecks)
        services.add_singleton(HealthBoard)
        services.options(HealthOptions, section="Health")

    async def on_application_initialization(self, context: ApplicationContext) -> None:
        options = await context.get(HealthOptions)
        if options.is_enabled:
            await context.add_background_worker(HealthCheckWorker, every=options.check_every)
