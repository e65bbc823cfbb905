"""GET /activity: what happened lately."""

from datetime import datetime
from typing import Annotated, Self
from uuid import UUID

from fastapi import APIRouter, Depends, Query
from pydantic import BaseModel

from dawam.integrations.fastapi import from_scope
from examples.inventory.activity.entities import ActivityEntry
from examples.inventory.activity.log import ActivityLog

router = APIRouter()


class ActivityView(BaseModel):
    """An entry of the log, as it is shown."""

    at: datetime
    product_id: UUID
    text: str

    @classmethod
    def of(cls, entry: ActivityEntry) -> Self:
        return cls.model_validate(entry, from_attributes=True)


@router.get("/activity")
async def activity(
    log: Annotated[ActivityLog, Depends(from_scope(ActivityLog))], count: Annotated[int, Query(ge=1, le=500)] = 50
) -> list[ActivityView]:
    """The latest entries, newest first."""
    return [ActivityView.of(entry) for entry in await log.latest(count)]
