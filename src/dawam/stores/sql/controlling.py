"""The human hand: cancel, retry, delete."""

from collections.abc import Sequence
from uuid import UUID

from dawam.clock import to_microseconds
from dawam.jobs.state import WAITING
from dawam.stores.sql.choosing import still_meant
from dawam.stores.sql.database import Database
from dawam.stores.sql.ending import cancel_waiting, remove_records
from dawam.stores.sql.place import Place
from dawam.stores.values import CancelAnswer, EditedArgs, JobChange, JobFilter


def cancel(db: Database, place: Place, job_id: UUID, reason: str) -> CancelAnswer:
    key = db.key(job_id)
    row = db.execute("claim_of", (key, place.application)).fetchone()
    if row is None:
        is_finished = db.execute("settled_fence_of_finished", (key, place.application)).fetchone()
        return CancelAnswer.FINISHED if is_finished else CancelAnswer.UNKNOWN
    if row[0] == "running":
        db.execute("request_cancel", (key, place.application, reason))
        return CancelAnswer.REQUESTED
    if row[0] not in WAITING:
        return CancelAnswer.UNKNOWN
    cancel_waiting(db, place, key, place.now(), reason)
    return CancelAnswer.CANCELLED


def retry(db: Database, place: Place, job_id: UUID, args: EditedArgs | None = None) -> bool:
    key = db.key(job_id)
    parameters = (key, place.application, place.now())
    if db.execute("retry_waiting", parameters).rowcount == 0:
        if db.execute("revive_finished", parameters).rowcount == 0:
            return False
        db.execute("remove_finished", (*db.many([key]), place.application))
    if args is not None:
        db.execute("set_args", (key, place.application, args.json, args.version))
    return True


def change(db: Database, place: Place, job_id: UUID, change: JobChange) -> bool:
    rank = None if change.priority is None else -int(change.priority)
    run_at = None if change.run_at is None else to_microseconds(change.run_at)
    said = (db.key(job_id), place.application, change.queue, rank, run_at, place.now())
    return db.execute("change_waiting", said).rowcount == 1


def delete(db: Database, place: Place, job_id: UUID) -> bool:
    key = db.key(job_id)
    row = db.execute("claim_of", (key, place.application)).fetchone()
    is_finished = db.execute("settled_fence_of_finished", (key, place.application)).fetchone() is not None
    if row is not None and row[0] in WAITING:
        db.execute("remove_job", (key, place.application))
    elif is_finished:
        db.execute("remove_finished", (*db.many([key]), place.application))
    else:
        return False
    remove_records(db, (*db.many([key]), place.application))
    return True


def cancel_chosen(
    db: Database, place: Place, ids: Sequence[UUID], chosen: JobFilter, reason: str
) -> list[CancelAnswer]:
    return [cancel(db, place, job_id, reason) for job_id in still_meant(db, place, ids, chosen)]


def retry_chosen(db: Database, place: Place, ids: Sequence[UUID], chosen: JobFilter) -> list[bool]:
    return [retry(db, place, job_id) for job_id in still_meant(db, place, ids, chosen)]


def delete_chosen(db: Database, place: Place, ids: Sequence[UUID], chosen: JobFilter) -> list[bool]:
    return [delete(db, place, job_id) for job_id in still_meant(db, place, ids, chosen)]


def change_chosen(db: Database, place: Place, ids: Sequence[UUID], chosen: JobFilter, wanted: JobChange) -> list[bool]:
    return [change(db, place, job_id, wanted) for job_id in still_meant(db, place, ids, chosen)]


def pause_queue(db: Database, place: Place, queue: str) -> None:
    db.execute("pause_queue", (place.application, queue))


def resume_queue(db: Database, place: Place, queue: str) -> None:
    db.execute("resume_queue", (place.application, queue))


def limit_queue(db: Database, place: Place, queue: str, limit: int | None) -> None:
    if limit is None:
        db.execute("unlimit_queue", (place.application, queue))
    else:
        db.execute("limit_queue", (place.application, queue, limit))
