"""What people see."""

import sqlite3
from collections import Counter
from itertools import chain
from typing import Any
from uuid import UUID

from dawam.clock import from_microseconds
from dawam.jobs.record import AttemptRecord, JobCounts, JobInfo
from dawam.stores.base import QueueInfo
from dawam.stores.sqlite.place import SQL, Place
from dawam.stores.sqlite.rows import attempt_record, job_info

_NAMES_LIMIT = 500


def get(db: sqlite3.Connection, place: Place, job_id: UUID) -> JobInfo | None:
    parameters = (job_id.bytes, place.application)
    row = db.execute(SQL["get_job"], parameters).fetchone() or db.execute(SQL["get_finished"], parameters).fetchone()
    return job_info(row) if row else None


def counts(db: sqlite3.Connection, place: Place, at_most: int | None) -> JobCounts:
    bounds = (place.application, -1 if at_most is None else at_most)
    live: dict[str, int] = dict(db.execute(SQL["count_live"], bounds).fetchall())
    finished: dict[str, int] = dict(db.execute(SQL["count_finished"], bounds).fetchall())
    return JobCounts(**live, **finished)


def queues(db: sqlite3.Connection, place: Place) -> list[QueueInfo]:
    paused = {queue for (queue,) in db.execute(SQL["paused_queues"], (place.application,))}
    found: dict[str, dict[str, Any]] = {queue: {"is_paused": True} for queue in paused}
    for queue, state, count, earliest in db.execute(SQL["count_queues"], (place.application,)):
        fields = found.setdefault(queue, {})
        fields["due" if state == "ready" else state] = count
        if state == "ready":
            fields["oldest_due_at"] = from_microseconds(earliest)
    return [QueueInfo(name=queue, **found[queue]) for queue in sorted(found)]


def waiting_names(db: sqlite3.Connection, place: Place, at_most: int | None) -> dict[tuple[str, str], int]:
    limit, found = -1 if at_most is None else at_most, Counter[tuple[str, str]]()
    queues = db.execute(SQL["ready_queues"], {"application": place.application}).fetchall()
    lanes = [db.execute(SQL["ready_names"], (place.application, queue, limit)) for (queue,) in queues]
    for name, queue, count in chain(db.execute(SQL["later_names"], (place.application, limit)), *lanes):
        found[name, queue] += count
    return {names: found[names] for names in sorted(found)[:_NAMES_LIMIT]}


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
