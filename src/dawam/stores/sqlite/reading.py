"""What people see."""

import sqlite3
from collections.abc import Iterator
from uuid import UUID

from dawam.jobs.record import AttemptRecord, JobCounts, JobInfo
from dawam.jobs.state import FINISHED, JobState, StoredState
from dawam.stores.base import JobFilter
from dawam.stores.sqlite.place import SQL, Place
from dawam.stores.sqlite.rows import attempt_record, job_info, words


def get(db: sqlite3.Connection, place: Place, job_id: UUID) -> JobInfo | None:
    parameters = (job_id.bytes, place.application)
    row = db.execute(SQL["get_job"], parameters).fetchone() or db.execute(SQL["get_finished"], parameters).fetchone()
    return job_info(row) if row else None


def jobs(db: sqlite3.Connection, place: Place, chosen: JobFilter, limit: int, after: UUID | None) -> list[JobInfo]:
    finished = words(tuple(sorted(state.value for state in FINISHED if _wants(chosen, state.seen_as))))
    found: list[JobInfo] = []
    shelves = list(_shelves(chosen))
    start = _shelf_of(db, place, after) if after else None
    if start in shelves:
        shelves = shelves[shelves.index(start) :]
    for shelf in shelves:
        behind = after.bytes if after and shelf == start else None
        parameters: tuple[object, ...] = (place.application, chosen.name, chosen.queue, behind, limit - len(found))
        if shelf == "list_finished":
            parameters = (*parameters, finished)
        found += [job_info(row) for row in db.execute(SQL[shelf], parameters)]
    return found


def counts(db: sqlite3.Connection, place: Place) -> JobCounts:
    fields: dict[str, int] = dict.fromkeys(("due", "scheduled", "retrying", "parked", "running"), 0)
    for state, was_tried, count in db.execute(SQL["count_live"], (place.application,)):
        fields[_counted_as(state, bool(was_tried))] += count
    finished: dict[str, int] = dict(db.execute(SQL["count_finished"], (place.application,)).fetchall())
    return JobCounts(**fields, **finished)


def waiting_names(db: sqlite3.Connection, place: Place) -> dict[tuple[str, str], int]:
    return {(name, queue): count for name, queue, count in db.execute(SQL["waiting_names"], (place.application,))}


def attempts(db: sqlite3.Connection, place: Place, job_id: UUID) -> list[AttemptRecord]:
    if get(db, place, job_id) is None:
        return []
    return [attempt_record(row) for row in db.execute(SQL["list_attempts"], (job_id.bytes, place.application))]


def has_parked(db: sqlite3.Connection, place: Place) -> bool:
    """Whether any job is parked at all."""
    return db.execute(SQL["has_parked"], (place.application,)).fetchone() is not None


def has_suspect(db: sqlite3.Connection, place: Place) -> bool:
    """Whether any suspect waits at all."""
    return db.execute(SQL["has_suspect"], (place.application,)).fetchone() is not None


def _counted_as(state: str, was_tried: bool) -> str:
    if state == "scheduled" and was_tried:
        return "retrying"
    return "due" if state == "ready" else state


def _wants(chosen: JobFilter, state: JobState) -> bool:
    return not chosen.states or state in chosen.states


def _shelves(chosen: JobFilter) -> Iterator[str]:
    """The lists to read, in the order in which people see them."""
    if _wants(chosen, JobState.WAITING):
        yield "list_ready"
        if not chosen.due_only:
            yield "list_later"
    if chosen.due_only:
        return
    if _wants(chosen, JobState.RUNNING):
        yield "list_running"
    if any(_wants(chosen, state.seen_as) for state in FINISHED):
        yield "list_finished"


def _shelf_of(db: sqlite3.Connection, place: Place, job_id: UUID) -> str | None:
    job = get(db, place, job_id)
    if job is None:
        return None
    match job.stored_state:
        case StoredState.READY:
            return "list_ready"
        case StoredState.SCHEDULED | StoredState.PARKED:
            return "list_later"
        case StoredState.RUNNING:
            return "list_running"
        case _:
            return "list_finished"
