"""What people see, and what hosts look at before they claim."""

from collections import Counter, defaultdict
from datetime import datetime
from itertools import chain
from typing import Any
from uuid import UUID

from dawam.clock import from_microseconds
from dawam.ids import HostId
from dawam.jobs.record import AttemptRecord, JobCounts, JobInfo
from dawam.stores.sql.database import Database
from dawam.stores.sql.place import Place
from dawam.stores.sql.rows import attempt_record, job_info
from dawam.stores.values import QueueInfo

_NAMES_LIMIT = 500


def get(db: Database, place: Place, job_id: UUID) -> JobInfo | None:
    parameters = (db.key(job_id), place.application)
    row = db.execute("get_job", parameters).fetchone() or db.execute("get_finished", parameters).fetchone()
    return job_info(row, db.id_of) if row else None


def counts(db: Database, place: Place, at_most: int | None) -> JobCounts:
    bounds = (place.application, at_most)
    live: dict[str, int] = dict(db.execute("count_live", bounds).fetchall())
    finished: dict[str, int] = dict(db.execute("count_finished", bounds).fetchall())
    return JobCounts(**live, **finished)


def queues(db: Database, place: Place, at_most: int | None) -> list[QueueInfo]:
    found = defaultdict[str, dict[str, Any]](dict)
    said = {"application": place.application, "at_most": at_most}
    for (queue,) in db.execute("paused_queues", (place.application,)):
        found[queue]["is_paused"] = True
    for queue, limit in db.execute("queue_limits", (place.application,)):
        found[queue]["limit"] = limit
    for queue, count, oldest in db.execute("count_due", said):
        found[queue] |= {"due": count, "oldest_due_at": from_microseconds(oldest)}
    for queue, state, count in db.execute("count_others", said):
        found[queue][state] = count
    return [QueueInfo(name=queue, **found[queue]) for queue in sorted(found)]


def waiting_names(db: Database, place: Place, at_most: int | None) -> dict[tuple[str, str], int]:
    found = Counter[tuple[str, str]]()
    queues = db.execute("ready_queues", {"application": place.application}).fetchall()
    lanes = [db.execute("ready_names", (place.application, queue, at_most)) for (queue,) in queues]
    for name, queue, count in chain(db.execute("later_names", (place.application, at_most)), *lanes):
        found[name, queue] += count
    return {names: found[names] for names in sorted(found)[:_NAMES_LIMIT]}


def attempts(db: Database, place: Place, job_id: UUID) -> list[AttemptRecord]:
    if get(db, place, job_id) is None:
        return []
    return [attempt_record(row, db.id_of) for row in db.execute("list_attempts", (db.key(job_id), place.application))]


def has_parked(db: Database, place: Place) -> bool:
    """Whether any job is parked at all."""
    return db.execute("has_parked", (place.application,)).fetchone() is not None


def has_suspect(db: Database, place: Place) -> bool:
    """Whether any suspect waits at all."""
    return db.execute("has_suspect", (place.application,)).fetchone() is not None


def may_claim(db: Database, place: Place, host: HostId) -> bool:
    """Whether the host's lease is live, and it is not stopping."""
    parameters = (place.application, host, place.boot, place.boot_now())
    return db.execute("host_may_claim", parameters).fetchone() is not None


def claims_of(db: Database, place: Place, host: HostId) -> list[tuple[UUID, int, datetime]]:
    rows = db.execute("claims_of_host", (place.application, host))
    return [(db.id_of(key), fence, from_microseconds(claimed_at)) for key, fence, claimed_at in rows]
