"""GET /health: 200 while this process can serve, 503 when it cannot, with what was found when somebody looked last."""

from datetime import datetime
from typing import Annotated, Self

from fastapi import APIRouter, Depends, Response
from pydantic import BaseModel

from dawam.integrations.fastapi import from_scope
from examples.inventory.health.board import CheckState, Health, HealthBoard, HealthReport

router = APIRouter()


class CheckView(BaseModel):
    """One check, as it is shown."""

    name: str
    health: Health
    detail: str
    since: datetime
    checked_at: datetime
    age_seconds: float
    took_milliseconds: float

    @classmethod
    def of(cls, state: CheckState) -> Self:
        return cls(
            name=state.finding.name,
            health=state.health,
            detail=state.finding.detail,
            since=state.since,
            checked_at=state.checked_at,
            age_seconds=state.age.total_seconds(),
            took_milliseconds=state.finding.took.total_seconds() * 1000,
        )


class HealthView(BaseModel):
    """All of them."""

    health: Health
    checks: list[CheckView]

    @classmethod
    def of(cls, report: HealthReport) -> Self:
        return cls(health=report.health, checks=[CheckView.of(state) for state in report.checks])


@router.get("/health", responses={503: {"model": HealthView}})
async def health(board: Annotated[HealthBoard, Depends(from_scope(HealthBoard))], response: Response) -> HealthView:
    """Reads the board and waits for nothing: a database that hangs does not make this hang."""
    report = board.report()
    response.status_code = 200 if report.health.is_serviceable else 503
    response.headers["Cache-Control"] = "no-store"
    return HealthView.of(report)
