"""Reads and keeps products, in a session that somebody else begins and ends."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from examples.inventory.database import insert_into
from examples.inventory.products.entities import Product, StockMovement
from examples.inventory.products.events import ProductStockChanged


class UnknownProductError(Exception):
    """There is no product of this id."""

    def __init__(self, product_id: UUID) -> None:
        self.product_id = product_id
        super().__init__(f"there is no product {product_id}")


class Products:
    """All products."""

    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def get(self, product_id: UUID) -> Product:
        """One product. Raises `UnknownProductError`."""
        product = await self._session.get(Product, product_id)
        if product is None:
            raise UnknownProductError(product_id)
        return product

    async def change_stock(self, product_id: UUID, new_stock: int, at: datetime) -> ProductStockChanged:
        """Sets the stock of a product and keeps the movement. Raises `UnknownProductError`, and `ValueError`."""
        product = await self.get(product_id)
        change = new_stock - product.stock
        changed = product.change_stock(new_stock)
        if change:
            self._session.add(StockMovement(product_id=product.id, moved_at=at, change=change, stock=new_stock))
        return changed

    async def all(self) -> Sequence[Product]:
        """Every product, by its stock-keeping unit."""
        return (await self._session.scalars(select(Product).order_by(Product.sku))).all()

    async def low(self) -> Sequence[Product]:
        """Those of which there are too few."""
        query = select(Product).where(Product.stock < Product.minimum_stock).order_by(Product.sku)
        return (await self._session.scalars(query)).all()

    async def bring_up_to_date(self, rows: Sequence[Mapping[str, object]]) -> None:
        """Inserts products, or updates those that are there, in one statement; each row has every column."""
        if not rows:
            return
        table = Product.metadata.tables[Product.__tablename__]
        statement = insert_into(self._session, table)
        new = statement.excluded
        changed = {name: new[name] for name in ("name", "category", "price", "stock", "minimum_stock")}
        statement = statement.on_conflict_do_update(
            index_elements=["sku"], set_={**changed, "version": table.c.version + 1}
        )
        await self._session.execute(statement, [{"version": 1, **row} for row in rows])
