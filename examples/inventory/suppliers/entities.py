"""The entity: one offer of the supplier."""

from datetime import datetime
from decimal import Decimal

from sqlalchemy.orm import Mapped, mapped_column

from examples.inventory.database import Base, Exact, Moment


class SupplierOffer(Base):
    """What a product costs at the supplier's. It goes by the id that the supplier gave it."""

    __tablename__ = "supplier_offer"

    external_id: Mapped[str] = mapped_column(primary_key=True)
    sku: Mapped[str]
    name: Mapped[str]
    price: Mapped[Decimal] = mapped_column(Exact)
    changed_at: Mapped[datetime] = mapped_column(Moment)
    """When the supplier's system last told something new about it."""
