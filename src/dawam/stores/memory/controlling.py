"""The human hand: cancel, retry, delete."""

from collections.abc import Sequence
from uuid import UUID

from msgspec.structs import replace

from dawam.jobs.state import FINISHED, WAITING, StoredState
from dawam.stores.memory.reading import matches
from dawam.stores.memory.row import utc
from dawam.stores.memory.shelf import Place
from dawam.stores.values import CancelAnswer, EditedArgs, JobChange, JobFilter


def cancel(place: Place, job_id: UUID, reason: str) -> CancelAnswer:
    row = place.section.rows.get(job_id)
    if row is None:
        return CancelAnswer.UNKNOWN
    if row.state in FINISHED:
        return CancelAnswer.FINISHED
    if row.state is StoredState.RUNNING:
        row.cancel_requested, row.cancel_reason = True, reason
        return CancelAnswer.REQUESTED
    place.cancel(row, place.clock.now(), reason)
    return CancelAnswer.CANCELLED


def retry(place: Place, job_id: UUID, args: EditedArgs | None = None) -> bool:
    row = place.section.rows.get(job_id)
    if row is None or row.state is StoredState.RUNNING:
        return False
    row.run_at = row.counted_from = place.clock.now()
    row.expires_at = None  # whoever retries by hand wants it to run, however late
    row.attempt_count = row.crash_count = row.lost_count = row.snooze_count = 0
    row.cancel_requested, row.cancel_reason = False, ""
    row.finished_at = row.result = row.progress = None
    if args is not None:
        row.new = replace(row.new, args=args.json, args_encoding="json", args_version=args.version)
    place.section.wait(row, StoredState.READY)
    return True


def change(place: Place, job_id: UUID, change: JobChange) -> bool:
    row = place.section.rows.get(job_id)
    if row is None or row.state not in WAITING:
        return False
    state = row.state
    if change.run_at is not None:
        row.run_at = row.counted_from = utc(change.run_at)
        if state is not StoredState.PARKED:
            state = StoredState.READY if row.run_at <= place.clock.now() else StoredState.SCHEDULED
    row.new = replace(row.new, queue=change.queue or row.new.queue, priority=change.priority or row.new.priority)
    place.section.wait(row, state)
    return True


def delete(place: Place, job_id: UUID) -> bool:
    row = place.section.rows.get(job_id)
    if row is None or row.state is StoredState.RUNNING:
        return False
    place.section.forget(row)
    return True


def cancel_chosen(place: Place, ids: Sequence[UUID], chosen: JobFilter, reason: str) -> list[CancelAnswer]:
    return [cancel(place, job_id, reason) for job_id in _meant(place, ids, chosen)]


def retry_chosen(place: Place, ids: Sequence[UUID], chosen: JobFilter) -> list[bool]:
    return [retry(place, job_id) for job_id in _meant(place, ids, chosen)]


def delete_chosen(place: Place, ids: Sequence[UUID], chosen: JobFilter) -> list[bool]:
    return [delete(place, job_id) for job_id in _meant(place, ids, chosen)]


def change_chosen(place: Place, ids: Sequence[UUID], chosen: JobFilter, wanted: JobChange) -> list[bool]:
    return [change(place, job_id, wanted) for job_id in _meant(place, ids, chosen)]


def pause_queue(place: Place, queue: str) -> None:
    place.section.paused.add(queue)


def resume_queue(place: Place, queue: str) -> None:
    place.section.paused.discard(queue)


def limit_queue(place: Place, queue: str, limit: int | None) -> None:
    if limit is None:
        place.section.limits.pop(queue, None)
    else:
        place.section.limits[queue] = limit


def paused_queues(place: Place) -> frozenset[str]:
    return frozenset(place.section.paused)


def _meant(place: Place, ids: Sequence[UUID], chosen: JobFilter) -> list[UUID]:
    rows = place.section.rows
    return [job_id for job_id in ids if job_id in rows and matches(chosen, rows[job_id])]
