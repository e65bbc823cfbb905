"""What goes over the wire: bodies that requests send, and what answers show."""

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from typing import Annotated, Self
from uuid import UUID

from pydantic import BaseModel, Field

from dawam import JobInfo
from dawam.jobs.record import AttemptRecord, JobCounts
from examples.inventory.products.entities import Product


class NewStock(BaseModel):
    """How many there are now."""

    stock: Annotated[int, Field(ge=0, le=1_000_000, strict=True)]


class ProductView(BaseModel):
    """A product, as it is shown."""

    id: UUID
    sku: str
    name: str
    category: str
    price: Decimal
    stock: int
    minimum_stock: int

    @classmethod
    def of(cls, product: Product) -> Self:
        return cls.model_validate(product, from_attributes=True)


class AttemptView(BaseModel):
    """One failed attempt."""

    attempt: int
    ended_at: datetime
    error: str

    @classmethod
    def of(cls, record: AttemptRecord) -> Self:
        return cls(
            attempt=record.attempt, ended_at=record.ended_at, error=f"{record.error_type}: {record.error_message}"
        )


class JobView(BaseModel):
    """A job, as it is shown."""

    id: UUID
    name: str
    state: str
    queue: str
    attempt_count: int
    created_at: datetime
    run_at: datetime
    finished_at: datetime | None
    args: str
    result: str | None
    last_error: str | None

    @classmethod
    def of(cls, job: JobInfo) -> Self:
        return cls.model_validate(job, from_attributes=True)


class JobHistory(BaseModel):
    """A job and everything that went wrong with it."""

    job: JobView
    failures: list[AttemptView]

    @classmethod
    def of(cls, job: JobInfo, failures: Sequence[AttemptRecord]) -> Self:
        return cls(job=JobView.of(job), failures=[AttemptView.of(failure) for failure in failures])


class PendingJobs(BaseModel):
    """What waits, and the whole in numbers."""

    counts: JobCounts
    jobs: list[JobView]
