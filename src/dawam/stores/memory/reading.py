"""What people see."""

from collections import Counter
from datetime import datetime, timedelta
from functools import reduce
from itertools import islice
from typing import Any, cast
from uuid import UUID

import msgspec

from dawam.clock import to_microseconds
from dawam.jobs.record import AttemptRecord, JobCounts, JobInfo, NewJob
from dawam.jobs.state import FINISHED, WAITING, StoredState
from dawam.stores.memory.row import Row
from dawam.stores.memory.shelf import Place
from dawam.stores.values import ArgsMatch, JobFilter, QueueInfo

_NAMES_LIMIT = 500


def get(place: Place, job_id: UUID) -> JobInfo | None:
    row = place.section.rows.get(job_id)
    return None if row is None else row.as_info()


def jobs(place: Place, chosen: JobFilter, limit: int, after: UUID | None) -> list[JobInfo]:
    found = [(_list_key(row), row) for row in place.section.rows.values() if matches(chosen, row)]
    if after is not None:
        last = place.section.rows.get(after)
        found = [] if last is None else [pair for pair in found if pair[0] > _list_key(last)]
    found.sort(key=lambda pair: pair[0])
    return [row.as_info() for _, row in found[: max(limit, 0)]]


def find_ids(place: Place, part: str, limit: int) -> list[UUID]:
    found = (job_id for job_id in place.section.rows if job_id.hex.startswith(part) or job_id.hex.endswith(part))
    return sorted(found)[: max(limit, 0)]


def count(place: Place, chosen: JobFilter) -> int:
    return sum(matches(chosen, row) for row in place.section.rows.values())


def ids(place: Place, chosen: JobFilter, limit: int, after: UUID | None) -> list[UUID]:
    meant = (job_id for job_id, row in place.section.rows.items() if matches(chosen, row))
    return sorted(job_id for job_id in meant if after is None or job_id > after)[: max(limit, 0)]


def counts(place: Place, at_most: int | None) -> JobCounts:
    found = Counter(_counted_as(row) for row in place.section.rows.values())
    if at_most is None:
        return JobCounts(**found)
    bounded = {name: min(number, at_most) for name, number in found.items()}
    room = at_most - bounded.get("retrying", 0)  # the two that are not due yet are counted together
    return JobCounts(**{**bounded, "scheduled": min(bounded.get("scheduled", 0), room)})


def queues(place: Place) -> list[QueueInfo]:
    section = place.section
    places = Counter((row.new.queue, row.state) for row in section.rows.values() if row.state not in FINISHED)
    due = [row for row in section.rows.values() if row.state is StoredState.READY]
    return [
        QueueInfo(
            name=queue,
            due=places[queue, StoredState.READY],
            scheduled=places[queue, StoredState.SCHEDULED],
            parked=places[queue, StoredState.PARKED],
            running=places[queue, StoredState.RUNNING],
            is_paused=queue in section.paused,
            oldest_due_at=min((row.run_at for row in due if row.new.queue == queue), default=None),
        )
        for queue in sorted({name for name, _ in places} | section.paused)
    ]


def waiting_names(place: Place, at_most: int | None) -> dict[tuple[str, str], int]:
    lanes: dict[object, list[Row]] = {}
    for row in place.section.rows.values():
        if row.state in WAITING:
            lanes.setdefault((row.state, row.new.queue if row.state is StoredState.READY else None), []).append(row)
    seen = (row.new for lane in lanes.values() for row in islice(lane, at_most))
    found = Counter((new.name, new.queue) for new in seen)
    return {names: found[names] for names in sorted(found)[:_NAMES_LIMIT]}


def attempts(place: Place, job_id: UUID) -> list[AttemptRecord]:
    row = place.section.rows.get(job_id)
    return [] if row is None else list(row.attempts)


def matches(chosen: JobFilter, row: Row) -> bool:
    """Whether the filter means this job."""
    new = row.new
    return (
        chosen.wants(row.state.seen_as)
        and (not chosen.due_only or row.state is StoredState.READY)
        and chosen.name in (None, new.name)
        and chosen.queue in (None, new.queue)
        and chosen.priority in (None, new.priority)
        and chosen.host in (None, row.host)
        and (chosen.tag is None or chosen.tag in new.tags)
        and (chosen.error is None or chosen.error in (row.last_error or ""))
        and chosen.fingerprint in (None, row.fingerprint)
        and (chosen.args is None or _stands_in(chosen.args, row.new))
        and row.attempt_count >= (chosen.attempts_from or 0)
        and _in_time(chosen, row)
    )


def _in_time(chosen: JobFilter, row: Row) -> bool:
    return (
        _lies(row.new.created_at, chosen.created_from, chosen.created_before)
        and _lies(row.run_at, chosen.due_from, chosen.due_before)
        and _lies(row.finished_at, chosen.finished_from, chosen.finished_before)
        and (chosen.took is None or _took(row) >= chosen.took)
    )


def _lies(moment: datetime | None, begin: datetime | None, end: datetime | None) -> bool:
    if moment is None:
        return begin is None and end is None
    return (begin is None or moment >= begin) and (end is None or moment < end)


def _took(row: Row) -> timedelta:
    """How long the last attempt of a finished job took; one that never ran took less than nothing."""
    return timedelta(-1) if row.finished_at is None or row.claimed_at is None else row.finished_at - row.claimed_at


def _stands_in(match: ArgsMatch, new: NewJob) -> bool:
    if new.args_encoding != "json":
        return False
    try:
        found = reduce(_inside, match.steps, msgspec.json.decode(new.args))
    except (LookupError, TypeError, ValueError):
        return False
    return (found if isinstance(found, str) else msgspec.json.encode(found).decode()) == match.value


def _inside(found: Any, step: str) -> Any:
    return cast("Any", found)[int(step)] if isinstance(found, list) else found[step]


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
