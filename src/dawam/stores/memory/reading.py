"""What people see."""

from collections import Counter
from collections.abc import Collection, Iterable
from datetime import datetime, timedelta
from functools import reduce
from itertools import islice
from typing import Any, cast
from uuid import UUID

import msgspec

from dawam.jobs.record import AttemptRecord, JobCounts, JobInfo, NewJob
from dawam.jobs.state import FINISHED, WAITING, StoredState
from dawam.stores.memory.row import Row
from dawam.stores.memory.shelf import Place
from dawam.stores.values import ArgsMatch, JobFilter, QueueInfo

_NAMES_LIMIT = 500


def get(place: Place, job_id: UUID) -> JobInfo | None:
    row = place.section.rows.get(job_id)
    return None if row is None else row.as_info()


def find_ids(place: Place, part: str, limit: int) -> list[UUID]:
    found = (job_id for job_id in place.section.rows if job_id.hex.startswith(part) or job_id.hex.endswith(part))
    return sorted(found)[: max(limit, 0)]


def counts(place: Place, at_most: int | None) -> JobCounts:
    found = Counter(_counted_as(row) for row in place.section.rows.values())
    if at_most is None:
        return JobCounts(**found)
    bounded = {name: min(number, at_most) for name, number in found.items()}
    room = at_most - bounded.get("retrying", 0)  # the two that are not due yet are counted together
    return JobCounts(**{**bounded, "scheduled": min(bounded.get("scheduled", 0), room)})


def queues(place: Place, at_most: int | None) -> list[QueueInfo]:
    section = place.section
    lanes = _lanes(row for row in section.rows.values() if row.state not in FINISHED)
    places = Counter((row.new.queue, row.state) for lane in lanes for row in islice(lane, at_most))
    due = [row for row in section.rows.values() if row.state is StoredState.READY]
    return [
        QueueInfo(
            name=queue,
            due=places[queue, StoredState.READY],
            scheduled=places[queue, StoredState.SCHEDULED],
            parked=places[queue, StoredState.PARKED],
            running=places[queue, StoredState.RUNNING],
            is_paused=queue in section.paused,
            limit=section.limits.get(queue),
            oldest_due_at=min((row.run_at for row in due if row.new.queue == queue), default=None),
        )
        for queue in sorted({name for name, _ in places} | section.paused | section.limits.keys())
    ]


def waiting_names(place: Place, at_most: int | None) -> dict[tuple[str, str], int]:
    lanes = _lanes(row for row in place.section.rows.values() if row.state in WAITING)
    found = Counter((row.new.name, row.new.queue) for lane in lanes for row in islice(lane, at_most))
    return {names: found[names] for names in sorted(found)[:_NAMES_LIMIT]}


def _lanes(rows: Iterable[Row]) -> Collection[list[Row]]:
    """What is counted together where no more than so many are: those that are due in one queue, others by state."""
    lanes: dict[object, list[Row]] = {}
    for row in rows:
        lanes.setdefault((row.state, row.new.queue if row.state is StoredState.READY else None), []).append(row)
    return lanes.values()


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


def _counted_as(row: Row) -> str:
    if row.state is StoredState.SCHEDULED and row.attempt_count:
        return "retrying"
    return "due" if row.state is StoredState.READY else row.state.value
