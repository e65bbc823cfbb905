"""Imports a catalogue: `python -m examples.inventory.import_catalogue [catalogue.csv]`."""

import asyncio
import sys
from pathlib import Path

from dawam import DawamError
from examples.inventory.app import app
from examples.inventory.catalogue import Catalogue, CatalogueError, read_catalogue
from examples.inventory.products.service import ProductService

CATALOGUE = Path(__file__).with_name("catalogue.csv")


def read_file(path: Path) -> Catalogue:
    """The catalogue in a file. Raises `CatalogueError` where there is none."""
    try:
        with path.open(encoding="utf-8-sig", newline="") as lines:
            return read_catalogue(lines)
    except (OSError, UnicodeDecodeError) as error:
        raise CatalogueError(f"{path} cannot be read: {error}") from error


async def import_catalogue(catalogue: Catalogue) -> int:
    """Imports the good rows; answers how many."""
    async with app.open(run_host=False), app.scope() as scope:
        service: ProductService = await scope.get(ProductService)
        return await service.import_rows(catalogue.rows)


def main() -> None:
    path = Path(sys.argv[1]) if len(sys.argv) > 1 else CATALOGUE
    try:
        catalogue = read_file(path)
        count = asyncio.run(import_catalogue(catalogue))
    except (CatalogueError, DawamError) as error:
        sys.exit(str(error))
    print(f"{count} products imported from {path.name}, {len(catalogue.refused)} rows refused")
    for refused in catalogue.refused:
        print(f"  {refused}")


if __name__ == "__main__":
    main()
