"""The entity: one entry of the activity log."""

from datetime import datetime
from uuid import UUID

from sqlalchemy.orm import Mapped, mapped_column

from examples.inventory.database import Base, Moment


class ActivityEntry(Base):
    """Something that happened, and when."""

    __tablename__ = "activity_log"

    id: Mapped[int] = mapped_column(primary_key=True)
    at: Mapped[datetime] = mapped_column(Moment, index=True)
    product_id: Mapped[UUID]
    text: Mapped[str]
