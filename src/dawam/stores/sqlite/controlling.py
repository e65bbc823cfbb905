"""The human hand: cancel, retry, delete."""

import sqlite3
from collections.abc import Sequence
from uuid import UUID

from dawam.stores.base import CancelAnswer, JobFilter
from dawam.stores.sqlite.choosing import still_meant
from dawam.stores.sqlite.ending import cancel_waiting
from dawam.stores.sqlite.place import SQL, Place
from dawam.stores.sqlite.rows import many


def cancel(db: sqlite3.Connection, place: Place, job_id: UUID, reason: str) -> CancelAnswer:
    key = job_id.bytes
    row = db.execute(SQL["claim_of"], (key, place.application)).fetchone()
    if row is None:
        is_finished = db.execute(SQL["settled_fence_of_finished"], (key, place.application)).fetchone()
        return CancelAnswer.FINISHED if is_finished else CancelAnswer.UNKNOWN
    if row[0] == "running":
        db.execute(SQL["request_cancel"], (key, place.application, reason))
        return CancelAnswer.REQUESTED
    cancel_waiting(db, place, key, place.now(), reason)
    return CancelAnswer.CANCELLED


def retry(db: sqlite3.Connection, place: Place, job_id: UUID) -> bool:
    parameters = (job_id.bytes, place.application, place.now())
    if db.execute(SQL["retry_waiting"], parameters).rowcount == 1:
        return True
    if db.execute(SQL["revive_finished"], parameters).rowcount == 0:
        return False
    db.execute(SQL["remove_finished"], (*many([job_id.bytes]), place.application))
    return True


def delete(db: sqlite3.Connection, place: Place, job_id: UUID) -> bool:
    key = job_id.bytes
    row = db.execute(SQL["claim_of"], (key, place.application)).fetchone()
    is_finished = db.execute(SQL["settled_fence_of_finished"], (key, place.application)).fetchone() is not None
    if row is not None and row[0] != "running":
        db.execute(SQL["remove_job"], (key, place.application))
    elif is_finished:
        db.execute(SQL["remove_finished"], (*many([key]), place.application))
    else:
        return False
    db.execute(SQL["remove_attempts"], (*many([key]), place.application))
    return True


def cancel_chosen(
    db: sqlite3.Connection, place: Place, ids: Sequence[UUID], chosen: JobFilter, reason: str
) -> list[CancelAnswer]:
    return [cancel(db, place, job_id, reason) for job_id in still_meant(db, place, ids, chosen)]


def retry_chosen(db: sqlite3.Connection, place: Place, ids: Sequence[UUID], chosen: JobFilter) -> list[bool]:
    return [retry(db, place, job_id) for job_id in still_meant(db, place, ids, chosen)]


def delete_chosen(db: sqlite3.Connection, place: Place, ids: Sequence[UUID], chosen: JobFilter) -> list[bool]:
    return [delete(db, place, job_id) for job_id in still_meant(db, place, ids, chosen)]
