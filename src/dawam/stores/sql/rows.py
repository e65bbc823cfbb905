"""Rows to values and back."""

from collections.abc import Callable, Collection
from datetime import timedelta
from typing import Any
from uuid import UUID

import msgspec

from dawam.clock import from_microseconds, to_microseconds
from dawam.ids import HostId
from dawam.jobs.priority import nearest_priority
from dawam.jobs.record import AttemptRecord, JobInfo, NewJob
from dawam.jobs.state import stored_state
from dawam.stores.values import HostCommand, HostInfo

ToKey = Callable[[UUID], Any]
ToId = Callable[[Any], UUID]
"""`Database.key` and `Database.id_of`."""
_encode = msgspec.json.encode
_decode_headers = msgspec.json.Decoder(dict[str, str]).decode
_decode_words = msgspec.json.Decoder(tuple[str, ...]).decode


def job_row(job: NewJob, application: str, now: int, key: ToKey) -> tuple[Any, ...]:
    """The parameters of `add_job`: ready when its time has come, else scheduled."""
    run_at = to_microseconds(job.run_at)
    return (
        key(job.id),
        application,
        "ready" if run_at <= now else "scheduled",
        job.queue,
        job.name,
        job.args,
        job.args_encoding,
        job.args_version,
        _encode(dict(job.headers)).decode() if job.headers else "",
        _encode(job.tags).decode() if job.tags else "",
        -int(job.priority),
        to_microseconds(job.created_at),
        run_at,
        to_microseconds(job.expires_at) if job.expires_at else None,
        key(job.parent) if job.parent else None,
    )


def job_info(row: tuple[Any, ...], id_of: ToId) -> JobInfo:
    """From a row of `get_job`, `get_finished` or a list."""
    (key, state, queue, name, args, version, headers, tags, rank, fence, attempts, crashes, losses, snoozes, *rest) = (
        row
    )
    created, first_due, run_at, cancel, host, claimed, finished, parent, progress, result, last_error, fingerprint = (
        rest
    )
    return JobInfo(
        id=id_of(key),
        name=name,
        queue=queue,
        stored_state=stored_state(state),
        priority=nearest_priority(-rank),
        args=bytes(args).decode("utf-8", errors="replace"),
        args_version=version,
        headers=_decode_headers(headers) if headers else {},
        tags=_decode_words(tags) if tags else (),
        fence=fence,
        attempt_count=attempts,
        crash_count=crashes,
        lost_count=losses,
        snooze_count=snoozes,
        created_at=from_microseconds(created),
        first_due_at=from_microseconds(first_due),
        run_at=from_microseconds(run_at),
        cancel_requested=bool(cancel),
        host=host,
        claimed_at=None if claimed is None else from_microseconds(claimed),
        finished_at=None if finished is None else from_microseconds(finished),
        parent=None if parent is None else id_of(parent),
        progress=progress,
        result=result,
        last_error=last_error,
        fingerprint=fingerprint,
    )


def attempt_record(row: tuple[Any, ...], id_of: ToId) -> AttemptRecord:
    key, fence, attempt, host, started_at, ended_at, error_type, message, traceback = row
    return AttemptRecord(
        job_id=id_of(key),
        fence=fence,
        attempt=attempt,
        host=host,
        started_at=None if started_at is None else from_microseconds(started_at),
        ended_at=from_microseconds(ended_at),
        error_type=error_type,
        error_message=message,
        traceback=traceback,
    )


def host_row(host: HostInfo, application: str, boot: str, lease_until: int) -> tuple[Any, ...]:
    """The parameters of `register_host`."""
    return (
        application,
        host.id,
        boot,
        lease_until,
        int(host.is_stopping),
        host.process_id,
        host.machine,
        words(host.queues),
        words(host.job_names),
        host.concurrency,
        host.version,
        to_microseconds(host.started_at),
    )


def host_info(row: tuple[Any, ...]) -> HostInfo:
    host_id, process_id, machine, queues, names, concurrency, version, started_at, is_stopping, *rest = row
    is_live, lapsed_for, running, command = rest
    return HostInfo(
        id=HostId(host_id),
        process_id=process_id,
        machine=machine,
        queues=_decode_words(queues),
        job_names=_decode_words(names),
        concurrency=concurrency,
        version=version,
        started_at=from_microseconds(started_at),
        is_stopping=bool(is_stopping),
        is_live=bool(is_live),
        lapsed_for=None if lapsed_for is None else timedelta(microseconds=lapsed_for),
        running_count=running,
        command=HostCommand(command),
    )


def words(values: Collection[str]) -> str:
    """A list of words as one text: a JSON array."""
    return _encode(list(values)).decode()
