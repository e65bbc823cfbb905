"""What people see."""

from collections import Counter
from typing import Any
from uuid import UUID

from dawam.clock import to_microseconds
from dawam.jobs.record import AttemptRecord, JobCounts, JobInfo
from dawam.jobs.state import WAITING, StoredState
from dawam.stores.base import JobFilter
from dawam.stores.memory.row import Row
from dawam.stores.memory.shelf import Place

_NAMES_LIMIT = 500


def get(place: Place, job_id: UUID) -> JobInfo | None:
    row = place.section.rows.get(job_id)
    return None if row is None else row.as_info()


def jobs(place: Place, chosen: JobFilter, limit: int, after: UUID | None) -> list[JobInfo]:
    found = [(_list_key(row), row) for row in place.section.rows.values() if _matches(chosen, row)]
    if after is not None:
        last = place.section.rows.get(after)
        found = [] if last is None else [pair for pair in found if pair[0] > _list_key(last)]
    found.sort(key=lambda pair: pair[0])
    return [row.as_info() for _, row in found[: max(limit, 0)]]


def counts(place: Place) -> JobCounts:
    return JobCounts(**Counter(_counted_as(row) for row in place.section.rows.values()))


def waiting_names(place: Place) -> dict[tuple[str, str], int]:
    waiting = (row.new for row in place.section.rows.values() if row.state in WAITING)
    found = Counter((new.name, new.queue) for new in waiting)
    return {names: found[names] for names in sorted(found)[:_NAMES_LIMIT]}


def attempts(place: Place, job_id: UUID) -> list[AttemptRecord]:
    row = place.section.rows.get(job_id)
    return [] if row is None else list(row.attempts)


def _matches(chosen: JobFilter, row: Row) -> bool:
    return (
        (not chosen.states or row.state.seen_as in chosen.states)
        and chosen.name in (None, row.new.name)
        and chosen.queue in (None, row.new.queue)
        and (not chosen.due_only or row.state is StoredState.READY)
    )


def _list_key(row: Row) -> tuple[Any, ...]:
    """Due ones in claim order, later ones by due time, running ones, then finished ones, newest first."""
    match row.state:
        case StoredState.READY:
            return 0, *row.claim_key
        case StoredState.SCHEDULED | StoredState.PARKED:
            return 1, row.run_at, row.id
        case StoredState.RUNNING:
            return 2, row.id
        case _:
            finished_at = 0 if row.finished_at is None else to_microseconds(row.finished_at)
            return 3, -finished_at, -row.id.int


def _counted_as(row: Row) -> str:
    if row.state is StoredState.SCHEDULED and row.attempt_count:
        return "retrying"
    return "due" if row.state is StoredState.READY else row.state.value
