"""The entities: a product, each change of its stock, and the record of a stock check."""

from datetime import datetime
from decimal import Decimal
from uuid import UUID

from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from examples.inventory.database import Base, Exact, Moment
from examples.inventory.products.events import ProductStockChanged


class Product(Base):
    """Something that is kept in stock."""

    __tablename__ = "product"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    sku: Mapped[str] = mapped_column(unique=True)
    name: Mapped[str]
    category: Mapped[str]
    price: Mapped[Decimal] = mapped_column(Exact)
    stock: Mapped[int]
    minimum_stock: Mapped[int]
    version: Mapped[int] = mapped_column()

    # of two requests that read the same stock, the second is refused instead of overwriting the first
    __mapper_args__ = {"version_id_col": version}  # noqa: RUF012  (the form that SQLAlchemy reads)

    def change_stock(self, new_stock: int) -> ProductStockChanged:
        """Sets the stock, and says what that means. Raises `ValueError` below zero."""
        if new_stock < 0:
            raise ValueError(f"the stock of {self.name} cannot be {new_stock}: zero or more was expected")
        decreased = new_stock < self.stock
        self.stock = new_stock
        return ProductStockChanged(self.id, self.name, new_stock, decreased, self.minimum_stock)


class StockMovement(Base):
    """One change of the stock of a product."""

    __tablename__ = "stock_movement"

    id: Mapped[int] = mapped_column(primary_key=True)
    product_id: Mapped[UUID] = mapped_column(ForeignKey(Product.id))
    moved_at: Mapped[datetime] = mapped_column(Moment)
    change: Mapped[int]
    stock: Mapped[int]
    """How many there were afterwards."""


class StockCheck(Base):
    """One tick of the stock check."""

    __tablename__ = "stock_check"

    id: Mapped[int] = mapped_column(primary_key=True)
    checked_at: Mapped[datetime] = mapped_column(Moment)
    low_count: Mapped[int]
