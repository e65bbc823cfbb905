"""The words in which the stories of these tests are told: products on a shelf, taken and brought."""

from decimal import Decimal
from pathlib import Path
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from dawam import App, UnitOfWork
from dawam.testing import AppHarness
from examples.inventory.catalogue import Catalogue, CatalogueRow, read_catalogue
from examples.inventory.imports.service import ImportService
from examples.inventory.products.events import ProductStockChanged
from examples.inventory.products.service import ProductService, product_id_of

CHAIR = CatalogueRow("HOM-001", "Chair", "Home", Decimal("45.50"), stock=20, minimum_stock=10)
TEA = CatalogueRow("COF-001", "شاي أخضر", "Coffee & Tea", Decimal("3.25"), stock=40, minimum_stock=25)
CHAIR_ID = product_id_of(CHAIR.sku)
TEA_ID = product_id_of(TEA.sku)
CATALOGUE = Path(__file__).parents[1] / "catalogue.csv"


def whole_catalogue() -> Catalogue:
    """The three hundred products that come with the example, and two bad rows."""
    with CATALOGUE.open(encoding="utf-8", newline="") as lines:
        return read_catalogue(lines)


async def stock(place: App | AppHarness, *rows: CatalogueRow) -> None:
    """Puts products on the shelf."""
    async with place.scope() as scope:
        service: ProductService = await scope.get(ProductService)
        await service.import_rows(list(rows))


async def change_stock(place: App | AppHarness, row: CatalogueRow, to: int) -> ProductStockChanged:
    """Takes or brings: from now on there are `to` of this product."""
    async with place.scope() as scope:
        service: ProductService = await scope.get(ProductService)
        return await service.change_stock(product_id_of(row.sku), to)


async def order(place: App | AppHarness, *product_ids: UUID) -> None:
    """Leaves nine of each of several products, all or none: the changes join one unit of work."""
    async with place.scope() as scope:
        service: ProductService = await scope.get(ProductService)
        unit_of_work: UnitOfWork[AsyncSession] = await scope.get(UnitOfWork[AsyncSession])
        async with unit_of_work.begin():
            for product_id in product_ids:
                await service.change_stock(product_id, 9)


async def begin_import(place: App | AppHarness, path: Path) -> UUID:
    """Has a catalogue brought in."""
    async with place.scope() as scope:
        service: ImportService = await scope.get(ImportService)
        return await service.begin(path)
