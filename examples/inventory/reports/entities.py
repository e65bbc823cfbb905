"""The entity: a report that somebody asked for."""

from datetime import datetime
from uuid import UUID

from sqlalchemy.orm import Mapped, mapped_column

from examples.inventory.database import Base, Moment


class Report(Base):
    """A report, ready or not. Its files are on the shelf."""

    __tablename__ = "report"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    job_id: Mapped[UUID]
    language: Mapped[str]
    requested_at: Mapped[datetime] = mapped_column(Moment)
    ready_at: Mapped[datetime | None] = mapped_column(Moment)
    row_count: Mapped[int | None]
