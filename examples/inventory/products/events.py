"""What happens to products."""

from dataclasses import dataclass
from uuid import UUID

MINIMUM_STOCK = 10
"""Where nothing else is said, fewer than this many are too few."""


@dataclass(frozen=True, slots=True)
class ProductStockChanged:
    """The stock of a product is another now."""

    product_id: UUID
    product_name: str
    new_stock: int
    decreased: bool
    minimum_stock: int = MINIMUM_STOCK

    @property
    def fell_too_low(self) -> bool:
        """Whether somebody has to be told."""
        return self.decreased and self.new_stock < self.minimum_stock
