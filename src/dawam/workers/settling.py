"""How a tick ended, as a store is told: with the one next moment of its worker, and the job of a recurring one."""

from datetime import datetime
from typing import TypedDict

from dawam.ids import new_id
from dawam.jobs.outcome import ErrorDetails
from dawam.jobs.record import NewJob
from dawam.workers.planning import due, next_moment
from dawam.workers.record import AfterCrash, DueTick, JobTemplate, RunningTick, TickClaim, TickOutcome, TickSettlement
from dawam.workers.schedules.schedule import Schedule

PLANNED_AT = "planned-at"
"""The header in which a recurring job finds the moment that it was planned for."""


class Ending(TypedDict, total=False):
    """What a settlement says beside the plan."""

    attempt_count: int
    error: ErrorDetails | None
    new_jobs: tuple[NewJob, ...]


def settlement(
    tick: DueTick,
    claim: TickClaim,
    schedule: Schedule,
    outcome: TickOutcome,
    started_at: datetime,
    ended_at: datetime,
    luck: float,
    ending: Ending,
) -> TickSettlement:
    """The end of a claimed tick. `luck` in [0, 1) picks the jitter of the next one."""
    planned_at = claim.planned_at or started_at
    next_at = _next_at(tick, claim, schedule, outcome, planned_at, ended_at)
    return TickSettlement(
        name=tick.name,
        place=tick.place,
        fence=tick.fence + 1,
        outcome=outcome,
        planned_at=planned_at,
        is_triggered=claim.is_triggered,
        started_at=started_at,
        ended_at=ended_at,
        next_at=next_at,
        due_at=due(next_at, tick.jitter, luck),
        **ending,
    )


def _next_at(
    tick: DueTick,
    claim: TickClaim,
    schedule: Schedule,
    outcome: TickOutcome,
    planned_at: datetime,
    ended_at: datetime,
) -> datetime | None:
    if claim.is_triggered:
        return tick.next_at  # it was one beside the plan
    if outcome is TickOutcome.INTERRUPTED and tick.after_crash is AfterCrash.AGAIN:
        return planned_at
    return next_moment(schedule, planned_at, ended_at=ended_at)


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
