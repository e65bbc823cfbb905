"""What an alert says, and what every way of sending one has in common."""

from abc import ABC, abstractmethod
from dataclasses import dataclass
from uuid import UUID

from examples.inventory.mail.message import Mail


@dataclass(frozen=True, slots=True)
class LowStockAlert:
    """One product runs low. Alerts with the same key are the same alert, however often they are sent."""

    key: str
    product_id: UUID
    product_name: str
    current_stock: int
    minimum_stock: int

    @property
    def subject(self) -> str:
        return f"Low stock: {self.product_name}"

    @property
    def text(self) -> str:
        return f"{self.product_name} is down to {self.current_stock}; at least {self.minimum_stock} should be there."

    def as_mail(self, to: str) -> Mail:
        """The alert as a mail; its key is the alert's."""
        return Mail(self.key, to, self.subject, self.text)


class AlertSender(ABC):
    """Sends alerts. A job may run more than once, so sending the same alert again must do no harm."""

    @abstractmethod
    async def send(self, alert: LowStockAlert) -> None:
        """Sends it; what goes wrong is raised, and the job that sends it is tried again."""
