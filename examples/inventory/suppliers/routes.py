"""GET /offers: what the supplier's system said when it was last asked."""

from datetime import datetime
from decimal import Decimal
from typing import Annotated, Self

from fastapi import APIRouter, Depends
from pydantic import BaseModel

from dawam.integrations.fastapi import from_scope
from examples.inventory.suppliers.entities import SupplierOffer
from examples.inventory.suppliers.offers import Offers

router = APIRouter()


class OfferView(BaseModel):
    """An offer, as it is shown."""

    external_id: str
    sku: str
    name: str
    price: Decimal
    changed_at: datetime

    @classmethod
    def of(cls, offer: SupplierOffer) -> Self:
        return cls.model_validate(offer, from_attributes=True)


@router.get("/offers")
async def offers(repository: Annotated[Offers, Depends(from_scope(Offers))]) -> list[OfferView]:
    """Every offer."""
    return [OfferView.of(offer) for offer in await repository.all()]
