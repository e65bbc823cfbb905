"""Rows of workers and records of ticks to values and back."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

import msgspec
from msgspec import Struct

from dawam.clock import from_microseconds, to_microseconds
from dawam.jobs.priority import nearest_priority
from dawam.stores.sql.rows import ToId, ToKey
from dawam.stores.ticking.row import WorkerRow
from dawam.workers.record import AfterCrash, JobTemplate, TickOutcome, TickRecord, WorkerDeclaration

_MICROSECOND = timedelta(microseconds=1)
_encode = msgspec.json.encode
_decode_words = msgspec.json.Decoder(tuple[str, ...]).decode


class _StoredJob(Struct, frozen=True, kw_only=True):
    """A `JobTemplate` as its column holds it; a priority that only newer code knows must not stop anybody."""

    name: str
    args: bytes
    args_version: int
    queue: str
    priority: int
    headers: dict[str, str] = {}


_decode_job = msgspec.json.Decoder(_StoredJob).decode


def worker_parameters(row: WorkerRow, application: str) -> tuple[Any, ...]:
    """The parameters of `save_worker`."""
    said = row.declared
    return (
        said.name,
        said.place,
        said.schedule,
        said.catch_up,
        said.jitter // _MICROSECOND,
        said.after_crash.value,
        said.kept_records,
        None if said.job is None else _encode(said.job).decode(),
        row.definition,
        _encode(row.past_definitions).decode(),
        row.chosen_schedule,
        int(row.is_stored),
        int(row.is_paused),
        int(row.is_triggered),
        row.revision,
        _stamp(row.next_at),
        _stamp(row.planned_due_at),
        _stamp(row.due_at),
        row.host,
        _stamp(row.claimed_at),
        _stamp(row.running_planned_at),
        int(row.running_is_triggered),
        row.running_revision,
        row.fence,
        row.settled_fence,
        row.lost_count,
        row.tick_count,
        row.failure_count,
        None if row.last_outcome is None else row.last_outcome.value,
        _stamp(row.last_planned_at),
        _stamp(row.last_started_at),
        _stamp(row.last_ended_at),
        row.last_error,
        _stamp(row.orphaned_at),
        application,
    )


def worker_row(columns: tuple[Any, ...]) -> WorkerRow:
    """From `worker_columns`."""
    rest: Sequence[Any] = columns[8:]
    definition, past, chosen, is_stored, is_paused, is_triggered, revision, *rest = rest
    next_at, planned_due_at, due_at, host, claimed_at, *rest = rest
    running_planned_at, running_is_triggered, running_revision, fence, settled_fence, *rest = rest
    lost_count, tick_count, failure_count, last_outcome, last_planned_at, *rest = rest
    last_started_at, last_ended_at, last_error, orphaned_at = rest
    return WorkerRow(
        declared=_declaration(*columns[:8]),
        definition=definition,
        past_definitions=_decode_words(past),
        chosen_schedule=chosen,
        is_stored=bool(is_stored),
        is_paused=bool(is_paused),
        is_triggered=bool(is_triggered),
        revision=revision,
        next_at=_moment(next_at),
        planned_due_at=_moment(planned_due_at),
        due_at=_moment(due_at),
        host=host,
        claimed_at=_moment(claimed_at),
        running_planned_at=_moment(running_planned_at),
        running_is_triggered=bool(running_is_triggered),
        running_revision=running_revision,
        fence=fence,
        settled_fence=settled_fence,
        lost_count=lost_count,
        tick_count=tick_count,
        failure_count=failure_count,
        last_outcome=None if last_outcome is None else TickOutcome(last_outcome),
        last_planned_at=_moment(last_planned_at),
        last_started_at=_moment(last_started_at),
        last_ended_at=_moment(last_ended_at),
        last_error=last_error,
        orphaned_at=_moment(orphaned_at),
    )


def tick_parameters(record: TickRecord, application: str, key: ToKey) -> tuple[Any, ...]:
    """The parameters of `add_tick`."""
    return (
        application,
        record.worker,
        record.place,
        record.outcome.value,
        to_microseconds(record.planned_at),
        int(record.is_triggered),
        _stamp(record.planned_until),
        record.count,
        record.fence,
        record.host,
        _stamp(record.started_at),
        to_microseconds(record.ended_at),
        record.attempt_count,
        record.error_type,
        record.error_message,
        record.traceback,
        None if record.job_id is None else key(record.job_id),
    )


def tick_record(columns: tuple[Any, ...], id_of: ToId) -> TickRecord:
    """From a row of `list_ticks`."""
    worker, place, outcome, planned_at, is_triggered, planned_until, moments, fence, host, started_at, *rest = columns
    ended_at, attempt_count, error_type, error_message, traceback, job_id = rest
    return TickRecord(
        worker=worker,
        place=place,
        outcome=TickOutcome(outcome),
        planned_at=from_microseconds(planned_at),
        is_triggered=bool(is_triggered),
        planned_until=_moment(planned_until),
        count=moments,
        fence=fence,
        host=host,
        started_at=_moment(started_at),
        ended_at=from_microseconds(ended_at),
        attempt_count=attempt_count,
        error_type=error_type,
        error_message=error_message,
        traceback=traceback,
        job_id=None if job_id is None else id_of(job_id),
    )


def _declaration(
    name: str, place: str, schedule: str, catch_up: int, jitter: int, after_crash: str, kept: int, job: str | None
) -> WorkerDeclaration:
    return WorkerDeclaration(
        name=name,
        place=place,
        schedule=schedule,
        first_at=None,
        catch_up=catch_up,
        jitter=timedelta(microseconds=jitter),
        after_crash=AfterCrash(after_crash),
        kept_records=kept,
        job=None if job is None else _job_template(job),
    )


def _job_template(text: str) -> JobTemplate:
    job = _decode_job(text)
    return JobTemplate(
        name=job.name,
        args=job.args,
        args_version=job.args_version,
        queue=job.queue,
        priority=nearest_priority(job.priority),
        headers=job.headers,
    )


def _stamp(moment: datetime | None) -> int | None:
    return None if moment is None else to_microseconds(moment)


def _moment(stamp: int | None) -> datetime | None:
    return None if stamp is None else from_microseconds(stamp)
