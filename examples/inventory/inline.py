"""The same request without background jobs, for comparing: who changes the stock waits until the alert is sent."""

from typing import Annotated
from uuid import UUID, uuid4

from fastapi import APIRouter, Depends
from sqlalchemy.ext.asyncio import AsyncSession

from dawam import UnitOfWork
from dawam.clock import Clock
from dawam.integrations.fastapi import from_scope
from examples.inventory.alerts.sender import AlertSender, LowStockAlert
from examples.inventory.products.events import ProductStockChanged
from examples.inventory.products.repository import Products
from examples.inventory.views import NewStock

router = APIRouter()


@router.put("/inline/products/{product_id}/stock")
async def change_stock_and_alert(
    product_id: UUID,
    body: NewStock,
    unit_of_work: Annotated[UnitOfWork[AsyncSession], Depends(from_scope(UnitOfWork[AsyncSession]))],
    sender: Annotated[AlertSender, Depends(from_scope(AlertSender))],
    clock: Annotated[Clock, Depends(from_scope(Clock))],
) -> ProductStockChanged:
    """Sets the stock and sends the alert at once. When sending fails, the request fails, and nobody tries again."""
    async with unit_of_work.begin() as session:
        changed = await Products(session).change_stock(product_id, body.stock, clock.now())
    if changed.fell_too_low:
        await sender.send(
            LowStockAlert(str(uuid4()), product_id, changed.product_name, changed.new_stock, changed.minimum_stock)
        )
    return changed
