"""The module of imports."""

from dawam import BackgroundJobsModule, Module, Services
from examples.inventory.database import DatabaseModule
from examples.inventory.imports.lane import ImportLane
from examples.inventory.imports.options import ImportOptions
from examples.inventory.imports.service import ImportService
from examples.inventory.products.service import ProductService


class ImportsModule(Module):
    """Offers an `ImportService`, and the jobs behind it."""

    depends_on = (BackgroundJobsModule, DatabaseModule)

    def configure_services(self, services: Services) -> None:
        services.discover("examples.inventory.imports.jobs")
        services.options(ImportOptions, section="Imports")
        services.add_singleton(ImportLane)
        services.add_scoped(ProductService)
        services.add_scoped(ImportService)
