"""The rows of a report: fetched once, and kept beside what is made of them."""

import csv
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from examples.inventory.products.entities import Product, StockMovement
from examples.inventory.whole_file import whole_file


@dataclass(frozen=True, slots=True)
class Movement:
    """One change of the stock of one product."""

    moved_at: datetime
    sku: str
    product: str
    change: int
    stock: int


class Movements:
    """All movements, as they are in the database."""

    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def all(self) -> list[Movement]:
        """Oldest first."""
        columns = (
            StockMovement.moved_at,
            Product.sku,
            Product.name,
            StockMovement.change,
            StockMovement.stock,
        )
        query = select(*columns).join(Product).order_by(StockMovement.moved_at, StockMovement.id)
        return [Movement(*row) for row in await self._session.execute(query)]


def keep_rows(path: Path, rows: list[Movement]) -> None:
    """Writes the rows to a file, so that PDF and Excel tell the same story however late they are made."""
    with whole_file(path) as part, part.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerows((row.moved_at.isoformat(), row.sku, row.product, row.change, row.stock) for row in rows)


def kept_rows(path: Path) -> list[Movement]:
    """What `keep_rows` wrote."""
    with path.open(encoding="utf-8", newline="") as file:
        return [
            Movement(datetime.fromisoformat(moved_at), sku, product, int(change), int(stock))
            for moved_at, sku, product, change, stock in csv.reader(file)
        ]
