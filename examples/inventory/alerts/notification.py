"""Alerts as rows in the database, for a page that shows them."""

from datetime import UTC, datetime
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Mapped, mapped_column

from dawam import UnitOfWork
from examples.inventory.alerts.sender import AlertSender, LowStockAlert
from examples.inventory.database import Base, Moment


class Notification(Base):
    """An alert that waits to be read."""

    __tablename__ = "notification"

    key: Mapped[str] = mapped_column(primary_key=True)
    product_id: Mapped[UUID]
    text: Mapped[str]
    created_at: Mapped[datetime] = mapped_column(Moment)


class NotificationAlertSender(AlertSender):
    """Stores an alert, once."""

    def __init__(self, unit_of_work: UnitOfWork[AsyncSession]) -> None:
        self._unit_of_work = unit_of_work

    async def send(self, alert: LowStockAlert) -> None:
        async with self._unit_of_work.begin() as session:
            if await session.get(Notification, alert.key) is None:
                created_at = datetime.now(UTC)
                session.add(
                    Notification(key=alert.key, product_id=alert.product_id, text=alert.text, created_at=created_at)
                )
