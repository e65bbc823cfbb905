"""How a tick ended, as a store is told: with the one next moment of its worker, and the job of a recurring one."""

from datetime import datetime

from msgspec import Struct

from dawam.ids import new_id
from dawam.jobs.outcome import ErrorDetails
from dawam.jobs.record import NewJob
from dawam.workers.planning import due, next_moment
from dawam.workers.record import AfterCrash, DueTick, JobTemplate, RunningTick, TickClaim, TickOutcome, TickSettlement
from dawam.workers.schedules.schedule import Schedule

PLANNED_AT = "planned-at"
"""The header in which a recurring job finds the moment that it was planned for."""


class EndedTick(Struct, frozen=True, kw_only=True):
    """A tick that was claimed, and how it ended."""

    due: DueTick
    claim: TickClaim
    outcome: TickOutcome
    started_at: datetime
    ended_at: datetime
    attempt_count: int = 1
    error: ErrorDetails | None = None
    new_jobs: tuple[NewJob, ...] = ()

    @property
    def planned_at(self) -> datetime:
        return self.claim.planned_at or self.started_at

    def next_at(self, schedule: Schedule) -> datetime | None:
        """The one next moment of its worker."""
        if self.claim.is_triggered:
            return self.due.next_at  # it was one beside the plan
        if self.outcome is TickOutcome.INTERRUPTED and self.due.after_crash is AfterCrash.AGAIN:
            return self.planned_at
        return next_moment(schedule, self.planned_at, ended_at=self.ended_at)


def settlement(ended: EndedTick, schedule: Schedule, luck: float) -> TickSettlement:
    """The end of a tick as a store is told. `luck` in [0, 1) picks the jitter of the next one."""
    tick, next_at = ended.due, ended.next_at(schedule)
    return TickSettlement(
        name=tick.name,
        place=tick.place,
        fence=tick.fence + 1,
        outcome=ended.outcome,
        planned_at=ended.planned_at,
        is_triggered=ended.claim.is_triggered,
        started_at=ended.started_at,
        ended_at=ended.ended_at,
        next_at=next_at,
        due_at=due(next_at, tick.jitter, luck),
        attempt_count=ended.attempt_count,
        error=ended.error,
        new_jobs=ended.new_jobs,
    )


def given_back(tick: RunningTick, now: datetime) -> TickSettlement:
    """The end of a claim whose answer never arrived: its tick was not begun, and the same moment is due again."""
    return TickSettlement(
        name=tick.name,
        place=tick.place,
        fence=tick.fence,
        outcome=TickOutcome.INTERRUPTED,
        planned_at=tick.planned_at,
        is_triggered=tick.is_triggered,
        started_at=tick.claimed_at,
        ended_at=now,
        next_at=tick.planned_at,
        due_at=now,
    )


def job_of_tick(name: str, template: JobTemplate, planned_at: datetime, now: datetime) -> NewJob:
    """The job of one tick. It says by a tag what it recurs as, and in a header for which moment it was planned."""
    return NewJob(
        id=new_id(),
        name=template.name,
        args=template.args,
        args_version=template.args_version,
        queue=template.queue,
        priority=template.priority,
        created_at=now,
        run_at=now,
        headers={**template.headers, PLANNED_AT: planned_at.isoformat()},
        tags=(f"recurring:{name}",),
    )
