"""The module of suppliers."""

from dawam import ApplicationContext, BackgroundWorkersModule, Module, Services
from examples.inventory.database import DatabaseModule
from examples.inventory.suppliers.api import SupplierApi
from examples.inventory.suppliers.offers import Offers
from examples.inventory.suppliers.options import SupplierOptions
from examples.inventory.suppliers.workers.offer_sync import OfferSyncWorker


class SuppliersModule(Module):
    """Keeps the offers of the supplier whose address the settings name; without one nothing is fetched."""

    depends_on = (BackgroundWorkersModule, DatabaseModule)

    def configure_services(self, services: Services) -> None:
        services.discover("examples.inventory.suppliers.workers")
        services.add_singleton(SupplierApi)
        services.add_scoped(Offers)
        services.options(SupplierOptions, section="Suppliers")

    async def on_application_initialization(self, context: ApplicationContext) -> None:
        options = await context.get(SupplierOptions)
        if options.url:
            await context.add_background_worker(OfferSyncWorker, every=options.sync_every)
